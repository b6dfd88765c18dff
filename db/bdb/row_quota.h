#ifndef ROW_QUOTA_H
#define ROW_QUOTA_H

#include "db/store.h"
#include "row.h"

/* TABLE_QUOTA: project id, NUL, window, its first day, and for one of the
 * project's users a hash of that -> struct quota_use. */

enum { ROW_QUOTA_PLACE = STORE_NAME_MAX + 1 + 1 + 4 + STORE_ID };

/* One of these rows. */
struct row_quota {
    char project[STORE_NAME_MAX + 1];
    enum quota_window window;
    uint32_t day;
    bool of_user;
    uint8_t user[STORE_ID];
};

extern const struct row_kind row_quota_kind; /* a struct quota_use */

/**
 * row_quota_limit(r, limit):
 * The fields of ${limit} in the row of whoever has it.
 */
void row_quota_limit(struct rec *r, struct quota_limit *limit);

/**
 * row_quota_place(q, place), row_quota_read(key, q):
 * Where ${q} stands, with its length; and the reverse, which returns 0 or -1.
 */
size_t row_quota_place(
    const struct row_quota *q, uint8_t place[ROW_QUOTA_PLACE]);
int row_quota_read(struct span key, struct row_quota *q);

/**
 * row_quota_get(t, q, use), row_quota_put(t, q, use):
 * Read what was used of ${q}, zero if nothing was, or write it.
 */
void row_quota_get(
    struct trail *t, const struct row_quota *q, struct quota_use *use);
void row_quota_put(
    struct trail *t, const struct row_quota *q, const struct quota_use *use);

#endif
