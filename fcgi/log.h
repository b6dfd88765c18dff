#ifndef LOG_H
#define LOG_H

#include "core/buf.h"
#include "loop.h"

struct call;
struct charge;

/* Lines of JSON on standard error, which the web server or the launcher
 * keeps. Never a body, a credential, a query or a header of a client.
 * RELIABILITY.md 5.8. */

/* Lines that wait for others to be written with, and calls that have none.
 * {0} has neither. */
struct log {
    struct buf lines;
    struct loop_timer flush;
    unsigned long long floods;
    struct loop_timer tell;
};

/**
 * log_call(call):
 * The line of a call that has ended. It is written within 20 ms, together with
 * those of the others that end meanwhile: a worker that is killed takes its
 * last ones with it. Calls of a flood have none, or who floods would fill the
 * disk: an event "flood" tells after a minute how many there were.
 */
void log_call(const struct call *call);

/**
 * log_close(log):
 * Write what still waits and give the memory back.
 */
void log_close(struct log *log);

/**
 * log_event(name, fmt, ...):
 * Something an operator should know.
 */
void log_event(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * log_uncollected(request, charge):
 * The event "uncollected", when of the bill of ${request} more than an estimate
 * may be wrong by was paid by nobody.
 */
void log_uncollected(const char *request, const struct charge *charge);

#endif
