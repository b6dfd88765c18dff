#ifndef AUDIT_H
#define AUDIT_H

#include "db/store.h"
#include "event_check.h"
#include "row_hold.h"
#include "row_quota.h"

/* The invariants of RELIABILITY.md 2.7, checked on a store that goes on
 * working. An audit is a row of slices, each a transaction of its own, and
 * nothing may change under a comparison; so each compares only what one slice
 * sees, or what can never change:
 *
 * 1. A part of the book (256 of them, by the first byte of account ids) is
 *    looked at in one slice: its accounts, all open holds, its three totals.
 *    That gives I2, I3, I7 and the end of I4. The zero sum of all parts is the
 *    sum of zero sums, so no slice ever needs all accounts. This slice is as
 *    long as it must be: a 256th of the accounts and all open holds.
 * 2. The journals of these accounts are replayed up to the newest entry of that
 *    moment, and must end in the balance of that moment. Entries are never
 *    changed, only added behind, so this may take any number of slices: I1,
 *    I4, I5, I12, I13. Old ones may be folded meanwhile; when that happens
 *    under the replay it begins again, and soon gets beyond them.
 * 3. Open holds, each with its account and its end looked up in the same
 *    slice: I5, I6.
 * 4. Ended holds with their journal entries, which change together: I5, I11.
 *    What is old may have been forgotten; row_purged says until when. Ordinary
 *    ones are not looked up, but summed: audit_match.c. Where an event was due
 *    the row has its number, and 7 finds it: EV.
 * 5. Where the sums differ, each of these with the other looked up.
 * 6. Quotas, a range of them in one slice with all open holds: what is reserved
 *    is the sum of these: Q1.
 * 7. Chains of events, as event_check.h says: EV.
 *
 * Between slices all state lies in store_audit.cursor: struct audit_state, then
 * an account behind the other. A slice whose trail fails leaves it as it
 * was. */

enum audit_phase {
    AUDIT_BEGIN,
    AUDIT_PART,
    AUDIT_JOURNALS,
    AUDIT_HOLDS,
    AUDIT_ENDED,
    AUDIT_MISMATCH_JOURNALS,
    AUDIT_MISMATCH_ENDED,
    AUDIT_QUOTAS,
    AUDIT_EVENTS,
    AUDIT_DONE
};

enum { AUDIT_SPANS = 1024, AUDIT_MATCH_KEY = 16 };

/* An account as its part's slice saw it. */
struct audit_account {
    uint8_t id[STORE_ID];
    uint64_t seq;
    int64_t posted;
    int64_t held;
    int64_t promised; /* sum of its open holds */
};

/* How far a journal is replayed. */
struct audit_replay {
    uint64_t seq;
    uint64_t entries; /* so far, those in roll-ups included */
    int64_t sum;      /* of all amounts */
    int64_t posted;   /* by the newest entry */
    uint8_t mac[MAC_SIZE];
    uint64_t again; /* it was begun again when it had come to this number */
};

/* What is kept from slice to slice. */
struct audit_state {
    enum audit_phase phase;
    uint32_t part;
    size_t first; /* account of the part */
    size_t index; /* of the account whose journal is replayed, from there */
    struct audit_replay replay;
    uint8_t request[STORE_ID]; /* the next hold */
    /* Of bills: what is older than the first may have been forgotten; what is
     * newer than the second is summed. Microseconds since 1970. */
    int64_t forgotten, looked_up;
    uint64_t spans[AUDIT_SPANS];
    uint8_t quota[ROW_QUOTA_PLACE]; /* the next one */
    size_t quota_n;
    struct event_check_state events;
};

struct audit {
    struct trail *t;
    int64_t boot;
    struct audit_state state;
    struct buf *cursor; /* of the verb; its state is older than ours */
    int64_t budget;     /* rows left in this step */
    struct buf report;
    uint64_t account_count, entry_count, hold_count, breaches;
    uint8_t match_key[AUDIT_MATCH_KEY];
};

/**
 * audit_breach(a, invariant, what, id, n, fmt, ...):
 * Report that ${invariant} is broken for the ${n} bytes of ${id}, which name a
 * ${what}.
 */
void audit_breach(struct audit *a, const char *invariant, const char *what,
    const void *id, size_t n, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/**
 * audit_get(a, kind, key, row):
 * As row_get(), but an unreadable row is a breach and not the end.
 */
enum trail_result audit_get(
    struct audit *a, const struct row_kind *kind, struct span key, void *row);

/**
 * audit_decode(a, kind, key, value, row):
 * As row_decode(); an unreadable row is a breach. Returns whether ${row} is
 * filled.
 */
bool audit_decode(struct audit *a, const struct row_kind *kind, struct span key,
    struct span value, void *row);

/**
 * audit_accounts(a, count):
 * The accounts of the part at hand, in order of their ids.
 */
struct audit_account *audit_accounts(const struct audit *a, size_t *count);

/**
 * audit_bill(a, id, done, entry):
 * That the call ${id}, whose hold ended as ${done}, costs what ${entry}, which
 * bills it, and the correction, if there is one, say, and that this is the
 * price of what was used: I11.
 */
void audit_bill(struct audit *a, const uint8_t id[STORE_ID],
    const struct row_done *done, const struct ledger_entry *entry);

/**
 * audit_is_priced(done, flags, tokens):
 * Whether what ${done} cost is the price of so many tokens, under the flags of
 * its entry.
 */
bool audit_is_priced(
    const struct row_done *done, uint8_t flags, uint64_t tokens);

/**
 * audit_all_accounts(a, count):
 * Those of all parts so far, in order of their ids.
 */
struct audit_account *audit_all_accounts(const struct audit *a, size_t *count);

/**
 * audit_find(accounts, count, id):
 * The one of ${id}, or NULL.
 */
struct audit_account *audit_find(
    struct audit_account *accounts, size_t count, const uint8_t id[STORE_ID]);

/**
 * audit_match_prepare(a):
 * Prepare ${a} for the next four.
 */
void audit_match_prepare(struct audit *a);

/**
 * audit_match_entry(a, e), audit_match_done(a, request, done):
 * That a journal entry that bills a call is named by how the call's hold ended,
 * and the other way round.
 */
void audit_match_entry(struct audit *a, const struct ledger_entry *e);
void audit_match_done(struct audit *a, const uint8_t request[STORE_ID],
    const struct row_done *done);

/**
 * audit_match_holds(a):
 * Whether all that were summed belong together.
 */
bool audit_match_holds(const struct audit *a);

/**
 * audit_mismatch_done(a, request, done):
 * Check what the sums of its span make suspect.
 */
void audit_mismatch_done(struct audit *a, const uint8_t request[STORE_ID],
    const struct row_done *done);

/**
 * audit_begin(a), audit_part(a), audit_journals(a), audit_holds(a),
 * audit_ended(a), audit_mismatch_journals(a), audit_quotas(a),
 * audit_events(a):
 * Do a piece of the phase of that name, at least one row, and move a->state on.
 * The last of the holds' two is for AUDIT_MISMATCH_ENDED too.
 */
void audit_begin(struct audit *a);
void audit_part(struct audit *a);
void audit_journals(struct audit *a);
void audit_holds(struct audit *a);
void audit_ended(struct audit *a);
void audit_mismatch_journals(struct audit *a);
void audit_quotas(struct audit *a);
void audit_events(struct audit *a);

#endif
