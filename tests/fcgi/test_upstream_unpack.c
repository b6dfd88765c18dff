/* A body that comes packed is told unpacked, piece by piece, with pauses where
 * its owner wants them; one that cannot be unpacked to its end is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "loop_play.h"
#include "upstream_play.h"

enum { GZIP = 15 + 16, ZLIB = 15, MUCH = 1 << 20, VERY_MUCH = 12 << 20 };

static struct buf body; /* of the answer */
static const char *coding;

static void say_packed(struct world *w, struct http_stub_conn *c)
{
    struct buf head = {0};

    (void)w;
    buf_printf(&head,
        "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu"
        "\r\n\r\n",
        coding, body.len);
    http_stub_puts(c, buf_terminate(&head));
    http_stub_put(c, (struct span){body.data, body.len});
    buf_free(&head);
}

/* Add ${n} times "m", packed, to the body. */
static void pack(size_t n, int wrapping)
{
    unsigned char *text = malloc(n), *room = malloc(n + 64);
    z_stream z = {0};

    assert_true(text != NULL && room != NULL);
    memset(text, 'm', n);
    z.next_in = text;
    z.avail_in = (unsigned)n;
    z.next_out = room;
    z.avail_out = (unsigned)n + 64;
    assert_int_equal(
        deflateInit2(&z, 6, Z_DEFLATED, wrapping, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    buf_put(&body, room, n + 64 - z.avail_out);
    deflateEnd(&z);
    free(text);
    free(room);
}

static void check_told(const struct heard *h, size_t n)
{
    play_check_end(h, UPSTREAM_DONE);
    assert_int_equal(h->body.len, n);
    assert_int_equal(strspn(h->body.data, "m"), n);
}

static int setup(void **state)
{
    coding = "gzip";
    return play_setup(state);
}

static int teardown(void **state)
{
    buf_free(&body);
    return play_teardown(state);
}

static void test_gzip_and_zlib_are_unpacked(void **state)
{
    struct world *w = *state;

    pack(10, GZIP);
    play_call(w, say_packed, UPSTREAM_DONE);
    check_told(&w->a, 10);
    buf_reset(&body);
    pack(20, ZLIB);
    coding = "deflate";
    play_start(w, &w->b);
    play_run(w);
    check_told(&w->b, 20);
}

static void test_joined_gzip_bodies_are_one(void **state)
{
    struct world *w = *state;

    pack(10, GZIP);
    pack(20, GZIP);
    play_call(w, say_packed, UPSTREAM_DONE);
    check_told(&w->a, 30);
}

static void pause_always(struct heard *h)
{
    upstream_pause(h->call);
}

/* A thousandth of its size on the wire: all of it has come at the first. */
static void test_pause_holds_what_is_not_yet_unpacked(void **state)
{
    struct world *w = *state;

    pack(MUCH, GZIP);
    w->answer = say_packed;
    w->a.at_body = pause_always;
    play_start(w, &w->a);
    play_settle(w);
    assert_int_equal(w->a.pieces, 1);
    assert_true(w->a.body.len <= 64 << 10);
    while (w->a.ends == 0) {
        unsigned pieces = w->a.pieces;

        upstream_resume(w->a.call);
        assert_true(w->a.pieces <= pieces + 1);
    }
    check_told(&w->a, MUCH);
}

/* However much comes at once: other calls are waiting. */
static void test_one_turn_unpacks_a_part_of_what_has_come(void **state)
{
    struct world *w = *state;
    size_t told = 0;

    pack(VERY_MUCH, GZIP);
    w->answer = say_packed;
    play_start(w, &w->a);
    while (w->a.ends == 0) {
        loop_play_turn(w->loop);
        assert_true(w->a.body.len - told <= 1 << 20);
        told = w->a.body.len;
    }
    check_told(&w->a, VERY_MUCH);
}

static void test_pause_may_come_between_two_parts(void **state)
{
    struct world *w = *state;

    pack(VERY_MUCH, GZIP);
    w->answer = say_packed;
    play_start(w, &w->a);
    while (w->a.body.len == 0)
        loop_play_turn(w->loop);
    upstream_pause(w->a.call);
    w->a.pieces = 0;
    play_settle(w);
    assert_int_equal(w->a.pieces, 0);
    upstream_resume(w->a.call);
    play_run(w);
    check_told(&w->a, VERY_MUCH);
}

static void cancel(struct heard *h)
{
    play_cancel(h);
}

static void test_call_may_be_cancelled_while_it_is_unpacked(void **state)
{
    struct world *w = *state;

    pack(MUCH, GZIP);
    w->answer = say_packed;
    w->a.at_body = cancel;
    play_start(w, &w->a);
    play_settle(w);
    assert_int_equal(w->a.pieces, 1);
    assert_int_equal(w->a.ends, 0);
}

static void test_body_that_ends_before_its_packing_is_a_cut(void **state)
{
    pack(1000, GZIP);
    body.len -= 9;
    play_call(*state, say_packed, UPSTREAM_CUT);
}

static void test_body_of_nothing_is_whole(void **state)
{
    struct world *w = *state;

    play_call(w, say_packed, UPSTREAM_DONE);
    assert_int_equal(w->a.pieces, 0);
}

static void test_body_that_is_not_packed_as_it_says_is_a_cut(void **state)
{
    buf_puts(&body, "{\"object\":\"chat.completion\"}");
    play_call(*state, say_packed, UPSTREAM_CUT);
}

static void test_coding_that_we_do_not_know_is_a_cut(void **state)
{
    coding = "br";
    buf_puts(&body, "\x0b\x02\x80hello\x03");
    play_call(*state, say_packed, UPSTREAM_CUT);
}

#define PACKED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PACKED(test_gzip_and_zlib_are_unpacked),
        PACKED(test_joined_gzip_bodies_are_one),
        PACKED(test_pause_holds_what_is_not_yet_unpacked),
        PACKED(test_one_turn_unpacks_a_part_of_what_has_come),
        PACKED(test_pause_may_come_between_two_parts),
        PACKED(test_call_may_be_cancelled_while_it_is_unpacked),
        PACKED(test_body_that_ends_before_its_packing_is_a_cut),
        PACKED(test_body_of_nothing_is_whole),
        PACKED(test_body_that_is_not_packed_as_it_says_is_a_cut),
        PACKED(test_coding_that_we_do_not_know_is_a_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
