/* Lookalikes are found, and what is no lookalike is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "lookalike.h"

static void test_lookalikes_are_found(void **state)
{
    (void)state;
    assert_int_equal(lookalike(0x0430, false, false), 'a');
    assert_int_equal(lookalike(0x0180, false, false), 'b');  /* the first */
    assert_int_equal(lookalike(0x1f189, false, false), 'z'); /* the last */
    assert_int_equal(lookalike(0xa4f2, false, false), 'i');
}

static void test_other_letters_pass_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(lookalike('a', false, false), 0);
    assert_int_equal(lookalike(0x044f, false, false), 0); /* Cyrillic ya */
    assert_int_equal(lookalike(0x4e00, false, false), 0);
    assert_int_equal(lookalike(0x10ffff, false, false), 0);
}

static void test_greek_capitals_are_judged_by_what_is_before(void **state)
{
    (void)state;
    assert_int_equal(lookalike(0x03bd, false, true), 'v');
    assert_int_equal(lookalike(0x03bd, true, true), 'n');
    assert_int_equal(lookalike(0x03bd, true, false), 'v');
}

static void test_signs_pass_for_signs(void **state)
{
    (void)state;
    assert_int_equal(lookalike_sign(0x2010), '-');
    assert_int_equal(lookalike_sign(0x2019), '\'');
    assert_int_equal(lookalike_sign(0x201d), '"');
    assert_int_equal(lookalike_sign(0xa789), ':');
    assert_int_equal(lookalike_sign('-'), 0);
    assert_int_equal(lookalike_sign(0x2014), 0); /* a long dash */
    assert_int_equal(lookalike_sign(0x0430), 0);
}

static void test_only_some_capitals_pass(void **state)
{
    (void)state;
    assert_true(lookalike_weak(0x0432));
    assert_false(lookalike_weak(0x0430));
}

/* Otherwise folding would never ask for them. */
static void test_every_lookalike_is_case_folded(void **state)
{
    (void)state;
    for (uint32_t cp = 0x80; cp < 0x20000; cp++)
        if (lookalike(cp, false, false) != 0) {
            int32_t out[8];
            int boundary = 0;

            assert_int_equal(
                utf8proc_decompose_char((int32_t)cp, out, 8,
                    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary),
                1);
            assert_int_equal(out[0], cp);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookalikes_are_found),
        cmocka_unit_test(test_other_letters_pass_for_nothing),
        cmocka_unit_test(test_greek_capitals_are_judged_by_what_is_before),
        cmocka_unit_test(test_signs_pass_for_signs),
        cmocka_unit_test(test_only_some_capitals_pass),
        cmocka_unit_test(test_every_lookalike_is_case_folded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
