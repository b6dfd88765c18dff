#ifndef REQUEST_PLAY_H
#define REQUEST_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "request.h"
#include "wire.h"

/* What the tests of requests share: a parser for each of them. A failed
 * assertion ends the test. */

enum { BODY_MAX = 2 << 20 };

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a parser in ${state}.
 */
static inline int play_setup(void **state)
{
    *state = request_parser_create();
    return *state == NULL ? -1 : 0;
}

static inline int play_teardown(void **state)
{
    request_parser_free(*state);
    return 0;
}

#define WITH_PARSER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, play_setup, play_teardown)

/**
 * spool_all(s, b):
 * Spool ${b}, which is one request, whole.
 */
static inline void spool_all(struct spool *s, const struct buf *b)
{
    size_t used;

    *s = (struct spool){.body_max = BODY_MAX};
    assert_int_equal(
        spool_feed(s, (struct span){b->data, b->len}, &used), SPOOL_COMPLETE);
}

/**
 * parse(p, pairs, most, body):
 * Parse a request with the PARAMS ${pairs}, in records of ${most} bytes, and
 * ${body}. The caller frees it; NULL when it is refused.
 */
static inline struct request *parse(struct request_parser *p,
    const struct buf *pairs, size_t most, struct span body)
{
    struct buf b = {0};
    struct spool s;
    struct request *r;

    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_stream(
        &b, RECORD_PARAMS, 1, (struct span){pairs->data, pairs->len}, most);
    wire_stream(&b, RECORD_STDIN, 1, body, 8192);
    spool_all(&s, &b);
    r = request_parse(p, &s);
    spool_free(&s);
    buf_free(&b);
    return r;
}

#endif
