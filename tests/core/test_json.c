/* The reader accepts RFC 8259 and nothing else, refuses what other readers
 * disagree on (RELIABILITY.md 5.6), and tells where the fault is. */

#include "json_play.h"

/* ---- what is accepted ---- */

static void test_words_are_values(void **state)
{
    CHECK(JSON_OK, "null", "true", "false");
}

static void test_integers_are_values(void **state)
{
    CHECK(JSON_OK, "0", "-0", "1", "-1", "10", "123456789012345678901234567890",
        "9223372036854775807", "-9223372036854775808");
}

static void test_fractions_and_exponents_are_values(void **state)
{
    CHECK(JSON_OK, "0.0", "-0.0", "1.5", "0.1e1", "1e0", "1E0", "1e+1", "1e-1",
        "1E+01", "1e00", "0e0", "0e+999", "-1.25e-3", "1.7976931348623157e308",
        "-1.7976931348623157e308", "1e-999", "-1e-999", "4.9e-324");
}

static void test_plain_strings_are_values(void **state)
{
    CHECK(JSON_OK, "\"\"", "\"a\"", "\" \"", "\"/\"", "\"'\"", "\"\x7f\"",
        "\"1234567\"", "\"12345678\"", "\"123456789\"", "\"{}[],:\"");
}

static void test_escapes_are_accepted(void **state)
{
    CHECK(JSON_OK, "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"\\b\\f\\n\\r\\t\"",
        "\"\\u0001\"", "\"\\u001f\"", "\"\\u0041\"", "\"\\uABCD\"",
        "\"\\uabcd\"", "\"\\uD7FF\"", "\"\\uE000\"", "\"\\uFFFF\"",
        "\"\\uFFFE\"", "\"\\u2028\"", "\"a\\\\\"", "\"1234567\\\"\"");
}

static void test_surrogate_pairs_are_accepted(void **state)
{
    CHECK(JSON_OK, "\"\\uD83D\\uDE00\"", "\"\\ud800\\udc00\"",
        "\"\\uDBFF\\uDFFF\"", "\"x\\ud83d\\ude00y\"");
}

static void test_characters_beyond_ascii_are_accepted(void **state)
{
    CHECK(JSON_OK, "\"\xc2\x80\"", "\"\xc3\xa4\"", "\"\xe2\x82\xac\"",
        "\"\xf0\x9f\x98\x80\"", "\"\xf4\x8f\xbf\xbf\"", "\"\xef\xbb\xbf\"",
        "\"\xef\xbf\xbf\"", "\"\xed\x9f\xbf\"", "\"\xe2\x80\xa8\"",
        "\"abcdefg\xc3\xa4hijklmnop\xc3\xb6\"");
}

static void test_arrays_are_accepted(void **state)
{
    CHECK(JSON_OK, "[]", "[[]]", "[null]", "[1,2]", "[1,\"a\",true,{}]",
        "[[],[],[[]]]", "[[1],[2]]", "[\"\"]", "[-1]", "[0]");
}

static void test_objects_are_accepted(void **state)
{
    CHECK(JSON_OK, "{}", "{\"\":0}", "{\"a\":1}", "{\"a\":1,\"b\":2}",
        "{\"a\":{\"a\":{}}}", "{\"a\":[],\"b\":[{}]}", "{\"a\":\"a\"}",
        "{\"a\":1,\"A\":2}", "{\"a\":1,\"a \":2}",
        "{\"x\":{\"a\":1},\"y\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]");
}

static void test_white_space_is_skipped_everywhere(void **state)
{
    CHECK(JSON_OK, " 1", "1 ", "\t1\r\n", " [ ] ", "[ 1 , 2 ]", " { } ",
        "{ \"a\" : 1 , \"b\" : [ ] }", "\n[\n1\n]\n", " null\n", " \"a\" ");
}

/* ---- the grammar ---- */

static void test_nothing_is_empty(void **state)
{
    CHECK(JSON_EMPTY, "", " ", "\n", "\t \r\n");
}

static void test_broken_words_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "n", "nul", "nulL", "NULL", "Null", "tru", "TRUE",
        "True", "fals", "FALSE", "undefined", "None", "a", "[nul]",
        "{\"a\":tru}", "[truth]");
}

