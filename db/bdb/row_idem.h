#ifndef ROW_IDEM_H
#define ROW_IDEM_H

#include "db/store.h"
#include "row.h"

/* TABLE_IDEM: account id, MAC of an idempotency key -> the grant it made. */

struct row_idem {
    int64_t credits;
    char note[256];
    uint64_t seq;   /* the journal entry */
    int64_t posted; /* after it */
    int64_t time;   /* microseconds since 1970 */
};

/**
 * row_idem_name(t, text, name):
 * Under what name the store keeps the idempotency key ${text}.
 */
void row_idem_name(
    const struct trail *t, const char *text, uint8_t name[MAC_SIZE]);

/**
 * row_idem_get(t, account, name, row), row_idem_put(t, account, name, row):
 * Read or write the grant made under ${name}.
 */
enum trail_result row_idem_get(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], struct row_idem *row);
void row_idem_put(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], const struct row_idem *row);

#endif
