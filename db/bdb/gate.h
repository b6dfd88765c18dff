#ifndef GATE_H
#define GATE_H

#include "members.h"
#include "report.h"

/* One process at a time is inside the library, and the kernel alone knows
 * which: record locks on two bytes of DIR/gate. Everyone takes the turnstile,
 * then the gate, then lets the turnstile go, so that nobody is overtaken twice.
 * The kernel frees both when their holder dies. RELIABILITY.md 1.3.
 *
 * A holder that shows no life for stuck_ms is killed, the turnstile's holder
 * after twice that, because its own duty is to deal with a stuck one inside. */

struct gate;

/**
 * gate_open(dir, m, stuck_ms, report):
 * Prepare the gate of the store in ${dir}; ${m} and ${report} outlive it. NULL
 * with errno on failure. Once for each process, as closing drops the locks.
 * Takes over the signal SIGRTMIN, which interrupts waits.
 */
struct gate *gate_open(const char *dir, struct members *m, uint32_t stuck_ms,
    const struct report *report);

/**
 * gate_enter(g):
 * Wait until the gate is ours. Returns -1 with errno when the kernel will not
 * lock. SIGRTMIN may be blocked in the calling thread.
 */
int gate_enter(struct gate *g);

/**
 * gate_leave(g):
 * Let the next one in.
 */
void gate_leave(struct gate *g);

/**
 * gate_close(g):
 * Close the file. Takes NULL.
 */
void gate_close(struct gate *g);

#endif
