/* The spool keeps the same records however the bytes were cut, keeps nothing
 * but the one request, and stays below its caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool_play.h"

/* A request with everything in it that a web server may send. */
static struct buf recorded(void)
{
    struct buf b = {0}, pairs = {0}, values = {0};
    struct span p;

    wire_pair(&values, "FCGI_MAX_CONNS", "");
    wire_pair(&values, "FCGI_MPXS_CONNS", "");
    wire_pair(&pairs, "REQUEST_METHOD", "POST");
    wire_pair(&pairs, "HTTP_AUTHORIZATION", "Bearer ak_something");
    p = (struct span){pairs.data, pairs.len};
    wire_record(&b, RECORD_GET_VALUES, 0, values.data, values.len, 3);
    wire_begin(&b, 7, RECORD_RESPONDER, RECORD_KEEP_CONN);
    wire_record(&b, RECORD_PARAMS, 7, p.p, 10, 6);
    wire_record(&b, RECORD_GET_VALUES, 0, values.data, values.len, 0);
    wire_begin(&b, 8, RECORD_RESPONDER, 0);
    wire_record(&b, RECORD_PARAMS, 7, p.p + 10, p.n - 10, 0);
    wire_record(&b, RECORD_PARAMS, 7, "", 0, 8);
    wire_record(&b, RECORD_STDIN, 7, "{\"a\":", 5, 3);
    wire_record(&b, 42, 0, "?", 1, 0);
    wire_record(&b, RECORD_STDIN, 9, "not ours", 8, 0);
    wire_record(&b, RECORD_DATA, 7, "data", 4, 4);
    wire_record(&b, RECORD_STDIN, 7, "1}", 2, 0);
    wire_record(&b, RECORD_STDIN, 7, "", 0, 5);
    buf_free(&pairs);
    buf_free(&values);
    return b;
}

static void assert_same(const struct spool *a, const struct spool *b)
{
    assert_int_equal(a->bytes.len, b->bytes.len);
    assert_memory_equal(a->bytes.data, b->bytes.data, a->bytes.len);
    assert_int_equal(a->reply.len, b->reply.len);
    assert_memory_equal(a->reply.data, b->reply.data, a->reply.len);
    assert_int_equal(a->body, b->body);
    assert_int_equal(a->params, b->params);
    assert_int_equal(a->head, b->head);
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->keep, b->keep);
}

static void test_recorded_request_is_complete(void **state)
{
    struct spool s = play_fresh();
    struct buf b = recorded();
    size_t used;

    (void)state;
    assert_int_equal(play_feed(&s, &b, b.len, &used), SPOOL_COMPLETE);
    assert_int_equal(used, b.len);
    assert_int_equal(s.id, 7);
    assert_true(s.keep);
    assert_int_equal(s.body, 7);
    spool_free(&s);
    buf_free(&b);
}

static void test_only_the_request_is_kept(void **state)
{
    struct spool s = play_fresh();
    struct buf b = recorded();
    const uint8_t expected[] = {RECORD_BEGIN_REQUEST, RECORD_PARAMS,
        RECORD_PARAMS, RECORD_PARAMS, RECORD_STDIN, RECORD_STDIN, RECORD_STDIN};
    struct record r;
    size_t at = 0;

    (void)state;
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    for (size_t i = 0; i < sizeof(expected); i++) {
        record_decode((const uint8_t *)s.bytes.data + at, &r);
        assert_int_equal(r.type, expected[i]);
        assert_int_equal(r.id, 7);
        assert_int_equal(r.padding, 0);
        at += RECORD_HEADER + r.content;
    }
    assert_int_equal(at, s.bytes.len);
    spool_free(&s);
    buf_free(&b);
}

static void test_every_split_in_two_gives_the_same(void **state)
{
    struct buf b = recorded();
    struct spool whole = play_fresh();

    (void)state;
    assert_int_equal(play_feed_all(&whole, &b), SPOOL_COMPLETE);
    for (size_t i = 1; i < b.len; i++) {
        struct spool s = play_fresh();
        struct buf head = {.data = b.data, .len = i};
        struct buf tail = {.data = b.data + i, .len = b.len - i};

        assert_int_equal(play_feed_all(&s, &head), SPOOL_MORE);
        assert_int_equal(play_feed_all(&s, &tail), SPOOL_COMPLETE);
        assert_same(&s, &whole);
        spool_free(&s);
    }
    spool_free(&whole);
    buf_free(&b);
}

static void test_pieces_of_any_size_give_the_same(void **state)
{
    struct buf b = recorded();
    struct spool whole = play_fresh();
    size_t used;

    (void)state;
    assert_int_equal(play_feed_all(&whole, &b), SPOOL_COMPLETE);
    for (size_t piece = 1; piece < 40; piece++) {
        struct spool s = play_fresh();

        assert_int_equal(play_feed(&s, &b, piece, &used), SPOOL_COMPLETE);
        assert_int_equal(used, b.len);
        assert_same(&s, &whole);
        spool_free(&s);
    }
    spool_free(&whole);
    buf_free(&b);
}

