/* A password is recognised by its hash and by nothing else, and where there is
 * no hash nothing is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "password.h"

static struct span of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void test_password_is_recognised(void **state)
{
    char hash[PASSWORD_HASH];

    (void)state;
    assert_int_equal(password_hash(of("correct horse"), hash), 0);
    assert_int_equal(password_check(hash, of("correct horse")), PASSWORD_RIGHT);
}

static void test_every_byte_counts(void **state)
{
    char hash[PASSWORD_HASH];

    (void)state;
    assert_int_equal(password_hash(of("correct horse"), hash), 0);
    assert_int_equal(password_check(hash, of("correct horsf")), PASSWORD_WRONG);
    assert_int_equal(
        password_check(hash, of("correct horse ")), PASSWORD_WRONG);
    assert_int_equal(password_check(hash, of("correct hors")), PASSWORD_WRONG);
    assert_int_equal(password_check(hash, of("")), PASSWORD_WRONG);
}

static void test_the_longest_password_counts_to_its_end(void **state)
{
    char text[PASSWORD_MAX], hash[PASSWORD_HASH];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(password_hash((struct span){text, sizeof(text)}, hash), 0);
    text[sizeof(text) - 1] = 'b';
    assert_int_equal(password_check(hash, (struct span){text, sizeof(text)}),
        PASSWORD_WRONG);
}

static void test_equal_passwords_have_different_hashes(void **state)
{
    char a[PASSWORD_HASH], b[PASSWORD_HASH];

    (void)state;
    assert_int_equal(password_hash(of("correct horse"), a), 0);
    assert_int_equal(password_hash(of("correct horse"), b), 0);
    assert_string_not_equal(a, b);
}

static void test_no_hash_is_of_no_password(void **state)
{
    const char hash[PASSWORD_HASH] = "";

    (void)state;
    assert_int_equal(password_check(hash, of("")), PASSWORD_WRONG);
    assert_int_equal(password_check(hash, of("correct horse")), PASSWORD_WRONG);
}

static void test_what_is_no_hash_is_of_no_password(void **state)
{
    const char hash[PASSWORD_HASH] = "correct horse";

    (void)state;
    assert_int_equal(password_check(hash, of("correct horse")), PASSWORD_WRONG);
}

/* As much memory and as many passes as for a hash of today. */
static void test_hashes_cost_what_they_must(void **state)
{
    char hash[PASSWORD_HASH];

    (void)state;
    assert_int_equal(password_hash(of("correct horse"), hash), 0);
    assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
}

static void test_fresh_passwords_are_long_and_differ(void **state)
{
    char a[PASSWORD_FRESH], b[PASSWORD_FRESH];

    (void)state;
    password_fresh(a);
    password_fresh(b);
    assert_int_equal(strlen(a), PASSWORD_FRESH - 1);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_is_recognised),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_the_longest_password_counts_to_its_end),
        cmocka_unit_test(test_equal_passwords_have_different_hashes),
        cmocka_unit_test(test_no_hash_is_of_no_password),
        cmocka_unit_test(test_what_is_no_hash_is_of_no_password),
        cmocka_unit_test(test_hashes_cost_what_they_must),
        cmocka_unit_test(test_fresh_passwords_are_long_and_differ),
    };

    if (sodium_init() < 0)
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
