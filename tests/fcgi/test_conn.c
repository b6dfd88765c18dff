/* A connection hands over whole requests, one after the other, and frames their
 * answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "conn_play.h"
#include "loop_play.h"
#include "wire.h"

static void test_request_in_one_piece_is_handed_over(void **state)
{
    struct bench *b = *state;

    play_ask(b, 1, 0, "the body");
    assert_int_equal(b->requests, 1);
    assert_string_equal(b->body, "the body");
    assert_false(b->timed_out);
}

static void test_request_byte_by_byte_is_handed_over(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_request(&wire, 1, 0, "the body");
    for (size_t i = 0; i < wire.len; i++) {
        assert_int_equal(b->requests, 0);
        play_send(b, wire.data + i, 1);
        loop_play_turn(b->loop);
    }
    assert_int_equal(b->requests, 1);
    assert_string_equal(b->body, "the body");
    buf_free(&wire);
}

static void test_answer_is_framed(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    play_ask(b, 9, 0, "");
    a = play_read_answer(b);
    assert_string_equal(a.out, b->answer);
    assert_int_equal(a.ends, 1);
    assert_int_equal(a.id, 9);
}

static void test_pieces_of_an_answer_are_sent_as_they_come(void **state)
{
    struct bench *b = *state;
    struct answer a;

    play_ask(b, 1, 0, "");
    a = play_read_answer(b);
    assert_string_equal(a.out, b->answer);
    assert_int_equal(a.ends, 0);
    conn_write(b->conn, "more", 4);
    loop_play_turn(b->loop);
    a = play_read_answer(b);
    assert_string_equal(a.out, "more");
    conn_finish(b->conn);
    loop_play_turn(b->loop);
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
}

static void test_piece_larger_than_a_record_is_cut(void **state)
{
    struct bench *b = *state;
    static char big[RECORD_CONTENT_MAX + 1000];
    struct answer a = {.n = 0};

    b->answer = NULL;
    play_ask(b, 1, 0, "");
    conn_write(b->conn, big, sizeof(big));
    conn_finish(b->conn);
    while (!a.closed) {
        loop_play_turn(b->loop);
        play_read_some(b, &a);
    }
    assert_int_equal(a.total, sizeof(big));
    assert_int_equal(a.ends, 1);
    buf_free(&a.left);
}

static void test_connection_is_closed_when_it_is_not_kept(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    play_ask(b, 1, 0, "");
    assert_true(play_read_answer(b).closed);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_kept_connection_takes_two_requests(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "one");
    assert_string_equal(b->body, "one");
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_false(a.closed);
    play_ask(b, 1, RECORD_KEEP_CONN, "two");
    assert_string_equal(b->body, "two");
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_int_equal(b->requests, 2);
    assert_int_equal(conn_set_count(b->set), 1);
}

static void test_requests_sent_at_once_are_answered_in_turn(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};
    struct answer a;

    b->finish = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "one");
    wire_request(&wire, 2, RECORD_KEEP_CONN, "two");
    wire_request(&wire, 3, 0, "three");
    play_send(b, wire.data, wire.len);
    play_turns(b);
    assert_int_equal(b->requests, 3);
    assert_string_equal(b->body, "three");
    a = play_read_answer(b);
    assert_int_equal(a.ends, 3);
    assert_true(a.closed);
    buf_free(&wire);
}

static void test_next_request_waits_for_the_one_before(void **state)
{
    struct bench *b = *state;

    play_send_request(b, 1, RECORD_KEEP_CONN, "one");
    play_ask(b, 2, RECORD_KEEP_CONN, "two");
    assert_int_equal(b->requests, 1);
    conn_finish(b->conn);
    play_turns(b);
    assert_int_equal(b->requests, 2);
    assert_string_equal(b->body, "two");
}

static void test_what_is_sent_ahead_is_bounded(void **state)
{
    struct bench *b = *state;
    static char body[1 << 19];
    struct buf wire = {0};
    size_t sent = 0;
    ssize_t n;

    memset(body, 'b', sizeof(body) - 1);
    play_ask(b, 1, RECORD_KEEP_CONN, "one");
    wire_begin(&wire, 2, RECORD_RESPONDER, 0);
    wire_record(&wire, RECORD_PARAMS, 2, "", 0, 0);
    wire_stream(
        &wire, RECORD_STDIN, 2, (struct span){body, sizeof(body) - 1}, 60000);
    for (int i = 0; i < 100 && sent < wire.len; i++) {
        n = write(b->peer, wire.data + sent, wire.len - sent);
        sent += n > 0 ? (size_t)n : 0;
        loop_play_turn(b->loop);
    }
    assert_true(sent < wire.len);
    conn_finish(b->conn);
    while (sent < wire.len) {
        loop_play_turn(b->loop);
        n = write(b->peer, wire.data + sent, wire.len - sent);
        sent += n > 0 ? (size_t)n : 0;
    }
    play_turns(b);
    assert_int_equal(b->requests, 2);
    buf_free(&wire);
}

static void test_values_are_answered_at_once(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_record(&wire, RECORD_GET_VALUES, 0, "", 0, 0);
    play_send(b, wire.data, wire.len);
    play_turns(b);
    assert_int_equal(play_read_answer(b).values, 1);
    buf_free(&wire);
}

static void test_values_are_answered_between_pieces_of_an_answer(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};
    struct answer a;

    play_ask(b, 1, 0, "");
    wire_record(&wire, RECORD_GET_VALUES, 0, "", 0, 0);
    play_send(b, wire.data, wire.len);
    play_turns(b);
    conn_finish(b->conn);
    play_turns(b);
    a = play_read_answer(b);
    assert_int_equal(a.values, 1);
    assert_int_equal(a.ends, 1);
    buf_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_request_in_one_piece_is_handed_over),
        WITH_BENCH(test_request_byte_by_byte_is_handed_over),
        WITH_BENCH(test_answer_is_framed),
        WITH_BENCH(test_pieces_of_an_answer_are_sent_as_they_come),
        WITH_BENCH(test_piece_larger_than_a_record_is_cut),
        WITH_BENCH(test_connection_is_closed_when_it_is_not_kept),
        WITH_BENCH(test_kept_connection_takes_two_requests),
        WITH_BENCH(test_requests_sent_at_once_are_answered_in_turn),
        WITH_BENCH(test_next_request_waits_for_the_one_before),
        WITH_BENCH(test_what_is_sent_ahead_is_bounded),
        WITH_BENCH(test_values_are_answered_at_once),
        WITH_BENCH(test_values_are_answered_between_pieces_of_an_answer),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