static void test_next_request_is_not_touched(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};
    size_t first, used;

    (void)state;
    wire_request(&b, 1, RECORD_KEEP_CONN, "one");
    first = b.len;
    wire_request(&b, 2, 0, "two");
    assert_int_equal(play_feed(&s, &b, b.len, &used), SPOOL_COMPLETE);
    assert_int_equal(used, first);
    spool_free(&s);
    buf_free(&b);
}

static void test_reset_starts_over(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    wire_request(&b, 1, RECORD_KEEP_CONN, "one");
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    spool_reset(&s);
    assert_false(spool_under_way(&s));
    assert_null(s.bytes.data);
    assert_int_equal(s.body_max, 4096);
    assert_int_equal(s.most, 400);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    spool_free(&s);
    buf_free(&b);
}

static void test_half_a_header_is_under_way(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {.data = (char[]){1, 1, 0}, .len = 3};

    (void)state;
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_true(spool_under_way(&s));
    spool_free(&s);
}

/* ---- caps ---- */

static void put_params(struct buf *b, size_t records, size_t size)
{
    static char block[RECORD_CONTENT_MAX];

    wire_begin(b, 1, RECORD_RESPONDER, 0);
    while (records-- > 0)
        wire_record(b, RECORD_PARAMS, 1, block, size, 0);
    wire_record(b, RECORD_PARAMS, 1, "", 0, 0);
}

static void test_params_up_to_the_cap_are_kept(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    put_params(&b, 4, SPOOL_PARAMS_MAX / 4);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_false(s.params_over);
    assert_int_equal(s.bytes.len, b.len);
    spool_free(&s);
    buf_free(&b);
}

static void test_params_above_the_cap_are_not_kept(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    put_params(&b, 40, SPOOL_PARAMS_MAX / 4);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_true(s.params_over);
    assert_true(s.params_ended);
    assert_true(s.bytes.len < SPOOL_PARAMS_MAX + 100);
    assert_int_equal(s.params, 10 * SPOOL_PARAMS_MAX);
    spool_free(&s);
    buf_free(&b);
}

static void put_body(struct buf *b, size_t records, size_t size)
{
    static char block[RECORD_CONTENT_MAX];

    put_params(b, 0, 0);
    while (records-- > 0)
        wire_record(b, RECORD_STDIN, 1, block, size, 0);
    wire_record(b, RECORD_STDIN, 1, "", 0, 0);
}

static void test_body_up_to_the_cap_is_kept(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    put_body(&b, 4, 1024);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    assert_false(s.body_over);
    assert_int_equal(s.bytes.len, b.len);
    spool_free(&s);
    buf_free(&b);
}

static void test_body_above_the_cap_is_counted_and_not_kept(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    put_body(&b, 100, 1024);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    assert_true(s.body_over);
    assert_int_equal(s.body, 100 * 1024);
    assert_true(s.bytes.len < 4096 + 200);
    spool_free(&s);
    buf_free(&b);
}

/* ---- what is cut ---- */

static void test_cut_needs_the_params(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    assert_int_equal(spool_cut(&s), -1);
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_int_equal(spool_cut(&s), -1);
    spool_free(&s);
    buf_free(&b);
}

static void test_cut_is_the_same_wherever_the_body_stopped(void **state)
{
    struct buf b = {0};
    struct spool whole = play_fresh();
    size_t head;

    (void)state;
    wire_request(&b, 1, 0, "");
    head = b.len - RECORD_HEADER;
    assert_int_equal(play_feed_all(&whole, &b), SPOOL_COMPLETE);
    b.len = head;
    wire_record(&b, RECORD_STDIN, 1, "body", 4, 0);
    wire_record(&b, RECORD_GET_VALUES, 0, "", 0, 0);
    for (size_t n = head; n <= b.len; n++) {
        struct spool s = play_fresh();
        struct buf part = {.data = b.data, .len = n};

        assert_int_equal(play_feed_all(&s, &part), SPOOL_MORE);
        assert_int_equal(spool_cut(&s), 0);
        assert_int_equal(s.bytes.len, whole.bytes.len);
        assert_memory_equal(s.bytes.data, whole.bytes.data, s.bytes.len);
        spool_free(&s);
    }
    spool_free(&whole);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_request_is_complete),
        cmocka_unit_test(test_only_the_request_is_kept),
        cmocka_unit_test(test_every_split_in_two_gives_the_same),
        cmocka_unit_test(test_pieces_of_any_size_give_the_same),
        cmocka_unit_test(test_next_request_is_not_touched),
        cmocka_unit_test(test_reset_starts_over),
        cmocka_unit_test(test_half_a_header_is_under_way),
        cmocka_unit_test(test_params_up_to_the_cap_are_kept),
        cmocka_unit_test(test_params_above_the_cap_are_not_kept),
        cmocka_unit_test(test_body_up_to_the_cap_is_kept),
        cmocka_unit_test(test_body_above_the_cap_is_counted_and_not_kept),
        cmocka_unit_test(test_cut_needs_the_params),
        cmocka_unit_test(test_cut_is_the_same_wherever_the_body_stopped),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
