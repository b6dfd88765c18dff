/* A bill of the reaper is corrected once by the settlement that comes late, and
 * the name that a caller gave a call ends with it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_book.h"
#include "db/bdb/row_call.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include <string.h>

enum { DEAD = 66 };

/* Request 1 of account 1, named by its caller, holds 2 credits of ${credits};
 * its worker dies after ${out} tokens. */
static void leave_call(struct trail *t, int64_t credits, uint64_t out)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .out_so_far = out,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_account(t, 1, credits);
    fixture_id(1, e.request);
    a.has_idempotency = true;
    a.idempotency_key[0] = 5;
    fake_trail_become(t, 3, DEAD);
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    fake_trail_become(t, 1, 1);
}

static void reap_call(struct trail *t)
{
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fake_trail_kill(t, DEAD);
    assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    assert_int_equal(reap.reaped, 1);
}

static struct ledger_entry newest_entry(struct trail *t)
{
    struct store_account account = fixture_look(t, 1);
    struct ledger_entry entry;

    assert_int_equal(row_ledger_get(t, account.id, account.journal_seq, &entry),
        TRAIL_FOUND);
    return entry;
}

static enum trail_result named_call(struct trail *t, struct row_call *call)
{
    const uint8_t name[MAC_SIZE] = {5};
    uint8_t account[STORE_ID];

    fixture_id(1, account);
    return row_call_get(t, account, name, call);
}

static void test_late_settlement_posts_the_difference(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);
    struct ledger_entry e;

    leave_call(t, 10, 100);
    reap_call(t);
    assert_int_equal(fixture_look(t, 1).balance.posted, 9);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_false(s.already);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(s.charge.collected, 2);
    assert_int_equal(s.posted, 8);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    e = newest_entry(t);
    assert_int_equal(e.type, LEDGER_ADJUST);
    assert_int_equal(e.amount, -1);
    assert_int_equal(e.flags, 0);
    assert_int_equal(e.tokens_out, 900);
    assert_memory_equal(e.request, s.request, STORE_ID);
    assert_true(fixture_clean(t));
}

static void test_late_settlement_gives_back_what_was_too_much(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 300);
    struct row_book book;

    leave_call(t, 10, 900);
    reap_call(t);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 1);
    assert_int_equal(s.posted, 9);
    assert_int_equal(newest_entry(t).amount, 1);
    row_book_get(t, 37, &book);
    assert_int_equal(book.revenue, 1);
    assert_true(fixture_clean(t));
}

static void test_late_settlement_takes_no_more_than_is_there(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 4900);
    struct row_book book;

    leave_call(t, 3, 100);
    reap_call(t);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 10);
    assert_int_equal(s.charge.collected, 3);
    assert_int_equal(s.charge.uncollected, 7);
    assert_true(s.charge.overrun);
    assert_int_equal(fixture_look(t, 1).balance.posted, 0);
    assert_int_equal(newest_entry(t).uncollected, 7);
    assert_int_equal(newest_entry(t).flags, LEDGER_OVERRUN);
    row_book_get(t, 37, &book);
    assert_int_equal(book.uncollected, 7);
    assert_true(fixture_clean(t));
}

static void test_late_estimate_is_never_above_the_hold(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 4900);

    leave_call(t, 10, 100);
    reap_call(t);
    s.usage.known = false;
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(newest_entry(t).flags, LEDGER_ESTIMATED);
    assert_true(fixture_clean(t));
}

static void test_late_release_gives_all_back(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);
    struct row_call call;

    leave_call(t, 10, 900);
    reap_call(t);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 0);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
    assert_int_equal(newest_entry(t).amount, 2);
    assert_int_equal(named_call(t, &call), TRAIL_NONE);
    assert_true(fixture_clean(t));
}

static void test_late_settlement_that_agrees_posts_nothing(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    leave_call(t, 10, 100);
    reap_call(t);
    fake_trail_run(t, &s);
    assert_false(s.already);
    assert_int_equal(fixture_look(t, 1).journal_seq, 2);
    assert_true(fixture_clean(t));
}

