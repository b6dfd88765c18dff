#ifndef BUSFAULT_H
#define BUSFAULT_H

#include "members.h"

/* Memory that is mapped from a file can fail like a file: a page for which the
 * disk has no room or that it cannot read is SIGBUS, in the middle of the
 * library. There is nothing to go on with. The process ends with status 71
 * (EX_OSERR) after one line on standard error; as it still counts as inside,
 * whoever comes next recovers. RELIABILITY.md 1.6. */

enum { BUSFAULT_STATUS = 71 };

/**
 * busfault_catch(m):
 * From now on a SIGBUS in any thread ends the process so. When it hits us
 * inside the library the next recovery puts the regions elsewhere: if they were
 * in tmpfs, that has run out of room, and with the data room is made sure of;
 * if they were there, wherever is some. The calling thread gets SIGBUS
 * unblocked: blocked, it would kill without a word. Returns 0 or -1 with errno.
 * One store in a process.
 */
int busfault_catch(struct members *m);

/**
 * busfault_forget():
 * Let SIGBUS be what it was before.
 */
void busfault_forget(void);

#endif
