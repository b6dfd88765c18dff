#include "row_book.h"

static void book_fields(struct rec *r, void *row)
{
    struct row_book *b = row;

    rec_i64(r, &b->grants);
    rec_i64(r, &b->revenue);
    rec_i64(r, &b->uncollected);
}

const struct row_kind row_book = {TABLE_BOOK, 1, sizeof(struct row_book),
    book_fields, "a part of the book is unreadable"};

void row_book_get(struct trail *t, uint8_t part, struct row_book *book)
{
    if (row_get(t, &row_book, row_span(&part, 1), book) != TRAIL_FOUND)
        *book = (struct row_book){0};
}

int row_book_add(struct trail *t, uint8_t part, const struct row_book *change)
{
    struct row_book book;

    row_book_get(t, part, &book);
    if (__builtin_add_overflow(book.grants, change->grants, &book.grants) ||
        __builtin_add_overflow(book.revenue, change->revenue, &book.revenue) ||
        __builtin_add_overflow(
            book.uncollected, change->uncollected, &book.uncollected))
        return -1;
    row_put(t, &row_book, row_span(&part, 1), &book);
    return 0;
}
