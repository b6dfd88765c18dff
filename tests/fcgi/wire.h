#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "record.h"

/* What a web server writes, for tests: records and requests into a buf. */

/**
 * wire_record(b, type, id, data, n, padding):
 * Append a record with ${n} bytes of content and ${padding} bytes behind it.
 */
static inline void wire_record(struct buf *b, uint8_t type, uint16_t id,
    const void *data, size_t n, uint8_t padding)
{
    const struct record r = {.version = 1,
        .type = type,
        .id = id,
        .content = (uint16_t)n,
        .padding = padding};
    uint8_t header[RECORD_HEADER], zeros[255] = {0};

    record_encode(&r, header);
    buf_put(b, header, sizeof(header));
    buf_put(b, data, n);
    buf_put(b, zeros, padding);
}

/**
 * wire_begin(b, id, role, flags):
 * Append a BEGIN_REQUEST record.
 */
static inline void wire_begin(
    struct buf *b, uint16_t id, uint16_t role, uint8_t flags)
{
    const uint8_t body[8] = {(uint8_t)(role >> 8), (uint8_t)role, flags};

    wire_record(b, RECORD_BEGIN_REQUEST, id, body, sizeof(body), 0);
}

static inline void wire_length(struct buf *b, size_t n)
{
    const uint8_t four[4] = {(uint8_t)(n >> 24 | 0x80), (uint8_t)(n >> 16),
        (uint8_t)(n >> 8), (uint8_t)n};

    if (n < 0x80)
        buf_put(b, &four[3], 1);
    else
        buf_put(b, four, sizeof(four));
}

/**
 * wire_pair(b, name, value):
 * Append a name-value pair, without a header.
 */
static inline void wire_pair(struct buf *b, const char *name, const char *value)
{
    wire_length(b, strlen(name));
    wire_length(b, strlen(value));
    buf_put(b, name, strlen(name));
    buf_put(b, value, strlen(value));
}

/**
 * wire_stream(b, type, id, s, most):
 * Append ${s} as records of at most ${most} bytes and the empty one that ends
 * the stream.
 */
static inline void wire_stream(
    struct buf *b, uint8_t type, uint16_t id, struct span s, size_t most)
{
    while (s.n > 0) {
        size_t n = s.n < most ? s.n : most;

        wire_record(b, type, id, s.p, n, (uint8_t)(-n & 7));
        s = (struct span){s.p + n, s.n - n};
    }
    wire_record(b, type, id, "", 0, 0);
}

/**
 * wire_request(b, id, flags, body):
 * Append a whole small POST request.
 */
static inline void wire_request(
    struct buf *b, uint16_t id, uint8_t flags, const char *body)
{
    struct buf pairs = {0};

    wire_pair(&pairs, "REQUEST_METHOD", "POST");
    wire_pair(&pairs, "REQUEST_URI", "/v1/chat/completions");
    wire_begin(b, id, RECORD_RESPONDER, flags);
    wire_stream(b, RECORD_PARAMS, id, (struct span){pairs.data, pairs.len},
        RECORD_CONTENT_MAX);
    wire_stream(b, RECORD_STDIN, id, (struct span){body, strlen(body)},
        RECORD_CONTENT_MAX);
    buf_free(&pairs);
}

#endif
