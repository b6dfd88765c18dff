/* A device gets its free call once in so many days, all devices together so
 * many a day, and looking at them claims nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admit_play.h"
#include "fixture.h"

static void test_device_gets_its_free_call(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 0);
    assert_int_equal(a.grant.max_out, 900);
    assert_string_equal(a.key_id, "");
}

static void test_device_gets_no_second_call_within_the_days(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 2);

    admit_play(t, &a);
    b.now += INT64_C(30) * 86400 * 1000000 - 1;
    assert_int_equal(admit_play(t, &b), REFUSE_FREE_TIER_USED);
}

static void test_device_gets_a_call_again_after_the_days(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 2);

    admit_play(t, &a);
    b.now += INT64_C(30) * 86400 * 1000000;
    assert_int_equal(admit_play(t, &b), REFUSE_NONE);
}

static void test_free_calls_of_a_day_are_capped_over_all_devices(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(2, 2);
    struct store_admit c = fixture_device(3, 3);

    admit_play(t, &a);
    admit_play(t, &b);
    assert_int_equal(admit_play(t, &c), REFUSE_FREE_TIER_USED);
}

static void test_free_calls_are_counted_anew_the_next_day(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(2, 2);
    struct store_admit c = fixture_device(3, 3);

    admit_play(t, &a);
    admit_play(t, &b);
    c.now += INT64_C(86400) * 1000000;
    assert_int_equal(admit_play(t, &c), REFUSE_NONE);
}

static void test_looking_at_a_device_claims_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    a.depth = ADMIT_COUNT;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_DEVICE), 0);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
}

static void test_device_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    admit_play(t, &a);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 1);
}

static void test_second_delivery_of_a_free_call_is_told_so(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 1);

    admit_play(t, &a);
    b.nonce[0] ^= 1;
    assert_int_equal(admit_play(t, &b), REFUSE_DUPLICATE_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_device_gets_its_free_call),
        FIXTURE_TEST(test_device_gets_no_second_call_within_the_days),
        FIXTURE_TEST(test_device_gets_a_call_again_after_the_days),
        FIXTURE_TEST(test_free_calls_of_a_day_are_capped_over_all_devices),
        FIXTURE_TEST(test_free_calls_are_counted_anew_the_next_day),
        FIXTURE_TEST(test_looking_at_a_device_claims_nothing),
        FIXTURE_TEST(test_device_run_again_gets_the_same_grant),
        FIXTURE_TEST(test_second_delivery_of_a_free_call_is_told_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
