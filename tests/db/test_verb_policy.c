/* Versions of a policy are counted, never changed, and the same words are not a
 * new one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store_policy_put put_of(const char *document)
{
    static uint8_t serial;
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "rules",
        .document = {document, strlen(document)},
        .put = {++serial},
        .now = FIXTURE_NOW};

    fixture_id(1, put.account);
    return put;
}

static uint64_t put(struct trail *t, const char *document)
{
    struct store_policy_put v = put_of(document);

    assert_int_equal(fake_trail_run(t, &v), STORE_OK);
    return v.policy.version;
}

static struct store_policy_get get(struct trail *t, uint64_t version)
{
    struct store_policy_get v = {
        .verb.kind = STORE_POLICY_GET, .id = "rules", .version = version};

    fixture_id(1, v.account);
    fake_trail_run(t, &v);
    return v;
}

static void assert_says(struct trail *t, uint64_t version, const char *document)
{
    struct store_policy_get v = get(t, version);

    assert_int_equal(v.verb.status, STORE_OK);
    assert_string_equal(buf_terminate(&v.document), document);
    buf_free(&v.document);
}

static void test_versions_stay_as_they_were_put(void **state)
{
    struct trail *t = *state;

    fixture_account(t, 1, 0);
    assert_int_equal(put(t, "one"), 1);
    assert_int_equal(put(t, "two"), 2);
    assert_says(t, 1, "one");
    assert_says(t, 2, "two");
    assert_says(t, 0, "two");
}

static void test_same_words_are_no_new_version(void **state)
{
    struct trail *t = *state;
    struct store_policy_put again = put_of("one");

    fixture_account(t, 1, 0);
    put(t, "one");
    assert_int_equal(fake_trail_run(t, &again), STORE_OK);
    assert_true(again.already);
    assert_int_equal(again.policy.version, 1);
}

static void test_put_of_unknown_fate_is_one(void **state)
{
    struct trail *t = *state;
    struct store_policy_put first = put_of("one");

    fixture_account(t, 1, 0);
    assert_int_equal(fake_trail_run(t, &first), STORE_OK);
    put(t, "two");
    assert_int_equal(fake_trail_run(t, &first), STORE_OK);
    assert_int_equal(first.policy.version, 1);
    assert_false(first.already);
    assert_says(t, 0, "two");
}

static void test_rolling_back_is_a_new_version_of_old_words(void **state)
{
    struct trail *t = *state;
    struct store_policy_put back = put_of("");

    fixture_account(t, 1, 0);
    put(t, "one");
    put(t, "two");
    back.again = 1;
    assert_int_equal(fake_trail_run(t, &back), STORE_OK);
    assert_int_equal(back.policy.version, 3);
    assert_says(t, 3, "one");
    assert_says(t, 2, "two");
}

static void test_rolling_back_to_nothing_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_policy_put back = put_of("");
    unsigned writes;

    fixture_account(t, 1, 0);
    put(t, "one");
    writes = fake_trail_writes(t);
    back.again = 2;
    assert_int_equal(fake_trail_run(t, &back), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_put_behind_another_version_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_policy_put first = put_of("one"), second = put_of("two");
    unsigned writes;

    fixture_account(t, 1, 0);
    first.only_behind = second.only_behind = true;
    assert_int_equal(fake_trail_run(t, &first), STORE_OK);
    writes = fake_trail_writes(t);
    assert_int_equal(fake_trail_run(t, &second), STORE_REFUSED);
    assert_int_equal(fake_trail_writes(t), writes);
    second.behind = 1;
    assert_int_equal(fake_trail_run(t, &second), STORE_OK);
    assert_int_equal(second.policy.version, 2);
}

static void test_put_behind_a_version_of_unknown_fate_is_one(void **state)
{
    struct trail *t = *state;
    struct store_policy_put first = put_of("one");

    fixture_account(t, 1, 0);
    first.only_behind = true;
    assert_int_equal(fake_trail_run(t, &first), STORE_OK);
    assert_int_equal(fake_trail_run(t, &first), STORE_OK);
    assert_int_equal(first.policy.version, 1);
}

static void test_policy_of_nobody_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_policy_put v = put_of("one");

    assert_int_equal(fake_trail_run(t, &v), STORE_NOT_FOUND);
}

static void test_what_is_not_there_is_not_found(void **state)
{
    struct trail *t = *state;

    fixture_account(t, 1, 0);
    assert_int_equal(get(t, 0).verb.status, STORE_NOT_FOUND);
    put(t, "one");
    assert_int_equal(get(t, 2).verb.status, STORE_NOT_FOUND);
}

static void test_document_of_ten_thousand_terms_fits(void **state)
{
    struct trail *t = *state;
    struct buf large = {0};
    struct store_policy_get v;

    fixture_account(t, 1, 0);
    for (int i = 0; i < 10000; i++)
        buf_printf(&large, "\"a term of some length, number %d\",", i);
    assert_int_equal(put(t, buf_terminate(&large)), 1);
    v = get(t, 1);
    assert_int_equal(v.document.len, large.len);
    assert_memory_equal(v.document.data, large.data, large.len);
    buf_free(&v.document);
    buf_free(&large);
}

static void test_flipped_byte_of_a_document_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct span value;
    struct store_policy_get v;

    fixture_account(t, 1, 0);
    put(t, "one");
    fake_trail_row(t, TABLE_POLICY, 1, &value);
    ((char *)(uintptr_t)value.p)[value.n - 1] ^= 1;
    fake_trail_begin(t);
    v = get(t, 1);
    assert_non_null(fake_trail_why(t));
    buf_free(&v.document);
}

static void test_list_has_the_policies_of_one_account(void **state)
{
    struct trail *t = *state;
    struct store_policy rows[1];
    struct store_policy_list list = {
        .verb.kind = STORE_POLICY_LIST, .rows = rows, .max = 1};
    struct store_policy_put other = put_of("else");

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    put(t, "one");
    strcpy(other.id, "a");
    fake_trail_run(t, &other);
    fixture_id(2, other.account);
    fake_trail_run(t, &other);
    fixture_id(1, list.account);
    assert_int_equal(fake_trail_run(t, &list), STORE_OK);
    assert_string_equal(rows[0].id, "a");
    assert_true(list.more);
    assert_int_equal(fake_trail_run(t, &list), STORE_OK);
    assert_string_equal(rows[0].id, "rules");
    assert_false(list.more);
}

static void test_versions_are_listed_from_the_newest(void **state)
{
    struct trail *t = *state;
    struct store_revision rows[2];
    struct store_policy_versions v = {.verb.kind = STORE_POLICY_VERSIONS,
        .id = "rules",
        .rows = rows,
        .max = 2};

    fixture_account(t, 1, 0);
    put(t, "one");
    put(t, "two");
    put(t, "three");
    fixture_id(1, v.account);
    assert_int_equal(fake_trail_run(t, &v), STORE_OK);
    assert_int_equal(v.count, 2);
    assert_int_equal(rows[0].version, 3);
    assert_int_equal(rows[1].version, 2);
    assert_true(v.more);
    assert_int_equal(fake_trail_run(t, &v), STORE_OK);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].version, 1);
    assert_false(v.more);
}

static void test_new_version_is_told_in_an_event(void **state)
{
    struct trail *t = *state;
    struct store_policy_put first = put_of("one"), same = put_of("one");

    fixture_account(t, 1, 0);
    first.event = fixture_event(1, "{\"event_type\":\"revision\"}");
    same.event = fixture_event(2, "{\"event_type\":\"revision\"}");
    fake_trail_run(t, &first);
    fake_trail_run(t, &same);
    assert_int_equal(fixture_look(t, 1).events.seq, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_versions_stay_as_they_were_put),
        FIXTURE_TEST(test_same_words_are_no_new_version),
        FIXTURE_TEST(test_put_of_unknown_fate_is_one),
        FIXTURE_TEST(test_rolling_back_is_a_new_version_of_old_words),
        FIXTURE_TEST(test_rolling_back_to_nothing_is_refused),
        FIXTURE_TEST(test_put_behind_another_version_is_refused),
        FIXTURE_TEST(test_put_behind_a_version_of_unknown_fate_is_one),
        FIXTURE_TEST(test_policy_of_nobody_is_refused),
        FIXTURE_TEST(test_what_is_not_there_is_not_found),
        FIXTURE_TEST(test_document_of_ten_thousand_terms_fits),
        FIXTURE_TEST(test_flipped_byte_of_a_document_fails_the_trail),
        FIXTURE_TEST(test_list_has_the_policies_of_one_account),
        FIXTURE_TEST(test_versions_are_listed_from_the_newest),
        FIXTURE_TEST(test_new_version_is_told_in_an_event),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
