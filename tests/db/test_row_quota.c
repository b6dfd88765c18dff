/* Rows of quotas must give back what was put in, each window and each user for
 * itself, and tell from their key whose they are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_quota.h"
#include "fixture.h"
#include <string.h>

static struct row_quota of_project(void)
{
    return (struct row_quota){
        .project = "bot", .window = QUOTA_WEEKLY, .day = 0x01020304};
}

static struct row_quota of_user(unsigned n)
{
    struct row_quota q = of_project();

    q.of_user = true;
    fixture_id(n, q.user);
    return q;
}

static void expect(struct trail *t, struct row_quota q, uint64_t requests)
{
    struct quota_use use;

    memset(&use, 0xee, sizeof(use));
    row_quota_get(t, &q, &use);
    assert_int_equal(use.requests, requests);
    assert_int_equal(use.tokens, 2 * requests);
    assert_int_equal(use.reserved, 3 * requests);
}

static void put(struct trail *t, struct row_quota q, uint64_t requests)
{
    const struct quota_use use = {requests, 2 * requests, 3 * requests};

    row_quota_put(t, &q, &use);
}

static void test_use_reads_as_it_was_written(void **state)
{
    put(*state, of_project(), 7);
    expect(*state, of_project(), 7);
    assert_false(trail_failed(*state));
}

static void test_what_was_not_used_is_nothing(void **state)
{
    expect(*state, of_project(), 0);
    assert_false(trail_failed(*state));
}

static void test_users_and_windows_lie_apart(void **state)
{
    struct row_quota day = of_project(), kind = of_project();

    day.day++;
    kind.window = QUOTA_MONTHLY;
    put(*state, of_project(), 1);
    put(*state, of_user(1), 2);
    put(*state, of_user(2), 3);
    put(*state, day, 4);
    put(*state, kind, 5);
    expect(*state, of_project(), 1);
    expect(*state, of_user(1), 2);
    expect(*state, of_user(2), 3);
    expect(*state, day, 4);
    expect(*state, kind, 5);
}

static void test_place_tells_whose_it_is(void **state)
{
    uint8_t place[ROW_QUOTA_PLACE];
    struct row_quota in = of_user(1), out;
    size_t n = row_quota_place(&in, place);

    (void)state;
    assert_int_equal(row_quota_read(row_span(place, n), &out), 0);
    assert_string_equal(out.project, "bot");
    assert_int_equal(out.window, QUOTA_WEEKLY);
    assert_int_equal(out.day, 0x01020304);
    assert_true(out.of_user);
    assert_memory_equal(out.user, in.user, STORE_ID);
    in = of_project();
    n = row_quota_place(&in, place);
    assert_int_equal(row_quota_read(row_span(place, n), &out), 0);
    assert_false(out.of_user);
}

static void test_what_is_no_place_is_refused(void **state)
{
    uint8_t place[ROW_QUOTA_PLACE];
    struct row_quota q = of_user(1), out;
    const size_t n = row_quota_place(&q, place);

    (void)state;
    assert_int_equal(row_quota_read(row_span(place, n - 1), &out), -1);
    assert_int_equal(row_quota_read(row_span(place, 3), &out), -1);
    place[strlen(q.project) + 1] = QUOTA_WINDOWS;
    assert_int_equal(row_quota_read(row_span(place, n), &out), -1);
}

static void test_corrupted_use_fails_the_trail(void **state)
{
    struct row_quota q = of_project();
    struct quota_use use;
    struct span value;

    put(*state, q, 7);
    fake_trail_row(*state, TABLE_QUOTA, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    row_quota_get(*state, &q, &use);
    assert_true(trail_failed(*state));
    assert_non_null(fake_trail_why(*state));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_use_reads_as_it_was_written),
        FIXTURE_TEST(test_what_was_not_used_is_nothing),
        FIXTURE_TEST(test_users_and_windows_lie_apart),
        FIXTURE_TEST(test_place_tells_whose_it_is),
        FIXTURE_TEST(test_what_is_no_place_is_refused),
        FIXTURE_TEST(test_corrupted_use_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
