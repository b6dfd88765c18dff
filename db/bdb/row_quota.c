#include <string.h>

#include "row_quota.h"

void row_quota_limit(struct rec *r, struct quota_limit *limit)
{
    uint8_t window = (uint8_t)limit->window;

    rec_u64(r, &limit->requests);
    rec_u64(r, &limit->tokens);
    rec_u8(r, &window);
    if (window >= QUOTA_WINDOWS)
        r->bad = true;
    limit->window = (enum quota_window)window;
}

static void use_fields(struct rec *r, void *row)
{
    struct quota_use *u = row;

    rec_u64(r, &u->requests);
    rec_u64(r, &u->tokens);
    rec_u64(r, &u->reserved);
}

const struct row_kind row_quota_kind = {TABLE_QUOTA, 1,
    sizeof(struct quota_use), use_fields, "a quota row is unreadable"};

size_t row_quota_place(
    const struct row_quota *q, uint8_t place[ROW_QUOTA_PLACE])
{
    size_t n = strlen(q->project) + 1;

    memcpy(place, q->project, n);
    place[n++] = (uint8_t)q->window;
    for (int i = 0; i < 4; i++)
        place[n++] = (uint8_t)(q->day >> (24 - 8 * i));
    if (q->of_user) {
        memcpy(place + n, q->user, STORE_ID);
        n += STORE_ID;
    }
    return n;
}

int row_quota_read(struct span key, struct row_quota *q)
{
    const size_t n = strnlen(key.p, key.n);
    const uint8_t *rest = (const uint8_t *)key.p + n + 1;

    *q = (struct row_quota){0};
    if (n > STORE_NAME_MAX ||
        (key.n != n + 1 + 5 && key.n != n + 1 + 5 + STORE_ID) ||
        rest[0] >= QUOTA_WINDOWS)
        return -1;
    memcpy(q->project, key.p, n);
    q->window = (enum quota_window)rest[0];
    for (int i = 1; i < 5; i++)
        q->day = q->day << 8 | rest[i];
    q->of_user = key.n > n + 1 + 5;
    if (q->of_user)
        memcpy(q->user, rest + 5, STORE_ID);
    return 0;
}

void row_quota_get(
    struct trail *t, const struct row_quota *q, struct quota_use *use)
{
    uint8_t place[ROW_QUOTA_PLACE];
    const size_t n = row_quota_place(q, place);

    if (row_get(t, &row_quota_kind, row_span(place, n), use) == TRAIL_NONE)
        *use = (struct quota_use){0};
}

void row_quota_put(
    struct trail *t, const struct row_quota *q, const struct quota_use *use)
{
    uint8_t place[ROW_QUOTA_PLACE];
    const size_t n = row_quota_place(q, place);

    row_put(t, &row_quota_kind, row_span(place, n), use);
}
