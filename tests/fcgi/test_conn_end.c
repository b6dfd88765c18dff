/* The owner of a request is told exactly once that the other side is gone, and
 * not when it has no request; a set that drains lets answers end and begins
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_play.h"
#include "loop_play.h"
#include "wire.h"

/* ---- the other side is gone ---- */

static void leave(struct bench *b)
{
    close(b->peer);
    b->peer = -1;
    play_turns(b);
}

static void test_close_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    play_ask(b, 1, RECORD_KEEP_CONN, "");
    leave(b);
    assert_int_equal(b->gone, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_half_close_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    play_ask(b, 1, 0, "");
    shutdown(b->peer, SHUT_WR);
    play_turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_abort_record_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    play_ask(b, 3, RECORD_KEEP_CONN, "");
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    play_send(b, wire.data, wire.len);
    play_turns(b);
    assert_int_equal(b->gone, 1);
    assert_true(play_read_answer(b).closed);
    buf_free(&wire);
}

static void test_late_abort_record_is_ignored(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    b->finish = true;
    play_ask(b, 3, RECORD_KEEP_CONN, "");
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    play_send(b, wire.data, wire.len);
    play_ask(b, 3, RECORD_KEEP_CONN, "next");
    assert_int_equal(b->requests, 2);
    assert_int_equal(b->gone, 0);
    buf_free(&wire);
}

static void test_garbage_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    play_ask(b, 1, RECORD_KEEP_CONN, "");
    play_send(b, "GET / HTTP/1.1\r\n\r\n", 18);
    play_turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_calls_from_gone_are_harmless(void **state)
{
    struct bench *b = *state;

    b->write_when_gone = true;
    play_ask(b, 1, 0, "");
    shutdown(b->peer, SHUT_WR);
    play_turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_close_before_a_request_is_not_told(void **state)
{
    struct bench *b = *state;

    play_send(b, "\1\1\0\1", 4);
    play_turns(b);
    leave(b);
    assert_int_equal(b->gone, 0);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_close_after_finish_is_not_told(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "");
    leave(b);
    assert_int_equal(b->gone, 0);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_garbage_closes_the_connection(void **state)
{
    struct bench *b = *state;

    play_send(b, "GET / HTTP/1.1\r\n\r\n", 18);
    play_turns(b);
    assert_true(play_read_answer(b).closed);
    assert_int_equal(b->requests, 0);
}

static void test_malformed_variables_close_the_connection(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_begin(&wire, 1, RECORD_RESPONDER, 0);
    wire_stream(&wire, RECORD_PARAMS, 1,
        (struct span){"\x09\x09"
                      "A",
            3},
        100);
    wire_record(&wire, RECORD_STDIN, 1, "", 0, 0);
    play_send(b, wire.data, wire.len);
    play_turns(b);
    assert_true(play_read_answer(b).closed);
    assert_int_equal(b->requests, 0);
    buf_free(&wire);
}

/* ---- the owner gives up ---- */

static void test_abort_closes_without_an_end(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->abort = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "");
    a = play_read_answer(b);
    assert_int_equal(a.ends, 0);
    assert_true(a.closed);
    assert_int_equal(b->gone, 0);
}

static void test_abort_sends_what_was_written_before(void **state)
{
    struct bench *b = *state;

    b->abort = true;
    play_ask(b, 1, 0, "");
    assert_string_equal(play_read_answer(b).out, b->answer);
}

/* ---- the set ends ---- */

static void test_drain_closes_kept_connections(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "");
    assert_int_equal(play_read_answer(b).ends, 1);
    conn_set_drain(b->set);
    assert_int_equal(conn_set_count(b->set), 0);
    assert_true(play_read_answer(b).closed);
}

static void test_drain_awaits_the_request_of_a_new_connection(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    play_turns(b);
    conn_set_drain(b->set);
    assert_int_equal(conn_set_count(b->set), 1);
    play_ask(b, 1, 0, "");
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
}

static void test_drain_takes_a_request_that_lies_unread(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    play_ask(b, 1, RECORD_KEEP_CONN, "");
    assert_int_equal(play_read_answer(b).ends, 1);
    play_send_request(b, 1, RECORD_KEEP_CONN, "");
    conn_set_drain(b->set);
    play_turns(b);
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
}

static void test_drain_gives_up_a_connection_without_a_request(void **state)
{
    struct bench *b = *state;
    struct pollfd p = {b->peer, POLLIN, 0};

    play_turns(b);
    conn_set_drain(b->set);
    while (poll(&p, 1, 10) == 0)
        loop_play_turn(b->loop);
    assert_true(play_read_answer(b).closed);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_drain_lets_an_answer_end(void **state)
{
    struct bench *b = *state;
    struct answer a;

    play_ask(b, 1, RECORD_KEEP_CONN, "");
    conn_set_drain(b->set);
    conn_write(b->conn, "end", 3);
    conn_finish(b->conn);
    play_turns(b);
    a = play_read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
    assert_int_equal(b->gone, 0);
}

static void test_drain_takes_no_new_connection(void **state)
{
    struct bench *b = *state;
    int peer;
    char c;

    conn_set_drain(b->set);
    peer = play_connect(b);
    assert_int_equal(read(peer, &c, 1), 0);
    close(peer);
}

static void test_freeing_the_set_tells_nobody(void **state)
{
    struct bench *b = *state;

    play_ask(b, 1, 0, "");
    conn_set_free(b->set);
    b->set = NULL;
    assert_int_equal(b->gone, 0);
    assert_true(play_read_answer(b).closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_close_while_answering_is_told_once),
        WITH_BENCH(test_half_close_while_answering_is_told_once),
        WITH_BENCH(test_abort_record_while_answering_is_told_once),
        WITH_BENCH(test_late_abort_record_is_ignored),
        WITH_BENCH(test_garbage_while_answering_is_told_once),
        WITH_BENCH(test_calls_from_gone_are_harmless),
        WITH_BENCH(test_close_before_a_request_is_not_told),
        WITH_BENCH(test_close_after_finish_is_not_told),
        WITH_BENCH(test_garbage_closes_the_connection),
        WITH_BENCH(test_malformed_variables_close_the_connection),
        WITH_BENCH(test_abort_closes_without_an_end),
        WITH_BENCH(test_abort_sends_what_was_written_before),
        WITH_BENCH(test_drain_closes_kept_connections),
        WITH_BENCH(test_drain_awaits_the_request_of_a_new_connection),
        WITH_BENCH(test_drain_takes_a_request_that_lies_unread),
        WITH_BENCH(test_drain_gives_up_a_connection_without_a_request),
        WITH_BENCH(test_drain_lets_an_answer_end),
        WITH_BENCH(test_drain_takes_no_new_connection),
        WITH_BENCH(test_freeing_the_set_tells_nobody),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
