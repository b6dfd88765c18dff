/* What an upstream says is repeated only when it gives nothing away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/words.h"

static bool fits(const char *text)
{
    return words_fit((struct span){text, strlen(text)});
}

static void test_plain_words_fit(void **state)
{
    (void)state;
    assert_true(fits("temperature must be at most 2.0"));
    assert_true(fits("context of 4096 tokens, 1.5 times too long"));
    assert_true(fits("na\xc3\xafve"));
}

static void test_nothing_is_not_worth_repeating(void **state)
{
    (void)state;
    assert_false(fits(""));
}

static void test_long_words_do_not_fit(void **state)
{
    char text[WORDS_MAX + 2];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_true(words_fit((struct span){text, WORDS_MAX}));
    assert_false(words_fit((struct span){text, WORDS_MAX + 1}));
}

static void test_addresses_do_not_fit(void **state)
{
    (void)state;
    assert_false(fits("see http://internal/docs"));
    assert_false(fits("HTTPS is required"));
    assert_false(fits("grpc://node-7 failed"));
    assert_false(fits("cannot connect to localhost:8000"));
    assert_false(fits("10.0.0.5:8000 refused"));
    assert_false(fits("host 192.168.1.20 is down"));
}

static void test_markup_does_not_fit(void **state)
{
    (void)state;
    assert_false(fits("<html><body>502</body></html>"));
}

static void test_keys_do_not_fit(void **state)
{
    (void)state;
    assert_false(fits("Incorrect API key provided: sk-abc"));
    assert_false(fits("bad header bearer xyz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_words_fit),
        cmocka_unit_test(test_nothing_is_not_worth_repeating),
        cmocka_unit_test(test_long_words_do_not_fit),
        cmocka_unit_test(test_addresses_do_not_fit),
        cmocka_unit_test(test_markup_does_not_fit),
        cmocka_unit_test(test_keys_do_not_fit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
