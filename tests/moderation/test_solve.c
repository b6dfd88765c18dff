/* The solver tells apart what can be told apart, the same way every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "moderation/solve.h"

/* Feature 0 says yes, feature 1 says no, feature 2 says nothing. */
static uint32_t at[] = {0, 2, 4, 6, 8, 10};
static uint32_t feature[] = {0, 2, 1, 2, 0, 2, 1, 2, 0, 1};
static float value[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const struct solve_rows rows = {5, at, feature, value, 3};

static void fill(struct solve_problem *p)
{
    static const float labels[] = {1, -1, 1, -1, 0};

    assert_int_equal(solve_open(p, &rows), 0);
    for (size_t i = 0; i < rows.n; i++) {
        p->label[i][0] = labels[i];
        p->label[i][1] = -labels[i];
    }
}

static void test_what_tells_rows_apart_gets_the_weight(void **state)
{
    struct solve_problem p;

    (void)state;
    fill(&p);
    assert_int_equal(solve_run(&p, 1, 50), 0);
    assert_true(p.w[0][0] > 0.2f && p.w[1][0] < -0.2f);
    assert_true(p.w[2][0] < 0.1f && p.w[2][0] > -0.1f);
    solve_close(&p);
}

static void test_a_lower_cost_makes_smaller_weights(void **state)
{
    struct solve_problem dear, cheap;

    (void)state;
    fill(&dear);
    fill(&cheap);
    assert_int_equal(solve_run(&dear, 10, 50), 0);
    assert_int_equal(solve_run(&cheap, 0.01, 50), 0);
    assert_true(cheap.w[0][0] < dear.w[0][0] / 2);
    solve_close(&dear);
    solve_close(&cheap);
}

static void test_problems_side_by_side_do_not_mix(void **state)
{
    struct solve_problem p;

    (void)state;
    fill(&p);
    assert_int_equal(solve_run(&p, 1, 50), 0);
    for (size_t i = 0; i < rows.buckets; i++) {
        assert_true(p.w[i][1] == -p.w[i][0]);
        assert_true(p.w[i][2] == 0);
    }
    solve_close(&p);
}

static void test_the_same_rows_make_the_same_bits(void **state)
{
    struct solve_problem one, other;

    (void)state;
    fill(&one);
    fill(&other);
    assert_int_equal(solve_run(&one, 1, 7), 0);
    assert_int_equal(solve_run(&other, 1, 7), 0);
    assert_memory_equal(one.w, other.w, rows.buckets * sizeof(*one.w));
    assert_memory_equal(&one.bias, &other.bias, sizeof(one.bias));
    solve_close(&one);
    solve_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_tells_rows_apart_gets_the_weight),
        cmocka_unit_test(test_a_lower_cost_makes_smaller_weights),
        cmocka_unit_test(test_problems_side_by_side_do_not_mix),
        cmocka_unit_test(test_the_same_rows_make_the_same_bits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
