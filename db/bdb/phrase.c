#include "phrase.h"

/* Stores hold these numbers: phrases may be added, to the end. A longer one
 * comes before those that it begins with, to be found first. Bytes below a
 * space do not come in JSON but between its tokens; the last of them says that
 * the next one is none of ours. */
static const char *const phrases[] = {
    "{\"event_id\":\"",
    ",\"event_type\":\"enforcement\",\"source\":\"policy_gateway\","
    "\"created_at\":\"",
    ",\"event_type\":\"",
    ",\"source\":\"policy_gateway\",\"created_at\":\"",
    ",\"user_id\":\"user_",
    ",\"org_id\":null,\"policy_id\":",
    ",\"policy_name\":",
    ",\"data_classification\":null,\"history_id\":null",
    ",\"data_classification\":",
    ",\"history_id\":",
    ",\"decision\":\"allow\",\"effective_decision\":\"allow\","
    "\"enforced\":true,\"rollout_mode\":\"enforced\","
    "\"reason_code\":\"ALLOW\"",
    ",\"decision\":",
    ",\"effective_decision\":",
    ",\"enforced\":",
    ",\"rollout_mode\":",
    ",\"reason_code\":",
    ",\"triggered_categories\":[],\"allowlist_hits\":[],"
    "\"denylist_hits\":[],\"policy_target\":",
    ",\"triggered_categories\":[",
    ",\"allowlist_hits\":[",
    ",\"denylist_hits\":[",
    ",\"policy_target\":",
    ",\"policy_user\":null,\"quota_subject\":\"user_",
    ",\"policy_user\":",
    ",\"quota_subject\":",
    ",\"project_id\":",
    ",\"project_label\":",
    ",\"model\":",
    ",\"policy_version\":",
};

enum {
    PHRASES = sizeof(phrases) / sizeof(phrases[0]),
    PACKED = 1, /* what a packed text begins with */
    FIRST = 1,  /* the byte for the first phrase */
    BYTE = 31   /* the next one is itself */
};

_Static_assert(FIRST + PHRASES <= BYTE, "phrases are below a space");

/* The phrase that ${text} begins with, looked for from number ${at} on; PHRASES
 * if there is none. */
static size_t find(struct span text, size_t at, size_t *length)
{
    for (size_t i = 0; i < PHRASES; i++, at++) {
        const char *phrase = phrases[at % PHRASES];

        *length = strlen(phrase);
        if (*length <= text.n && text.p[2] == phrase[2] &&
            memcmp(text.p, phrase, *length) == 0)
            return at % PHRASES;
    }
    return PHRASES;
}

static bool may_begin(struct span text)
{
    return text.n > 2 && text.p[1] == '"' &&
           (text.p[0] == ',' || text.p[0] == '{');
}

/* Bytes of ${text} up to where a phrase may begin, or a byte of ours. */
static size_t plain(struct span text)
{
    size_t n = 0;

    while (n < text.n && (unsigned char)text.p[n] >= ' ' &&
           !may_begin((struct span){text.p + n, text.n - n}))
        n++;
    return n;
}

static void put_byte(struct buf *out, size_t byte)
{
    const char c = (char)byte;

    buf_put(out, &c, 1);
}

/* Append what ${text} begins with; returns how many bytes that are. */
static size_t pack_one(struct span text, size_t *expected, struct buf *out)
{
    size_t length, number = PHRASES;

    if (may_begin(text))
        number = find(text, *expected, &length);
    if (number < PHRASES) {
        put_byte(out, FIRST + number);
        *expected = number + 1;
        return length;
    }
    if ((unsigned char)text.p[0] < ' ')
        put_byte(out, BYTE);
    buf_put(out, text.p, 1);
    return 1;
}

void phrase_pack(struct span text, struct buf *out)
{
    const size_t begin = out->len;
    size_t n, expected = 0;

    put_byte(out, PACKED);
    for (struct span left = text; left.n > 0; left.p += n, left.n -= n) {
        if ((n = plain(left)) > 0)
            buf_put(out, left.p, n);
        else
            n = pack_one(left, &expected, out);
    }
    if (out->len - begin < text.n || (text.n > 0 && text.p[0] == PACKED))
        return;
    out->len = begin;
    buf_put(out, text.p, text.n);
}

static int unpack_one(struct span packed, struct buf *out, size_t *used)
{
    const unsigned char code = (unsigned char)packed.p[0];

    if (code >= FIRST && code < FIRST + PHRASES) {
        *used = 1;
        buf_puts(out, phrases[code - FIRST]);
        return 0;
    }
    if (code != BYTE || packed.n < 2)
        return -1;
    *used = 2;
    buf_put(out, packed.p + 1, 1);
    return 0;
}

int phrase_unpack(struct span packed, struct buf *out)
{
    size_t n;

    if (packed.n == 0 || packed.p[0] != PACKED) {
        buf_put(out, packed.p, packed.n);
        return 0;
    }
    for (packed.p++, packed.n--; packed.n > 0; packed.p += n, packed.n -= n) {
        for (n = 0; n < packed.n && (unsigned char)packed.p[n] >= ' '; n++)
            ;
        if (n > 0)
            buf_put(out, packed.p, n);
        else if (unpack_one(packed, out, &n) != 0)
            return -1;
    }
    return 0;
}
