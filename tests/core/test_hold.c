/* A hold never exceeds what is available, the output it affords is covered by
 * it, and no settlement takes more than the account has or loses a credit of
 * the bill: credits = collected + uncollected (RELIABILITY.md 2.3, 2.5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hold.h"

static const struct price usual = {5000000, 500};

/* ---- opening ---- */

static enum refusal open_with(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, struct hold_grant *grant)
{
    const struct balance b = {posted, held};
    const struct hold_ask ask = {est_in, max_out, n, 0, usual};

    return hold_open(&b, &ask, grant);
}

static void check_grant(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, int64_t credits, uint64_t out)
{
    struct hold_grant grant;

    assert_int_equal(
        open_with(posted, held, est_in, max_out, n, &grant), REFUSE_NONE);
    assert_int_equal(grant.credits, credits);
    assert_int_equal(grant.max_out, out);
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

static uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % limit;
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

static enum refusal open_stream(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, struct hold_grant *grant)
{
    const struct balance b = {posted, held};
    const struct hold_ask ask = {est_in, max_out, n, 500, usual};

    return hold_open(&b, &ask, grant);
}

static void check_stream(int64_t posted, int64_t held, uint64_t est_in,
    uint64_t max_out, uint32_t n, int64_t credits, uint64_t out)
{
    struct hold_grant grant;

    assert_int_equal(
        open_stream(posted, held, est_in, max_out, n, &grant), REFUSE_NONE);
    assert_int_equal(grant.credits, credits);
    assert_int_equal(grant.max_out, out);
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

/* ---- growing ---- */

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

/* ---- charging ---- */

static int charge_of(int64_t posted, int64_t all_held, int64_t held, bool known,
    uint64_t in, uint64_t out, struct charge *c)
{
    const struct balance b = {posted, all_held};
    const struct usage usage = {known, in, out};

    return hold_charge(&b, held, &usual, &usage, false, c);
}

static void check_charge(int64_t posted, int64_t all_held, int64_t held,
    bool known, uint64_t tokens, const struct charge *expect)
{
    struct charge c;

    assert_int_equal(charge_of(posted, all_held, held, known, tokens / 2,
                         tokens - tokens / 2, &c),
        0);
    assert_int_equal(c.credits, expect->credits);
    assert_int_equal(c.collected, expect->collected);
    assert_int_equal(c.uncollected, expect->uncollected);
    assert_int_equal(c.overrun, expect->overrun);
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
    assert_int_equal(c.credits, expect->credits);
    assert_int_equal(c.collected, expect->collected);
    assert_int_equal(c.uncollected, expect->uncollected);
    assert_int_equal(c.overrun, expect->overrun);
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
        cmocka_unit_test(test_hold_grows_to_cover_what_is_wanted),
        cmocka_unit_test(test_hold_that_covers_it_stays),
        cmocka_unit_test(test_hold_grows_as_far_as_the_credits_go),
        cmocka_unit_test(test_hold_that_does_not_pay_the_input_covers_nothing),
        cmocka_unit_test(test_growth_that_can_not_be_reckoned_is_told),
        cmocka_unit_test(test_largest_growth_does_not_wrap),
        cmocka_unit_test(test_many_growing_holds_never_exceed_the_balance),
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