static void test_numbers_that_are_none_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "NaN", "nan", "Infinity", "-Infinity", "inf", "-inf",
        "[NaN]", "[Infinity]", "[-Infinity]", "-", "+", "--1", "-a", "- 1");
}

static void test_malformed_numbers_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "+1", ".5", "-.5", "1.", "1.e1", "1e", "1e+", "1E-",
        "[1.]", "[1e]", "[.1]", "0.", "[0.e1]", "1ea");
}

static void test_numbers_with_something_behind_are_refused(void **state)
{
    CHECK(JSON_TRAILING, "01", "-01", "00", "0x10", "1a", "1_000", "1.2.3",
        "1e5.5", "1e1e1", "12abc", "1-1", "0b1", "1f");
}

static void test_leading_zeros_in_containers_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "[01]", "[-01]", "{\"a\":012}", "[0x1]", "[1 000]");
}

static void test_strings_without_an_end_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "\"", "\"a", "\"a\\\"", "\"\\", "[\"", "[\"a]", "{\"a",
        "\"1234567", "\"12345678", "\"\\u00", "\"\\u0041");
}

static void test_other_quotes_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "'a'", "['a']", "{'a':1}", "`a`", "{a:1}", "{1:1}",
        "{null:1}",
        "\xe2\x80\x9c"
        "a\xe2\x80\x9d");
}

static void test_unknown_escapes_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "\"\\a\"", "\"\\x41\"", "\"\\0\"", "\"\\'\"", "\"\\v\"",
        "\"\\U0041\"", "\"\\ \"", "\"\\\n\"", "\"\\\xc3\xa4\"");
}

static void test_malformed_unicode_escapes_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"",
        "\"\\u123g\"", "\"\\u 123\"", "\"\\u+123\"", "\"\\u-123\"",
        "\"\\u{41}\"", "\"\\u12\xc3\xa4\"");
}

static void test_raw_control_characters_are_refused(void **state)
{
    char text[] = "\"a?b\"";
    int c;

    (void)state;
    for (c = 1; c < 0x20; c++) {
        text[2] = (char)c;
        assert_int_equal(parse_bytes(text, 5, NULL), JSON_SYNTAX);
    }
    text[2] = 0x20;
    assert_int_equal(parse_bytes(text, 5, NULL), JSON_OK);
}

static void test_other_white_space_is_refused(void **state)
{
    CHECK(JSON_SYNTAX, "\v1", "\f1",
        "\xc2\xa0"
        "1",
        "\xe2\x80\xa8"
        "1",
        "[1\v,2]", "[\f]", "{\f}", "\b1");
}

static void test_a_byte_order_mark_is_refused(void **state)
{
    CHECK(JSON_SYNTAX, "\xef\xbb\xbf{}", "\xef\xbb\xbf", "\xfe\xff",
        " \xef\xbb\xbf"
        "1");
}

static void test_malformed_arrays_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "[", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]",
        "[1 2]", "[1:2]", "[1}", "[}", "]", "[[]", "[1;2]", "[\"a\" \"b\"]",
        "[1,2,3", "[[1,2]", "[...]", ",");
}

static void test_malformed_objects_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\",1}", "{\"a\":1 \"b\":2}",
        "{\"a\":1,,\"b\":2}", "{\"a\"::1}", "{:1}", "{\"a\":}", "{\"a\":1]",
        "{]", "}", "{[1]:1}", "{\"a\" 1}", "{\"a\":1:2}", "{\"a\":1;}", ":");
}

static void test_comments_are_refused(void **state)
{
    CHECK(JSON_SYNTAX, "/* a */1", "// a\n1", "[1/* a */]", "[1,# a\n2]",
        "{/**/}", "#1", "--", "<!-- -->");
}

static void test_bytes_behind_the_value_are_refused(void **state)
{
    CHECK(JSON_TRAILING, "1 2", "{}{}", "[]]", "{}}", "null null", "\"a\"b",
        "[] ,", "{}\nx", "1/* */", "[]//", "true1", "{}#", "1,", "\"\"\"");
}

/* ---- text ---- */

static void test_ill_formed_utf8_is_refused(void **state)
{
    CHECK(JSON_BAD_UTF8, "\"\x80\"", "\"\xbf\"", "\"\xff\"", "\"\xfe\"",
        "\"\xc3\"",
        "\"\xc3"
        "a\"",
        "\"\xe2\x82\"", "\"\xf0\x9f\x98\"", "\"12345678\x80\"",
        "\"\xc3\xa4\xc3\"", "[\"\xff\"]", "{\"\xff\":1}");
}

