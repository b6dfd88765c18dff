#include "chain.h"

#include <sodium.h>
#include <string.h>

enum { NUMBERS = 16, SUMS = 16 + 2 * MAC_SIZE };

static void put64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static struct span bytes(const void *p, size_t n)
{
    return (struct span){p, n};
}

static void sign_link(const uint8_t key[MAC_KEY],
    const uint8_t previous[MAC_SIZE], uint64_t seq,
    const struct chain_link *link, uint8_t mac[MAC_SIZE])
{
    uint8_t numbers[NUMBERS];
    const struct span parts[] = {
        bytes("event", 5),
        bytes(previous, MAC_SIZE),
        link->owner,
        bytes(numbers, sizeof(numbers)),
        bytes(link->id, sizeof(link->id)),
        link->target,
        link->text,
    };

    put64(numbers, seq);
    put64(numbers + 8, (uint64_t)link->time);
    mac_sign(key, parts, sizeof(parts) / sizeof(parts[0]), mac);
}

static void sign_chain(const uint8_t key[MAC_KEY], const struct chain *chain,
    struct span owner, uint8_t seal[MAC_SIZE])
{
    uint8_t sums[SUMS];
    const struct span parts[] = {
        bytes("chain", 5), owner, bytes(sums, sizeof(sums))};

    put64(sums, chain->seq);
    memcpy(sums + 8, chain->mac, MAC_SIZE);
    put64(sums + 8 + MAC_SIZE, chain->pruned);
    memcpy(sums + 16 + MAC_SIZE, chain->anchor, MAC_SIZE);
    mac_sign(key, parts, sizeof(parts) / sizeof(parts[0]), seal);
}

void chain_append(const uint8_t key[MAC_KEY], struct chain *chain,
    const struct chain_link *link)
{
    uint8_t previous[MAC_SIZE];

    memcpy(previous, chain->mac, MAC_SIZE);
    chain->seq++;
    sign_link(key, previous, chain->seq, link, chain->mac);
    sign_chain(key, chain, link->owner, chain->seal);
}

bool chain_verify(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    uint64_t seq, const struct chain_link *link, const uint8_t mac[MAC_SIZE])
{
    uint8_t own[MAC_SIZE];

    sign_link(key, previous, seq, link, own);
    return sodium_memcmp(own, mac, MAC_SIZE) == 0;
}

void chain_prune(const uint8_t key[MAC_KEY], struct chain *chain,
    struct span owner, uint64_t seq, const uint8_t mac[MAC_SIZE])
{
    chain->pruned = seq;
    memcpy(chain->anchor, mac, MAC_SIZE);
    sign_chain(key, chain, owner, chain->seal);
}

bool chain_sound(
    const uint8_t key[MAC_KEY], const struct chain *chain, struct span owner)
{
    static const struct chain empty;
    uint8_t seal[MAC_SIZE];

    if (chain->seq == 0)
        return memcmp(chain->mac, empty.mac, MAC_SIZE) == 0 &&
               memcmp(chain->anchor, empty.anchor, MAC_SIZE) == 0 &&
               memcmp(chain->seal, empty.seal, MAC_SIZE) == 0 &&
               chain->pruned == 0;
    if (chain->pruned > chain->seq)
        return false;
    sign_chain(key, chain, owner, seal);
    return sodium_memcmp(seal, chain->seal, MAC_SIZE) == 0;
}
