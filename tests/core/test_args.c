/* Arguments that come in pieces are known to be whole as soon as they are, and
 * not before. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"

static bool whole(const char *text)
{
    struct args a = {0};

    args_take(&a, (struct span){text, strlen(text)});
    return args_whole(&a);
}

static void test_nothing_is_not_whole(void **state)
{
    (void)state;
    assert_false(whole(""));
    assert_false(whole(" "));
}

static void test_object_is_whole_behind_its_last_brace(void **state)
{
    (void)state;
    assert_true(whole("{}"));
    assert_false(whole("{"));
    assert_false(whole("{\\\"a\\\":{}"));
    assert_true(whole("{\\\"a\\\":{}}"));
}

static void test_braces_within_a_string_count_for_nothing(void **state)
{
    (void)state;
    assert_false(whole("{\\\"a\\\":\\\"}"));
    assert_true(whole("{\\\"a\\\":\\\"}\\\"}"));
}

static void test_escaped_quote_does_not_end_a_string(void **state)
{
    (void)state;
    assert_false(whole("{\\\"a\\\":\\\"\\\\\\\"}"));
    assert_true(whole("{\\\"a\\\":\\\"\\\\\\\"}\\\"}"));
}

static void test_quotes_may_be_escaped_by_number(void **state)
{
    (void)state;
    assert_false(whole("{\\u0022a\\u0022:\\u0022}"));
    assert_true(whole("{\\u0022a\\u0022:\\u0022}\\u0022}"));
}

static void test_pieces_add_up(void **state)
{
    struct args a = {0};

    (void)state;
    args_take(&a, (struct span){"{\\\"a", 4});
    assert_false(args_whole(&a));
    args_take(&a, (struct span){"}\\\":1}", 6});
    assert_true(args_whole(&a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_not_whole),
        cmocka_unit_test(test_object_is_whole_behind_its_last_brace),
        cmocka_unit_test(test_braces_within_a_string_count_for_nothing),
        cmocka_unit_test(test_escaped_quote_does_not_end_a_string),
        cmocka_unit_test(test_quotes_may_be_escaped_by_number),
        cmocka_unit_test(test_pieces_add_up),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
