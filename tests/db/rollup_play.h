#ifndef ROLLUP_PLAY_H
#define ROLLUP_PLAY_H

#include "db/bdb/row_ledger.h"
#include "fixture.h"

/* Journals of long ago and roll-ups of them. Days are those of
 * fixture_time(). */

/**
 * rollup_play_grant(t, n, day):
 * Make account ${n} and grant it 1000 credits on ${day}.
 */
static inline void rollup_play_grant(struct trail *t, unsigned n, int day)
{
    struct store_grant g = fixture_grant(n, 1000, "old");

    g.now = fixture_time(day);
    fixture_account(t, n, 0);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
}

/**
 * rollup_play_fill(t):
 * Account 1: a grant and two calls on day -500, three calls on day -499.
 */
static inline void rollup_play_fill(struct trail *t)
{
    rollup_play_grant(t, 1, -500);
    for (unsigned i = 1; i <= 5; i++)
        fixture_call(t, 1, i, i <= 2 ? -500 : -499);
}

/**
 * rollup_play_of(before, most):
 * A verb that folds what is from before the day ${before}, in slices of
 * ${most}.
 */
static inline struct store_rollup rollup_play_of(int before, uint32_t most)
{
    return (struct store_rollup){.verb.kind = STORE_ROLLUP,
        .now = FIXTURE_NOW,
        .before = fixture_time(before),
        .most = most};
}

/**
 * rollup_play_read(t, r), rollup_play_fold(t, r):
 * Its two stages: read the next slice; fold what was read, and return how that
 * went.
 */
static inline void rollup_play_read(struct trail *t, struct store_rollup *r)
{
    r->fold = false;
    assert_int_equal(fake_trail_run(t, r), STORE_OK);
}

static inline enum store_status rollup_play_fold(
    struct trail *t, struct store_rollup *r)
{
    r->fold = true;
    return fake_trail_run(t, r);
}

/**
 * rollup_play_assert_slice(r, n, first, last):
 * What ${r} has read must be those entries of account ${n}.
 */
static inline void rollup_play_assert_slice(
    const struct store_rollup *r, unsigned n, uint64_t first, uint64_t last)
{
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_memory_equal(r->next.account, id, STORE_ID);
    assert_int_equal(r->next.first, first);
    assert_int_equal(r->next.last, last);
}

/**
 * rollup_play_row(t, n, seq):
 * The row that begins with the entry ${seq} of account ${n}.
 */
static inline struct rollup rollup_play_row(
    struct trail *t, unsigned n, uint64_t seq)
{
    struct rollup row;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_int_equal(row_ledger_at(t, id, seq, &row), TRAIL_FOUND);
    return row;
}

/**
 * rollup_play_entries(t):
 * How many rows all journals have.
 */
static inline size_t rollup_play_entries(struct trail *t)
{
    return fake_trail_rows(t, TABLE_LEDGER);
}

#endif
