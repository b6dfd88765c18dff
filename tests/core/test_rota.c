/* Calls follow the weights and avoid who is slow; who fails again and again is
 * left out for a while that grows and comes back by one trial; the last one in
 * use is never left out; who is busy rests; a limit is a limit (DESIGN.md
 * Settled, RELIABILITY.md 7.2 rows 79-84). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rota.h"

enum { PICKS = 100000, FOUR = 4, EJECT_MS = 1000 };

struct world {
    struct rota_target rows[FOUR];
    struct rota_target *set[FOUR];
    size_t n;
    uint64_t seed;
    uint64_t now;
};

static int setup(void **state)
{
    static struct world w;

    w = (struct world){.n = 2, .seed = 7, .now = 1000000};
    for (size_t i = 0; i < FOUR; i++) {
        w.rows[i].rules = (struct rota_rules){
            .weight = 1, .eject_after = 3, .eject_ms = EJECT_MS};
        w.set[i] = &w.rows[i];
    }
    *state = &w;
    return 0;
}

/* A small generator whose every bit will do. */
static uint64_t random_of(struct world *w)
{
    uint64_t z = w->seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static int pick_but(struct world *w, uint64_t tried)
{
    return rota_pick(w->set, w->n, tried, w->now, random_of(w));
}

static int pick(struct world *w)
{
    return pick_but(w, 0);
}

/* The only one that many picks come to, or -9. */
static int always(struct world *w, uint64_t tried)
{
    int first = pick_but(w, tried);

    for (int i = 0; i < 1000; i++) {
        if (pick_but(w, tried) != first)
            return -9;
    }
    return first;
}

static bool flop(struct world *w, size_t i)
{
    struct rota_try try;
    bool out;

    rota_begin(&try, w->set[i], w->now);
    out = rota_bad(&try, w->set, w->n, w->now, 0);
    rota_end(&try);
    return out;
}

static bool succeed(struct world *w, size_t i)
{
    struct rota_try try;
    bool back;

    rota_begin(&try, w->set[i], w->now);
    back = rota_good(&try, w->now);
    rota_end(&try);
    return back;
}

static void eject(struct world *w, size_t i)
{
    assert_false(flop(w, i));
    assert_false(flop(w, i));
    assert_true(flop(w, i));
}

static void be_busy(struct world *w, size_t i, uint64_t ms)
{
    struct rota_try try;

    rota_begin(&try, w->set[i], w->now);
    rota_busy(&try, w->now, ms);
    rota_end(&try);
}

/* ---- shares ---- */

/* Picks with so many calls under way, the oldest of which ends each time. */
static void count_picks(struct world *w, size_t under_way, unsigned *counts)
{
    struct rota_try tries[256] = {0};
    int i;

    for (size_t k = 0; k < PICKS; k++) {
        rota_end(&tries[k % under_way]);
        i = pick(w);
        assert_in_range(i, 0, w->n - 1);
        counts[i]++;
        rota_begin(&tries[k % under_way], w->set[i], w->now);
    }
    for (size_t k = 0; k < under_way; k++)
        rota_end(&tries[k]);
}

/* Within a fiftieth of all picks, which chance alone never leaves. */
static void check_shares(struct world *w, size_t under_way)
{
    uint64_t weights = 0, wanted;
    unsigned counts[FOUR] = {0};

    count_picks(w, under_way, counts);
    for (size_t i = 0; i < w->n; i++)
        weights += w->rows[i].rules.weight;
    for (size_t i = 0; i < w->n; i++) {
        wanted = PICKS * (uint64_t)w->rows[i].rules.weight / weights;
        assert_in_range(counts[i], wanted - PICKS / 50, wanted + PICKS / 50);
        assert_int_equal(w->rows[i].active, 0);
    }
}

static void test_equal_weights_get_equal_shares(void **state)
{
    struct world *w = *state;

    w->n = 4;
    check_shares(w, 1);
    check_shares(w, 3);
    check_shares(w, 100);
}

static void test_calls_one_by_one_follow_the_weights(void **state)
{
    struct world *w = *state;

    w->n = 3;
    w->rows[0].rules.weight = 6;
    w->rows[1].rules.weight = 3;
    check_shares(w, 1);
}

static void test_calls_side_by_side_follow_the_weights(void **state)
{
    struct world *w = *state;

    w->n = 3;
    w->rows[0].rules.weight = 6;
    w->rows[1].rules.weight = 3;
    check_shares(w, 10);
    check_shares(w, 100);
    check_shares(w, 256);
}

static void test_few_calls_do_not_level_the_weights(void **state)
{
    struct world *w = *state;

    unsigned counts[FOUR] = {0};

    w->rows[0].rules.weight = 3;
    count_picks(w, 2, counts);
    assert_in_range(counts[0], PICKS * 7 / 10, PICKS * 85 / 100);
}

static void test_great_weights_do_not_overflow(void **state)
{
    struct world *w = *state;

    w->n = 4;
    for (size_t i = 0; i < FOUR; i++)
        w->rows[i].rules.weight = UINT32_MAX / 4;
    check_shares(w, 100);
}

static void test_every_bit_pattern_is_a_choice(void **state)
{
    static const uint64_t patterns[] = {0, UINT64_MAX, UINT32_MAX,
        (uint64_t)UINT32_MAX << 32, 1ull << 63, 1ull << 31};
    struct world *w = *state;

    w->n = 3;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        assert_in_range(rota_pick(w->set, w->n, 0, w->now, patterns[i]), 0, 2);
}

static void test_same_arguments_give_the_same_choice(void **state)
{
    struct world *w = *state;
    uint64_t random;

    w->n = 4;
    for (int i = 0; i < 1000; i++) {
        random = random_of(w);
        assert_int_equal(rota_pick(w->set, w->n, 0, w->now, random),
            rota_pick(w->set, w->n, 0, w->now, random));
    }
}

static void test_target_that_is_busier_for_its_weight_is_avoided(void **state)
{
    struct world *w = *state;

    w->rows[0].rules.weight = 3;
    w->rows[0].active = 6;
    w->rows[1].active = 1;
    assert_int_equal(always(w, 0), 1);
    w->rows[0].active = 3;
    w->rows[1].active = 2;
    assert_int_equal(always(w, 0), 0);
}

static void test_silent_target_does_not_collect_the_calls(void **state)
{
    struct world *w = *state;
    struct rota_try hung[PICKS / 1000];
    size_t n_hung = 0;
    int i;

    for (size_t k = 0; k < PICKS / 1000; k++) {
        i = pick(w);
        if (i == 0)
            rota_begin(&hung[n_hung++], w->set[0], w->now);
    }
    assert_int_equal(n_hung, 1);
}

/* ---- tried, full ---- */

static void test_target_that_was_tried_is_not_tried_again(void **state)
{
    struct world *w = *state;

    w->n = 3;
    assert_int_equal(always(w, 1 | 4), 1);
    assert_int_equal(always(w, 7), ROTA_NONE);
    w->n = 0;
    assert_int_equal(always(w, 0), ROTA_NONE);
}

static void test_sixty_four_targets_are_legal(void **state)
{
    struct rota_target rows[ROTA_MOST] = {0}, *set[ROTA_MOST];
    struct world *w = *state;

    for (size_t i = 0; i < ROTA_MOST; i++) {
        rows[i].rules.weight = 1;
        set[i] = &rows[i];
    }
    assert_int_equal(
        rota_pick(set, ROTA_MOST, UINT64_MAX >> 1, w->now, random_of(w)), 63);
    assert_int_equal(
        rota_pick(set, ROTA_MOST, UINT64_MAX, w->now, random_of(w)), ROTA_NONE);
}

static void test_full_target_is_passed_over(void **state)
{
    struct world *w = *state;

    w->rows[0].rules.most = 2;
    w->rows[0].rules.weight = 1000;
    w->rows[0].active = 2;
    w->rows[1].active = 50;
    assert_int_equal(always(w, 0), 1);
    w->rows[0].active = 1;
    assert_int_equal(always(w, 0), 0);
}

static void test_all_full_is_told_apart_from_none_left(void **state)
{
    struct world *w = *state;

    w->rows[0].rules.most = w->rows[1].rules.most = 1;
    w->rows[0].active = w->rows[1].active = 1;
    assert_int_equal(always(w, 0), ROTA_FULL);
    assert_int_equal(always(w, 1), ROTA_FULL);
    assert_int_equal(always(w, 3), ROTA_NONE);
}

static void test_overflow_does_not_go_to_an_ejected_target(void **state)
{
    struct world *w = *state;

    eject(w, 0);
    w->rows[1].rules.most = 1;
    w->rows[1].active = 1;
    assert_int_equal(always(w, 0), ROTA_FULL);
}

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

/* ---- rest ---- */

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

/* ---- the end ---- */

static void test_end_without_a_call_does_nothing(void **state)
{
    struct world *w = *state;
    struct rota_try try = {0};

    rota_end(&try);
    rota_begin(&try, w->set[0], w->now);
    assert_int_equal(w->rows[0].active, 1);
    rota_end(&try);
    rota_end(&try);
    assert_int_equal(w->rows[0].active, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_equal_weights_get_equal_shares),
        TEST(test_calls_one_by_one_follow_the_weights),
        TEST(test_calls_side_by_side_follow_the_weights),
        TEST(test_few_calls_do_not_level_the_weights),
        TEST(test_great_weights_do_not_overflow),
        TEST(test_every_bit_pattern_is_a_choice),
        TEST(test_same_arguments_give_the_same_choice),
        TEST(test_target_that_is_busier_for_its_weight_is_avoided),
        TEST(test_silent_target_does_not_collect_the_calls),
        TEST(test_target_that_was_tried_is_not_tried_again),
        TEST(test_sixty_four_targets_are_legal),
        TEST(test_full_target_is_passed_over),
        TEST(test_all_full_is_told_apart_from_none_left),
        TEST(test_overflow_does_not_go_to_an_ejected_target),
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
        TEST(test_busy_target_rests),
        TEST(test_answer_to_a_call_made_before_does_not_end_a_rest),
        TEST(test_target_that_rests_is_asked_when_no_other_is_left),
        TEST(test_target_that_rests_comes_before_an_ejected_one),
        TEST(test_busy_is_no_failure),
        TEST(test_trial_that_meets_a_busy_target_brings_it_back),
        TEST(test_end_without_a_call_does_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
