#ifndef ROW_BOOK_H
#define ROW_BOOK_H

#include "db/store.h"
#include "row.h"

/* TABLE_BOOK: part -> struct row_book, the other side of every posting, so
 * that all of it sums to zero: posted + revenue - uncollected == grants. The
 * totals are kept in 256 parts by the first byte of the account id (which is
 * the key), and the equation holds for each part: an audit looks at one part
 * in one transaction, which stays short with any number of accounts. */

struct row_book {
    int64_t grants;      /* credits given */
    int64_t revenue;     /* credits billed, paid or not */
    int64_t uncollected; /* billed and not paid */
};

enum { ROW_BOOK_PARTS = 256 };

extern const struct row_kind row_book;

/**
 * row_book_get(t, part, book):
 * Read the totals of ${part}, zero if never written.
 */
void row_book_get(struct trail *t, uint8_t part, struct row_book *book);

/**
 * row_book_add(t, part, change):
 * Add ${change} to the totals of ${part}. Returns 0, or -1 when one would
 * overflow; then nothing is written.
 */
int row_book_add(struct trail *t, uint8_t part, const struct row_book *change);

#endif
