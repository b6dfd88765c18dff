#ifndef AUDIT_PLAY_H
#define AUDIT_PLAY_H

#include <string.h>

#include "db/bdb/row_ledger.h"
#include "fixture.h"

/* A store to be spoilt, and what an audit must say of it. */

/**
 * audit_play_fill(t):
 * Make two accounts: the first, of 100 credits, has the settled call 1, the
 * released call 2 and the open call 3; the second has 50 credits. Then begin
 * what the test is to spoil.
 */
static inline void audit_play_fill(struct trail *t)
{
    fixture_account(t, 1, 100);
    fixture_account(t, 2, 50);
    for (unsigned i = 1; i <= 3; i++) {
        struct store_admit a = fixture_admit(1, i);

        assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    }
    for (unsigned i = 1; i <= 2; i++) {
        struct store_settle s = fixture_settle(i, 100, 200);

        s.free_of_charge = i == 2;
        assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    }
    fake_trail_begin(t);
}

/**
 * audit_play_entry(t, n, seq):
 * The entry ${seq} in the journal of account ${n}.
 */
static inline struct ledger_entry audit_play_entry(
    struct trail *t, unsigned n, uint64_t seq)
{
    struct ledger_entry e;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_int_equal(row_ledger_get(t, id, seq, &e), TRAIL_FOUND);
    return e;
}

/**
 * audit_play_assert_breach(t, invariant):
 * Commit. Then an audit must report ${invariant}, in slices of any size.
 */
static inline void audit_play_assert_breach(
    struct trail *t, const char *invariant)
{
    fake_trail_commit(t);
    for (uint32_t most = 1; most <= 64; most *= 4) {
        struct store_audit audit = fixture_audit(t, most);

        assert_true(audit.breaches > 0);
        assert_non_null(strstr(buf_terminate(&audit.report), invariant));
        buf_free(&audit.report);
    }
}

/**
 * audit_play_assert_only_breach(t, invariant):
 * The same, and it must report nothing else.
 */
static inline void audit_play_assert_only_breach(
    struct trail *t, const char *invariant)
{
    struct store_audit audit;

    audit_play_assert_breach(t, invariant);
    audit = fixture_audit(t, 1000);
    assert_int_equal(audit.breaches, 1);
    buf_free(&audit.report);
}

#endif
