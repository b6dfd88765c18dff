/* Requests of any length follow each other through the one file that they are
 * parsed from; where there is no memory for one, the next is whole. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "request_play.h"

/* What becomes of the next calls of fallocate(): so many have this error. */
static struct {
    int calls, error;
} refused;

/* In front of the C library's. */
int fallocate(int fd, int mode, off_t at, off_t n)
{
    if (refused.calls == 0)
        return (int)syscall(SYS_fallocate, fd, mode, at, n);
    refused.calls--;
    errno = refused.error;
    return -1;
}

static void test_small_request_after_a_large_one_is_its_own(void **state)
{
    struct buf pairs = {0};
    static char body[300000];
    struct request *r;

    r = parse(*state, &pairs, 100, (struct span){body, sizeof(body)});
    assert_int_equal(request_body(r).n, sizeof(body));
    request_free(r);
    r = parse(*state, &pairs, 100, (struct span){"tiny", 4});
    assert_int_equal(request_body(r).n, 4);
    assert_memory_equal(request_body(r).p, "tiny", 4);
    request_free(r);
}

static void check_body(struct request_parser *p, const char *body, size_t n)
{
    struct buf pairs = {0};
    struct request *r = parse(p, &pairs, 100, (struct span){body, n});

    assert_non_null(r);
    assert_int_equal(request_body(r).n, n);
    if (n > 0)
        assert_memory_equal(request_body(r).p, body, n);
    request_free(r);
}

/* With all that is around it a request is a little longer than its body. */
static void test_requests_of_any_length_follow_each_other(void **state)
{
    enum { STEP = 64 << 10, AROUND = 160 };
    static char body[(1 << 20) + STEP];

    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)(i * 31 >> 3);
    for (size_t n = STEP - AROUND; n <= STEP; n++)
        check_body(*state, body, n);
    for (size_t n = sizeof(body) - 400; n <= sizeof(body); n += 16) {
        check_body(*state, body, n);
        check_body(*state, "tiny", 4);
    }
}

static void test_interrupted_request_is_whole(void **state)
{
    refused.calls = 2;
    refused.error = EINTR;
    check_body(*state, "body", 4);
    assert_int_equal(refused.calls, 0);
}

static void test_request_without_memory_is_refused_and_the_next_not(
    void **state)
{
    static char body[100000];
    struct buf pairs = {0};

    check_body(*state, "before", 6);
    refused.calls = 1;
    refused.error = ENOSPC;
    assert_null(parse(*state, &pairs, 100, (struct span){body, sizeof(body)}));
    check_body(*state, "after", 5);
    check_body(*state, body, sizeof(body));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PARSER(test_small_request_after_a_large_one_is_its_own),
        WITH_PARSER(test_requests_of_any_length_follow_each_other),
        WITH_PARSER(test_interrupted_request_is_whole),
        WITH_PARSER(test_request_without_memory_is_refused_and_the_next_not),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
