/* Who fails again and again is left out for a while that grows and comes back
 * by one trial; the last one in use is never left out (DESIGN.md Settled,
 * RELIABILITY.md 7.2 rows 79-84). */

#include "rota_play.h"

/* ---- ejection ---- */

static void test_failures_in_a_row_eject(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    assert_int_equal(always(w, 0), 1);
}

static void test_success_between_failures_starts_the_count_again(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 20; i++) {
        assert_false(flop(w, 0));
        assert_false(flop(w, 0));
        assert_false(succeed(w, 0));
    }
    eject(w, 0);
}

static void test_zero_failures_never_eject(void **state)
{
    struct world *w = *state;

    w->rows[0].rules.eject_after = 0;
    for (int i = 0; i < 100; i++)
        assert_false(flop(w, 0));
}

static void test_last_target_in_use_is_never_ejected(void **state)
{
    struct world *w = *state;

    w->n = 3;
    eject(w, 0);
    eject(w, 2);
    for (int i = 0; i < 100; i++)
        assert_false(flop(w, 1));
    assert_int_equal(always(w, 0), 1);
    w->n = 1;
    for (int i = 0; i < 100; i++)
        assert_false(flop(w, 1));
}

static void test_last_target_may_go_when_another_has_returned(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    for (int i = 0; i < 5; i++)
        assert_false(flop(w, 1));
    assert_true(succeed(w, 0));
    assert_true(flop(w, 1));
}

static void test_target_that_rests_or_is_full_counts_as_in_use(void **state)
{
    struct world *w = *state;

    be_busy(w, 1, 500);
    w->rows[1].rules.most = 1;
    w->rows[1].active = 1;
    eject(w, 0);
}

static void test_ejected_target_is_tried_when_nothing_else_is_left(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    assert_int_equal(always(w, 2), 0);
}

static void test_failures_while_ejected_do_not_prolong_it(void **state)
{
    struct world *w = *state;
    uint64_t until;

    eject(w, 0);
    until = w->rows[0].ejected_until;
    w->now += 10;
    assert_false(flop(w, 0));
    assert_int_equal(w->rows[0].ejected_until, until);
}

static void test_any_success_ends_an_ejection(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    assert_true(succeed(w, 0));
    assert_false(succeed(w, 0));
    assert_int_equal(w->rows[0].ejected_until, 0);
    check_shares(w, 1);
}

/* ---- return ---- */

static void test_call_after_the_time_is_the_one_trial(void **state)
{
    struct world *w = *state;
    struct rota_try try;

    w->n = 3;
    eject(w, 0);
    w->now += EJECT_MS - 1;
    assert_int_not_equal(pick(w), 0);
    w->now++;
    assert_int_equal(always(w, 0), 0);
    rota_begin(&try, w->set[0], w->now);
    for (int i = 0; i < 1000; i++)
        assert_int_not_equal(pick(w), 0);
    rota_end(&try);
}

static void test_fail_over_does_not_go_to_a_trial_first(void **state)
{
    struct world *w = *state;

    w->n = 3;
    eject(w, 0);
    w->now += EJECT_MS;
    assert_int_equal(always(w, 2), 2);
    assert_int_equal(always(w, 6), 0);
}

static void test_trial_that_succeeds_brings_the_target_back(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    w->now += EJECT_MS;
    assert_true(succeed(w, 0));
    check_shares(w, 1);
    assert_false(flop(w, 0));
}

static void test_trial_is_over_when_it_is_answered(void **state)
{
    struct world *w = *state;
    struct rota_try stream;

    eject(w, 0);
    w->now += EJECT_MS;
    rota_begin(&stream, w->set[0], w->now);
    rota_good(&stream, w->now);
    eject(w, 0);
    w->now += 2 * EJECT_MS;
    assert_int_equal(always(w, 0), 0);
    rota_begin(&(struct rota_try){0}, w->set[0], w->now);
    rota_end(&stream);
    assert_true(w->rows[0].trial);
}

