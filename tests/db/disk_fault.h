#ifndef DISK_FAULT_H
#define DISK_FAULT_H

#include <stdbool.h>

/* A disk that fails: errors of writes and syncs in a program that is linked
 * with syscalls.c. */

/**
 * disk_fault_writes(error, writes):
 * Let the next ${writes} writes work and those after them fail with ${error},
 * or all of them work when that is 0.
 */
void disk_fault_writes(int error, unsigned writes);

/**
 * disk_fault_left():
 * How many of the writes that were to work have not come yet.
 */
unsigned disk_fault_left(void);

/**
 * disk_fault_syncs(fail):
 * Let every sync fail with EIO, or none.
 */
void disk_fault_syncs(bool fail);

#endif
