/* A token names one account and one version, and none is made by a clock that
 * cannot be right. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "token.h"

enum { NOW = 1800000000 };

static const uint8_t account[STORE_ID] = {0xab, 1, 2, [15] = 0xff};

static struct jwt_keys some_keys(void)
{
    const uint8_t secret[MAC_KEY] = {1};
    struct jwt_keys keys = {0};

    assert_int_equal(jwt_keys_add(&keys, secret), 0);
    return keys;
}

static bool read(const struct jwt_keys *keys, const struct buf *token,
    uint8_t id[STORE_ID], uint32_t *version)
{
    return token_read(
        keys, (struct span){token->data, token->len}, NOW, id, version);
}

static void test_account_and_version_are_read_as_written(void **state)
{
    struct jwt_keys keys = some_keys();
    struct buf token = {0};
    uint8_t id[STORE_ID];
    uint32_t version;

    (void)state;
    assert_int_equal(token_write(&keys, account, 70000, NOW, &token), 0);
    assert_true(read(&keys, &token, id, &version));
    assert_memory_equal(id, account, STORE_ID);
    assert_int_equal(version, 70000);
    buf_free(&token);
}

static void read_subject(const char *subject, bool good)
{
    struct jwt_keys keys = some_keys();
    struct jwt_claims claims = {.issued = NOW};
    struct buf token = {0};
    uint8_t id[STORE_ID];
    uint32_t version;

    strcpy(claims.subject, subject);
    jwt_sign(&keys, &claims, &token);
    assert_int_equal(read(&keys, &token, id, &version), good);
    buf_free(&token);
}

static void test_who_is_no_account_is_nobody(void **state)
{
    (void)state;
    read_subject("acct_00112233445566778899aabbccddeeff", true);
    read_subject("acct_00112233445566778899aabbccddeef", false);
    read_subject("acct_00112233445566778899aabbccddeeff0", false);
    read_subject("acct_00112233445566778899aabbccddeefg", false);
    read_subject("key_00112233445566778899aabbccddeeff", false);
    read_subject("acct_", false);
    read_subject("a", false);
}

static void test_without_a_key_there_is_no_token(void **state)
{
    const struct jwt_keys none = {0};
    struct buf token = {0};

    (void)state;
    assert_int_equal(token_write(&none, account, 0, NOW, &token), -1);
    assert_int_equal(token.len, 0);
    buf_free(&token);
}

static void test_a_clock_that_cannot_be_right_makes_no_token(void **state)
{
    struct jwt_keys keys = some_keys();
    struct buf token = {0};

    (void)state;
    assert_int_equal(
        token_write(&keys, account, 0, INT64_C(1704067199), &token), -1);
    assert_int_equal(
        token_write(&keys, account, 0, INT64_C(4102444800), &token), -1);
    assert_int_equal(token_write(&keys, account, 0, 0, &token), -1);
    assert_int_equal(token.len, 0);
    assert_int_equal(
        token_write(&keys, account, 0, INT64_C(1704067200), &token), 0);
    buf_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_and_version_are_read_as_written),
        cmocka_unit_test(test_who_is_no_account_is_nobody),
        cmocka_unit_test(test_without_a_key_there_is_no_token),
        cmocka_unit_test(test_a_clock_that_cannot_be_right_makes_no_token),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
