#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* What must hold at the end of a program that has counted what went wrong: one
 * line of TAP for each, with a figure. */

/**
 * verdict_tell(good, what, n):
 * Print the next line: whether it is ${good}, and the figure ${n} that ${what}
 * speaks of.
 */
void verdict_tell(bool good, const char *what, uint64_t n);

/**
 * verdict_status():
 * The exit status: 0 when all that was told is good, otherwise 1.
 */
int verdict_status(void);

#endif
