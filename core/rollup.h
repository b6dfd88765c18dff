#ifndef ROLLUP_H
#define ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"

/* Old entries of a journal, of one account and one day, folded into one row in
 * the place of the last of them. The row keeps the MAC before its first entry
 * and that of its last, on which the next entry is chained, and is sealed with
 * a MAC of its own: so the chain can be verified through it, and with the
 * entries themselves, kept elsewhere, from its one end to the other. */

/* What entries of one type come to. */
struct rollup_part {
    uint64_t entries;
    int64_t amount;
    int64_t uncollected;
    uint64_t tokens_in;
    uint64_t tokens_out;
};

enum { ROLLUP_PARTS = 4 }; /* entry types, the first of them LEDGER_GRANT */

struct rollup {
    /* To be read as an entry of type LEDGER_ROLLUP: number, balance, holds,
     * time and MAC are those of the last one, the rest sums of all. */
    struct ledger_entry sum;
    int64_t day; /* since 1970, UTC */
    struct rollup_part part[ROLLUP_PARTS];
    uint8_t before[MAC_SIZE]; /* of the entry before the first; zero: none */
    uint8_t mac[MAC_SIZE];    /* of all this */
};

/**
 * rollup_day(micros):
 * The UTC day, counted from 1970, of ${micros} since 1970.
 */
int64_t rollup_day(int64_t micros);

/**
 * rollup_begin(account, previous, day, r):
 * Begin a roll-up of ${day} for what follows the entry or roll-up ${previous}
 * of ${account}; all of it zero when there is none. It is empty until
 * rollup_add().
 */
void rollup_begin(const uint8_t account[16],
    const struct ledger_entry *previous, int64_t day, struct rollup *r);

/**
 * rollup_add(key, e, r):
 * Fold ${e} into ${r}, the seal of which is wrong from then on. Returns false,
 * and leaves ${r} alone, when it is not the next entry: by account, number,
 * MAC under ${key} or balance; or when a sum would overflow.
 */
bool rollup_add(
    const uint8_t key[MAC_KEY], const struct ledger_entry *e, struct rollup *r);

/**
 * rollup_total(r):
 * Set type and sums of r->sum from its parts. Returns false when these
 * overflow, or are not as many entries as there are numbers.
 */
bool rollup_total(struct rollup *r);

/**
 * rollup_seal(key, r):
 * Set r->mac.
 */
void rollup_seal(const uint8_t key[MAC_KEY], struct rollup *r);

/**
 * rollup_verify(key, previous, r):
 * Whether ${r} carries the right MAC and follows an entry with the MAC
 * ${previous}. Constant time.
 */
bool rollup_verify(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    const struct rollup *r);

#endif
