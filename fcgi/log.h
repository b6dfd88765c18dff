#ifndef LOG_H
#define LOG_H

struct call;
struct charge;

/* Lines of JSON on standard error, which the web server or the launcher
 * keeps. Never a body, a credential, a query or a header of a client.
 * RELIABILITY.md 5.8. */

/**
 * log_call(call):
 * The line of a call that has ended.
 */
void log_call(const struct call *call);

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
