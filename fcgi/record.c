#include "record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void record_decode(const uint8_t bytes[RECORD_HEADER], struct record *r)
{
    r->version = bytes[0];
    r->type = bytes[1];
    r->id = (uint16_t)(bytes[2] << 8 | bytes[3]);
    r->content = (uint16_t)(bytes[4] << 8 | bytes[5]);
    r->padding = bytes[6];
}

void record_encode(const struct record *r, uint8_t bytes[RECORD_HEADER])
{
    bytes[0] = r->version;
    bytes[1] = r->type;
    bytes[2] = (uint8_t)(r->id >> 8);
    bytes[3] = (uint8_t)r->id;
    bytes[4] = (uint8_t)(r->content >> 8);
    bytes[5] = (uint8_t)r->content;
    bytes[6] = r->padding;
    bytes[7] = 0;
}

void record_begin_body(const uint8_t bytes[8], uint16_t *role, uint8_t *flags)
{
    *role = (uint16_t)(bytes[0] << 8 | bytes[1]);
    *flags = bytes[2];
}

size_t record_end(uint16_t id, enum record_status status, uint8_t bytes[16])
{
    const struct record r = {
        .version = 1, .type = RECORD_END_REQUEST, .id = id, .content = 8};

    memset(bytes, 0, 16);
    record_encode(&r, bytes);
    bytes[RECORD_HEADER + 4] = (uint8_t)status;
    return 16;
}

/* Read one length of a pair; its size, or 0 when cut. */
static size_t get_length(const uint8_t *bytes, size_t n, uint32_t *length)
{
    if (n >= 1 && bytes[0] < 0x80) {
        *length = bytes[0];
        return 1;
    }
    if (n < 4)
        return 0;
    *length = (uint32_t)(bytes[0] & 0x7f) << 24 | (uint32_t)bytes[1] << 16 |
              (uint32_t)bytes[2] << 8 | bytes[3];
    return 4;
}

size_t record_pair(const uint8_t *bytes, size_t n, struct record_pair *pair)
{
    uint32_t name, value;
    size_t a, b;

    if ((a = get_length(bytes, n, &name)) == 0)
        return 0;
    if ((b = get_length(bytes + a, n - a, &value)) == 0)
        return 0;
    n -= a + b;
    if (name > n || value > n - name)
        return 0;
    pair->name = bytes + a + b;
    pair->name_n = name;
    pair->value = pair->name + name;
    pair->value_n = value;
    return a + b + name + value;
}

/* The variables that have an answer. MPXS is always 0. */
static const char *const known[] = {
    "FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"};

enum { KNOWN = sizeof(known) / sizeof(known[0]), KNOWN_MPXS = 2 };

/* Which of them ${pair} asks for; KNOWN when none. */
static size_t which(const struct record_pair *pair)
{
    size_t i;

    for (i = 0; i < KNOWN; i++)
        if (pair->name_n == strlen(known[i]) &&
            memcmp(pair->name, known[i], pair->name_n) == 0)
            break;
    return i;
}

/* Append one answer to ${out}; its size, or 0 when there is no room. */
static size_t put_value(size_t i, uint32_t most, uint8_t *out, size_t size)
{
    char value[16];
    size_t name_n = strlen(known[i]);
    size_t value_n = (size_t)snprintf(value, sizeof(value), "%lu",
        i == KNOWN_MPXS ? 0UL : (unsigned long)most);

    if (2 + name_n + value_n > size)
        return 0;
    out[0] = (uint8_t)name_n;
    out[1] = (uint8_t)value_n;
    memcpy(out + 2, known[i], name_n);
    memcpy(out + 2 + name_n, value, value_n);
    return 2 + name_n + value_n;
}

size_t record_values(
    const uint8_t *request, size_t n, uint32_t most, uint8_t *out, size_t size)
{
    bool asked[KNOWN + 1] = {false};
    struct record r = {.version = 1, .type = RECORD_GET_VALUES_RESULT};
    struct record_pair pair;
    size_t used, length = RECORD_HEADER;

    for (; n > 0; request += used, n -= used) {
        if ((used = record_pair(request, n, &pair)) == 0)
            return 0;
        asked[which(&pair)] = true;
    }
    if (size < RECORD_HEADER)
        return 0;
    for (size_t i = 0; i < KNOWN; i++) {
        if (!asked[i])
            continue;
        if ((used = put_value(i, most, out + length, size - length)) == 0)
            return 0;
        length += used;
    }
    r.content = (uint16_t)(length - RECORD_HEADER);
    record_encode(&r, out);
    return length;
}

size_t record_unknown(uint8_t type, uint8_t out[16])
{
    const struct record r = {
        .version = 1, .type = RECORD_UNKNOWN_TYPE, .content = 8};

    memset(out, 0, 16);
    record_encode(&r, out);
    out[RECORD_HEADER] = type;
    return 16;
}