static void test_overlong_utf8_is_refused(void **state)
{
    CHECK(JSON_BAD_UTF8, "\"\xc0\xaf\"", "\"\xc1\xbf\"", "\"\xe0\x80\xaf\"",
        "\"\xe0\x9f\xbf\"", "\"\xf0\x80\x80\xaf\"", "\"\xc0\x80\"",
        "\"\xf0\x8f\xbf\xbf\"");
}

static void test_encoded_surrogates_are_refused(void **state)
{
    CHECK(JSON_BAD_UTF8, "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
        "\"\xed\xa0\xbd\xed\xb8\x80\"");
}

static void test_characters_beyond_unicode_are_refused(void **state)
{
    CHECK(JSON_BAD_UTF8, "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
        "\"\xf8\x88\x80\x80\x80\"", "\"\xfc\x84\x80\x80\x80\x80\"");
}

static void test_lone_surrogate_escapes_are_refused(void **state)
{
    CHECK(JSON_BAD_UTF8, "\"\\ud800\"", "\"\\udc00\"", "\"\\udfff\"",
        "\"\\udbff\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"",
        "\"\\ud83d\\ud83d\"", "\"\\ude00\\ud83d\"", "\"\\udc00\\udc00\"",
        "\"\\udfff\\udfff\"", "\"\\ud83d\\ude0\"", "\"\\ud83d\\\"", "\"\\ud83d",
        "{\"\\ud800\":1}");
}

static void test_escaped_nul_is_refused(void **state)
{
    CHECK(JSON_NUL, "\"\\u0000\"", "\"a\\u0000b\"", "{\"a\\u0000b\":1}",
        "[\"\\u0000\"]");
}

static void test_raw_nul_in_a_string_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_bytes("\"\0\"", 3, NULL), JSON_NUL);
    assert_int_equal(parse_bytes("\"12345678\0\"", 11, NULL), JSON_NUL);
    assert_int_equal(parse_bytes("{\"a\0\":1}", 8, NULL), JSON_NUL);
}

static void test_nul_between_tokens_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_bytes("\0", 1, NULL), JSON_SYNTAX);
    assert_int_equal(parse_bytes("1\0", 2, NULL), JSON_TRAILING);
    assert_int_equal(parse_bytes("[1\0]", 4, NULL), JSON_SYNTAX);
    assert_int_equal(parse_bytes("[-\0]", 4, NULL), JSON_SYNTAX);
}

/* ---- the place of a fault ---- */

static void check_place(const char *text, uint32_t expect)
{
    uint32_t at;

    assert_int_not_equal(parse_bytes(text, strlen(text), &at), JSON_OK);
    assert_int_equal(at, expect);
}

static void test_the_place_of_the_fault_is_told(void **state)
{
    (void)state;
    check_place("", 0);
    check_place("  ", 2);
    check_place("[1,x]", 3);
    check_place("[1", 2);
    check_place("{} x", 3);
    check_place("{\"a\":1,\"a\":2}", 7);
    check_place("[\"ab\xff\"]", 4);
    check_place("[\"ab\\q\"]", 4);
    check_place("[1e999]", 1);
    check_place("[01]", 2);
}

/* What the byte ${c} among letters in a string comes to. */
static enum json_error expect_of(int c)
{
    if (c == '\0')
        return JSON_NUL;
    if (c < ' ' || c == '\\')
        return JSON_SYNTAX;
    if (c == '"')
        return JSON_TRAILING;
    return c < 0x80 ? JSON_OK : JSON_BAD_UTF8;
}

/* Strings are looked through many bytes at a time. */
static void test_every_byte_is_seen_wherever_it_stands_in_a_string(void **state)
{
    enum { LENGTH = 100 };
    char text[LENGTH];
    uint32_t at;

    (void)state;
    for (int c = 0; c < 256; c++) {
        for (uint32_t i = 1; i < LENGTH - 2; i++) {
            memset(text, 'q', sizeof(text));
            text[0] = text[LENGTH - 1] = '"';
            text[i] = (char)c;
            assert_int_equal(
                parse_bytes(text, sizeof(text), &at), expect_of(c));
            if (expect_of(c) != JSON_OK)
                assert_int_equal(at, i + (c == '"'));
        }
    }
}

