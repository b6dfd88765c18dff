/* The hold of a stream grows with what is wanted as far as the credits go, and
 * pays for all that it says it covers (RELIABILITY.md 2.4). */

#include "hold_play.h"

static void check_growth(int64_t posted, int64_t all_held, int64_t held,
    uint64_t est_in, uint64_t out, int64_t credits, uint64_t covers)
{
    const struct balance b = {posted, all_held};
    struct hold_growth growth;

    assert_int_equal(hold_grow(&b, held, est_in, out, &usual, &growth), 0);
    assert_int_equal(growth.credits, credits);
    assert_int_equal(growth.covers, covers);
}

static void check_no_growth(
    int64_t posted, int64_t all_held, int64_t held, uint64_t est_in)
{
    const struct balance b = {posted, all_held};
    struct hold_growth growth;

    assert_int_equal(hold_grow(&b, held, est_in, 1, &usual, &growth), -1);
}

static void test_hold_grows_to_cover_what_is_wanted(void **state)
{
    (void)state;
    check_growth(100, 2, 2, 500, 1000, 3, 1000);
    check_growth(100, 2, 2, 500, 1001, 4, 1500);
}

static void test_hold_that_covers_it_stays(void **state)
{
    (void)state;
    check_growth(100, 2, 2, 500, 500, 2, 500);
    check_growth(100, 9, 9, 500, 0, 9, 4000);
}

static void test_hold_grows_as_far_as_the_credits_go(void **state)
{
    (void)state;
    check_growth(10, 9, 2, 500, 5000, 3, 1000);
    check_growth(10, 10, 2, 500, 5000, 2, 500);
}

static void test_hold_that_does_not_pay_the_input_covers_nothing(void **state)
{
    (void)state;
    check_growth(1, 1, 1, 501, 10, 1, 0);
}

static void test_growth_that_can_not_be_reckoned_is_told(void **state)
{
    const struct balance b = {10, 5};
    const struct price none = {5000000, 0};
    struct hold_growth growth;

    (void)state;
    check_no_growth(10, 5, 5, UINT64_MAX);
    check_no_growth(5, 6, 1, 1);
    check_no_growth(5, 3, 4, 1);
    check_no_growth(5, 3, -1, 1);
    assert_int_equal(hold_grow(&b, 5, 1, 1, &none, &growth), -1);
}

static void test_largest_growth_does_not_wrap(void **state)
{
    (void)state;
    check_growth(INT64_MAX, INT64_MAX, 1, 1, 100000, 1, 499);
    check_growth(INT64_MAX, 1, 1, 0, UINT64_MAX,
        (int64_t)(UINT64_MAX / 500 + 1), UINT64_MAX);
}

static void test_many_growing_holds_never_exceed_the_balance(void **state)
{
    enum { CALLS = 4 };
    uint64_t seed = 3;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct balance b = {(int64_t)random_below(&seed, 60), 0};
        struct hold_grant grant;
        struct hold_growth growth[CALLS] = {{0}};
        uint64_t in[CALLS], covers;

        for (int i = 0; i < CALLS; i++) {
            in[i] = random_below(&seed, 3000);
            if (open_stream(b.posted, b.held, in[i], 8192, 1, &grant) !=
                REFUSE_NONE)
                continue;
            growth[i].credits = grant.credits;
            b.held += grant.credits;
        }
        for (int step = 0; step < 40; step++) {
            int i = (int)random_below(&seed, CALLS);
            int64_t before = growth[i].credits;

            if (before == 0)
                continue;
            covers = growth[i].covers;
            assert_int_equal(hold_grow(&b, before, in[i],
                                 random_below(&seed, 9000), &usual, &growth[i]),
                0);
            b.held += growth[i].credits - before;
            assert_true(growth[i].credits >= before);
            assert_true(growth[i].covers >= covers);
            assert_true(b.held <= b.posted);
            assert_true(growth[i].covers == 0 ||
                        price_credits(&usual, in[i] + growth[i].covers) <=
                            growth[i].credits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold_grows_to_cover_what_is_wanted),
        cmocka_unit_test(test_hold_that_covers_it_stays),
        cmocka_unit_test(test_hold_grows_as_far_as_the_credits_go),
        cmocka_unit_test(test_hold_that_does_not_pay_the_input_covers_nothing),
        cmocka_unit_test(test_growth_that_can_not_be_reckoned_is_told),
        cmocka_unit_test(test_largest_growth_does_not_wrap),
        cmocka_unit_test(test_many_growing_holds_never_exceed_the_balance),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
