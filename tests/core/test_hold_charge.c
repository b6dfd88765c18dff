/* No settlement takes more than the account has or loses a credit of the bill:
 * credits = collected + uncollected (RELIABILITY.md 2.5). */

#include "hold_play.h"

/* ---- charging ---- */

static int charge_of(int64_t posted, int64_t all_held, int64_t held, bool known,
    uint64_t in, uint64_t out, struct charge *c)
{
    const struct balance b = {posted, all_held};
    const struct usage usage = {known, in, out};

    return hold_charge(&b, held, &usual, &usage, false, c);
}

static void charge_is(const struct charge *c, const struct charge *expect)
{
    assert_int_equal(c->credits, expect->credits);
    assert_int_equal(c->collected, expect->collected);
    assert_int_equal(c->uncollected, expect->uncollected);
    assert_int_equal(c->overrun, expect->overrun);
}

static void check_charge(int64_t posted, int64_t all_held, int64_t held,
    bool known, uint64_t tokens, const struct charge *expect)
{
    struct charge c;

    assert_int_equal(charge_of(posted, all_held, held, known, tokens / 2,
                         tokens - tokens / 2, &c),
        0);
    charge_is(&c, expect);
}

static void test_known_usage_below_the_hold_is_paid_exactly(void **state)
{
    (void)state;
    check_charge(100, 10, 10, true, 1001, &(struct charge){3, 3, 0, false});
}

static void test_known_usage_of_exactly_the_hold_is_no_overrun(void **state)
{
    (void)state;
    check_charge(100, 3, 3, true, 1500, &(struct charge){3, 3, 0, false});
}

static void test_known_zero_costs_the_minimum(void **state)
{
    (void)state;
    check_charge(100, 10, 10, true, 0, &(struct charge){1, 1, 0, false});
}

static void test_overrun_is_paid_from_what_is_available(void **state)
{
    (void)state;
    check_charge(100, 10, 2, true, 2500, &(struct charge){5, 5, 0, true});
}

static void test_overrun_never_touches_the_holds_of_others(void **state)
{
    (void)state;
    check_charge(10, 10, 2, true, 2500, &(struct charge){5, 2, 3, true});
    check_charge(11, 10, 2, true, 2500, &(struct charge){5, 3, 2, true});
}

static void test_late_bill_without_a_hold_is_paid_if_possible(void **state)
{
    (void)state;
    check_charge(10, 4, 0, true, 1000, &(struct charge){2, 2, 0, true});
    check_charge(4, 4, 0, true, 1000, &(struct charge){2, 0, 2, true});
}

static void test_estimate_is_never_above_the_hold(void **state)
{
    (void)state;
    check_charge(100, 2, 2, false, 50000, &(struct charge){2, 2, 0, false});
    check_charge(100, 9, 9, false, 1000, &(struct charge){2, 2, 0, false});
}

static void test_free_of_charge_charges_nothing(void **state)
{
    const struct balance b = {10, 5};
    const struct usage usage = {true, 5000, 5000};
    struct charge c = {9, 9, 9, true};

    (void)state;
    assert_int_equal(hold_charge(&b, 5, &usual, &usage, true, &c), 0);
    assert_int_equal(c.credits, 0);
    assert_int_equal(c.collected, 0);
    assert_int_equal(c.uncollected, 0);
    assert_false(c.overrun);
}

static void test_overflow_of_the_usage_is_told(void **state)
{
    struct charge c;

    (void)state;
    assert_int_equal(charge_of(10, 5, 5, true, UINT64_MAX, 1, &c), -1);
}

static void test_a_charge_on_a_broken_balance_is_told(void **state)
{
    struct charge c;

    (void)state;
    assert_int_equal(charge_of(5, 6, 1, true, 1, 1, &c), -1);
    assert_int_equal(charge_of(5, -1, 0, true, 1, 1, &c), -1);
    assert_int_equal(charge_of(5, 3, 4, true, 1, 1, &c), -1);
    assert_int_equal(charge_of(5, 3, -1, true, 1, 1, &c), -1);
}

static void test_a_charge_without_a_price_is_told(void **state)
{
    const struct balance b = {10, 5};
    const struct usage usage = {true, 1, 1};
    const struct price none = {5000000, 0};
    struct charge c;

    (void)state;
    assert_int_equal(hold_charge(&b, 5, &none, &usage, false, &c), -1);
}

static void test_largest_amounts_do_not_wrap(void **state)
{
    const struct balance b = {INT64_MAX, INT64_MAX};
    const struct usage usage = {true, UINT64_MAX, 0};
    const struct price one = {1, 1};
    struct charge c;

    (void)state;
    assert_int_equal(hold_charge(&b, 1, &one, &usage, false, &c), 0);
    assert_true(c.credits == INT64_MAX);
    assert_int_equal(c.collected, 1);
    assert_true(c.uncollected == INT64_MAX - 1);
    assert_true(c.overrun);
}

static void test_every_charge_adds_up_and_keeps_the_invariant(void **state)
{
    struct charge c;
    uint64_t seed = 2;
    int64_t posted, all_held, held;
    bool known;
    int i;

    (void)state;
    for (i = 0; i < 200000; i++) {
        posted = (int64_t)random_below(&seed, 60);
        all_held = (int64_t)random_below(&seed, (uint64_t)posted + 1);
        held = (int64_t)random_below(&seed, (uint64_t)all_held + 1);
        known = random_below(&seed, 2) == 1;
        assert_int_equal(
            charge_of(posted, all_held, held, known, random_below(&seed, 20000),
                random_below(&seed, 20000), &c),
            0);
        assert_true(c.collected >= 0 && c.uncollected >= 0);
        assert_int_equal(c.credits, c.collected + c.uncollected);
        assert_true(posted - c.collected >= all_held - held);
        assert_true(known || c.credits <= held);
        assert_int_equal(c.overrun, c.credits > held);
    }
}

