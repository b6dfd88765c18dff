/* What serves only repetitions is forgotten when it is old, a bounded piece at
 * a time, and neither money nor the audit misses it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/id.h"
#include "db/bdb/purge.h"
#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

enum { DAY = 86400 };

/* Calls 1 to ${n} of account 1, settled, each under a name of its own. */
static void settle_calls(struct trail *t, unsigned n)
{
    fixture_account(t, 1, 1000);
    for (unsigned i = 1; i <= n; i++) {
        struct store_admit a = fixture_admit(1, i);
        struct store_settle s = fixture_settle(i, 100, 900);

        a.has_idempotency = true;
        memcpy(a.idempotency_key, a.request, STORE_ID);
        assert_int_equal(fake_trail_run(t, &a), STORE_OK);
        assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    }
}

static struct store_reap reap_after(int64_t seconds, uint32_t most)
{
    return (struct store_reap){.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW + seconds * 1000000,
        .boot = FIXTURE_BOOT,
        .most = most};
}

static void test_names_of_calls_are_kept_for_a_day(void **state)
{
    struct trail *t = *state;
    struct store_reap early = reap_after(DAY - 1, 10);
    struct store_reap late = reap_after(DAY, 10);

    settle_calls(t, 3);
    fake_trail_run(t, &early);
    assert_int_equal(early.purged, 0);
    fake_trail_run(t, &late);
    assert_int_equal(late.purged, 3);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 1); /* the grant's */
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 3);
}

static void test_ends_of_holds_are_kept_for_a_week(void **state)
{
    struct trail *t = *state;
    struct store_reap early = reap_after(7 * DAY - 1, 10);
    struct store_reap late = reap_after(7 * DAY, 10);

    settle_calls(t, 3);
    fake_trail_run(t, &early);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 3);
    fake_trail_run(t, &late);
    assert_int_equal(late.purged, 3);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
}

static void test_audit_does_not_miss_what_was_forgotten(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(7 * DAY, 10);

    settle_calls(t, 3);
    fake_trail_run(t, &reap);
    assert_true(fixture_clean(t));
}

static void test_audit_misses_what_is_newer(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(7 * DAY, 10);
    struct store_admit a = fixture_admit(1, 9);
    struct store_settle s = fixture_settle(9, 100, 900);
    struct store_audit audit;

    settle_calls(t, 3);
    fake_trail_run(t, &a);
    s.now++;
    fake_trail_run(t, &s);
    fake_trail_run(t, &reap);
    fake_trail_begin(t);
    trail_delete(t, TABLE_DONE, row_span(s.request, STORE_ID));
    fake_trail_commit(t);
    audit = fixture_audit(t, 1000);
    assert_int_equal(audit.breaches, 1);
    buf_free(&audit.report);
}

static void test_audit_does_not_miss_what_later_passes_forgot(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(7 * DAY, 10);
    struct store_admit a = fixture_admit(1, 9);
    struct store_settle s = fixture_settle(9, 100, 900);

    settle_calls(t, 3);
    fake_trail_run(t, &a);
    s.now += 1000000;
    fake_trail_run(t, &s);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 1);
    reap.now += 1000000;
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
    assert_true(fixture_clean(t));
}

static void test_correction_by_a_slow_clock_does_not_age_the_bill(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(0, 10);
    struct store_admit a = fixture_admit(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND, .accepted = true};
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 10);
    fixture_id(1, e.request);
    fake_trail_run(t, &a);
    fake_trail_run(t, &e);
    fake_trail_become(t, 1, 2);
    fake_trail_kill(t, 1);
    fake_trail_run(t, &reap);
    s.now -= INT64_C(10) * DAY * 1000000;
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 2);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 1);
}

static void test_grants_keep_their_keys(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(1000 * DAY, 10);
    struct store_grant again = fixture_grant(1, 1000, "start");

    fixture_account(t, 1, 1000);
    fake_trail_run(t, &reap);
    fake_trail_run(t, &again);
    assert_true(again.already);
    assert_int_equal(fixture_look(t, 1).balance.posted, 1000);
}

static void test_pass_looks_at_a_bounded_number_and_the_next_goes_on(
    void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(7 * DAY, 1);

    settle_calls(t, 80);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 48);
    assert_true(fake_trail_rows(t, TABLE_IDEM) >= 81 - 32);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 16);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 1);
    assert_true(fixture_clean(t));
}

/* ${n} ends of calls under ids of our making, from id ${from} on. */
static void put_ends(
    struct trail *t, unsigned from, unsigned n, int64_t lead, int64_t time)
{
    const struct row_done done = {
        .ending = ENDING_RELEASED, .caller = CALLER_DEVICE, .time = time};
    uint8_t id[STORE_ID];

