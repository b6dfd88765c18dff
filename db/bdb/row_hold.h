#ifndef ROW_HOLD_H
#define ROW_HOLD_H

#include "db/store.h"
#include "row.h"

/* A call's hold. It is OPEN as long as its row is in TABLE_HOLD (place of the
 * request -> struct row_hold) and ends by moving to TABLE_DONE (request id ->
 * struct row_done); it is never in both. RELIABILITY.md 2.2.
 *
 * Holds come and go all the time. In the order of their ids, which is that of
 * time, each would need a new page in turn and leave an empty one behind, and
 * the library logs, and at times syncs, what it does to pages. So they lie
 * scattered over the few pages that the most of them ever needed. */

/* What it has of its project's quotas: quota_claim.h. */
struct row_claim {
    char project[STORE_NAME_MAX + 1]; /* empty: nothing */
    enum quota_window budget_window, user_window;
    uint32_t budget_day, user_day; /* on which these windows began */
    bool of_user;
    uint8_t user[STORE_ID];
    uint64_t reserved; /* tokens */
};

/* What governs it, for the event that the reaper writes when nobody else can
 * any more. */
struct row_governed {
    bool governed;                   /* else the rest is zero */
    bool quiet;                      /* no event is wanted */
    char policy[STORE_NAME_MAX + 1]; /* empty: the call brought its own */
    uint64_t version;                /* of it; 0: it brought its own */
    char target[STORE_TARGET_MAX + 1];
};

struct row_hold {
    enum store_caller caller;
    uint8_t account[STORE_ID]; /* zero for a device */
    uint8_t device[STORE_ID];  /* zero but for a device */
    char key_id[KEY_ID_SIZE];  /* empty without a key */
    uint8_t nonce[8];          /* which delivery of the request it was */
    int64_t amount;            /* credits; 0 for a device */
    uint64_t max_out;          /* granted to each choice */
    uint64_t est_in;
    uint64_t out_so_far;
    bool accepted; /* the upstream has begun to answer */
    uint32_t n;
    struct price price;
    uint32_t slot; /* who works on it */
    uint64_t incarnation;
    int64_t created;     /* microseconds since 1970 */
    int64_t boot;        /* seconds of CLOCK_BOOTTIME; later than now means */
    int64_t lease_until; /* that the machine has been restarted since */
    bool has_idempotency;
    uint8_t idempotency_key[MAC_SIZE]; /* names the call's row_call */
    struct row_claim claim;
    struct row_governed rule;
};

enum row_ending { ENDING_SETTLED = 1, ENDING_RELEASED, ENDING_EXPIRED };

struct row_done {
    enum row_ending ending;
    enum store_caller caller;
    uint8_t account[STORE_ID]; /* zero for a device */
    uint64_t seq;              /* journal entry that bills it; 0: none */
    struct charge charge;
    int64_t posted;  /* of the account after it */
    uint8_t flags;   /* enum ledger_flag */
    int64_t time;    /* microseconds since 1970 */
    uint64_t tokens; /* used, as row_done_tokens() of its entry; 0: not known */
    /* For a settlement that comes after the reaper's. */
    int64_t held; /* credits, until it ended */
    struct price price;
    bool corrected;      /* it has come */
    uint64_t adjust_seq; /* journal entry of the difference; 0: none */
    bool has_idempotency;
    uint8_t idempotency_key[MAC_SIZE];
    bool tells;     /* an event was due with the bill */
    uint64_t event; /* its number in its chain */
};

extern const struct row_kind row_hold;
extern const struct row_kind row_done;

/* TABLE_META: "purged" -> the newest time, in microseconds since 1970, of all
 * ended holds that were forgotten. What is older may be missing. */
extern const struct row_kind row_purged;

/**
 * row_hold_place(request, place), row_hold_request(place, request):
 * The key in TABLE_HOLD of the id of ${request}, and the other way round: the
 * random bytes of the id come first.
 */
void row_hold_place(const uint8_t request[STORE_ID], uint8_t place[STORE_ID]);
void row_hold_request(const uint8_t place[STORE_ID], uint8_t request[STORE_ID]);

/**
 * row_hold_get(t, request, hold), row_hold_put(t, request, hold),
 * row_hold_delete(t, request):
 * Read, write or remove the open hold of ${request}.
 */
enum trail_result row_hold_get(
    struct trail *t, const uint8_t request[STORE_ID], struct row_hold *hold);
void row_hold_put(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold);
void row_hold_delete(struct trail *t, const uint8_t request[STORE_ID]);

/**
 * row_hold_open(t, request, hold):
 * Write the first hold of ${request}; if there is one ${t} fails.
 */
void row_hold_open(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold);

/**
 * row_hold_overdue(hold, boot, grace):
 * Whether the lease of ${hold} ended more than ${grace} seconds before the
 * second ${boot}.
 */
bool row_hold_overdue(const struct row_hold *hold, int64_t boot, int64_t grace);

/**
 * row_done_get(t, request, done), row_done_put(t, request, done):
 * Read or write how the hold of ${request} ended.
 */
enum trail_result row_done_get(
    struct trail *t, const uint8_t request[STORE_ID], struct row_done *done);
void row_done_put(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_done *done);

/**
 * row_done_tokens(in, out):
 * What was used in all: the most there is when the sum would overflow.
 */
uint64_t row_done_tokens(uint64_t in, uint64_t out);

/**
 * row_purged_key():
 * The key of the only row of this kind, an int64_t.
 */
struct span row_purged_key(void);

#endif
