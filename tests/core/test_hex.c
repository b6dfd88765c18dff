/* A digit has the value that it is written for, and nothing else has one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

static void test_every_digit_has_its_value(void **state)
{
    static const char small[] = "0123456789abcdef", large[] = "ABCDEF";

    (void)state;
    for (int i = 0; i < 16; i++)
        assert_int_equal(hex_digit(small[i]), i);
    for (int i = 0; i < 6; i++)
        assert_int_equal(hex_digit(large[i]), 10 + i);
}

static void test_other_bytes_have_none(void **state)
{
    size_t none = 0;

    (void)state;
    for (int c = 0; c < 256; c++)
        none += hex_digit((char)c) == -1;
    assert_int_equal(none, 256 - 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_digit_has_its_value),
        cmocka_unit_test(test_other_bytes_have_none),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
