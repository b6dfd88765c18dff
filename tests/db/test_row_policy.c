/* Rows of policies, of their versions and of what was decided by them must give
 * back what was put in, also policies of the first version, which stated no
 * quotas. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_policy.h"
#include "fixture.h"
#include <string.h>

/* Bytes of two limits in a row. */
enum { LIMITS = 2 * (8 + 8 + 1) };

static struct store_policy sample(void)
{
    struct store_policy p = {.id = "strict",
        .version = 1,
        .created = 2,
        .updated = 3,
        .rolled_back_until = 4,
        .budget = {5, 6, QUOTA_MONTHLY},
        .user_quota = {7, 8, QUOTA_WEEKLY}};

    fixture_id(1, p.account);
    return p;
}

static void test_policy_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct store_policy in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_policy_put(t, &in);
    assert_int_equal(
        row_policy_get(t, in.account, "strict", &out), TRAIL_FOUND);
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_string_equal(out.id, "strict");
    assert_int_equal(out.version, 1);
    assert_int_equal(out.created, 2);
    assert_int_equal(out.updated, 3);
    assert_int_equal(out.rolled_back_until, 4);
    assert_int_equal(out.budget.requests, 5);
    assert_int_equal(out.budget.tokens, 6);
    assert_int_equal(out.budget.window, QUOTA_MONTHLY);
    assert_int_equal(out.user_quota.requests, 7);
    assert_int_equal(out.user_quota.tokens, 8);
    assert_int_equal(out.user_quota.window, QUOTA_WEEKLY);
    assert_false(trail_failed(t));
}

static void test_policy_of_the_first_version_states_no_quotas(void **state)
{
    struct trail *t = *state;
    struct store_policy in = sample(), out;

    row_policy_put(t, &in);
    fixture_make_older(t, TABLE_POLICY, 1, LIMITS);
    assert_int_equal(
        row_policy_get(t, in.account, "strict", &out), TRAIL_FOUND);
    assert_int_equal(out.rolled_back_until, 4);
    assert_int_equal(out.budget.requests, 0);
    assert_int_equal(out.user_quota.tokens, 0);
}

static void test_policies_of_accounts_lie_apart(void **state)
{
    struct store_policy in = sample(), out;
    uint8_t other[STORE_ID];

    fixture_id(2, other);
    row_policy_put(*state, &in);
    assert_int_equal(row_policy_get(*state, other, "strict", &out), TRAIL_NONE);
    assert_int_equal(
        row_policy_get(*state, in.account, "stric", &out), TRAIL_NONE);
    assert_false(trail_failed(*state));
}

static void test_version_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct store_policy policy = sample();
    struct store_revision in = {256, 2, {3}, {4}}, out;
    struct buf document = {0};

    memset(&out, 0xee, sizeof(out));
    row_revision_put(t, &policy, &in, row_span("{\"a\":1}", 7));
    assert_int_equal(
        row_revision_get(t, &policy, 256, &out, &document), TRAIL_FOUND);
    assert_int_equal(out.version, 256);
    assert_int_equal(out.created, 2);
    assert_memory_equal(out.hash, in.hash, sizeof(in.hash));
    assert_memory_equal(out.put, in.put, STORE_ID);
    assert_int_equal(document.len, 7);
    assert_memory_equal(document.data, "{\"a\":1}", 7);
    assert_int_equal(
        row_revision_get(t, &policy, 256, &out, NULL), TRAIL_FOUND);
    assert_int_equal(row_revision_get(t, &policy, 1, &out, NULL), TRAIL_NONE);
    assert_false(trail_failed(t));
    buf_free(&document);
}

static void test_corrupted_document_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_policy policy = sample();
    struct store_revision in = {1, 2, {3}, {4}}, out;
    struct span value;

    row_revision_put(t, &policy, &in, row_span("{}", 2));
    fake_trail_row(t, TABLE_POLICY, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n - 1] ^= 1;
    assert_int_equal(row_revision_get(t, &policy, 1, &out, NULL), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_decisions_read_as_they_were_written(void **state)
{
    struct trail *t = *state;
    struct store_policy policy = sample();
    struct spike in = {.width = 1, .newest = 2}, out;

    memset(&out, 0xee, sizeof(out));
    row_spike_get(t, &policy, &out);
    assert_int_equal(out.width, 0);
    assert_int_equal(out.bucket[0].evaluated, 0);
    for (unsigned i = 0; i < SPIKE_BUCKETS; i++)
        in.bucket[i] = (struct spike_bucket){2 * i + 1, i};
    row_spike_put(t, &policy, &in);
    row_spike_get(t, &policy, &out);
    assert_int_equal(out.width, 1);
    assert_int_equal(out.newest, 2);
    assert_memory_equal(out.bucket, in.bucket, sizeof(in.bucket));
    assert_false(trail_failed(t));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_policy_reads_as_it_was_written),
        FIXTURE_TEST(test_policy_of_the_first_version_states_no_quotas),
        FIXTURE_TEST(test_policies_of_accounts_lie_apart),
        FIXTURE_TEST(test_version_reads_as_it_was_written),
        FIXTURE_TEST(test_corrupted_document_fails_the_trail),
        FIXTURE_TEST(test_decisions_read_as_they_were_written),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
