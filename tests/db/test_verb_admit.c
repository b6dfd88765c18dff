/* An admission tells good callers from bad ones in the settled order, holds
 * credits exactly once, and a refusal writes nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

static enum refusal admit(struct trail *t, struct store_admit *a)
{
    fake_trail_run(t, a);
    assert_false(trail_failed(t));
    assert_int_equal(
        a->verb.status, a->refusal == REFUSE_NONE ? STORE_OK : STORE_REFUSED);
    return a->refusal;
}

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

static int set_up(void **state)
{
    *state = fake_trail_new();
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

static void test_good_caller_gets_a_hold_of_the_worst_case(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
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
    admit(t, &a);
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
    admit(t, &a);
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
    assert_int_equal(admit(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_digest_that_differs_in_its_last_byte_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.digest[MAC_SIZE - 1] ^= 1;
    assert_int_equal(admit(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_revoked_key_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, true, 0);
    assert_int_equal(admit(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_key_is_refused_from_the_moment_it_expires(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, false, FIXTURE_NOW);
    assert_int_equal(admit(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_key_is_good_until_it_expires(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    set_key(t, 1, false, FIXTURE_NOW + 1);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
}

static void test_suspended_account_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    suspend(t, 1);
    assert_int_equal(admit(t, &a), REFUSE_ACCOUNT_SUSPENDED);
}

static void test_bad_key_is_told_before_suspension(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    suspend(t, 1);
    set_key(t, 1, true, 0);
    assert_int_equal(admit(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_suspension_is_told_before_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 1;
    admit(t, &a);
    suspend(t, 1);
    assert_int_equal(admit(t, &b), REFUSE_ACCOUNT_SUSPENDED);
}

static void test_rate_is_told_before_the_money(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 2);
    a.rate_limit = b.rate_limit = 1;
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(admit(t, &b), REFUSE_RATE_LIMITED);
    assert_true(b.retry_after >= 1);
}

static void test_request_over_the_rate_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);
    unsigned writes;

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 1;
    admit(t, &a);
    writes = fake_trail_writes(t);
    admit(t, &b);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_broken_windows_are_told(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    admit(t, &a);
    assert_true(a.rate_broken);
}

static void test_account_without_credits_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 0);
    assert_int_equal(admit(t, &a), REFUSE_INSUFFICIENT_CREDITS);
}

static void test_refusal_for_want_of_credits_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    unsigned writes;

    fixture_account(t, 1, 0);
    writes = fake_trail_writes(t);
    admit(t, &a);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_refusal_for_want_of_credits_gives_the_rate_back(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 0);
    a.rate_limit = 40;
    admit(t, &a);
    assert_int_equal(a.requests.remaining, 10);
}

static void test_refusal_run_twice_gives_the_rate_back_once(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 0);
    a.rate_limit = b.rate_limit = 40;
    b.depth = ADMIT_COUNT;
    admit(t, &b);
    admit(t, &a);
    admit(t, &a);
    assert_int_equal(a.requests.remaining, 9);
}

static void test_unknown_price_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.ask.price.tokens_per_credit = 0;
    assert_int_equal(admit(t, &a), REFUSE_MODEL_UNAVAILABLE);
}

static void test_second_call_gets_what_the_first_left(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 3);
    admit(t, &a);
    assert_int_equal(admit(t, &b), REFUSE_NONE);
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

        admitted += admit(t, &a) == REFUSE_NONE;
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
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
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
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.requests.remaining, 9);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_verb_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.rate_limit = 40;
    admit(t, &a);
    memset(&a.grant, 0, sizeof(a.grant));
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.grant.max_out, 900);
    assert_int_equal(a.requests.remaining, 9);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_verb_run_again_after_an_undone_batch_counts_once(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.rate_limit = 40;
    fake_trail_fail_after(t, 5);
    fake_trail_run(t, &a);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.requests.remaining, 9);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_second_delivery_of_a_request_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    admit(t, &a);
    b.nonce[0] ^= 1;
    assert_int_equal(admit(t, &b), REFUSE_DUPLICATE_REQUEST);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_second_delivery_does_not_count_against_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 40;
    admit(t, &a);
    b.nonce[0] ^= 1;
    admit(t, &b);
    assert_int_equal(b.requests.remaining, 9);
}

static void test_request_that_was_settled_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    struct store_settle s = fixture_settle(1, 10, 10);

    fixture_account(t, 1, 10);
    admit(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit(t, &a), REFUSE_DUPLICATE_REQUEST);
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

static void test_device_gets_its_free_call(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 0);
    assert_int_equal(a.grant.max_out, 900);
    assert_string_equal(a.key_id, "");
}

static void test_device_gets_no_second_call_within_the_days(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 2);

    admit(t, &a);
    b.now += INT64_C(30) * 86400 * 1000000 - 1;
    assert_int_equal(admit(t, &b), REFUSE_FREE_TIER_USED);
}

static void test_device_gets_a_call_again_after_the_days(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 2);

    admit(t, &a);
    b.now += INT64_C(30) * 86400 * 1000000;
    assert_int_equal(admit(t, &b), REFUSE_NONE);
}

static void test_free_calls_of_a_day_are_capped_over_all_devices(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(2, 2);
    struct store_admit c = fixture_device(3, 3);

    admit(t, &a);
    admit(t, &b);
    assert_int_equal(admit(t, &c), REFUSE_FREE_TIER_USED);
}

static void test_free_calls_are_counted_anew_the_next_day(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(2, 2);
    struct store_admit c = fixture_device(3, 3);

    admit(t, &a);
    admit(t, &b);
    c.now += INT64_C(86400) * 1000000;
    assert_int_equal(admit(t, &c), REFUSE_NONE);
}

static void test_looking_at_a_device_claims_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    a.depth = ADMIT_COUNT;
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_DEVICE), 0);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
}

static void test_device_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    admit(t, &a);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 1);
}

static void test_second_delivery_of_a_free_call_is_told_so(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 1);

    admit(t, &a);
    b.nonce[0] ^= 1;
    assert_int_equal(admit(t, &b), REFUSE_DUPLICATE_REQUEST);
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

/* ---- calls that their caller has named ---- */