/* ---- correcting a bill that was made too early ---- */

static void check_correction(int64_t posted, int64_t all_held, int64_t held,
    int64_t paid, bool known, uint64_t tokens, const struct charge *expect)
{
    const struct balance b = {posted, all_held};
    const struct usage usage = {known, tokens, 0};
    struct charge c;

    assert_int_equal(
        hold_correct(&b, held, paid, &usual, &usage, false, &c), 0);
    charge_is(&c, expect);
}

static void test_correction_is_paid_from_what_is_available(void **state)
{
    (void)state;
    check_correction(10, 0, 5, 2, true, 2000, &(struct charge){4, 4, 0, false});
    check_correction(10, 9, 5, 2, true, 2500, &(struct charge){5, 3, 2, false});
    check_correction(10, 0, 2, 2, true, 2500, &(struct charge){5, 5, 0, true});
}

static void test_correction_may_give_back(void **state)
{
    (void)state;
    check_correction(0, 0, 5, 4, true, 500, &(struct charge){1, 1, 0, false});
}

static void test_estimated_correction_is_never_above_the_hold(void **state)
{
    (void)state;
    check_correction(
        90, 0, 3, 2, false, 50000, &(struct charge){3, 3, 0, false});
}

static void test_correction_to_nothing_gives_all_back(void **state)
{
    const struct balance b = {7, 7};
    const struct usage usage = {true, 5, 5};
    struct charge c = {9, 9, 9, true};

    (void)state;
    assert_int_equal(hold_correct(&b, 3, 2, &usual, &usage, true, &c), 0);
    assert_int_equal(c.credits, 0);
    assert_int_equal(c.collected, 0);
    assert_int_equal(c.uncollected, 0);
}

static void test_correction_that_can_not_be_reckoned_is_told(void **state)
{
    const struct balance full = {INT64_MAX, 0}, broken = {1, 2}, b = {9, 0};
    const struct usage usage = {true, 5, 5};
    struct charge c;

    (void)state;
    assert_int_equal(hold_correct(&full, 1, 1, &usual, &usage, true, &c), -1);
    assert_int_equal(hold_correct(&broken, 1, 1, &usual, &usage, true, &c), -1);
    assert_int_equal(hold_correct(&b, 1, -1, &usual, &usage, true, &c), -1);
    assert_int_equal(hold_correct(&b, -1, 1, &usual, &usage, true, &c), -1);
}

/* ---- losses ---- */

static void test_small_loss_is_no_alarm(void **state)
{
    (void)state;
    assert_false(hold_alarms(&(struct charge){100, 100, 0, false}));
    assert_false(hold_alarms(&(struct charge){100, 95, 5, true}));
    assert_false(hold_alarms(&(struct charge){400, 380, 20, true}));
    assert_false(hold_alarms(&(struct charge){0, 0, 0, false}));
}

static void test_loss_over_five_percent_alarms(void **state)
{
    (void)state;
    assert_true(hold_alarms(&(struct charge){100, 94, 6, true}));
    assert_true(hold_alarms(&(struct charge){119, 113, 6, true}));
    assert_true(hold_alarms(&(struct charge){2, 1, 1, true}));
}

static void test_loss_over_twenty_credits_alarms(void **state)
{
    (void)state;
    assert_true(hold_alarms(&(struct charge){100000, 99979, 21, true}));
    assert_true(hold_alarms(&(struct charge){INT64_MAX, 0, INT64_MAX, true}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correction_is_paid_from_what_is_available),
        cmocka_unit_test(test_correction_may_give_back),
        cmocka_unit_test(test_estimated_correction_is_never_above_the_hold),
        cmocka_unit_test(test_correction_to_nothing_gives_all_back),
        cmocka_unit_test(test_correction_that_can_not_be_reckoned_is_told),
        cmocka_unit_test(test_known_usage_below_the_hold_is_paid_exactly),
        cmocka_unit_test(test_known_usage_of_exactly_the_hold_is_no_overrun),
        cmocka_unit_test(test_known_zero_costs_the_minimum),
        cmocka_unit_test(test_overrun_is_paid_from_what_is_available),
        cmocka_unit_test(test_overrun_never_touches_the_holds_of_others),
        cmocka_unit_test(test_late_bill_without_a_hold_is_paid_if_possible),
        cmocka_unit_test(test_estimate_is_never_above_the_hold),
        cmocka_unit_test(test_free_of_charge_charges_nothing),
        cmocka_unit_test(test_overflow_of_the_usage_is_told),
        cmocka_unit_test(test_a_charge_on_a_broken_balance_is_told),
        cmocka_unit_test(test_a_charge_without_a_price_is_told),
        cmocka_unit_test(test_largest_amounts_do_not_wrap),
        cmocka_unit_test(test_every_charge_adds_up_and_keeps_the_invariant),
        cmocka_unit_test(test_small_loss_is_no_alarm),
        cmocka_unit_test(test_loss_over_five_percent_alarms),
        cmocka_unit_test(test_loss_over_twenty_credits_alarms),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
