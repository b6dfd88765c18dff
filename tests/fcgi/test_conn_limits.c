/* A slow reader, a late request and an idle peer are held to their bounds, and
 * an answer to none; there are no more connections than may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "conn_play.h"
#include "loop_play.h"
#include "outq.h"
#include "wire.h"

/* ---- slow readers ---- */

/* Write until the queue is full. */
static size_t fill(struct bench *b)
{
    static char block[1000];
    size_t n = 0;

    while (!conn_full(b->conn)) {
        conn_write(b->conn, block, sizeof(block));
        n += sizeof(block);
        if (n % 10000 == 0)
            loop_play_turn(b->loop);
    }
    return n;
}

static size_t ask_and_fill(struct bench *b)
{
    play_ask(b, 1, 0, "");
    return fill(b);
}

/* Turn for a moment that is much longer than the limits under test. */
static void wait_a_moment(struct bench *b)
{
    loop_play_wait(b->loop, 200);
}

static void test_slow_reader_fills_the_queue(void **state)
{
    struct bench *b = *state;

    ask_and_fill(b);
    play_turns(b);
    assert_true(conn_full(b->conn));
    assert_int_equal(b->room, 0);
}

static void test_room_is_told_once_when_the_reader_goes_on(void **state)
{
    struct bench *b = *state;
    struct answer a = {.n = 0};
    size_t total;

    b->answer = NULL;
    total = ask_and_fill(b);
    while (a.total < total) {
        play_read_some(b, &a);
        loop_play_turn(b->loop);
    }
    assert_int_equal(a.total, total);
    assert_int_equal(b->room, 1);
    assert_false(conn_full(b->conn));
    buf_free(&a.left);
}

static void test_queue_that_never_blocks_gives_room_in_the_same_turn(
    void **state)
{
    struct bench *b = *state;
    static char block[OUTQ_HIGH + 1];

    play_ask(b, 1, 0, "");
    conn_write(b->conn, block, sizeof(block));
    assert_true(conn_full(b->conn));
    loop_play_turn(b->loop);
    assert_int_equal(b->room, 1);
}

static void test_stalled_reader_is_gone(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    l.stall_ms = 20;
    play_set_limits(b, &l);
    b->until_gone = true;
    ask_and_fill(b);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(b->gone, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_stalled_reader_of_a_finished_answer_is_dropped(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    l.stall_ms = 20;
    play_set_limits(b, &l);
    ask_and_fill(b);
    conn_finish(b->conn);
    wait_a_moment(b);
    assert_int_equal(conn_set_count(b->set), 0);
    assert_int_equal(b->gone, 0);
}

static void test_finished_answer_reaches_a_slow_reader_whole(void **state)
{
    struct bench *b = *state;
    struct answer a = {.n = 0};
    size_t total;

    b->answer = NULL;
    total = ask_and_fill(b);
    conn_finish(b->conn);
    while (!a.closed) {
        loop_play_turn(b->loop);
        play_read_some(b, &a);
    }
    assert_int_equal(a.total, total);
    assert_int_equal(a.ends, 1);
    buf_free(&a.left);
}

/* ---- bounds ---- */

static void test_body_above_the_cap_is_handed_over_flagged(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    l.body_max = 3;
    play_set_limits(b, &l);
    play_ask(b, 1, 0, "four");
    assert_int_equal(b->requests, 1);
    assert_true(b->body_over);
}

static void test_changed_cap_is_that_of_the_next_request(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    b->finish = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "four");
    assert_false(b->body_over);
    l.body_max = 3;
    conn_set_limits(b->set, &l);
    play_ask(b, 1, RECORD_KEEP_CONN, "four");
    assert_int_equal(b->requests, 2);
    assert_true(b->body_over);
    conn_set_limits(b->set, &play_limits);
    play_ask(b, 1, RECORD_KEEP_CONN, "four");
    assert_int_equal(b->requests, 3);
    assert_false(b->body_over);
}

static void test_late_body_is_handed_over_as_timed_out(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;
    struct buf wire = {0};

    l.body_ms = 20;
    play_set_limits(b, &l);
    b->until_request = true;
    b->finish = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "body");
    play_send(b, wire.data, wire.len - RECORD_HEADER);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(b->requests, 1);
    assert_true(b->timed_out);
    assert_string_equal(b->body, "");

    /* What is left of it cannot be told from a next request. */
    play_turns(b);
    assert_true(play_read_answer(b).closed);
    buf_free(&wire);
}

static void test_rest_of_a_late_body_is_thrown_away(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;
    struct buf wire = {0};

    l.body_ms = 20;
    play_set_limits(b, &l);
    b->until_request = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "body");
    play_send(b, wire.data, wire.len - RECORD_HEADER);
    assert_int_equal(loop_run(b->loop), 0);
    play_send(b, wire.data + wire.len - RECORD_HEADER, RECORD_HEADER);
    play_send(b, "whatever", 8);
    play_turns(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(b->gone, 0);
    conn_finish(b->conn);
    play_turns(b);
    assert_int_equal(play_read_answer(b).ends, 1);
    buf_free(&wire);
}

static void test_late_variables_close_the_connection(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;
    struct buf wire = {0};

    l.body_ms = 20;
    play_set_limits(b, &l);
    wire_begin(&wire, 1, RECORD_RESPONDER, 0);
    play_send(b, wire.data, wire.len);
    wait_a_moment(b);
    assert_int_equal(b->requests, 0);
    assert_int_equal(conn_set_count(b->set), 0);
    buf_free(&wire);
}

static void test_answer_may_take_longer_than_the_body(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    l.body_ms = l.idle_ms = l.stall_ms = 20;
    play_set_limits(b, &l);
    play_send_request(b, 1, 0, "");
    wait_a_moment(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(b->gone, 0);
}

static void test_idle_connection_is_closed(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = play_limits;

    l.idle_ms = 20;
    play_set_limits(b, &l);
    b->finish = true;
    play_send_request(b, 1, RECORD_KEEP_CONN, "");
    wait_a_moment(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_connections_above_the_cap_are_closed(void **state)
{
    struct bench *b = *state;
    int peers[4];
    char c;

    for (int i = 0; i < 4; i++)
        peers[i] = play_connect(b);
    assert_int_equal(conn_set_count(b->set), 4);
    assert_int_equal(read(peers[3], &c, 1), 0);
    assert_int_equal(read(peers[2], &c, 1), -1);
    for (int i = 0; i < 4; i++)
        close(peers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_body_above_the_cap_is_handed_over_flagged),
        WITH_BENCH(test_changed_cap_is_that_of_the_next_request),
        WITH_BENCH(test_slow_reader_fills_the_queue),
        WITH_BENCH(test_room_is_told_once_when_the_reader_goes_on),
        WITH_BENCH(test_queue_that_never_blocks_gives_room_in_the_same_turn),
        WITH_BENCH(test_stalled_reader_is_gone),
        WITH_BENCH(test_stalled_reader_of_a_finished_answer_is_dropped),
        WITH_BENCH(test_finished_answer_reaches_a_slow_reader_whole),
        WITH_BENCH(test_late_body_is_handed_over_as_timed_out),
        WITH_BENCH(test_rest_of_a_late_body_is_thrown_away),
        WITH_BENCH(test_late_variables_close_the_connection),
        WITH_BENCH(test_answer_may_take_longer_than_the_body),
        WITH_BENCH(test_idle_connection_is_closed),
        WITH_BENCH(test_connections_above_the_cap_are_closed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
