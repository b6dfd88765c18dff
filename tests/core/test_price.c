/* Credits are rounded up and never none, tokens down, and the cost is an exact
 * decimal number of the raw tokens (API.md 5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "price.h"

static const struct price usual = {5000000, 500};

static void test_credits_are_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(price_credits(&usual, 1), 1);
    assert_int_equal(price_credits(&usual, 30), 1);
    assert_int_equal(price_credits(&usual, 499), 1);
    assert_int_equal(price_credits(&usual, 500), 1);
    assert_int_equal(price_credits(&usual, 501), 2);
    assert_int_equal(price_credits(&usual, 1000), 2);
    assert_int_equal(price_credits(&usual, 1001), 3);
}

static void test_no_tokens_cost_one_credit(void **state)
{
    (void)state;
    assert_int_equal(price_credits(&usual, 0), 1);
}

static void test_credits_saturate(void **state)
{
    const struct price dear = {1, 1};

    (void)state;
    assert_true(price_credits(&dear, UINT64_MAX) == INT64_MAX);
    assert_true(price_credits(&dear, (uint64_t)INT64_MAX) == INT64_MAX);
    assert_true(price_credits(&dear, (uint64_t)INT64_MAX - 1) == INT64_MAX - 1);
}

static void test_tokens_are_what_credits_pay_for(void **state)
{
    (void)state;
    assert_int_equal(price_tokens(&usual, 1), 500);
    assert_int_equal(price_tokens(&usual, 7), 3500);
}

static void test_no_credits_pay_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(price_tokens(&usual, 0), 0);
    assert_int_equal(price_tokens(&usual, -1), 0);
    assert_int_equal(price_tokens(&usual, INT64_MIN), 0);
}

static void test_tokens_saturate(void **state)
{
    (void)state;
    assert_true(price_tokens(&usual, INT64_MAX) == UINT64_MAX);
}

static void test_tokens_of_credits_cost_exactly_these(void **state)
{
    int64_t credits;
    uint64_t tokens;
    uint64_t per;

    (void)state;
    for (per = 1; per < 20; per++) {
        const struct price p = {1, per};

        for (credits = 1; credits < 50; credits++) {
            tokens = price_tokens(&p, credits);
            assert_int_equal(price_credits(&p, tokens), credits);
            assert_int_equal(price_credits(&p, tokens + 1), credits + 1);
        }
    }
}

static void check_cost(uint64_t micro, uint64_t tokens, const char *expect)
{
    const struct price p = {micro, 500};
    struct buf out = {0};

    price_cost(&p, tokens, &out);
    assert_string_equal(buf_terminate(&out), expect);
    buf_free(&out);
}

static void test_cost_of_the_documented_samples(void **state)
{
    (void)state;
    check_cost(5000000, 30, "0.00015");
    check_cost(5000000, 46, "0.00023");
    check_cost(5000000, 24, "0.00012");
}

static void test_whole_dollars_have_no_point(void **state)
{
    (void)state;
    check_cost(5000000, 1000000, "5");
    check_cost(5000000, 2000000, "10");
    check_cost(5000000, 20000000, "100");
}

static void test_nothing_costs_zero(void **state)
{
    (void)state;
    check_cost(5000000, 0, "0");
    check_cost(0, 30, "0");
}

static void test_smallest_cost_keeps_all_places(void **state)
{
    (void)state;
    check_cost(1, 1, "0.000000000001");
    check_cost(1, 1000000000001, "1.000000000001");
}

static void test_largest_cost_does_not_wrap(void **state)
{
    (void)state;
    check_cost(
        UINT64_MAX, UINT64_MAX, "340282366920938463426481119.284349108225");
}

static void test_cost_is_appended(void **state)
{
    struct buf out = {0};

    (void)state;
    buf_puts(&out, "x:");
    price_cost(&usual, 30, &out);
    assert_string_equal(buf_terminate(&out), "x:0.00015");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credits_are_rounded_up),
        cmocka_unit_test(test_no_tokens_cost_one_credit),
        cmocka_unit_test(test_credits_saturate),
        cmocka_unit_test(test_tokens_are_what_credits_pay_for),
        cmocka_unit_test(test_no_credits_pay_for_nothing),
        cmocka_unit_test(test_tokens_saturate),
        cmocka_unit_test(test_tokens_of_credits_cost_exactly_these),
        cmocka_unit_test(test_cost_of_the_documented_samples),
        cmocka_unit_test(test_whole_dollars_have_no_point),
        cmocka_unit_test(test_nothing_costs_zero),
        cmocka_unit_test(test_smallest_cost_keeps_all_places),
        cmocka_unit_test(test_largest_cost_does_not_wrap),
        cmocka_unit_test(test_cost_is_appended),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
