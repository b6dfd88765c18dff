/* What must hold: a bill that the journal and the end of the call's hold do not
 * tell of alike is found, and only that one; bills that come, are forgotten or
 * are folded while an audit goes on are no breach. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"

enum { CALLS = 30 };

/* Calls of two accounts in turn, one on each day from ${first} on. */
static void fill(struct trail *t, int first)
{
    for (unsigned n = 1; n <= 2; n++) {
        struct store_grant g = fixture_grant(n, 1000, "start");

        g.now = fixture_time(first - 1);
        fixture_account(t, n, 0);
        assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    }
    for (unsigned i = 1; i <= CALLS; i++)
        fixture_call(t, 1 + i % 2, i, first + (int)i);
    fake_trail_begin(t);
}

static struct row_done end_of(struct trail *t, unsigned request)
{
    struct row_done done;
    uint8_t id[STORE_ID];

    fixture_id(request, id);
    assert_int_equal(row_done_get(t, id, &done), TRAIL_FOUND);
    return done;
}

static void put_end(
    struct trail *t, unsigned request, const struct row_done *done)
{
    uint8_t id[STORE_ID];

    fixture_id(request, id);
    row_done_put(t, id, done);
}

static void delete_end(struct trail *t, unsigned request)
{
    uint8_t id[STORE_ID];

    fixture_id(request, id);
    trail_delete(t, TABLE_DONE, row_span(id, STORE_ID));
}

/* That an audit in slices of any size reports so many breaches, all of them of
 * ${invariant}. */
static void assert_breaches_of(
    struct trail *t, const char *invariant, uint64_t wanted)
{
    fake_trail_commit(t);
    for (uint32_t most = 1; most <= 1000; most *= 10) {
        struct store_audit audit = fixture_audit(t, most);
        uint64_t lines = 0;

        assert_int_equal(audit.breaches, wanted);
        for (const char *at = strstr(buf_terminate(&audit.report), invariant);
             at != NULL; at = strstr(at + 1, invariant))
            lines++;
        assert_int_equal(lines, wanted);
        buf_free(&audit.report);
    }
}

static void assert_breaches(struct trail *t, uint64_t wanted)
{
    assert_breaches_of(t, "I5 request", wanted);
}

static void test_bills_of_many_days_agree(void **state)
{
    struct trail *t = *state;

    fill(t, -CALLS);
    assert_breaches(t, 0);
}

static void test_bill_without_an_end_is_found_among_others(void **state)
{
    struct trail *t = *state;

    fill(t, -CALLS);
    delete_end(t, 17);
    assert_breaches(t, 1);
}

static void test_end_without_a_bill_is_found_among_others(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    done = end_of(t, 17);
    put_end(t, 1000, &done);
    assert_breaches(t, 1);
}

static void test_end_that_names_another_entry_is_found_from_both_sides(
    void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    done = end_of(t, 17);
    done.seq--;
    put_end(t, 17, &done);
    assert_breaches(t, 2);
}

static void test_ends_that_name_each_others_entries_are_found(void **state)
{
    struct trail *t = *state;
    struct row_done a, b;

    fill(t, 0);
    a = end_of(t, 17);
    b = end_of(t, 19);
    put_end(t, 17, &b);
    put_end(t, 19, &a);
    assert_breaches(t, 4);
}

static void test_end_that_names_another_account_is_found(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    done = end_of(t, 17);
    memcpy(done.account, end_of(t, 18).account, STORE_ID);
    put_end(t, 17, &done);
    assert_breaches(t, 2);
}

static void test_missing_end_that_is_newer_than_what_was_forgotten_is_found(
    void **state)
{
    struct trail *t = *state;
    const int64_t purged = fixture_time(-10);

    fill(t, -CALLS);
    row_put(t, &row_purged, row_purged_key(), &purged);
    delete_end(t, CALLS - 20);
    delete_end(t, CALLS - 5);
    assert_breaches(t, 1);
}

static void test_end_without_tokens_is_compared_with_its_entry(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    for (unsigned i = 1; i <= CALLS; i += 2) {
        done = end_of(t, i);
        done.tokens = 0;
        put_end(t, i, &done);
    }
    assert_breaches(t, 0);
    fake_trail_begin(t);
    done = end_of(t, 17);
    done.charge.credits++;
    put_end(t, 17, &done);
    assert_breaches_of(t, "I11 request", 1);
}

