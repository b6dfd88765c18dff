/* However an answer is cut into reads, its body and its end are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answer.h"

static void callback_body(void *cookie, struct span bytes)
{
    buf_put(cookie, bytes.p, bytes.n);
}

/* Feeds ${text} in pieces of ${step} bytes; the result of the last one. */
static int feed(struct answer *a, const char *text, size_t step)
{
    size_t n = strlen(text);
    int end = 0;

    for (size_t at = 0; at < n; at += step) {
        assert_int_equal(end, 0);
        end = answer_feed(
            a, (struct span){text + at, n - at < step ? n - at : step});
    }
    return end;
}

static void assert_body(const char *text, const char *wanted)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        struct buf body = {0};
        struct answer a = {.body = callback_body, .cookie = &body};

        assert_int_equal(feed(&a, text, step), 1);
        assert_int_equal(a.status, 200);
        assert_int_equal(body.len, strlen(wanted));
        if (body.len > 0)
            assert_memory_equal(body.data, wanted, body.len);
        buf_free(&body);
        buf_free(&a.head);
    }
}

static void test_a_body_of_known_length_ends_there(void **state)
{
    (void)state;
    assert_body(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", "hello");
    assert_body("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "");
}

static void test_chunks_are_put_together(void **state)
{
    (void)state;
    assert_body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\n0C\r\n, big\r\nworld\r\n0\r\n\r\n",
        "hello, big\r\nworld");
}

static void test_answers_follow_each_other(void **state)
{
    static const char text[] = "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno";
    struct buf body = {0};
    struct answer a = {.body = callback_body, .cookie = &body};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(feed(&a, text, 7), 1);
    assert_int_equal(a.status, 404);
    assert_int_equal(body.len, 6);
    buf_free(&body);
    buf_free(&a.head);
}

static void assert_refused(const char *text)
{
    struct buf body = {0};
    struct answer a = {.body = callback_body, .cookie = &body};

    assert_int_equal(answer_feed(&a, (struct span){text, strlen(text)}), -1);
    buf_free(&body);
    buf_free(&a.head);
}

static void test_what_is_no_answer_is_refused(void **state)
{
    (void)state;
    assert_refused("220 mail.example.org\r\n\r\n");
    assert_refused("HTTP/1.1 200 OK\r\n\r\nwithout an end");
    assert_refused("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmore");
    assert_refused(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxy\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_of_known_length_ends_there),
        cmocka_unit_test(test_chunks_are_put_together),
        cmocka_unit_test(test_answers_follow_each_other),
        cmocka_unit_test(test_what_is_no_answer_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