/* Request ${request} of account 1, which asks for ${body} under one name. */
static struct store_admit named(unsigned request, uint8_t body)
{
    struct store_admit a = fixture_admit(1, request);

    a.rate_limit = 40;
    a.has_idempotency = true;
    a.idempotency_key[0] = 7;
    a.idempotency_body[0] = body;
    return a;
}

static void test_repetition_of_a_running_call_is_told_to_wait(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);

    fixture_account(t, 1, 10);
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(admit(t, &b), REFUSE_IDEMPOTENCY_RUNNING);
    assert_int_equal(b.retry_after, 1);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_repetition_of_a_billed_call_is_told_the_bill(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 10);
    admit(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit(t, &b), REFUSE_IDEMPOTENCY_REPLAYED);
    assert_int_equal(b.first_credits, 2);
    assert_memory_equal(b.first_request, a.request, STORE_ID);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
}

static void test_repetition_is_told_the_bill_also_without_credits(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 2);
    admit(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit(t, &b), REFUSE_IDEMPOTENCY_REPLAYED);
}

static void test_other_call_of_the_same_name_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2);

    fixture_account(t, 1, 10);
    admit(t, &a);
    assert_int_equal(admit(t, &b), REFUSE_IDEMPOTENCY_MISMATCH);
}

static void test_call_that_cost_nothing_may_be_repeated(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2);
    struct store_settle s = fixture_settle(1, 0, 0);

    fixture_account(t, 1, 10);
    admit(t, &a);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(admit(t, &b), REFUSE_NONE);
}

