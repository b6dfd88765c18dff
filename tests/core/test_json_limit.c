/* Levels, values, keys and numbers have limits (RELIABILITY.md 5.6), and these
 * are kept exactly. */

#include "json_play.h"

static enum json_error parse_nested(size_t depth, char open, char close)
{
    char text[512];

    memset(text, open, depth);
    memset(text + depth, close, depth);
    return parse_bytes(text, 2 * depth, NULL);
}

static void test_sixty_four_levels_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(parse_nested(64, '[', ']'), JSON_OK);
}

static void test_sixty_five_levels_are_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_nested(65, '[', ']'), JSON_TOO_DEEP);
    assert_int_equal(parse_nested(200, '[', ']'), JSON_TOO_DEEP);
}

static void test_levels_of_objects_count_too(void **state)
{
    struct buf text = {0};
    int i;

    (void)state;
    for (i = 0; i < 32; i++)
        buf_puts(&text, "{\"a\":[");
    buf_puts(&text, "1");
    for (i = 0; i < 32; i++)
        buf_puts(&text, "]}");
    assert_int_equal(parse_bytes(text.data, text.len, NULL), JSON_OK);
    text.data[6 * 32] = '{';
    assert_int_equal(parse_bytes(text.data, text.len, NULL), JSON_TOO_DEEP);
    buf_free(&text);
}

static enum json_error parse_zeros(size_t count)
{
    struct buf text = {0};
    enum json_error error;
    size_t i;

    buf_puts(&text, "[");
    for (i = 0; i < count; i++)
        buf_puts(&text, i > 0 ? ",0" : "0");
    buf_puts(&text, "]");
    error = parse_bytes(text.data, text.len, NULL);
    buf_free(&text);
    return error;
}

static void test_two_hundred_thousand_values_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(parse_zeros(JSON_MAX_VALUES - 1), JSON_OK);
}

static void test_one_value_more_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_zeros(JSON_MAX_VALUES), JSON_TOO_MANY);
}

static void test_keys_do_not_count_as_values(void **state)
{
    struct buf text = {0};
    size_t i;

    (void)state;
    buf_puts(&text, "{");
    for (i = 0; i < JSON_MAX_VALUES - 1; i++)
        buf_printf(&text, "%s\"%zx\":0", i > 0 ? "," : "", i);
    buf_puts(&text, "}");
    assert_int_equal(parse_bytes(text.data, text.len, NULL), JSON_OK);
    buf_free(&text);
}

static enum json_error parse_key(size_t n, const char *begin)
{
    struct buf text = {0};
    enum json_error error;

    n -= strlen(begin);
    buf_printf(&text, "{\"%s", begin);
    memset(buf_reserve(&text, n), 'k', n);
    buf_commit(&text, n);
    buf_puts(&text, "\":1}");
    error = parse_bytes(text.data, text.len, NULL);
    buf_free(&text);
    return error;
}

static void test_a_key_may_have_256_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse_key(256, ""), JSON_OK);
    assert_int_equal(parse_key(257, ""), JSON_LONG_KEY);
    assert_int_equal(parse_key(256, "\\u0041"), JSON_OK);
    assert_int_equal(parse_key(257, "\\u0041"), JSON_LONG_KEY);
}

static void test_a_number_may_have_64_characters(void **state)
{
    char text[70];

    (void)state;
    memset(text, '1', sizeof(text));
    assert_int_equal(parse_bytes(text, 64, NULL), JSON_OK);
    assert_int_equal(parse_bytes(text, 65, NULL), JSON_LONG_NUMBER);
    text[0] = '-';
    text[30] = '.';
    text[50] = 'e';
    text[51] = '-';
    memset(text + 52, '0', sizeof(text) - 52);
    assert_int_equal(parse_bytes(text, 64, NULL), JSON_OK);
    assert_int_equal(parse_bytes(text, 65, NULL), JSON_LONG_NUMBER);
}

static void test_numbers_beyond_double_are_refused(void **state)
{
    CHECK(JSON_NOT_FINITE, "1e999", "-1e999", "1e309", "1.8e308", "-1.8e308",
        "[1E+400]", "{\"a\":1e99999999999999999999}", "123456789e301",
        "0.00001e314");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixty_four_levels_are_accepted),
        cmocka_unit_test(test_sixty_five_levels_are_refused),
        cmocka_unit_test(test_levels_of_objects_count_too),
        cmocka_unit_test(test_two_hundred_thousand_values_are_accepted),
        cmocka_unit_test(test_one_value_more_is_refused),
        cmocka_unit_test(test_keys_do_not_count_as_values),
        cmocka_unit_test(test_a_key_may_have_256_bytes),
        cmocka_unit_test(test_a_number_may_have_64_characters),
        cmocka_unit_test(test_numbers_beyond_double_are_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