static void test_the_place_of_a_twin_among_many_is_the_later(void **state)
{
    struct buf text = {0};
    uint32_t at;
    int i;

    (void)state;
    buf_puts(&text, "{\"twin\":0");
    for (i = 0; i < 50; i++)
        buf_printf(&text, ",\"k%02d\":0", i);
    i = (int)text.len + 1;
    buf_puts(&text, ",\"twin\":0,\"z\":0}");
    assert_int_equal(parse_bytes(text.data, text.len, &at), JSON_DUPLICATE_KEY);
    assert_int_equal(at, i);
    buf_free(&text);
}

static void test_every_error_has_a_phrase(void **state)
{
    int error;

    (void)state;
    for (error = JSON_OK; error <= JSON_NO_MEMORY; error++) {
        assert_non_null(json_strerror((enum json_error)error));
        assert_true(strlen(json_strerror((enum json_error)error)) > 5);
    }
}

static void test_every_cut_of_a_text_is_refused(void **state)
{
    static const char text[] =
        "{\"model\":\"m\",\"n\":[1.5e3,-2,{}],\"s\":\"\\ud83d\\ude00"
        "\xe2\x82\xac\",\"t\":true,\"z\":null}";
    size_t n;

    (void)state;
    assert_int_equal(parse_bytes(text, sizeof(text) - 1, NULL), JSON_OK);
    for (n = 0; n < sizeof(text) - 1; n++)
        assert_int_not_equal(parse_bytes(text, n, NULL), JSON_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_values),
        cmocka_unit_test(test_integers_are_values),
        cmocka_unit_test(test_fractions_and_exponents_are_values),
        cmocka_unit_test(test_plain_strings_are_values),
        cmocka_unit_test(test_escapes_are_accepted),
        cmocka_unit_test(test_surrogate_pairs_are_accepted),
        cmocka_unit_test(test_characters_beyond_ascii_are_accepted),
        cmocka_unit_test(test_arrays_are_accepted),
        cmocka_unit_test(test_objects_are_accepted),
        cmocka_unit_test(test_white_space_is_skipped_everywhere),
        cmocka_unit_test(test_nothing_is_empty),
        cmocka_unit_test(test_broken_words_are_refused),
        cmocka_unit_test(test_numbers_that_are_none_are_refused),
        cmocka_unit_test(test_malformed_numbers_are_refused),
        cmocka_unit_test(test_numbers_with_something_behind_are_refused),
        cmocka_unit_test(test_leading_zeros_in_containers_are_refused),
        cmocka_unit_test(test_strings_without_an_end_are_refused),
        cmocka_unit_test(test_other_quotes_are_refused),
        cmocka_unit_test(test_unknown_escapes_are_refused),
        cmocka_unit_test(test_malformed_unicode_escapes_are_refused),
        cmocka_unit_test(test_raw_control_characters_are_refused),
        cmocka_unit_test(test_other_white_space_is_refused),
        cmocka_unit_test(test_a_byte_order_mark_is_refused),
        cmocka_unit_test(test_malformed_arrays_are_refused),
        cmocka_unit_test(test_malformed_objects_are_refused),
        cmocka_unit_test(test_comments_are_refused),
        cmocka_unit_test(test_bytes_behind_the_value_are_refused),
        cmocka_unit_test(test_ill_formed_utf8_is_refused),
        cmocka_unit_test(test_overlong_utf8_is_refused),
        cmocka_unit_test(test_encoded_surrogates_are_refused),
        cmocka_unit_test(test_characters_beyond_unicode_are_refused),
        cmocka_unit_test(test_lone_surrogate_escapes_are_refused),
        cmocka_unit_test(test_escaped_nul_is_refused),
        cmocka_unit_test(test_raw_nul_in_a_string_is_refused),
        cmocka_unit_test(test_nul_between_tokens_is_refused),
        cmocka_unit_test(test_the_place_of_the_fault_is_told),
        cmocka_unit_test(
            test_every_byte_is_seen_wherever_it_stands_in_a_string),
        cmocka_unit_test(test_the_place_of_a_twin_among_many_is_the_later),
        cmocka_unit_test(test_every_error_has_a_phrase),
        cmocka_unit_test(test_every_cut_of_a_text_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
