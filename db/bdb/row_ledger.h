#ifndef ROW_LEDGER_H
#define ROW_LEDGER_H

#include "db/store.h"
#include "row.h"

/* TABLE_LEDGER: account id, seq -> struct ledger_entry. Entries are only ever
 * added, at the end of their account's journal; the oldest of them may be
 * folded into roll-ups, each a struct rollup in the place of its last entry. So
 * a journal is some roll-ups, then entries. */

enum { ROW_LEDGER_PLACE = STORE_ID + 8 };

extern const struct row_kind row_ledger; /* version 1 */

/**
 * row_ledger_kind(value):
 * Which of the two ${value} is, or claims to be.
 */
const struct row_kind *row_ledger_kind(struct span value);

/**
 * row_ledger_decode(value, row):
 * Read ${value}, either kind, into ${row}: an entry into row->sum. Returns 0 or
 * -1.
 */
int row_ledger_decode(struct span value, struct rollup *row);

/**
 * row_ledger_decode_or_fail(t, value, row):
 * The same on a walk: a bad row fails ${t}. Returns whether ${row} is filled.
 */
bool row_ledger_decode_or_fail(
    struct trail *t, struct span value, struct rollup *row);

/**
 * row_ledger_put(t, row):
 * Write ${row}, of either kind, in its place.
 */
void row_ledger_put(struct trail *t, const struct rollup *row);

/**
 * row_ledger_at(t, account, seq, row):
 * Read the first row of the journal of ${account} with the number ${seq} or a
 * later one: the entry, or the roll-up that has it.
 */
enum trail_result row_ledger_at(struct trail *t,
    const uint8_t account[STORE_ID], uint64_t seq, struct rollup *row);

/**
 * row_ledger_place(account, seq, place):
 * Where the entry ${seq} of ${account} stands.
 */
void row_ledger_place(const uint8_t account[STORE_ID], uint64_t seq,
    uint8_t place[ROW_LEDGER_PLACE]);

/**
 * row_ledger_seq(place):
 * The number of the entry that stands at ${place}.
 */
uint64_t row_ledger_seq(struct span place);

/**
 * row_ledger_get(t, account, seq, entry):
 * Read one entry, or the sum of the roll-up that lies there.
 */
enum trail_result row_ledger_get(struct trail *t,
    const uint8_t account[STORE_ID], uint64_t seq, struct ledger_entry *entry);

/**
 * row_ledger_append(t, account, entry):
 * Complete ${entry} as the next one of ${account}, the balance of which is
 * changed already, seal it and write it. Counts account->journal_seq up; the
 * caller writes the account.
 */
void row_ledger_append(
    struct trail *t, struct store_account *account, struct ledger_entry *entry);

#endif
