#ifndef ROW_LEDGER_H
#define ROW_LEDGER_H

#include "db/store.h"
#include "row.h"

/* TABLE_LEDGER: account id, seq -> struct ledger_entry. Rows are only ever
 * added, at the end of their account's journal. */

enum { ROW_LEDGER_PLACE = STORE_ID + 8 };

extern const struct row_kind row_ledger;

/**
 * row_ledger_place(account, seq, place):
 * Where the entry ${seq} of ${account} stands.
 */
void row_ledger_place(const uint8_t account[STORE_ID], uint64_t seq,
    uint8_t place[ROW_LEDGER_PLACE]);

/**
 * row_ledger_get(t, account, seq, entry):
 * Read one entry.
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