static void test_cost_that_is_not_in_the_entry_is_found(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    done = end_of(t, 17);
    done.charge.collected--;
    done.charge.uncollected++;
    put_end(t, 17, &done);
    assert_breaches_of(t, "I11 request", 1);
}

/* The end agrees with itself: only its tokens are not those of the entry. */
static void test_price_that_the_tokens_of_the_entry_do_not_give_is_found(
    void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t, -CALLS);
    done = end_of(t, 17);
    done.price.tokens_per_credit *= 2;
    done.tokens *= 2;
    put_end(t, 17, &done);
    assert_breaches_of(t, "I11 request", 1);
}

/* What is done to a store while an audit stands at one of its slices. */
typedef void meddle_fn(struct trail *t);

static void settle_more(struct trail *t)
{
    fixture_call(t, 1, 500, 0);
    fixture_call(t, 2, 501, 0);
}

static void forget(struct trail *t)
{
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .most = 64,
        .now = fixture_time(0),
        .boot = FIXTURE_BOOT};

    assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    assert_true(reap.purged > 10);
}

static void fold(struct trail *t)
{
    assert_true(fixture_fold(t, -10, 3) > 3);
}

/* Whether the audit has a slice ${at}. */
static bool meddle_at(int at, meddle_fn *meddle)
{
    struct trail *t = fake_trail_new();
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 1};
    int slices = 0;

    fill(t, -CALLS);
    fake_trail_commit(t);
    while (!audit.done) {
        if (slices++ == at)
            meddle(t);
        assert_int_equal(fake_trail_run(t, &audit), STORE_OK);
    }
    assert_int_equal(audit.breaches, 0);
    buf_free(&audit.cursor);
    buf_free(&audit.report);
    fake_trail_free(t);
    return slices > at;
}

static void assert_no_breach_wherever(meddle_fn *meddle)
{
    int at = 0;

    while (meddle_at(at, meddle))
        at++;
    assert_true(at > 300);
}

static void test_calls_under_an_audit_are_no_breach(void **state)
{
    (void)state;
    assert_no_breach_wherever(settle_more);
}

static void test_forgetting_under_an_audit_is_no_breach(void **state)
{
    (void)state;
    assert_no_breach_wherever(forget);
}

static void test_folding_under_an_audit_is_no_breach(void **state)
{
    (void)state;
    assert_no_breach_wherever(fold);
}

static void test_breach_is_found_although_much_was_forgotten_meanwhile(
    void **state)
{
    struct trail *t = *state;
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 1};

    fill(t, -CALLS);
    delete_end(t, CALLS - 1);
    fake_trail_commit(t);
    assert_int_equal(fake_trail_run(t, &audit), STORE_OK);
    forget(t);
    while (!audit.done)
        assert_int_equal(fake_trail_run(t, &audit), STORE_OK);
    assert_int_equal(audit.breaches, 1);
    buf_free(&audit.cursor);
    buf_free(&audit.report);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bills_of_many_days_agree),
        FIXTURE_TEST(test_bill_without_an_end_is_found_among_others),
        FIXTURE_TEST(test_end_without_a_bill_is_found_among_others),
        FIXTURE_TEST(
            test_end_that_names_another_entry_is_found_from_both_sides),
        FIXTURE_TEST(test_ends_that_name_each_others_entries_are_found),
        FIXTURE_TEST(test_end_that_names_another_account_is_found),
        FIXTURE_TEST(
            test_missing_end_that_is_newer_than_what_was_forgotten_is_found),
        FIXTURE_TEST(test_end_without_tokens_is_compared_with_its_entry),
        FIXTURE_TEST(test_cost_that_is_not_in_the_entry_is_found),
        FIXTURE_TEST(
            test_price_that_the_tokens_of_the_entry_do_not_give_is_found),
        FIXTURE_TEST(test_calls_under_an_audit_are_no_breach),
        FIXTURE_TEST(test_forgetting_under_an_audit_is_no_breach),
        FIXTURE_TEST(test_folding_under_an_audit_is_no_breach),
        FIXTURE_TEST(
            test_breach_is_found_although_much_was_forgotten_meanwhile),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
