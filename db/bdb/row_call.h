#ifndef ROW_CALL_H
#define ROW_CALL_H

#include "db/store.h"
#include "row.h"

/* TABLE_IDEM: account id, a byte that tells it from a grant's row, hash of an
 * Idempotency-Key -> the paid call that was made under it. RELIABILITY.md 2.6.
 */

enum { ROW_CALL_KEY = STORE_ID + 1 + MAC_SIZE };

struct row_call {
    uint8_t body[MAC_SIZE];    /* fingerprint of what was asked */
    uint8_t request[STORE_ID]; /* the call */
    bool ended;
    int64_t credits; /* that it cost, once it has ended */
    int64_t time;    /* of its admission, microseconds since 1970 */
};

extern const struct row_kind row_call;

/**
 * row_call_get(t, account, name, call), row_call_put(t, account, name, call),
 * row_call_delete(t, account, name):
 * Read, write or remove the call made by ${account} under ${name}.
 */
enum trail_result row_call_get(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], struct row_call *call);
void row_call_put(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE], const struct row_call *call);
void row_call_delete(struct trail *t, const uint8_t account[STORE_ID],
    const uint8_t name[MAC_SIZE]);

/**
 * row_call_stale(call, now):
 * Whether ${call} is so old that its name may be used for another.
 */
bool row_call_stale(const struct row_call *call, int64_t now);

#endif
