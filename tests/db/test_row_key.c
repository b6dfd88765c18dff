/* Key rows and their two indexes must give back what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_key.h"
#include "fixture.h"
#include <string.h>

static struct store_key sample(void)
{
    struct store_key k = fixture_key(3);

    strcpy(k.project, "demo");
    strcpy(k.label, "laptop");
    k.expires = 12;
    k.revoked = true;
    return k;
}

static void test_key_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_key_put(t, &in);
    assert_int_equal(row_key_get(t, in.digest, &out), TRAIL_FOUND);
    assert_string_equal(out.id, in.id);
    assert_memory_equal(out.digest, in.digest, MAC_SIZE);
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_string_equal(out.project, "demo");
    assert_string_equal(out.label, "laptop");
    assert_string_equal(out.preview, in.preview);
    assert_int_equal(out.created, in.created);
    assert_int_equal(out.expires, 12);
    assert_true(out.revoked);
    assert_false(trail_failed(t));
}

static void test_key_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;

    assert_int_equal(row_key_get(t, in.digest, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_key_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;
    struct span value;

    row_key_put(t, &in);
    fake_trail_row(t, TABLE_KEY, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_key_get(t, in.digest, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_key_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;
    struct span value;

    row_key_put(t, &in);
    fake_trail_row(t, TABLE_KEY, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_key_get(t, in.digest, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_key_is_found_by_its_id(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;

    row_key_put(t, &in);
    row_key_put_index(t, &in);
    assert_int_equal(row_key_by_id(t, in.id, &out), TRAIL_FOUND);
    assert_memory_equal(out.digest, in.digest, MAC_SIZE);
}

static void test_name_without_a_key_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_key in = sample(), out;

    row_key_put_index(t, &in);
    row_key_by_id(t, in.id, &out);
    assert_true(trail_failed(t));
}

static void test_empty_id_comes_before_all_keys_of_the_account(void **state)
{
    struct store_key in = sample();
    uint8_t first[ROW_KEY_PLACE], place[ROW_KEY_PLACE];

    assert_int_equal(row_key_place(in.account, "", first), STORE_ID);
    assert_int_equal(row_key_place(in.account, in.id, place), ROW_KEY_PLACE);
    assert_memory_equal(first, place, STORE_ID);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_key_reads_as_it_was_written),
        FIXTURE_TEST(test_key_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_key_fails_the_trail),
        FIXTURE_TEST(test_key_of_another_version_fails_the_trail),
        FIXTURE_TEST(test_key_is_found_by_its_id),
        FIXTURE_TEST(test_name_without_a_key_fails_the_trail),
        FIXTURE_TEST(test_empty_id_comes_before_all_keys_of_the_account),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
