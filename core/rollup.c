#include "rollup.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define DAY (86400 * INT64_C(1000000))

enum {
    NUMBERS = 6 + 5 * ROLLUP_PARTS,
    TEXT_SIZE = 16 + 8 * NUMBERS + 2 * MAC_SIZE
};

int64_t rollup_day(int64_t micros)
{
    return micros / DAY - (micros % DAY < 0);
}

void rollup_begin(const uint8_t account[16],
    const struct ledger_entry *previous, int64_t day, struct rollup *r)
{
    *r = (struct rollup){.day = day};
    memcpy(r->sum.account, account, sizeof(r->sum.account));
    r->sum.type = LEDGER_ROLLUP;
    r->sum.first = previous->seq + 1;
    r->sum.seq = previous->seq;
    r->sum.posted_after = previous->posted_after;
    memcpy(r->before, previous->mac, MAC_SIZE);
    memcpy(r->sum.mac, previous->mac, MAC_SIZE);
}

/* ---- sums ---- */

static bool part_add(struct rollup_part *p, const struct rollup_part *more)
{
    return !__builtin_add_overflow(p->entries, more->entries, &p->entries) &&
           !__builtin_add_overflow(p->amount, more->amount, &p->amount) &&
           !__builtin_add_overflow(
               p->uncollected, more->uncollected, &p->uncollected) &&
           !__builtin_add_overflow(
               p->tokens_in, more->tokens_in, &p->tokens_in) &&
           !__builtin_add_overflow(
               p->tokens_out, more->tokens_out, &p->tokens_out);
}

bool rollup_total(struct rollup *r)
{
    struct rollup_part all = {0};

    for (int i = 0; i < ROLLUP_PARTS; i++)
        if (!part_add(&all, &r->part[i]))
            return false;
    r->sum.type = LEDGER_ROLLUP;
    r->sum.amount = all.amount;
    r->sum.uncollected = all.uncollected;
    r->sum.tokens_in = all.tokens_in;
    r->sum.tokens_out = all.tokens_out;
    return r->sum.first > 0 && r->sum.first <= r->sum.seq &&
           r->sum.seq - r->sum.first == all.entries - 1;
}

/* Whether ${e} comes next. */
static bool follows(const uint8_t key[MAC_KEY], const struct rollup *r,
    const struct ledger_entry *e)
{
    int64_t posted;

    return e->type >= LEDGER_GRANT && e->type < LEDGER_GRANT + ROLLUP_PARTS &&
           e->seq == r->sum.seq + 1 &&
           memcmp(e->account, r->sum.account, sizeof(e->account)) == 0 &&
           ledger_verify(key, r->sum.mac, e) &&
           !__builtin_add_overflow(r->sum.posted_after, e->amount, &posted) &&
           posted == e->posted_after;
}

bool rollup_add(
    const uint8_t key[MAC_KEY], const struct ledger_entry *e, struct rollup *r)
{
    const struct rollup_part one = {
        1, e->amount, e->uncollected, e->tokens_in, e->tokens_out};
    struct rollup next = *r;

    if (!follows(key, r, e) ||
        !part_add(&next.part[e->type - LEDGER_GRANT], &one))
        return false;
    next.sum.seq = e->seq;
    next.sum.posted_after = e->posted_after;
    next.sum.held_after = e->held_after;
    next.sum.time = e->time;
    memcpy(next.sum.mac, e->mac, MAC_SIZE);
    if (!rollup_total(&next))
        return false;
    *r = next;
    return true;
}

/* ---- the seal ---- */

static uint8_t *put64(uint8_t *at, uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    return at;
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

/* The bytes that the MAC covers, big-endian. The sums follow from the parts. */
static void rollup_text(const struct rollup *r, uint8_t text[TEXT_SIZE])
{
    uint8_t *at = put_bytes(text, r->sum.account, sizeof(r->sum.account));

    at = put64(at, r->sum.first);
    at = put64(at, r->sum.seq);
    at = put64(at, (uint64_t)r->day);
    at = put64(at, (uint64_t)r->sum.posted_after);
    at = put64(at, (uint64_t)r->sum.held_after);
    at = put64(at, (uint64_t)r->sum.time);
    for (int i = 0; i < ROLLUP_PARTS; i++) {
        at = put64(at, r->part[i].entries);
        at = put64(at, (uint64_t)r->part[i].amount);
        at = put64(at, (uint64_t)r->part[i].uncollected);
        at = put64(at, r->part[i].tokens_in);
        at = put64(at, r->part[i].tokens_out);
    }
    at = put_bytes(at, r->before, MAC_SIZE);
    at = put_bytes(at, r->sum.mac, MAC_SIZE);
    assert(at == text + TEXT_SIZE);
}

/* Two parts, as for an entry, but the first can not be a MAC. */
static void sign(
    const uint8_t key[MAC_KEY], const struct rollup *r, uint8_t mac[MAC_SIZE])
{
    uint8_t text[TEXT_SIZE];
    const struct span parts[] = {
        {"rollup", strlen("rollup")},
        {(const char *)text, sizeof(text)},
    };

    rollup_text(r, text);
    mac_sign(key, parts, 2, mac);
}

void rollup_seal(const uint8_t key[MAC_KEY], struct rollup *r)
{
    sign(key, r, r->mac);
}

bool rollup_verify(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    const struct rollup *r)
{
    uint8_t mac[MAC_SIZE];

    sign(key, r, mac);
    return (sodium_memcmp(mac, r->mac, MAC_SIZE) == 0) &
           (sodium_memcmp(previous, r->before, MAC_SIZE) == 0);
}
