/* Whom the rate limit has refused is remembered for as long as it would. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "denied.h"

enum { NOW = 86400, LIMIT = 120 };

#define WHOM UINT64_C(0x123456789abcdef1)

static int set_up(void **state)
{
    return (*state = calloc(1, sizeof(struct denied))) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void note(struct denied *d, uint64_t whom, int64_t until)
{
    denied_note(d, &(struct denied_caller){.whom = whom,
                       .until = until,
                       .limit = LIMIT,
                       .tokens = {.limit = 1000, .remaining = 7, .reset = 3}});
}

static void test_nobody_is_denied_at_first(void **state)
{
    assert_null(denied_find(*state, WHOM));
}

static void test_caller_is_denied_until_its_window_has_room(void **state)
{
    const struct denied_caller *caller;

    note(*state, WHOM, NOW + 37);
    caller = denied_find(*state, WHOM);
    assert_non_null(caller);
    assert_int_equal(denied_wait(caller, LIMIT, NOW), 37);
    assert_int_equal(denied_wait(caller, LIMIT, NOW + 36), 1);
    assert_int_equal(denied_wait(caller, LIMIT, NOW + 37), 0);
    assert_int_equal(denied_wait(caller, LIMIT, NOW + 100), 0);
}

static void test_tokens_are_kept_for_the_headers(void **state)
{
    const struct denied_caller *caller;

    note(*state, WHOM, NOW + 37);
    caller = denied_find(*state, WHOM);
    assert_non_null(caller);
    assert_int_equal(caller->tokens.limit, 1000);
    assert_int_equal(caller->tokens.remaining, 7);
    assert_int_equal(caller->tokens.reset, 3);
}

static void test_newer_refusal_replaces_the_older(void **state)
{
    note(*state, WHOM, NOW + 1);
    note(*state, WHOM, NOW + 60);
    assert_int_equal(denied_wait(denied_find(*state, WHOM), LIMIT, NOW), 60);
}

static void test_others_are_not_denied(void **state)
{
    note(*state, WHOM, NOW + 37);
    assert_null(denied_find(*state, WHOM + 1));
    assert_null(denied_find(*state, WHOM + DENIED_PLACES));
}

static void test_place_goes_to_who_was_refused_last(void **state)
{
    note(*state, WHOM, NOW + 37);
    note(*state, WHOM + DENIED_PLACES, NOW + 37);
    assert_null(denied_find(*state, WHOM));
    assert_non_null(denied_find(*state, WHOM + DENIED_PLACES));
}

static void test_other_limit_is_another_matter(void **state)
{
    note(*state, WHOM, NOW + 37);
    assert_int_equal(denied_wait(denied_find(*state, WHOM), LIMIT + 1, NOW), 0);
    assert_int_equal(denied_wait(denied_find(*state, WHOM), 0, NOW), 0);
}

static void test_nobody_is_denied_for_longer_than_a_window(void **state)
{
    note(*state, WHOM, NOW + WINDOW_BUCKETS);
    assert_int_equal(
        denied_wait(denied_find(*state, WHOM), LIMIT, NOW), WINDOW_BUCKETS);
    assert_int_equal(denied_wait(denied_find(*state, WHOM), LIMIT, NOW - 1), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_is_denied_at_first),
        TEST(test_caller_is_denied_until_its_window_has_room),
        TEST(test_tokens_are_kept_for_the_headers),
        TEST(test_newer_refusal_replaces_the_older),
        TEST(test_others_are_not_denied),
        TEST(test_place_goes_to_who_was_refused_last),
        TEST(test_other_limit_is_another_matter),
        TEST(test_nobody_is_denied_for_longer_than_a_window),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
