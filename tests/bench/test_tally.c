/* A share of the durations is told within three in a hundred, whatever their
 * size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally.h"

static void assert_near(uint64_t got, uint64_t wanted)
{
    assert_true(got >= wanted);
    assert_true(got - wanted <= wanted * 3 / 100 + 1);
}

static void test_nothing_has_no_duration(void **state)
{
    static struct tally t;

    (void)state;
    assert_int_equal(tally_at(&t, 0.5), 0);
}

static void test_shares_of_a_ramp_are_where_they_belong(void **state)
{
    static struct tally t;

    (void)state;
    for (uint64_t i = 1; i <= 100000; i++)
        tally_add(&t, i);
    assert_near(tally_at(&t, 0.5), 50000);
    assert_near(tally_at(&t, 0.99), 99000);
    assert_int_equal(tally_at(&t, 1), 100000);
}

static void test_small_durations_are_exact(void **state)
{
    static struct tally t;

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        tally_add(&t, 3 * i);
    assert_int_equal(tally_at(&t, 0), 0);
    assert_int_equal(tally_at(&t, 0.5), 15);
    assert_int_equal(tally_at(&t, 0.99), 27);
}

static void test_an_hour_has_a_place(void **state)
{
    static struct tally t;

    (void)state;
    tally_add(&t, 3600000000u);
    tally_add(&t, 7200000000u);
    assert_near(tally_at(&t, 0.4), 3600000000u);
    assert_int_equal(tally_at(&t, 0.9), 7200000000u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_has_no_duration),
        cmocka_unit_test(test_shares_of_a_ramp_are_where_they_belong),
        cmocka_unit_test(test_small_durations_are_exact),
        cmocka_unit_test(test_an_hour_has_a_place),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
