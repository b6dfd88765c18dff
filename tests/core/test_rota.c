/* Calls follow the weights and avoid who is slow; a limit is a limit (DESIGN.md
 * Settled). */

#include "rota_play.h"

/* ---- shares ---- */

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
        TEST(test_end_without_a_call_does_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
