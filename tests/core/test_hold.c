/* A hold never exceeds what is available, and the output it affords is covered
 * by it (RELIABILITY.md 2.3). */

#include "hold_play.h"

/* ---- opening ---- */

static enum refusal open_with(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, struct hold_grant *grant)
{
    return open_first(FIRST_ALL, posted, held, est_in, max_out, n, grant);
}

static void check_first(uint64_t first, int64_t posted, int64_t held,
    uint64_t est_in, uint64_t max_out, uint32_t n, int64_t credits,
    uint64_t out)
{
    struct hold_grant grant;

    assert_int_equal(
        open_first(first, posted, held, est_in, max_out, n, &grant),
        REFUSE_NONE);
    assert_int_equal(grant.credits, credits);
    assert_int_equal(grant.max_out, out);
}

static void check_grant(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, int64_t credits, uint64_t out)
{
    check_first(FIRST_ALL, posted, held, est_in, max_out, n, credits, out);
}

static void check_refused(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, enum refusal code)
{
    struct hold_grant grant = {-1, 1};

    assert_int_equal(open_with(posted, held, est_in, max_out, n, &grant), code);
    assert_int_equal(grant.credits, -1);
}

static void test_worst_case_is_held_when_it_is_available(void **state)
{
    (void)state;
    check_grant(1000, 0, 100, 900, 1, 2, 900);
    check_grant(1000, 0, 101, 900, 1, 3, 900);
}

static void test_every_choice_counts_its_output(void **state)
{
    (void)state;
    check_grant(1000, 0, 100, 900, 3, 6, 900);
}

static void test_what_is_left_is_held_when_it_is_less(void **state)
{
    (void)state;
    check_grant(2, 0, 100, 100000, 1, 2, 900);
    check_grant(10, 8, 100, 100000, 1, 2, 900);
}

static void test_affordable_output_is_shared_by_the_choices(void **state)
{
    (void)state;
    check_grant(2, 0, 100, 100000, 4, 2, 225);
    check_grant(2, 0, 101, 100000, 4, 2, 224);
}

static void test_output_is_never_more_than_was_asked(void **state)
{
    (void)state;
    check_grant(1000, 0, 1, 10, 1, 1, 10);
}

static void test_one_credit_admits_what_it_affords(void **state)
{
    (void)state;
    check_grant(1, 0, 499, 8192, 1, 1, 1);
}

static void test_input_that_uses_all_is_refused(void **state)
{
    (void)state;
    check_refused(1, 0, 500, 8192, 1, REFUSE_INSUFFICIENT_CREDITS);
    check_refused(1, 0, 100000, 1, 1, REFUSE_INSUFFICIENT_CREDITS);
}

static void test_less_than_a_token_for_each_choice_is_refused(void **state)
{
    (void)state;
    check_grant(1, 0, 496, 10, 4, 1, 1);
    check_refused(1, 0, 497, 10, 4, REFUSE_INSUFFICIENT_CREDITS);
}

static void test_nothing_available_is_refused(void **state)
{
    (void)state;
    check_refused(0, 0, 1, 1, 1, REFUSE_INSUFFICIENT_CREDITS);
    check_refused(5, 5, 1, 1, 1, REFUSE_INSUFFICIENT_CREDITS);
}

static void test_unknown_price_sells_nothing(void **state)
{
    const struct balance b = {1000, 0};
    const struct hold_ask ask = {1, 1, 1, 0, {5000000, 0}};
    struct hold_grant grant;

    (void)state;
    assert_int_equal(hold_open(&b, &ask, &grant), REFUSE_MODEL_UNAVAILABLE);
}

static void test_overflow_of_the_worst_case_is_internal(void **state)
{
    (void)state;
    check_refused(10, 0, 1, UINT64_MAX, 1, REFUSE_INTERNAL);
    check_refused(10, 0, 1, UINT64_MAX / 2, 3, REFUSE_INTERNAL);
    check_refused(10, 0, UINT64_MAX, 1, 1, REFUSE_INTERNAL);
}

static void test_a_broken_balance_is_internal(void **state)
{
    (void)state;
    check_refused(5, 6, 1, 1, 1, REFUSE_INTERNAL);
    check_refused(5, -1, 1, 1, 1, REFUSE_INTERNAL);
    check_refused(-1, 0, 1, 1, 1, REFUSE_INTERNAL);
    check_refused(INT64_MAX, INT64_MIN, 1, 1, 1, REFUSE_INTERNAL);
}

