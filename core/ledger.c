#include "ledger.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static uint8_t *put64(uint8_t *at, uint64_t value)
{
    int shift;

    for (shift = 56; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    return at;
}

static uint8_t *put16bytes(uint8_t *at, const uint8_t bytes[16])
{
    memcpy(at, bytes, 16);
    return at + 16;
}

void ledger_text(const struct ledger_entry *e, uint8_t text[LEDGER_TEXT_SIZE])
{
    uint8_t *at = text;

    at = put16bytes(at, e->account);
    at = put64(at, e->seq);
    *at++ = e->type;
    *at++ = e->flags;
    at = put64(at, (uint64_t)e->amount);
    at = put64(at, (uint64_t)e->uncollected);
    at = put64(at, (uint64_t)e->posted_after);
    at = put64(at, (uint64_t)e->held_after);
    at = put64(at, (uint64_t)e->time);
    at = put16bytes(at, e->request);
    at = put64(at, e->tokens_in);
    at = put64(at, e->tokens_out);
    assert(at == text + LEDGER_TEXT_SIZE);
}

static void sign(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    const struct ledger_entry *e, uint8_t mac[MAC_SIZE])
{
    uint8_t text[LEDGER_TEXT_SIZE];
    const struct span parts[] = {
        {(const char *)previous, MAC_SIZE},
        {(const char *)text, sizeof(text)},
    };

    ledger_text(e, text);
    mac_sign(key, parts, 2, mac);
}

void ledger_seal(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    struct ledger_entry *e)
{
    sign(key, previous, e, e->mac);
}

bool ledger_verify(const uint8_t key[MAC_KEY], const uint8_t previous[MAC_SIZE],
    const struct ledger_entry *e)
{
    uint8_t mac[MAC_SIZE];

    sign(key, previous, e, mac);
    return sodium_memcmp(mac, e->mac, MAC_SIZE) == 0;
}

const char *ledger_type_name(uint8_t type)
{
    static const char *const names[] = {
        [LEDGER_GRANT] = "grant",
        [LEDGER_SETTLE] = "settle",
        [LEDGER_ADJUST] = "adjust",
        [LEDGER_EXPIRE] = "expire",
        [LEDGER_ROLLUP] = "rollup",
    };

    if (type < LEDGER_GRANT || type > LEDGER_ROLLUP)
        return "unknown";
    return names[type];
}
