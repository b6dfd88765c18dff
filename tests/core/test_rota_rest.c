/* Who is busy rests, and has not failed (DESIGN.md Settled, RELIABILITY.md 7.2
 * row 82). */

#include "rota_play.h"

static void test_busy_target_rests(void **state)
{
    struct world *w = *state;

    be_busy(w, 0, 5000);
    assert_int_equal(always(w, 0), 1);
    w->now += 5000;
    check_shares(w, 1);
}

static void test_answer_to_a_call_made_before_does_not_end_a_rest(void **state)
{
    struct world *w = *state;
    struct rota_try before;

    rota_begin(&before, w->set[0], w->now);
    be_busy(w, 0, 5000);
    rota_good(&before, w->now);
    rota_end(&before);
    assert_int_equal(always(w, 0), 1);
    assert_false(succeed(w, 0));
    check_shares(w, 1);
}

static void test_target_that_rests_is_asked_when_no_other_is_left(void **state)
{
    struct world *w = *state;

    be_busy(w, 0, 5000);
    assert_int_equal(always(w, 2), 0);
    be_busy(w, 1, 5000);
    assert_int_not_equal(pick(w), ROTA_NONE);
}

static void test_target_that_rests_comes_before_an_ejected_one(void **state)
{
    struct world *w = *state;

    w->n = 3;
    be_busy(w, 0, 5000);
    eject(w, 1);
    assert_int_equal(always(w, 4), 0);
}

static void test_busy_is_no_failure(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 100; i++)
        be_busy(w, 0, 1);
    assert_int_equal(w->rows[0].ejected_until, 0);
    assert_int_equal(w->rows[0].failures, 0);
}

static void test_trial_that_meets_a_busy_target_brings_it_back(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    w->now += EJECT_MS;
    be_busy(w, 0, 100);
    assert_int_equal(w->rows[0].ejected_until, 0);
    assert_int_equal(always(w, 0), 1);
    w->now += 100;
    check_shares(w, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_busy_target_rests),
        TEST(test_answer_to_a_call_made_before_does_not_end_a_rest),
        TEST(test_target_that_rests_is_asked_when_no_other_is_left),
        TEST(test_target_that_rests_comes_before_an_ejected_one),
        TEST(test_busy_is_no_failure),
        TEST(test_trial_that_meets_a_busy_target_brings_it_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
