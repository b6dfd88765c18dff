#include <string.h>

#include "row_idem.h"

enum { IDEM_KEY = STORE_ID + MAC_SIZE };

static void idem_fields(struct rec *r, void *row)
{
    struct row_idem *i = row;

    rec_i64(r, &i->credits);
    rec_text(r, i->note, sizeof(i->note));
    rec_u64(r, &i->seq);
    rec_i64(r, &i->posted);
    rec_i64(r, &i->time);
}

static const struct row_kind row_idem = {TABLE_IDEM, 1, sizeof(struct row_idem),
    idem_fields, "an idempotency row is unreadable"};

static void idem_key(const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], uint8_t key[IDEM_KEY])
{
    memcpy(key, account, STORE_ID);
    memcpy(key + STORE_ID, name, MAC_SIZE);
}

void row_idem_name(
    const struct trail *t, const char *text, uint8_t name[MAC_SIZE])
{
    const struct span parts[] = {
        row_span("idempotency", strlen("idempotency")),
        row_span(text, strlen(text)),
    };

    mac_sign(trail_ledger_key(t), parts, 2, name);
}

enum trail_result row_idem_get(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], struct row_idem *row)
{
    uint8_t key[IDEM_KEY];

    idem_key(account, name, key);
    return row_get(t, &row_idem, row_span(key, sizeof(key)), row);
}

void row_idem_put(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], const struct row_idem *row)
{
    uint8_t key[IDEM_KEY];

    idem_key(account, name, key);
    row_put(t, &row_idem, row_span(key, sizeof(key)), row);
}
