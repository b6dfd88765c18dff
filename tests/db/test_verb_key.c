/* Keys are found by digest, by id and by account; each of them once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include <string.h>

static enum store_status add_key(struct trail *t, const struct store_key *key)
{
    struct store_key_add add = {.verb.kind = STORE_KEY_ADD, .key = *key};

    return fake_trail_run(t, &add);
}

static struct store_key_set set_of(unsigned n)
{
    struct store_key_set set = {.verb.kind = STORE_KEY_SET};
    struct store_key key = fixture_key(n);

    memcpy(set.id, key.id, sizeof(set.id));
    return set;
}

/* A further key, numbered ${n}, of account 1. */
static struct store_key further_key(unsigned n)
{
    struct store_key key = fixture_key(n);

    fixture_id(1, key.account);
    return key;
}

static void list_is(
    struct trail *t, struct store_key_list *list, size_t count, bool more)
{
    assert_int_equal(fake_trail_run(t, list), STORE_OK);
    assert_int_equal(list->count, count);
    assert_int_equal(list->more, more);
}

static void test_key_of_an_unknown_account_is_not_found(void **state)
{
    struct trail *t = *state;
    const struct store_key key = fixture_key(9);

    assert_int_equal(add_key(t, &key), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_rows(t, TABLE_KEY), 0);
}

static void test_taken_digest_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_key key = further_key(2);

    fixture_account(t, 1, 0);
    memcpy(key.digest, fixture_key(1).digest, MAC_SIZE);
    assert_int_equal(add_key(t, &key), STORE_EXISTS);
}

static void test_taken_id_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_key key = further_key(2);

    fixture_account(t, 1, 0);
    memcpy(key.id, fixture_key(1).id, KEY_ID_SIZE);
    assert_int_equal(add_key(t, &key), STORE_EXISTS);
}

static void test_same_key_added_again_is_no_error(void **state)
{
    struct trail *t = *state;
    const struct store_key key = further_key(2);

    fixture_account(t, 1, 0);
    assert_int_equal(add_key(t, &key), STORE_OK);
    assert_int_equal(add_key(t, &key), STORE_OK);
    assert_int_equal(fake_trail_rows(t, TABLE_KEY), 2);
}

static void test_revoking_is_remembered(void **state)
{
    struct trail *t = *state;
    struct store_key_set set = set_of(1);

    fixture_account(t, 1, 0);
    set.revoke = true;
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    assert_true(set.key.revoked);
    set.revoke = false;
    fake_trail_run(t, &set);
    assert_true(set.key.revoked);
}

static void test_expiry_is_set_and_cleared(void **state)
{
    struct trail *t = *state;
    struct store_key_set set = set_of(1);

    fixture_account(t, 1, 0);
    set.set_expires = true;
    set.expires = 77;
    fake_trail_run(t, &set);
    assert_int_equal(set.key.expires, 77);
    set.expires = 0;
    fake_trail_run(t, &set);
    assert_int_equal(set.key.expires, 0);
}

static void test_setting_an_unknown_key_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_key_set set = set_of(5);

    assert_int_equal(fake_trail_run(t, &set), STORE_NOT_FOUND);
}

static void test_list_has_the_keys_of_one_account_alone(void **state)
{
    struct trail *t = *state;
    struct store_key rows[4];
    struct store_key_list list = {
        .verb.kind = STORE_KEY_LIST, .rows = rows, .max = 4};

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    fixture_id(1, list.account);
    list_is(t, &list, 1, false);
    assert_string_equal(rows[0].id, fixture_key(1).id);
}

static void test_list_goes_on_where_it_ended(void **state)
{
    struct trail *t = *state;
    struct store_key rows[2];
    struct store_key_list list = {
        .verb.kind = STORE_KEY_LIST, .rows = rows, .max = 2};

    fixture_account(t, 1, 0);
    for (unsigned n = 11; n <= 13; n++) {
        const struct store_key key = further_key(n);

        add_key(t, &key);
    }
    fixture_id(1, list.account);
    list_is(t, &list, 2, true);
    assert_string_equal(rows[1].id, fixture_key(11).id);
    list_is(t, &list, 2, false);
    assert_string_equal(rows[0].id, fixture_key(12).id);
    assert_string_equal(rows[1].id, fixture_key(13).id);
    list_is(t, &list, 0, false);
}

static void test_account_without_keys_lists_none(void **state)
{
    struct trail *t = *state;
    struct store_key rows[2];
    struct store_key_list list = {
        .verb.kind = STORE_KEY_LIST, .rows = rows, .max = 2};

    list_is(t, &list, 0, false);
}

static void test_undone_list_starts_from_the_same_place_again(void **state)
{
    struct trail *t = *state;
    struct store_key rows[2];
    struct store_key_list list = {
        .verb.kind = STORE_KEY_LIST, .rows = rows, .max = 2};

    fixture_account(t, 1, 0);
    fixture_id(1, list.account);
    fake_trail_fail_after(t, 1);
    fake_trail_run(t, &list);
    list_is(t, &list, 1, false);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_key_of_an_unknown_account_is_not_found),
        FIXTURE_TEST(test_taken_digest_is_refused),
        FIXTURE_TEST(test_taken_id_is_refused),
        FIXTURE_TEST(test_same_key_added_again_is_no_error),
        FIXTURE_TEST(test_revoking_is_remembered),
        FIXTURE_TEST(test_expiry_is_set_and_cleared),
        FIXTURE_TEST(test_setting_an_unknown_key_is_not_found),
        FIXTURE_TEST(test_list_has_the_keys_of_one_account_alone),
        FIXTURE_TEST(test_list_goes_on_where_it_ended),
        FIXTURE_TEST(test_account_without_keys_lists_none),
        FIXTURE_TEST(test_undone_list_starts_from_the_same_place_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
