/* Open holds and their ends must give back what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

static struct row_hold sample(void)
{
    struct row_hold h = {.caller = CALLER_DEVICE,
        .key_id = "key_00000001",
        .nonce = {8, 7},
        .amount = 11,
        .max_out = 12,
        .est_in = 13,
        .out_so_far = 14,
        .accepted = true,
        .n = 15,
        .price = {16, 17},
        .slot = 18,
        .incarnation = 19,
        .created = 20,
        .boot = 100,
        .lease_until = 160,
        .has_idempotency = true,
        .idempotency_key = {21, 22}};

    fixture_id(1, h.account);
    fixture_id(2, h.device);
    return h;
}

static void test_hold_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_hold_put(t, in.account, &in);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.caller, CALLER_DEVICE);
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_memory_equal(out.device, in.device, STORE_ID);
    assert_string_equal(out.key_id, in.key_id);
    assert_memory_equal(out.nonce, in.nonce, sizeof(in.nonce));
    assert_int_equal(out.amount, 11);
    assert_int_equal(out.max_out, 12);
    assert_int_equal(out.est_in, 13);
    assert_int_equal(out.out_so_far, 14);
    assert_true(out.accepted);
    assert_int_equal(out.n, 15);
    assert_int_equal(out.price.usd_micro_per_mtok, 16);
    assert_int_equal(out.price.tokens_per_credit, 17);
    assert_int_equal(out.slot, 18);
    assert_int_equal(out.incarnation, 19);
    assert_int_equal(out.created, 20);
    assert_int_equal(out.boot, 100);
    assert_int_equal(out.lease_until, 160);
    assert_true(out.has_idempotency);
    assert_memory_equal(out.idempotency_key, in.idempotency_key, MAC_SIZE);
    assert_false(trail_failed(t));
}

static void test_hold_of_the_first_version_is_read(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    row_hold_put(t, in.account, &in);
    fixture_make_older(t, TABLE_HOLD, 1, 1 + MAC_SIZE + 2 + 1);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.lease_until, 160);
    assert_false(out.has_idempotency);
}

static void test_hold_of_the_second_version_has_no_claim(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    row_hold_put(t, in.account, &in);
    fixture_make_older(t, TABLE_HOLD, 2, 2 + 1);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_true(out.has_idempotency);
    assert_string_equal(out.claim.project, "");
}

static void test_claim_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    in.claim = (struct row_claim){
        "bot", QUOTA_WEEKLY, QUOTA_MONTHLY, 19999, 20000, true, {3}, 77};
    row_hold_put(t, in.account, &in);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_string_equal(out.claim.project, "bot");
    assert_int_equal(out.claim.budget_window, QUOTA_WEEKLY);
    assert_int_equal(out.claim.user_window, QUOTA_MONTHLY);
    assert_int_equal(out.claim.budget_day, 19999);
    assert_int_equal(out.claim.user_day, 20000);
    assert_true(out.claim.of_user);
    assert_int_equal(out.claim.user[0], 3);
    assert_int_equal(out.claim.reserved, 77);
}

static void test_hold_of_the_third_version_is_not_governed(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    strcpy(in.claim.project, "bot");
    row_hold_put(t, in.account, &in);
    fixture_make_older(t, TABLE_HOLD, 3, 1);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_string_equal(out.claim.project, "bot");
    assert_false(out.rule.governed);
}

static void test_what_governs_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    in.rule = (struct row_governed){true, true, "rules", 7, "a target"};
    row_hold_put(t, in.account, &in);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_true(out.rule.governed);
    assert_true(out.rule.quiet);
    assert_string_equal(out.rule.policy, "rules");
    assert_int_equal(out.rule.version, 7);
    assert_string_equal(out.rule.target, "a target");
}

static void test_hold_with_the_longest_of_all_texts_fits(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    in.rule.governed = true;
    memset(in.key_id, 'k', sizeof(in.key_id) - 1);
    memset(in.claim.project, 'p', sizeof(in.claim.project) - 1);
    memset(in.rule.policy, 'r', sizeof(in.rule.policy) - 1);
    memset(in.rule.target, 't', sizeof(in.rule.target) - 1);
    row_hold_put(t, in.account, &in);
    assert_false(trail_failed(t));
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(strlen(out.rule.target), STORE_TARGET_MAX);
}

static void test_hold_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_hold_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;
    struct span value;

    row_hold_put(t, in.account, &in);
    fake_trail_row(t, TABLE_HOLD, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_hold_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;
    struct span value;

    row_hold_put(t, in.account, &in);
    fake_trail_row(t, TABLE_HOLD, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_place_of_a_hold_has_the_time_of_its_id_last(void **state)
{
    const uint8_t id[STORE_ID] = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const uint8_t expected[STORE_ID] = {
        5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4};
    uint8_t place[STORE_ID], back[STORE_ID];

    row_hold_place(id, place);
    assert_memory_equal(place, expected, STORE_ID);
    row_hold_request(place, back);
    assert_memory_equal(back, id, STORE_ID);
    (void)state;
}

static void test_deleted_hold_is_gone(void **state)
{
    struct trail *t = *state;
    struct row_hold in = sample(), out;

    row_hold_put(t, in.account, &in);
    row_hold_delete(t, in.account);
    assert_int_equal(row_hold_get(t, in.account, &out), TRAIL_NONE);
}

static void test_lease_is_overdue_only_after_the_grace(void **state)
{
    const struct row_hold hold = sample();

    assert_false(row_hold_overdue(&hold, 165, 5));
    assert_true(row_hold_overdue(&hold, 166, 5));
    (void)state;
}

static void test_lease_is_overdue_after_a_restart_of_the_machine(void **state)
{
    const struct row_hold hold = sample();

    assert_true(row_hold_overdue(&hold, 99, 5));
    (void)state;
}

static struct row_done sample_done(void)
{
    return (struct row_done){.ending = ENDING_EXPIRED,
        .caller = CALLER_KEY,
        .account = {4},
        .seq = 5,
        .charge = {6, 4, 2, true},
        .posted = 7,
        .flags = LEDGER_OVERRUN,
        .time = 8,
        .tokens = 14,
        .held = 9,
        .price = {10, 11},
        .corrected = true,
        .adjust_seq = 12,
        .has_idempotency = true,
        .idempotency_key = {13}};
}

static void test_end_of_a_hold_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_done in = sample_done(), out;

    row_done_put(t, in.account, &in);
    assert_int_equal(row_done_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.ending, ENDING_EXPIRED);
    assert_int_equal(out.caller, CALLER_KEY);
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_int_equal(out.seq, 5);
    assert_int_equal(out.charge.credits, 6);
    assert_int_equal(out.charge.collected, 4);
    assert_int_equal(out.charge.uncollected, 2);
    assert_true(out.charge.overrun);
    assert_int_equal(out.posted, 7);
    assert_int_equal(out.flags, LEDGER_OVERRUN);
    assert_int_equal(out.time, 8);
    assert_int_equal(out.tokens, 14);
    assert_int_equal(out.held, 9);
    assert_int_equal(out.price.usd_micro_per_mtok, 10);
    assert_int_equal(out.price.tokens_per_credit, 11);
    assert_true(out.corrected);
    assert_int_equal(out.adjust_seq, 12);
    assert_true(out.has_idempotency);
    assert_memory_equal(out.idempotency_key, in.idempotency_key, MAC_SIZE);
}

static void test_end_of_the_second_version_knows_no_tokens(void **state)
{
    struct trail *t = *state;
    struct row_done in = sample_done(), out;

    row_done_put(t, in.account, &in);
    fixture_make_older(t, TABLE_DONE, 2, 8 + 1);
    assert_int_equal(row_done_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.tokens, 0);
    assert_int_equal(out.adjust_seq, 12);
    assert_memory_equal(out.idempotency_key, in.idempotency_key, MAC_SIZE);
}

static void test_end_of_the_first_version_is_read_as_final(void **state)
{
    struct trail *t = *state;
    struct row_done in = sample_done(), out;

    in.corrected = false;
    row_done_put(t, in.account, &in);
    fixture_make_older(t, TABLE_DONE, 1, 8 + 16 + 1 + 8 + 1 + MAC_SIZE + 8 + 1);
    assert_int_equal(row_done_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.time, 8);
    assert_true(out.corrected);
    assert_int_equal(out.adjust_seq, 0);
    assert_false(out.has_idempotency);
}

static void test_event_of_an_end_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_done in = sample_done(), out;

    in.tells = true;
    in.event = 15;
    row_done_put(t, in.account, &in);
    assert_int_equal(row_done_get(t, in.account, &out), TRAIL_FOUND);
    assert_true(out.tells);
    assert_int_equal(out.event, 15);
}

static void test_end_of_the_third_version_tells_nothing(void **state)
{
    struct trail *t = *state;
    struct row_done in = sample_done(), out;

    row_done_put(t, in.account, &in);
    fixture_make_older(t, TABLE_DONE, 3, 1);
    assert_int_equal(row_done_get(t, in.account, &out), TRAIL_FOUND);
    assert_int_equal(out.tokens, 14);
    assert_false(out.tells);
}

static void test_end_of_an_unknown_kind_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_done in = {.ending = 9}, out;

    row_done_put(t, in.account, &in);
    assert_true(trail_failed(t));
    row_done_get(t, in.account, &out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_hold_reads_as_it_was_written),
        FIXTURE_TEST(test_hold_of_the_first_version_is_read),
        FIXTURE_TEST(test_hold_of_the_second_version_has_no_claim),
        FIXTURE_TEST(test_claim_reads_as_it_was_written),
        FIXTURE_TEST(test_hold_of_the_third_version_is_not_governed),
        FIXTURE_TEST(test_what_governs_reads_as_it_was_written),
        FIXTURE_TEST(test_hold_with_the_longest_of_all_texts_fits),
        FIXTURE_TEST(test_hold_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_hold_fails_the_trail),
        FIXTURE_TEST(test_hold_of_another_version_fails_the_trail),
        cmocka_unit_test(test_place_of_a_hold_has_the_time_of_its_id_last),
        FIXTURE_TEST(test_deleted_hold_is_gone),
        FIXTURE_TEST(test_lease_is_overdue_only_after_the_grace),
        FIXTURE_TEST(test_lease_is_overdue_after_a_restart_of_the_machine),
        FIXTURE_TEST(test_end_of_a_hold_reads_as_it_was_written),
        FIXTURE_TEST(test_end_of_the_second_version_knows_no_tokens),
        FIXTURE_TEST(test_end_of_the_first_version_is_read_as_final),
        FIXTURE_TEST(test_event_of_an_end_reads_as_it_was_written),
        FIXTURE_TEST(test_end_of_the_third_version_tells_nothing),
        FIXTURE_TEST(test_end_of_an_unknown_kind_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
