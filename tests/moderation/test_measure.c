/* Areas and shares are what counting by hand gives. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "moderation/measure.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void test_auroc_is_the_share_of_pairs_in_order(void **state)
{
    struct measure_case some[] = {
        {3, true}, {1, false}, {2, false}, {1.5, true}};
    struct measure_case tied[] = {{1, true}, {1, false}};
    struct measure_case one_kind[] = {{1, true}};

    (void)state;
    assert_true(near(measure_auroc(some, N(some)), 0.75));
    assert_true(near(measure_auroc(tied, N(tied)), 0.5));
    assert_true(isnan(measure_auroc(one_kind, N(one_kind))));
}

static void test_auprc_is_the_average_precision(void **state)
{
    struct measure_case some[] = {{4, true}, {3, false}, {2, true}, {1, false}};
    struct measure_case one_kind[] = {{1, true}};

    (void)state;
    assert_true(near(measure_auprc(some, N(some)), (1 + 2.0 / 3) / 2));
    assert_true(isnan(measure_auprc(one_kind, N(one_kind))));
}

static void test_shares_are_of_one_kind(void **state)
{
    struct measure_case some[] = {{4, true}, {3, false}, {2, true}, {1, false}};

    (void)state;
    assert_true(near(measure_above(some, N(some), true, 2.5), 0.5));
    assert_true(near(measure_above(some, N(some), false, 3), 0));
    assert_true(isnan(measure_above(some, 1, false, 0)));
}

static void test_quantiles_are_cases(void **state)
{
    struct measure_case some[] = {
        {5, false}, {1, false}, {9, true}, {3, false}};

    (void)state;
    assert_true(near(measure_quantile(some, N(some), false, 0), 1));
    assert_true(near(measure_quantile(some, N(some), false, 0.5), 3));
    assert_true(near(measure_quantile(some, N(some), false, 1), 5));
    assert_true(isnan(measure_quantile(some, 0, false, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auroc_is_the_share_of_pairs_in_order),
        cmocka_unit_test(test_auprc_is_the_average_precision),
        cmocka_unit_test(test_shares_are_of_one_kind),
        cmocka_unit_test(test_quantiles_are_cases),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
