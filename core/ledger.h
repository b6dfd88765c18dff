#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "mac.h"

/* An account's journal: append-only entries without a gap, each sealed with a
 * MAC over itself and the MAC before it. RELIABILITY.md 2.2. */

enum ledger_type {
    LEDGER_GRANT = 1, /* credits given or bought */
    LEDGER_SETTLE,    /* a call was billed */
    LEDGER_ADJUST,    /* a late or corrected bill */
    LEDGER_EXPIRE,    /* a dead worker's call was billed by the reaper */
    LEDGER_ROLLUP     /* old entries, folded into one: rollup.h */
};

enum ledger_flag {
    LEDGER_ESTIMATED = 1,   /* the upstream stated no usage */
    LEDGER_OVERRUN = 2,     /* the bill was larger than the hold */
    LEDGER_UPSTREAM_CUT = 4, /* the upstream broke off */
    LEDGER_CLIENT_GONE = 8   /* the client left before the end */
};

struct ledger_entry {
    uint8_t account[16];
    uint64_t seq; /* 1, 2, 3 ... per account */
    uint8_t type; /* enum ledger_type */
    uint8_t flags;
    int64_t amount;      /* credits, negative when the account pays */
    int64_t uncollected; /* part of the bill that nobody paid */
    int64_t posted_after;
    int64_t held_after;
    int64_t time; /* microseconds since 1970, for display */
    uint8_t request[16]; /* request id, or the hash of an idempotency key */
    uint64_t tokens_in;
    uint64_t tokens_out;
    uint8_t mac[MAC_SIZE];
    uint64_t first; /* of a roll-up: its first number; otherwise 0 */
};

enum { LEDGER_TEXT_SIZE = 16 + 8 + 2 + 4 * 8 + 8 + 16 + 2 * 8 };

/**
 * ledger_text(e, text):
 * The bytes of ${e} that its MAC covers, big-endian in the order of the
 * struct, up to the MAC.
 */
void ledger_text(
    const struct ledger_entry *e, uint8_t text[LEDGER_TEXT_SIZE]);

/**
 * ledger_seal(key, previous, e):
 * Set e->mac from the MAC of the entry before it (32 zero bytes for the
 * first).
 */
void ledger_seal(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    struct ledger_entry *e);

/**
 * ledger_verify(key, previous, e):
 * Whether ${e} carries the right MAC. Constant time.
 */
bool ledger_verify(const uint8_t key[MAC_KEY],
    const uint8_t previous[MAC_SIZE], const struct ledger_entry *e);

/**
 * ledger_type_name(type):
 * "grant", "settle", "adjust", "expire", "rollup", or "unknown".
 */
const char *ledger_type_name(uint8_t type);

#endif
