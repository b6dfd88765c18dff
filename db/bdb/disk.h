#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/* The room that the data directory has. New paid work ends while there is still
 * some, so that what has begun can be settled; and a file of nothing, the
 * ballast, is given up when a recovery finds none at all. RELIABILITY.md
 * 1.6. */

struct disk;

struct disk_options {
    const char *dir;             /* outlives the disk, as does the report */
    const struct report *report; /* told when the room gets low, and when not */
    uint64_t reserve;            /* bytes; 0: the room is never low */
    uint64_t log_bytes;          /* of one log file */
    uint64_t checkpoint_bytes;   /* of log that a recovery replays */
};

/**
 * disk_threshold(size, reserve):
 * Bytes that must be free on a volume of ${size}: the ${reserve} or a twentieth
 * of the volume, whatever is more; but no more than sixteen reserves, as a
 * twentieth of a large volume is a lot, and no more than an eighth of the
 * volume, or a small one could not be used. 0 when ${reserve} is 0.
 */
uint64_t disk_threshold(uint64_t size, uint64_t reserve);

/**
 * disk_open(options):
 * Watch over a directory. NULL when memory is out.
 */
struct disk *disk_open(const struct disk_options *options);

/**
 * disk_low(d, now):
 * Whether less than the threshold is free, looked at ten times a second of
 * ${now}, milliseconds. What cannot be asked counts as not low.
 */
bool disk_low(struct disk *d, int64_t now);

/**
 * disk_full(d):
 * Whether a failure may come from a lack of room: not even one more log file
 * would fit. Looks every time.
 */
bool disk_full(const struct disk *d);

/**
 * disk_has(d, bytes):
 * Whether ${bytes} are free.
 */
bool disk_has(const struct disk *d, uint64_t bytes);

/**
 * disk_keep_ballast(d, regions):
 * See that there is a ballast: what a recovery needs, which is two log files,
 * twice the log that it replays, as pages, and ${regions}, the bytes of those
 * regions that lie on this disk. It is not made where it would leave less than
 * the threshold; who comes by later tries again. In the gate.
 */
void disk_keep_ballast(struct disk *d, uint64_t regions);

/**
 * disk_drop_ballast(d):
 * Give its room to whoever needs it now. In the gate.
 */
void disk_drop_ballast(struct disk *d);

/**
 * disk_close(d):
 * Free ${d}; the ballast stays. Takes NULL.
 */
void disk_close(struct disk *d);

#endif