static void test_trial_that_teaches_nothing_is_made_again(void **state)
{
    struct world *w = *state;
    struct rota_try try;

    eject(w, 0);
    w->now += EJECT_MS;
    rota_begin(&try, w->set[0], w->now);
    assert_true(try.trial);
    rota_end(&try);
    assert_int_equal(always(w, 0), 0);
}

static void test_trial_that_fails_doubles_the_time(void **state)
{
    struct world *w = *state;
    uint64_t ms = EJECT_MS;

    eject(w, 0);
    for (int i = 0; i < 10; i++) {
        w->now += ms;
        assert_true(flop(w, 0));
        if (i < 5)
            ms *= 2;
        assert_int_equal(w->rows[0].ejected_until, w->now + ms);
    }
}

static void test_trial_is_ejected_again_though_no_other_is_in_use(void **state)
{
    struct world *w = *state;

    w->n = 3;
    eject(w, 0);
    eject(w, 1);
    w->now += EJECT_MS;
    assert_true(flop(w, 0));
    assert_int_equal(w->rows[2].ejected_until, 0);
}

static void test_only_the_trial_speaks_for_an_ejected_target(void **state)
{
    struct world *w = *state;
    struct rota_try old, trial;

    rota_begin(&old, w->set[0], w->now);
    eject(w, 0);
    w->now += EJECT_MS;
    rota_begin(&trial, w->set[0], w->now);
    assert_false(rota_bad(&old, w->set, w->n, w->now, 0));
    assert_true(rota_bad(&trial, w->set, w->n, w->now, 0));
    rota_end(&old);
    rota_end(&trial);
}

static void test_relapse_soon_after_the_return_is_longer(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    w->now += EJECT_MS;
    succeed(w, 0);
    w->now += EJECT_MS;
    eject(w, 0);
    assert_int_equal(w->rows[0].ejected_until, w->now + 2 * EJECT_MS);
}

static void test_relapse_long_after_the_return_is_a_first_one(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    w->now += EJECT_MS;
    succeed(w, 0);
    w->now += EJECT_MS + 1;
    eject(w, 0);
    assert_int_equal(w->rows[0].ejected_until, w->now + EJECT_MS);
}

static void test_randomness_adds_up_to_a_quarter(void **state)
{
    struct world *w = *state;
    struct rota_try try;

    for (int i = 0; i < 3; i++) {
        rota_begin(&try, w->set[0], w->now);
        rota_bad(&try, w->set, w->n, w->now, UINT64_MAX);
        rota_end(&try);
    }
    assert_in_range(w->rows[0].ejected_until, w->now + EJECT_MS * 5 / 4 - 1,
        w->now + EJECT_MS * 5 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failures_in_a_row_eject),
        TEST(test_success_between_failures_starts_the_count_again),
        TEST(test_zero_failures_never_eject),
        TEST(test_last_target_in_use_is_never_ejected),
        TEST(test_last_target_may_go_when_another_has_returned),
        TEST(test_target_that_rests_or_is_full_counts_as_in_use),
        TEST(test_ejected_target_is_tried_when_nothing_else_is_left),
        TEST(test_failures_while_ejected_do_not_prolong_it),
        TEST(test_any_success_ends_an_ejection),
        TEST(test_call_after_the_time_is_the_one_trial),
        TEST(test_fail_over_does_not_go_to_a_trial_first),
        TEST(test_trial_that_succeeds_brings_the_target_back),
        TEST(test_trial_is_over_when_it_is_answered),
        TEST(test_trial_that_teaches_nothing_is_made_again),
        TEST(test_trial_that_fails_doubles_the_time),
        TEST(test_trial_is_ejected_again_though_no_other_is_in_use),
        TEST(test_only_the_trial_speaks_for_an_ejected_target),
        TEST(test_relapse_soon_after_the_return_is_longer),
        TEST(test_relapse_long_after_the_return_is_a_first_one),
        TEST(test_randomness_adds_up_to_a_quarter),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
