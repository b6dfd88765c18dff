#ifndef CHAIN_H
#define CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "mac.h"

/* Events that nobody may change, leave out or cut off: each carries a MAC over
 * itself and the MAC before it, and the chain's owner keeps how long the chain
 * is. Old events may be forgotten from the front on; the anchor, the MAC of the
 * newest forgotten one, then stands for them. A seal covers what the owner
 * keeps. The key is the journals'; no list of parts here is one of theirs. */

struct chain {
    uint64_t seq;             /* of the newest event; 0: there was none */
    uint8_t mac[MAC_SIZE];    /* of it */
    uint64_t pruned;          /* events up to this number are forgotten */
    uint8_t anchor[MAC_SIZE]; /* MAC of event ${pruned}; zero for none */
    uint8_t seal[MAC_SIZE];   /* over all that; zero for an empty chain */
};

/* What a MAC covers of an event, its number aside. */
struct chain_link {
    struct span owner; /* names the chain */
    uint8_t id[16];
    int64_t time; /* microseconds since 1970 */
    struct span target;
    struct span text;
};

/**
 * chain_append(key, chain, link):
 * Count ${link} as the next event of ${chain}: sets seq, mac and seal.
 */
void chain_append(const uint8_t key[MAC_KEY], struct chain *chain,
    const struct chain_link *link);

/**
 * chain_verify(key, previous, seq, link, mac):
 * Whether ${mac} is the one of ${link} with the number ${seq}, behind the event
 * with the MAC ${previous} (32 zero bytes: the first). Constant time.
 */
bool chain_verify(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    uint64_t seq, const struct chain_link *link, const uint8_t mac[MAC_SIZE]);

/**
 * chain_prune(key, chain, owner, seq, mac):
 * Note that the events of ${chain} up to ${seq}, which has the MAC ${mac}, are
 * forgotten.
 */
void chain_prune(const uint8_t key[MAC_KEY], struct chain *chain,
    struct span owner, uint64_t seq, const uint8_t mac[MAC_SIZE]);

/**
 * chain_sound(key, chain, owner):
 * Whether the seal of ${chain} is right.
 */
bool chain_sound(
    const uint8_t key[MAC_KEY], const struct chain *chain, struct span owner);

#endif
