#include <string.h>

#include "row_call.h"

enum { KIND_CALL = 1 };

#define CALL_KEPT (24 * 3600 * INT64_C(1000000))

static void call_fields(struct rec *r, void *row)
{
    struct row_call *c = row;

    rec_bytes(r, c->body, sizeof(c->body));
    rec_bytes(r, c->request, sizeof(c->request));
    rec_bool(r, &c->ended);
    rec_i64(r, &c->credits);
    rec_i64(r, &c->time);
}

const struct row_kind row_call = {TABLE_IDEM, 1, sizeof(struct row_call),
    call_fields, "the row of a call's idempotency key is unreadable"};

static struct span call_key(const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], uint8_t key[ROW_CALL_KEY])
{
    memcpy(key, account, STORE_ID);
    key[STORE_ID] = KIND_CALL;
    memcpy(key + STORE_ID + 1, name, MAC_SIZE);
    return row_span(key, ROW_CALL_KEY);
}

enum trail_result row_call_get(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], struct row_call *call)
{
    uint8_t key[ROW_CALL_KEY];

    return row_get(t, &row_call, call_key(account, name, key), call);
}

void row_call_put(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], const struct row_call *call)
{
    uint8_t key[ROW_CALL_KEY];

    row_put(t, &row_call, call_key(account, name, key), call);
}

void row_call_delete(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE])
{
    uint8_t key[ROW_CALL_KEY];

    trail_delete(t, TABLE_IDEM, call_key(account, name, key));
}

bool row_call_stale(const struct row_call *call, int64_t now)
{
    return now - call->time >= CALL_KEPT;
}
