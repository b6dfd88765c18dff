/* What comes again is held and counted once: a verb that is run again, a second
 * delivery of a request, and the repetition of a call that its caller has
 * named, which is told what became of the first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "admit_play.h"
#include "fixture.h"

/* ---- requests that come again ---- */

static void test_verb_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.rate_limit = 40;
    admit_play(t, &a);
    memset(&a.grant, 0, sizeof(a.grant));
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
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
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.requests.remaining, 9);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_request_that_nobody_saw_is_held_once(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.unseen = true;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    memset(&a.grant, 0, sizeof(a.grant));
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_second_delivery_of_a_request_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    b.nonce[0] ^= 1;
    assert_int_equal(admit_play(t, &b), REFUSE_DUPLICATE_REQUEST);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_second_delivery_does_not_count_against_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(1, 1);

    fixture_account(t, 1, 10);
    a.rate_limit = b.rate_limit = 40;
    admit_play(t, &a);
    b.nonce[0] ^= 1;
    admit_play(t, &b);
    assert_int_equal(b.requests.remaining, 9);
}

static void test_request_that_was_settled_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    struct store_settle s = fixture_settle(1, 10, 10);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit_play(t, &a), REFUSE_DUPLICATE_REQUEST);
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
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_RUNNING);
    assert_int_equal(b.retry_after, 1);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_repetition_of_a_billed_call_is_told_the_bill(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_REPLAYED);
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
    admit_play(t, &a);
    fake_trail_run(t, &s);
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_REPLAYED);
}

static void test_other_call_of_the_same_name_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_MISMATCH);
}

static void test_call_that_cost_nothing_may_be_repeated(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2);
    struct store_settle s = fixture_settle(1, 0, 0);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(admit_play(t, &b), REFUSE_NONE);
}

static void test_name_is_free_again_after_a_day(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 2), c = named(2, 2);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    b.now += INT64_C(86400) * 1000000 - 1;
    c.now += INT64_C(86400) * 1000000;
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_MISMATCH);
    assert_int_equal(admit_play(t, &c), REFUSE_NONE);
}

static void test_name_is_the_accounts_own(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = fixture_admit(2, 2);

    fixture_account(t, 1, 10);
    fixture_account(t, 2, 10);
    b.has_idempotency = true;
    memcpy(b.idempotency_key, a.idempotency_key, MAC_SIZE);
    admit_play(t, &a);
    assert_int_equal(admit_play(t, &b), REFUSE_NONE);
}

static void test_repetition_counts_against_the_rate(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    admit_play(t, &b);
    assert_int_equal(b.requests.remaining, 8);
    admit_play(t, &b);
    assert_int_equal(b.requests.remaining, 8);
}

static void test_repetition_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1), b = named(2, 1);
    unsigned writes;

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    writes = fake_trail_writes(t);
    admit_play(t, &b);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_named_call_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    memset(&a.grant, 0, sizeof(a.grant));
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 1);
}

static void test_call_that_was_refused_keeps_no_name(void **state)
{
    struct trail *t = *state;
    struct store_admit a = named(1, 1);

    fixture_account(t, 1, 0);
    assert_int_equal(admit_play(t, &a), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 0);
}

static void test_name_of_a_free_call_is_not_kept(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);

    a.has_idempotency = true;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_verb_run_again_gets_the_same_grant),
        FIXTURE_TEST(test_verb_run_again_after_an_undone_batch_counts_once),
        FIXTURE_TEST(test_request_that_nobody_saw_is_held_once),
        FIXTURE_TEST(test_second_delivery_of_a_request_is_refused),
        FIXTURE_TEST(test_second_delivery_does_not_count_against_the_rate),
        FIXTURE_TEST(test_request_that_was_settled_is_refused),
        FIXTURE_TEST(test_repetition_of_a_running_call_is_told_to_wait),
        FIXTURE_TEST(test_repetition_of_a_billed_call_is_told_the_bill),
        FIXTURE_TEST(test_repetition_is_told_the_bill_also_without_credits),
        FIXTURE_TEST(test_other_call_of_the_same_name_is_refused),
        FIXTURE_TEST(test_call_that_cost_nothing_may_be_repeated),
        FIXTURE_TEST(test_name_is_free_again_after_a_day),
        FIXTURE_TEST(test_name_is_the_accounts_own),
        FIXTURE_TEST(test_repetition_counts_against_the_rate),
        FIXTURE_TEST(test_repetition_writes_nothing),
        FIXTURE_TEST(test_named_call_run_again_gets_the_same_grant),
        FIXTURE_TEST(test_call_that_was_refused_keeps_no_name),
        FIXTURE_TEST(test_name_of_a_free_call_is_not_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
