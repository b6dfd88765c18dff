/* No byte of the system's is given twice, or kept when it was given. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entropy.h"

enum { N = 16, TAKEN = 200 };

static void test_nothing_comes_twice(void **state)
{
    static uint8_t taken[TAKEN][N];
    struct entropy e = {.left = 0};

    (void)state;
    for (size_t i = 0; i < TAKEN; i++) {
        entropy_take(&e, taken[i], N);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(taken[i], taken[k], N);
    }
}

static void test_what_was_given_is_not_kept(void **state)
{
    static const uint8_t none[sizeof(((struct entropy *)0)->bytes)];
    struct entropy e = {.left = 0};
    uint8_t taken[N];

    (void)state;
    do
        entropy_take(&e, taken, N);
    while (e.left > 0);
    assert_memory_equal(e.bytes, none, sizeof(e.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_comes_twice),
        cmocka_unit_test(test_what_was_given_is_not_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
