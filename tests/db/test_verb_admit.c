/* An admission tells good callers from bad ones in the settled order, holds
 * credits exactly once, and a refusal writes nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "admit_play.h"
#include "db/bdb/row_hold.h"
#include "fixture.h"

static void set_key(struct trail *t, unsigned n, bool revoke, int64_t expires)
{
    struct store_key key = fixture_key(n);
    struct store_key_set set = {.verb.kind = STORE_KEY_SET,
        .revoke = revoke,
        .set_expires = true,
        .expires = expires};

    memcpy(set.id, key.id, sizeof(set.id));
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
}

static void suspend(struct trail *t, unsigned n)
{
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET,
        .set_suspended = true,
        .suspended = true};

    fixture_id(n, set.id);
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
}

static void test_good_caller_gets_a_hold_of_the_worst_case(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.grant.max_out, 900);
    assert_int_equal(a.posted, 10);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
}

static void test_answer_names_account_and_key(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    uint8_t id[STORE_ID];

    fixture_account(t, 1, 10);
    fixture_id(1, id);
    admit_play(t, &a);
    assert_memory_equal(a.account, id, STORE_ID);
    assert_string_equal(a.key_id, fixture_key(1).id);
}

static void test_hold_row_keeps_what_the_reaper_needs(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    struct row_hold hold;

    fixture_account(t, 1, 10);
    fake_trail_become(t, 4, 77);
    admit_play(t, &a);
    assert_int_equal(row_hold_get(t, a.request, &hold), TRAIL_FOUND);
    assert_int_equal(hold.slot, 4);
    assert_int_equal(hold.incarnation, 77);
    assert_int_equal(hold.est_in, 100);
    assert_int_equal(hold.price.tokens_per_credit, 500);
    assert_int_equal(hold.lease_until, FIXTURE_BOOT + FIXTURE_LEASE);
    assert_false(hold.accepted);
}

static void test_unknown_key_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(2, 1);

    fixture_account(t, 1, 10);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_digest_that_differs_in_its_last_byte_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.digest[MAC_SIZE - 1] ^= 1;
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_revoked_key_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, true, 0);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_key_is_refused_from_the_moment_it_expires(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, false, FIXTURE_NOW);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_key_is_good_until_it_expires(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, false, FIXTURE_NOW + 1);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
}

static void test_suspended_account_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    suspend(t, 1);
    assert_int_equal(admit_play(t, &a), REFUSE_ACCOUNT_SUSPENDED);
}

static void test_bad_key_is_told_before_suspension(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    suspend(t, 1);
    set_key(t, 1, true, 0);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_suspension_is_told_before_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 1;
    admit_play(t, &a);
    suspend(t, 1);
    assert_int_equal(admit_play(t, &b), REFUSE_ACCOUNT_SUSPENDED);
}

static void test_rate_is_told_before_the_money(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 2);
    a.rate_limit = b.rate_limit = 1;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(admit_play(t, &b), REFUSE_RATE_LIMITED);
    assert_true(b.retry_after >= 1);
}

static void test_request_over_the_rate_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);
    unsigned writes;

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 1;
    admit_play(t, &a);
    writes = fake_trail_writes(t);
    admit_play(t, &b);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_broken_windows_are_told(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    assert_true(a.rate_broken);
}

static void test_account_without_credits_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 0);
    assert_int_equal(admit_play(t, &a), REFUSE_INSUFFICIENT_CREDITS);
}

static void test_refusal_for_want_of_credits_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    unsigned writes;

    fixture_account(t, 1, 0);
    writes = fake_trail_writes(t);
    admit_play(t, &a);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_refusal_for_want_of_credits_gives_the_rate_back(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 0);
    a.rate_limit = 40;
    admit_play(t, &a);
    assert_int_equal(a.requests.remaining, 10);
}

static void test_refusal_run_twice_gives_the_rate_back_once(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 0);
    a.rate_limit = b.rate_limit = 40;
    b.depth = ADMIT_COUNT;
    admit_play(t, &b);
    admit_play(t, &a);
    admit_play(t, &a);
    assert_int_equal(a.requests.remaining, 9);
}

static void test_unknown_price_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.ask.price.tokens_per_credit = 0;
    assert_int_equal(admit_play(t, &a), REFUSE_MODEL_UNAVAILABLE);
}

static void test_second_call_gets_what_the_first_left(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 3);
    admit_play(t, &a);
    assert_int_equal(admit_play(t, &b), REFUSE_NONE);
    assert_int_equal(b.grant.credits, 1);
    assert_int_equal(b.grant.max_out, 400);
}

static void test_calls_together_never_hold_more_than_the_balance(void **state)
{
    struct trail *t = *state;
    unsigned admitted = 0;

    fixture_account(t, 1, 20);
    for (unsigned i = 0; i < 30; i++) {
        struct store_admit a = fixture_admit(1, i);

        admitted += admit_play(t, &a) == REFUSE_NONE;
    }
    assert_int_equal(admitted, 10);
    assert_int_equal(fixture_look(t, 1).balance.held, 20);
    assert_true(fixture_clean(t));
}

static void test_identify_neither_counts_nor_holds(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    unsigned writes;

    fixture_account(t, 1, 0);
    a.depth = ADMIT_IDENTIFY;
    a.rate_limit = 40;
    writes = fake_trail_writes(t);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.requests.remaining, 10);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_count_counts_but_does_not_hold(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    unsigned writes;

    fixture_account(t, 1, 0);
    a.depth = ADMIT_COUNT;
    a.rate_limit = 40;
    writes = fake_trail_writes(t);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.requests.remaining, 9);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_key_of_a_vanished_account_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    uint8_t id[STORE_ID];

    fixture_account(t, 1, 10);
    fixture_id(1, id);
    fake_trail_begin(t);
    trail_delete(t, TABLE_ACCOUNT, (struct span){(const char *)id, STORE_ID});
    fake_trail_commit(t);
    assert_int_equal(fake_trail_run(t, &a), STORE_REFUSED);
    assert_non_null(fake_trail_why(t));
}

static void test_failure_of_any_call_leaves_no_half_admission(void **state)
{
    struct trail *t = *state;
    fixture_account(t, 1, 10);
    for (unsigned i = 0; i < 12; i++) {
        struct store_admit a = fixture_admit(1, 100 + i);

        fake_trail_fail_after(t, i);
        fake_trail_run(t, &a);
        fake_trail_fail_after(t, 1000);
        assert_int_equal(fixture_look(t, 1).balance.held,
            2 * (int64_t)fake_trail_rows(t, TABLE_HOLD));
    }
}

static void test_stream_holds_only_its_beginning(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.ask.max_out = 100000;
    a.ask.first = 500;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.grant.max_out, 4900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_good_caller_gets_a_hold_of_the_worst_case),
        FIXTURE_TEST(test_answer_names_account_and_key),
        FIXTURE_TEST(test_hold_row_keeps_what_the_reaper_needs),
        FIXTURE_TEST(test_unknown_key_is_refused),
        FIXTURE_TEST(test_digest_that_differs_in_its_last_byte_is_refused),
        FIXTURE_TEST(test_revoked_key_is_refused),
        FIXTURE_TEST(test_key_is_refused_from_the_moment_it_expires),
        FIXTURE_TEST(test_key_is_good_until_it_expires),
        FIXTURE_TEST(test_suspended_account_is_refused),
        FIXTURE_TEST(test_bad_key_is_told_before_suspension),
        FIXTURE_TEST(test_suspension_is_told_before_the_rate),
        FIXTURE_TEST(test_rate_is_told_before_the_money),
        FIXTURE_TEST(test_request_over_the_rate_writes_nothing),
        FIXTURE_TEST(test_broken_windows_are_told),
        FIXTURE_TEST(test_account_without_credits_is_refused),
        FIXTURE_TEST(test_refusal_for_want_of_credits_writes_nothing),
        FIXTURE_TEST(test_refusal_for_want_of_credits_gives_the_rate_back),
        FIXTURE_TEST(test_refusal_run_twice_gives_the_rate_back_once),
        FIXTURE_TEST(test_unknown_price_is_refused),
        FIXTURE_TEST(test_second_call_gets_what_the_first_left),
        FIXTURE_TEST(test_calls_together_never_hold_more_than_the_balance),
        FIXTURE_TEST(test_identify_neither_counts_nor_holds),
        FIXTURE_TEST(test_count_counts_but_does_not_hold),
        FIXTURE_TEST(test_key_of_a_vanished_account_fails_the_trail),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_admission),
        FIXTURE_TEST(test_stream_holds_only_its_beginning),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