static void test_name_is_free_again_after_a_day(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2), c = named(2, 2);

    fixture_account(t, 1, 10);
    admit(t, &a);
    b.now += INT64_C(86400) * 1000000 - 1;
    c.now += INT64_C(86400) * 1000000;
    assert_int_equal(admit(t, &b), REFUSE_IDEMPOTENCY_MISMATCH);
    assert_int_equal(admit(t, &c), REFUSE_NONE);
}

static void test_name_is_the_accounts_own(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = fixture_admit(2, 2);

    fixture_account(t, 1, 10);
    fixture_account(t, 2, 10);
    b.has_idempotency = true;
    memcpy(b.idempotency_key, a.idempotency_key, MAC_SIZE);
    admit(t, &a);
    assert_int_equal(admit(t, &b), REFUSE_NONE);
}

static void test_repetition_counts_against_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);

    fixture_account(t, 1, 10);
    admit(t, &a);
    admit(t, &b);
    assert_int_equal(b.requests.remaining, 8);
    admit(t, &b);
    assert_int_equal(b.requests.remaining, 8);
}

static void test_repetition_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);
    unsigned writes;

    fixture_account(t, 1, 10);
    admit(t, &a);
    writes = fake_trail_writes(t);
    admit(t, &b);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_named_call_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1);

    fixture_account(t, 1, 10);
    admit(t, &a);
    memset(&a.grant, 0, sizeof(a.grant));
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 1);
}

static void test_call_that_was_refused_keeps_no_name(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1);

    fixture_account(t, 1, 0);
    assert_int_equal(admit(t, &a), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 0);
}

static void test_name_of_a_free_call_is_not_kept(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    a.has_idempotency = true;
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 0);
}

static void test_stream_holds_only_its_beginning(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.ask.max_out = 100000;
    a.ask.first = 500;
    assert_int_equal(admit(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.grant.max_out, 4900);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_good_caller_gets_a_hold_of_the_worst_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_answer_names_account_and_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_hold_row_keeps_what_the_reaper_needs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_unknown_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_digest_that_differs_in_its_last_byte_is_refused, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_revoked_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_key_is_refused_from_the_moment_it_expires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_key_is_good_until_it_expires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_suspended_account_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_bad_key_is_told_before_suspension, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_suspension_is_told_before_the_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_rate_is_told_before_the_money, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_request_over_the_rate_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_broken_windows_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_account_without_credits_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_refusal_for_want_of_credits_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_refusal_for_want_of_credits_gives_the_rate_back, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_refusal_run_twice_gives_the_rate_back_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_unknown_price_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_call_gets_what_the_first_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_calls_together_never_hold_more_than_the_balance, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_identify_neither_counts_nor_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_count_counts_but_does_not_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_verb_run_again_gets_the_same_grant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_verb_run_again_after_an_undone_batch_counts_once, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_delivery_of_a_request_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_delivery_does_not_count_against_the_rate, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_request_that_was_settled_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_key_of_a_vanished_account_fails_the_trail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_device_gets_its_free_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_device_gets_no_second_call_within_the_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_device_gets_a_call_again_after_the_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_free_calls_of_a_day_are_capped_over_all_devices, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_free_calls_are_counted_anew_the_next_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_looking_at_a_device_claims_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_device_run_again_gets_the_same_grant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_delivery_of_a_free_call_is_told_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_failure_of_any_call_leaves_no_half_admission, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_repetition_of_a_running_call_is_told_to_wait, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_repetition_of_a_billed_call_is_told_the_bill, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_repetition_is_told_the_bill_also_without_credits, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_other_call_of_the_same_name_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_that_cost_nothing_may_be_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_name_is_free_again_after_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_name_is_the_accounts_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_repetition_counts_against_the_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_repetition_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_named_call_run_again_gets_the_same_grant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_that_was_refused_keeps_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_name_of_a_free_call_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_stream_holds_only_its_beginning, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
