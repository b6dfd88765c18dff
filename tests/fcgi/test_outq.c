/* The queue delivers every byte once and in order whatever the socket takes,
 * tells a socket that blocks from one that is broken, and holds no memory when
 * it is empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outq.h"

static int fds[2]; /* of the running test: ours, the reader's */

static int setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
}

static int teardown(void **state)
{
    (void)state;
    close(fds[0]);
    if (fds[1] != -1)
        close(fds[1]);
    return 0;
}

static void test_zero_is_an_empty_queue(void **state)
{
    struct outq q = {0};

    (void)state;
    assert_int_equal(outq_size(&q), 0);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_EMPTY);
}

static void test_bytes_come_out_in_order(void **state)
{
    struct outq q = {0};
    char out[8] = "";

    (void)state;
    outq_put(&q, "abc", 3);
    outq_put(&q, "def", 3);
    assert_int_equal(outq_size(&q), 6);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_EMPTY);
    assert_int_equal(read(fds[1], out, sizeof(out)), 6);
    assert_memory_equal(out, "abcdef", 6);
}

static void test_nothing_is_put_as_nothing(void **state)
{
    struct outq q = {0};

    (void)state;
    outq_put(&q, NULL, 0);
    assert_int_equal(outq_size(&q), 0);
    assert_null(q.data);
}

static void test_empty_queue_holds_no_memory(void **state)
{
    struct outq q = {0};

    (void)state;
    outq_put(&q, "x", 1);
    assert_non_null(q.data);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_EMPTY);
    assert_null(q.data);
    assert_int_equal(q.cap, 0);
}

/* Put more than the socket takes. */
static void overfill(struct outq *q)
{
    static char block[1 << 16];

    for (int i = 0; i < 64; i++)
        outq_put(q, block, sizeof(block));
}

static void test_full_socket_is_blocked(void **state)
{
    struct outq q = {0};

    (void)state;
    overfill(&q);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_BLOCKED);
    assert_true(outq_size(&q) > 0);
    assert_true(outq_size(&q) < 64 << 16);
    outq_free(&q);
}

static void test_closed_socket_is_broken(void **state)
{
    struct outq q = {0};

    (void)state;
    close(fds[1]);
    fds[1] = -1;
    outq_put(&q, "x", 1);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_BROKEN);
    outq_free(&q);
}

static void test_failed_queue_is_broken_and_takes_no_more(void **state)
{
    struct outq q = {.failed = true};

    (void)state;
    outq_put(&q, "x", 1);
    assert_int_equal(outq_size(&q), 0);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_BROKEN);
}

static void test_free_forgets_what_waits(void **state)
{
    struct outq q = {0};

    (void)state;
    outq_put(&q, "x", 1);
    outq_free(&q);
    assert_int_equal(outq_size(&q), 0);
    assert_int_equal(outq_flush(&q, fds[0]), OUTQ_EMPTY);
}

/* A slow reader and a writer of odd pieces: the stream is a running count. */
static void test_pieces_survive_a_slow_reader(void **state)
{
    struct outq q = {0};
    uint8_t piece[701], in[997], put = 0, got = 0;
    size_t total = 0, seen = 0;
    ssize_t n;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        if (outq_size(&q) < OUTQ_HIGH) {
            for (size_t i = 0; i < sizeof(piece); i++)
                piece[i] = put++;
            outq_put(&q, piece, sizeof(piece));
            total += sizeof(piece);
        }
        assert_int_not_equal(outq_flush(&q, fds[0]), OUTQ_BROKEN);
        if (round % 2 == 0 && (n = read(fds[1], in, sizeof(in))) > 0)
            for (ssize_t i = 0; i < n; i++, seen++)
                assert_int_equal(in[i], got++);
    }
    do {
        assert_int_not_equal(outq_flush(&q, fds[0]), OUTQ_BROKEN);
        while ((n = read(fds[1], in, sizeof(in))) > 0)
            for (ssize_t i = 0; i < n; i++, seen++)
                assert_int_equal(in[i], got++);
    } while (outq_size(&q) > 0);
    assert_int_equal(seen, total);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_zero_is_an_empty_queue),
        WITH_PAIR(test_bytes_come_out_in_order),
        WITH_PAIR(test_nothing_is_put_as_nothing),
        WITH_PAIR(test_empty_queue_holds_no_memory),
        WITH_PAIR(test_full_socket_is_blocked),
        WITH_PAIR(test_closed_socket_is_broken),
        WITH_PAIR(test_failed_queue_is_broken_and_takes_no_more),
        WITH_PAIR(test_free_forgets_what_waits),
        WITH_PAIR(test_pieces_survive_a_slow_reader),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