static void test_an_ask_without_output_is_internal(void **state)
{
    (void)state;
    check_refused(5, 0, 1, 0, 1, REFUSE_INTERNAL);
    check_refused(5, 0, 1, 1, 0, REFUSE_INTERNAL);
}

static void test_largest_balance_is_held_without_wrapping(void **state)
{
    (void)state;
    check_grant(INT64_MAX, 0, 0, UINT64_MAX, 1, (int64_t)(UINT64_MAX / 500 + 1),
        UINT64_MAX);
}

static void test_every_grant_covers_what_it_allows(void **state)
{
    struct hold_grant grant;
    uint64_t seed = 1;
    int64_t posted, held;
    uint64_t in, out;
    uint32_t n;
    int i;

    (void)state;
    for (i = 0; i < 200000; i++) {
        posted = (int64_t)random_below(&seed, 40);
        held = (int64_t)random_below(&seed, (uint64_t)posted + 1);
        in = random_below(&seed, 8000);
        out = 1 + random_below(&seed, 8000);
        n = 1 + (uint32_t)random_below(&seed, 4);
        if (open_with(posted, held, in, out, n, &grant) != REFUSE_NONE)
            continue;
        assert_in_range(grant.credits, 1, posted - held);
        assert_in_range(grant.max_out, 1, out);
        assert_true(
            price_credits(&usual, in + n * grant.max_out) <= grant.credits);
    }
}

/* ---- opening for a stream, which begins with a part ---- */

static void check_stream(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, int64_t credits, uint64_t out)
{
    check_first(FIRST_STREAM, posted, held, est_in, max_out, n, credits, out);
}

static void test_stream_holds_the_input_and_the_first_tokens(void **state)
{
    (void)state;
    check_stream(1000, 0, 500, 8192, 1, 2, 8192);
    check_stream(1000, 0, 501, 8192, 1, 3, 8192);
    check_stream(1000, 0, 500, 8192, 4, 2, 8192);
}

static void test_stream_that_wants_less_holds_less(void **state)
{
    (void)state;
    check_stream(1000, 0, 490, 10, 1, 1, 10);
    check_stream(1000, 0, 490, 10, 2, 2, 10);
}

static void test_stream_may_have_what_everything_available_affords(void **state)
{
    (void)state;
    check_stream(10, 0, 500, 100000, 1, 2, 4500);
    check_stream(10, 4, 500, 100000, 1, 2, 2500);
    check_stream(10, 4, 500, 100000, 5, 2, 500);
}

static void test_stream_holds_what_is_left_when_it_is_less(void **state)
{
    (void)state;
    check_stream(1, 0, 499, 100000, 1, 1, 1);
    check_stream(7, 5, 600, 100000, 1, 2, 400);
}

static void test_stream_is_refused_without_a_token_for_each_choice(void **state)
{
    struct hold_grant grant;

    (void)state;
    assert_int_equal(
        open_stream(1, 0, 500, 10, 1, &grant), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(
        open_stream(1, 0, 498, 10, 3, &grant), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(
        open_stream(5, 5, 1, 10, 1, &grant), REFUSE_INSUFFICIENT_CREDITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worst_case_is_held_when_it_is_available),
        cmocka_unit_test(test_every_choice_counts_its_output),
        cmocka_unit_test(test_what_is_left_is_held_when_it_is_less),
        cmocka_unit_test(test_affordable_output_is_shared_by_the_choices),
        cmocka_unit_test(test_output_is_never_more_than_was_asked),
        cmocka_unit_test(test_one_credit_admits_what_it_affords),
        cmocka_unit_test(test_input_that_uses_all_is_refused),
        cmocka_unit_test(test_less_than_a_token_for_each_choice_is_refused),
        cmocka_unit_test(test_nothing_available_is_refused),
        cmocka_unit_test(test_unknown_price_sells_nothing),
        cmocka_unit_test(test_overflow_of_the_worst_case_is_internal),
        cmocka_unit_test(test_a_broken_balance_is_internal),
        cmocka_unit_test(test_an_ask_without_output_is_internal),
        cmocka_unit_test(test_largest_balance_is_held_without_wrapping),
        cmocka_unit_test(test_every_grant_covers_what_it_allows),
        cmocka_unit_test(test_stream_holds_the_input_and_the_first_tokens),
        cmocka_unit_test(test_stream_that_wants_less_holds_less),
        cmocka_unit_test(
            test_stream_may_have_what_everything_available_affords),
        cmocka_unit_test(test_stream_holds_what_is_left_when_it_is_less),
        cmocka_unit_test(
            test_stream_is_refused_without_a_token_for_each_choice),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
