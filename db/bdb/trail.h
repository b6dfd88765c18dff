#ifndef TRAIL_H
#define TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/mac.h"

/* How do I get a trail? You do not: the batch opens one, runs each verb's body
 * with it and commits. A body may be run again after a failure, so it changes
 * nothing but rows (through the trail) and its own verb's answer. The first
 * failure of the library is latched: later calls do nothing, and the batch
 * looks once at the end. */

/* One B-tree each. Keys are big-endian, so that order is meaning. */
enum table {
    TABLE_META,     /* "format" -> version of all records */
    TABLE_ACCOUNT,  /* account id -> account */
    TABLE_EMAIL,    /* lower-case e-mail -> account id */
    TABLE_KEY,      /* key digest -> key */
    TABLE_KEY_ID,   /* account id, key id -> key digest */
    TABLE_KEY_NAME, /* key id -> key digest */
    TABLE_HOLD,     /* place of a request -> open hold */
    TABLE_DONE,     /* request id -> how a hold ended */
    TABLE_LEDGER,   /* account id, seq -> journal entry */
    TABLE_DEVICE,   /* device -> its free call; day -> free calls of that day */
    TABLE_IDEM,     /* account id, hash of idempotency key -> grant or call */
    TABLE_BOOK, /* first byte of account ids -> grants, revenue, uncollected */
    TABLE_PROJECT, /* project id -> project, its web tools */
    TABLE_POLICY,  /* account id, policy id -> policy, its spike; version ->
                      document */
    TABLE_QUOTA,   /* project id, window, user -> use */
    TABLE_EVENT, /* owner, seq -> event; consumer -> cursor; event id -> seq */
    TABLE_COUNT
};

struct trail;
struct rate;

enum trail_result { TRAIL_FOUND, TRAIL_NONE, TRAIL_FAILED };

/**
 * trail_get(t, table, key, value):
 * Put the value of ${key} into ${value} (emptied first).
 */
enum trail_result trail_get(
    struct trail *t, enum table table, struct span key, struct buf *value);

/**
 * trail_put(t, table, key, value), trail_delete(t, table, key):
 * Write or remove a row. Failure is latched.
 *
 * trail_put_new(t, table, key, value):
 * Write a row that is not there, without a look: if it is, ${t} fails, now or
 * when it is to be committed.
 */
void trail_put(
    struct trail *t, enum table table, struct span key, struct span value);
void trail_put_new(
    struct trail *t, enum table table, struct span key, struct span value);
void trail_delete(struct trail *t, enum table table, struct span key);

/**
 * trail_walk(t, table, from, row, cookie):
 * Call ${row} for each row of which the key is >= ${from}, in key order, until
 * it returns false. Rows must not be written meanwhile.
 */
typedef bool trail_row_fn(void *cookie, struct span key, struct span value);
void trail_walk(struct trail *t, enum table table, struct span from,
    trail_row_fn *row, void *cookie);

/**
 * trail_failed(t):
 * Whether a call on ${t} has failed; what was read since is worthless.
 */
bool trail_failed(const struct trail *t);

/**
 * trail_fail(t, what):
 * Latch a failure that the library did not notice: a record that cannot be
 * read. ${what} is for the operator's log.
 */
void trail_fail(struct trail *t, const char *what);

/* What bodies need besides rows. */
const uint8_t *trail_ledger_key(const struct trail *t);
struct rate *trail_rate(const struct trail *t);

/**
 * trail_storage_low(t):
 * Whether the disk is so full that no new paid work may begin.
 */
bool trail_storage_low(const struct trail *t);

/**
 * trail_is_long(t):
 * Whether ${t} has kept the gate from others for so long that a verb which can
 * go on another time should end. The limit is a third of the 20 ms that a visit
 * may take at most, which leaves room for one step of such a verb and for the
 * end of the batch.
 */
bool trail_is_long(const struct trail *t);

/**
 * trail_alone(t):
 * Whether no other process has the store open.
 */
bool trail_alone(const struct trail *t);

/**
 * trail_member(t, slot, incarnation):
 * Who runs this trail, to be noted in holds.
 */
void trail_member(const struct trail *t, uint32_t *slot, uint64_t *incarnation);

/**
 * trail_member_alive(t, slot, incarnation):
 * Whether the process that noted itself so still has the store open.
 */
bool trail_member_alive(
    const struct trail *t, uint32_t slot, uint64_t incarnation);

#endif
