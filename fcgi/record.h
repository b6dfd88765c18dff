#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

/* FastCGI 1.0 records: eight bytes of header, content, padding. Pure. */

enum { RECORD_HEADER = 8, RECORD_CONTENT_MAX = 65535 };

enum record_type {
    RECORD_BEGIN_REQUEST = 1,
    RECORD_ABORT_REQUEST = 2,
    RECORD_END_REQUEST = 3,
    RECORD_PARAMS = 4,
    RECORD_STDIN = 5,
    RECORD_STDOUT = 6,
    RECORD_STDERR = 7,
    RECORD_DATA = 8,
    RECORD_GET_VALUES = 9,
    RECORD_GET_VALUES_RESULT = 10,
    RECORD_UNKNOWN_TYPE = 11
};

enum record_role { RECORD_RESPONDER = 1, RECORD_AUTHORIZER, RECORD_FILTER };

enum record_status {
    RECORD_REQUEST_COMPLETE,
    RECORD_CANT_MPX_CONN,
    RECORD_OVERLOADED,
    RECORD_UNKNOWN_ROLE
};

enum { RECORD_KEEP_CONN = 1 };

struct record {
    uint8_t version;
    uint8_t type; /* enum record_type, or unknown */
    uint16_t id;
    uint16_t content; /* bytes of content */
    uint8_t padding;  /* bytes behind it */
};

/**
 * record_decode(bytes, r):
 * Read a header.
 */
void record_decode(const uint8_t bytes[RECORD_HEADER], struct record *r);

/**
 * record_encode(r, bytes):
 * Write a header.
 */
void record_encode(const struct record *r, uint8_t bytes[RECORD_HEADER]);

/**
 * record_begin_body(bytes, role, flags):
 * Read the content of a BEGIN_REQUEST.
 */
void record_begin_body(const uint8_t bytes[8], uint16_t *role, uint8_t *flags);

/**
 * record_end(id, status, bytes):
 * Write a whole END_REQUEST record. Returns its size.
 */
size_t record_end(uint16_t id, enum record_status status, uint8_t bytes[16]);

/* One name-value pair of PARAMS or GET_VALUES; points into what was read. */
struct record_pair {
    const uint8_t *name, *value;
    size_t name_n, value_n;
};

/**
 * record_pair(bytes, n, pair):
 * Read the pair at the front of ${bytes}. Returns its size, or 0 when ${n}
 * bytes do not hold all of it.
 */
size_t record_pair(const uint8_t *bytes, size_t n, struct record_pair *pair);

/**
 * record_values(request, n, most, out, size):
 * Answer the content of a GET_VALUES record (id 0): write a whole
 * GET_VALUES_RESULT record to ${out} with the values that were asked for and
 * are known (FCGI_MAX_CONNS, FCGI_MAX_REQS from ${most}, FCGI_MPXS_CONNS 0),
 * each once. Returns its size, or 0 when ${request} is malformed or the answer
 * would not fit ${size}.
 */
size_t record_values(
    const uint8_t *request, size_t n, uint32_t most, uint8_t *out, size_t size);

/**
 * record_unknown(type, out):
 * Write the UNKNOWN_TYPE answer to a management record. Returns its size, 16.
 */
size_t record_unknown(uint8_t type, uint8_t out[16]);

#endif