static void test_second_late_settlement_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);
    struct store_settle again = fixture_settle(1, 100, 3000);
    unsigned writes;

    leave_call(t, 10, 100);
    reap_call(t);
    fake_trail_run(t, &s);
    writes = fake_trail_writes(t);
    fake_trail_run(t, &again);
    assert_true(again.already);
    assert_int_equal(again.charge.credits, 2);
    assert_int_equal(again.posted, 8);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_second_late_settlement_after_one_that_agreed(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_settle again = fixture_settle(1, 100, 3000);

    leave_call(t, 10, 100);
    reap_call(t);
    fake_trail_run(t, &s);
    fake_trail_run(t, &again);
    assert_true(again.already);
    assert_int_equal(fixture_look(t, 1).balance.posted, 9);
}

static void test_failure_of_any_call_leaves_no_half_correction(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);

    leave_call(t, 10, 100);
    reap_call(t);
    for (unsigned i = 0; i < 9; i++) {
        fake_trail_fail_after(t, i);
        fake_trail_run(t, &s);
        fake_trail_fail_after(t, 1000);
        assert_int_equal(fixture_look(t, 1).balance.posted, 9);
    }
    assert_true(fixture_clean(t));
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
}

static void test_reaped_release_is_final(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(1, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 10);
    fake_trail_become(t, 3, DEAD);
    fake_trail_run(t, &a);
    fake_trail_become(t, 1, 1);
    reap_call(t);
    fake_trail_run(t, &s);
    assert_true(s.already);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
}

static void test_reaped_free_call_is_not_corrected(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND, .accepted = true};
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_id(1, e.request);
    fake_trail_become(t, 3, DEAD);
    fake_trail_run(t, &a);
    fake_trail_run(t, &e);
    fake_trail_become(t, 1, 1);
    reap_call(t);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_true(s.already);
    assert_true(s.anonymous);
}

static void test_settled_call_keeps_its_name_and_price(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);
    struct row_call call;

    leave_call(t, 10, 100);
    assert_int_equal(named_call(t, &call), TRAIL_FOUND);
    assert_false(call.ended);
    fake_trail_run(t, &s);
    assert_int_equal(named_call(t, &call), TRAIL_FOUND);
    assert_true(call.ended);
    assert_int_equal(call.credits, 2);
    assert_memory_equal(call.request, s.request, STORE_ID);
}

static void test_released_call_gives_its_name_back(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);
    struct row_call call;

    leave_call(t, 10, 100);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(named_call(t, &call), TRAIL_NONE);
}

static void test_name_follows_the_reaper_and_the_correction(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 900);
    struct row_call call;

    leave_call(t, 10, 100);
    reap_call(t);
    assert_int_equal(named_call(t, &call), TRAIL_FOUND);
    assert_true(call.ended);
    assert_int_equal(call.credits, 1);
    fake_trail_run(t, &s);
    assert_int_equal(named_call(t, &call), TRAIL_FOUND);
    assert_int_equal(call.credits, 2);
}

static void test_name_that_went_to_another_call_is_left_alone(void **state)
{
    struct trail *t = *state;
    struct store_admit b = fixture_admit(1, 2);
    struct store_settle s = fixture_settle(1, 100, 900);
    struct row_call call;

    leave_call(t, 10, 100);
    b.has_idempotency = true;
    b.idempotency_key[0] = 5;
    b.now += INT64_C(86400) * 1000000;
    assert_int_equal(fake_trail_run(t, &b), STORE_OK);
    fake_trail_run(t, &s);
    assert_int_equal(named_call(t, &call), TRAIL_FOUND);
    assert_false(call.ended);
    assert_memory_equal(call.request, b.request, STORE_ID);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_late_settlement_posts_the_difference),
        FIXTURE_TEST(test_late_settlement_gives_back_what_was_too_much),
        FIXTURE_TEST(test_late_settlement_takes_no_more_than_is_there),
        FIXTURE_TEST(test_late_estimate_is_never_above_the_hold),
        FIXTURE_TEST(test_late_release_gives_all_back),
        FIXTURE_TEST(test_late_settlement_that_agrees_posts_nothing),
        FIXTURE_TEST(test_second_late_settlement_changes_nothing),
        FIXTURE_TEST(test_second_late_settlement_after_one_that_agreed),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_correction),
        FIXTURE_TEST(test_reaped_release_is_final),
        FIXTURE_TEST(test_reaped_free_call_is_not_corrected),
        FIXTURE_TEST(test_settled_call_keeps_its_name_and_price),
        FIXTURE_TEST(test_released_call_gives_its_name_back),
        FIXTURE_TEST(test_name_follows_the_reaper_and_the_correction),
        FIXTURE_TEST(test_name_that_went_to_another_call_is_left_alone),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
