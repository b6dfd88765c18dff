#ifndef REC_H
#define REC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* One row of the store as bytes: a version byte, big-endian fields, and the
 * CRC32C of all that. The same list of fields writes and reads a row: each
 * rec_...() below writes *${v} when the cursor writes and sets it when the
 * cursor reads, so the two can not drift apart. Anything that does not fit is
 * latched. RELIABILITY.md 1.8. */

enum { REC_MAX = 1024 }; /* bytes of the largest row */

struct rec {
    const uint8_t *in; /* next byte to read; NULL when writing */
    uint8_t *out;      /* next byte to write; NULL when reading */
    size_t left;       /* bytes until the CRC */
    bool bad;
    uint8_t *space;  /* where the row that is being written begins */
    uint8_t version; /* of the row: an older one has fewer fields */
};

/**
 * rec_write(r, version, space):
 * Begin to write a row of ${version} to ${space}, which outlives ${r}.
 */
void rec_write(struct rec *r, uint8_t version, uint8_t space[REC_MAX]);

/**
 * rec_seal(r):
 * End the row with its CRC. Returns its length, or 0 when it did not fit.
 */
size_t rec_seal(struct rec *r);

/**
 * rec_read(r, version, row):
 * Begin to read ${row}, which outlives ${r}, of ${version} or an earlier one. A
 * row that is too short, of another version or of a wrong CRC is bad: every
 * field reads as zero.
 */
void rec_read(struct rec *r, uint8_t version, struct span row);

/**
 * rec_done(r):
 * Whether the row that was read was good and had exactly the fields asked for.
 */
bool rec_done(const struct rec *r);

/**
 * rec_u8(r, v), rec_u32(r, v), rec_u64(r, v), rec_i64(r, v):
 * An integer. rec_bool(): one byte that is 0 or 1.
 */
void rec_u8(struct rec *r, uint8_t *v);
void rec_u32(struct rec *r, uint32_t *v);
void rec_u64(struct rec *r, uint64_t *v);
void rec_i64(struct rec *r, int64_t *v);
void rec_bool(struct rec *r, bool *v);

/**
 * rec_bytes(r, v, n):
 * Exactly ${n} bytes.
 */
void rec_bytes(struct rec *r, void *v, size_t n);

/**
 * rec_text(r, v, size):
 * A NUL-terminated text in an array of ${size} bytes. A text that has no room
 * for its NUL, or has one inside, is bad.
 */
void rec_text(struct rec *r, char *v, size_t size);

/**
 * rec_crc32c(p, n):
 * The CRC32C (Castagnoli) of ${n} bytes.
 */
uint32_t rec_crc32c(const uint8_t *p, size_t n);

#endif
