#ifndef EDITED_H
#define EDITED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether a file has been written to, or replaced, since it was read. */

enum { EDITED_REST_MS = 100 };

/* All zero: there was none. */
struct edited {
    dev_t dev;
    ino_t ino;
    off_t size;
    int64_t changed; /* us, as the file system says */
};

/**
 * edited_note(e, path):
 * Note what lies at ${path}. To be called before it is read, so that what is
 * written meanwhile is an edit.
 */
void edited_note(struct edited *e, const char *path);

/**
 * edited_since(e, path, now):
 * Does something else lie at ${path} now than was noted? Not as long as it may
 * be half written: until it has rested for EDITED_REST_MS at ${now},
 * microseconds of CLOCK_REALTIME. Clocks of file servers may be ahead: what was
 * written in the future rests.
 */
bool edited_since(const struct edited *e, const char *path, int64_t now);

#endif