    fake_trail_begin(t);
    for (unsigned i = 0; i < n; i++) {
        memset(id, 0, sizeof(id));
        id[14] = (uint8_t)((from + i) >> 8);
        id[15] = (uint8_t)(from + i);
        id_lead(id, lead);
        row_done_put(t, id, &done);
    }
    fake_trail_commit(t);
}

static void test_oldest_is_forgotten_wherever_the_walk_is(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(8 * DAY, 1);

    put_ends(t, 0, 64, 0, FIXTURE_NOW + 8 * DAY * INT64_C(1000000));
    put_ends(t, 0, 10, FIXTURE_NOW, FIXTURE_NOW);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 10);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 64);
}

static void test_pass_removes_a_bounded_number_and_wants_to_go_on(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(8 * DAY, 64);

    put_ends(t, 0, 1500, 0, FIXTURE_NOW);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 512);
    assert_int_equal(reap.wait_ms, PURGE_SOON_MS);
    put_ends(t, 0, 1500, FIXTURE_NOW, FIXTURE_NOW);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 1024);
    assert_int_equal(reap.wait_ms, PURGE_SOON_MS);
}

static void test_pass_without_anything_old_comes_again_later(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(0, 64);

    settle_calls(t, 40);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.wait_ms, PURGE_LATER_MS);
}

static void test_pass_in_a_long_slice_is_short_and_the_next_goes_on(
    void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(8 * DAY, 64);

    put_ends(t, 0, 300, 0, FIXTURE_NOW);
    fake_trail_set_long(t, 0);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 128);
    assert_int_equal(reap.wait_ms, PURGE_SOON_MS);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 128);
    assert_int_equal(reap.wait_ms, PURGE_SOON_MS);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
}

static void test_pass_stops_when_its_slice_becomes_long(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(8 * DAY, 64);

    put_ends(t, 0, 200, 0, FIXTURE_NOW + 8 * DAY * INT64_C(1000000));
    put_ends(t, 200, 400, 0, FIXTURE_NOW);
    fake_trail_set_long(t, 200);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 256);
    assert_int_equal(reap.wait_ms, PURGE_SOON_MS);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 128);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 16);
}

static void test_next_pass_comes_soon_while_every_eighth_row_is_old(
    void **state)
{
    (void)state;
    assert_int_equal(purge_wait(2048, 256), PURGE_SOON_MS);
    assert_int_equal(purge_wait(2048, 255), PURGE_LATER_MS);
    assert_int_equal(purge_wait(2048, 0), PURGE_LATER_MS);
    assert_int_equal(purge_wait(1, 1), PURGE_SOON_MS);
    assert_int_equal(purge_wait(0, 0), PURGE_LATER_MS);
}

static void test_walk_begins_anew_when_it_is_through(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(0, 1);

    settle_calls(t, 40);
    fake_trail_run(t, &reap);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.purged, 0);
    reap.now += INT64_C(7) * DAY * 1000000;
    fake_trail_run(t, &reap);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
}

static void test_pass_without_anything_old_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(0, 10);
    unsigned writes;

    settle_calls(t, 3);
    writes = fake_trail_writes(t);
    fake_trail_run(t, &reap);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_unreadable_row_is_left_to_the_audit(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_after(7 * DAY, 10);
    struct span value;

    settle_calls(t, 2);
    fake_trail_row(t, TABLE_DONE, 0, &value);
    ((char *)(uintptr_t)value.p)[4] ^= 1;
    fake_trail_run(t, &reap);
    assert_null(fake_trail_why(t));
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_names_of_calls_are_kept_for_a_day),
        FIXTURE_TEST(test_ends_of_holds_are_kept_for_a_week),
        FIXTURE_TEST(test_audit_does_not_miss_what_was_forgotten),
        FIXTURE_TEST(test_audit_misses_what_is_newer),
        FIXTURE_TEST(test_audit_does_not_miss_what_later_passes_forgot),
        FIXTURE_TEST(test_correction_by_a_slow_clock_does_not_age_the_bill),
        FIXTURE_TEST(test_grants_keep_their_keys),
        FIXTURE_TEST(test_pass_looks_at_a_bounded_number_and_the_next_goes_on),
        FIXTURE_TEST(test_oldest_is_forgotten_wherever_the_walk_is),
        FIXTURE_TEST(test_pass_removes_a_bounded_number_and_wants_to_go_on),
        FIXTURE_TEST(test_pass_without_anything_old_comes_again_later),
        FIXTURE_TEST(test_pass_in_a_long_slice_is_short_and_the_next_goes_on),
        FIXTURE_TEST(test_pass_stops_when_its_slice_becomes_long),
        cmocka_unit_test(
            test_next_pass_comes_soon_while_every_eighth_row_is_old),
        FIXTURE_TEST(test_walk_begins_anew_when_it_is_through),
        FIXTURE_TEST(test_pass_without_anything_old_writes_nothing),
        FIXTURE_TEST(test_unreadable_row_is_left_to_the_audit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
