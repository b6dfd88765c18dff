/* The tape leads to every value of the text where it stands, numbers are read
 * exactly or not at all, and texts survive quoting and decoding. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static struct json_doc parsed(const char *text)
{
    struct json_doc doc = {0};

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    return doc;
}

/* ---- the tape ---- */

static void test_the_root_has_index_zero(void **state)
{
    static const char *const texts[] = {
        "null", "false", "true", "1", "\"a\"", "[1]", "{\"a\":1}"};
    struct json_doc doc;
    int kind;

    (void)state;
    for (kind = JSON_NULL; kind <= JSON_OBJECT; kind++) {
        doc = parsed(texts[kind]);
        assert_int_equal(json_kind(&doc, 0), kind);
        json_free(&doc);
    }
}

static void test_only_what_is_there_is_of_a_kind(void **state)
{
    struct json_doc doc = parsed("{\"a\":[]}");

    (void)state;
    assert_true(json_is(&doc, json_member(&doc, 0, "a"), JSON_ARRAY));
    assert_false(json_is(&doc, json_member(&doc, 0, "a"), JSON_OBJECT));
    /* The root is an object, and JSON_NONE is its index. */
    assert_false(json_is(&doc, json_member(&doc, 0, "b"), JSON_OBJECT));
    json_free(&doc);
}

static void test_children_are_walked_in_order(void **state)
{
    struct json_doc doc = parsed("[1,[2,3],{\"a\":4},\"5\"]");
    static const char *const expect[] = {"1", "[2,3]", "{\"a\":4}", "\"5\""};
    uint32_t child = json_first(&doc, 0);
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        assert_int_not_equal(child, JSON_NONE);
        assert_true(span_is(json_raw(&doc, child), expect[i]));
        child = json_after(&doc, 0, child);
    }
    assert_int_equal(child, JSON_NONE);
    json_free(&doc);
}

static void test_members_are_walked_key_and_value(void **state)
{
    struct json_doc doc = parsed("{ \"a\" : [ 1 ] , \"b\" : 2 }");
    uint32_t a = json_first(&doc, 0);
    uint32_t va = json_after(&doc, 0, a);
    uint32_t b = json_after(&doc, 0, va);
    uint32_t vb = json_after(&doc, 0, b);

    (void)state;
    assert_true(span_is(json_raw(&doc, a), "\"a\""));
    assert_true(span_is(json_raw(&doc, va), "[ 1 ]"));
    assert_true(span_is(json_raw(&doc, b), "\"b\""));
    assert_true(span_is(json_raw(&doc, vb), "2"));
    assert_int_equal(json_after(&doc, 0, vb), JSON_NONE);
    json_free(&doc);
}

static void test_scalars_and_empty_containers_have_no_child(void **state)
{
    struct json_doc doc = parsed("[[],{},1,\"\"]");
    uint32_t child;

    (void)state;
    for (child = json_first(&doc, 0); child != JSON_NONE;
         child = json_after(&doc, 0, child))
        assert_int_equal(json_first(&doc, child), JSON_NONE);
    json_free(&doc);
}

static void test_the_end_of_a_nested_container_is_its_own(void **state)
{
    struct json_doc doc = parsed("[[1],2]");
    uint32_t inner = json_first(&doc, 0);

    (void)state;
    assert_int_equal(
        json_after(&doc, inner, json_first(&doc, inner)), JSON_NONE);
    assert_true(span_is(json_raw(&doc, json_after(&doc, 0, inner)), "2"));
    json_free(&doc);
}

static void test_size_counts_elements_and_members(void **state)
{
    struct json_doc doc = parsed("[[1,[2,2],3],{\"a\":[1,2],\"b\":{}},[],7]");
    uint32_t child = json_first(&doc, 0);

    (void)state;
    assert_int_equal(json_size(&doc, 0), 4);
    assert_int_equal(json_size(&doc, child), 3);
    child = json_after(&doc, 0, child);
    assert_int_equal(json_size(&doc, child), 2);
    child = json_after(&doc, 0, child);
    assert_int_equal(json_size(&doc, child), 0);
    child = json_after(&doc, 0, child);
    assert_int_equal(json_size(&doc, child), 0);
    json_free(&doc);
}

static void test_member_finds_a_key_of_its_object_only(void **state)
{
    struct json_doc doc =
        parsed("{\"x\":{\"y\":1},\"ab\":2,\"a\":3,\"\":4,\"\\u0062\":5}");

    (void)state;
    assert_true(span_is(json_raw(&doc, json_member(&doc, 0, "ab")), "2"));
    assert_true(span_is(json_raw(&doc, json_member(&doc, 0, "a")), "3"));
    assert_true(span_is(json_raw(&doc, json_member(&doc, 0, "")), "4"));
    assert_true(span_is(json_raw(&doc, json_member(&doc, 0, "b")), "5"));
    assert_int_equal(json_member(&doc, 0, "y"), JSON_NONE);
    assert_int_equal(json_member(&doc, 0, "abc"), JSON_NONE);
    json_free(&doc);
}

static void test_only_objects_have_members(void **state)
{
    struct json_doc doc = parsed("[\"a\",1]");

    (void)state;
    assert_int_equal(json_member(&doc, 0, "a"), JSON_NONE);
    assert_int_equal(json_member(&doc, 1, "a"), JSON_NONE);
    json_free(&doc);
}

static void test_memory_is_reused_by_the_next_text(void **state)
{
    struct json_doc doc = parsed("[1,2,3,4,5]");
    struct json_node *nodes = doc.nodes;

    (void)state;
    assert_int_equal(json_parse(&doc, "{\"a\":1}", 7), JSON_OK);
    assert_ptr_equal(doc.nodes, nodes);
    assert_int_equal(json_size(&doc, 0), 1);
    json_free(&doc);
    assert_null(doc.nodes);
    assert_int_equal(doc.cap, 0);
}

static void test_a_refused_text_leaves_no_nodes(void **state)
{
    struct json_doc doc = parsed("[1]");

    (void)state;
    assert_int_equal(json_parse(&doc, "[1,2", 4), JSON_SYNTAX);
    assert_int_equal(doc.count, 0);
    assert_int_equal(json_parse(&doc, "[]", 2), JSON_OK);
    assert_int_equal(doc.fault_at, 0);
    json_free(&doc);
}

/* ---- strings ---- */

static void check_text(const char *json, const char *expect)
{
    struct json_doc doc = parsed(json);
    struct buf out = {0};

    json_string(&doc, 0, &out);
    assert_string_equal(buf_terminate(&out), expect);
    assert_true(json_string_is(&doc, 0, expect));
    buf_free(&out);
    json_free(&doc);
}

static void test_strings_are_decoded(void **state)
{
    (void)state;
    check_text("\"\"", "");
    check_text("\"abc\"", "abc");
    check_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    check_text("\"a\\nb\\nc\"", "a\nb\nc");
    check_text("\"\\u0041\\u007f\"", "A\x7f");
    check_text("\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf");
    check_text("\"\\u0800\\uFfFf\"", "\xe0\xa0\x80\xef\xbf\xbf");
    check_text("\"\\ud800\\udc00\"", "\xf0\x90\x80\x80");
    check_text("\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf");
    check_text("\"x\\ud83d\\ude00y\"", "x\xf0\x9f\x98\x80y");
    check_text("\"\\\\u0041\"", "\\u0041");
}

static void test_string_is_compares_the_whole_text(void **state)
{
    struct json_doc doc = parsed("\"a\\u0062c\"");

    (void)state;
    assert_true(json_string_is(&doc, 0, "abc"));
    assert_false(json_string_is(&doc, 0, "ab"));
    assert_false(json_string_is(&doc, 0, "abcd"));
    assert_false(json_string_is(&doc, 0, "axc"));
    assert_false(json_string_is(&doc, 0, ""));
    assert_false(json_string_is(&doc, 0, "a\\u0062c"));
    json_free(&doc);
}

static void test_what_is_no_string_is_no_text(void **state)
{
    struct json_doc doc = parsed("1");

    (void)state;
    assert_false(json_string_is(&doc, 0, "1"));
    assert_false(json_string_is(&doc, 0, ""));
    json_free(&doc);
}

static void check_quote(const char *text, const char *expect)
{
    struct buf out = {0};

    json_quote(&out, (struct span){text, strlen(text)});
    assert_string_equal(buf_terminate(&out), expect);
    buf_free(&out);
}

static void test_quoting_escapes_what_it_must(void **state)
{
    (void)state;
    check_quote("", "\"\"");
    check_quote("abc", "\"abc\"");
    check_quote("\"\\/", "\"\\\"\\\\/\"");
    check_quote(
        "\n\r\t\b\f\x01\x1f", "\"\\n\\r\\t\\u0008\\u000c\\u0001\\u001f\"");
    check_quote(
        "\x7f\xc3\xa4\xf0\x9f\x98\x80", "\"\x7f\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void test_quoted_text_is_read_back(void **state)
{
    struct json_doc doc = {0};
    struct buf quoted = {0};
    char text[130];
    int c;

    (void)state;
    for (c = 1; c < 128; c++)
        text[c - 1] = (char)c;
    text[127] = '\0';
    json_quote(&quoted, (struct span){text, strlen(text)});
    assert_int_equal(json_parse(&doc, quoted.data, quoted.len), JSON_OK);
    assert_true(json_string_is(&doc, 0, text));
    json_free(&doc);
    buf_free(&quoted);
}

/* ---- numbers ---- */

static int read_int(const char *text, int64_t *value)
{
    struct json_doc doc = parsed(text);
    int ret = json_int(&doc, 0, value);

    json_free(&doc);
    return ret;
}

static void test_integers_are_read_to_their_limits(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } table[] = {
        {"0", 0},
        {"-0", 0},
        {"1", 1},
        {"-17", -17},
        {"9007199254740993", 9007199254740993},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    int64_t value;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(read_int(table[i].text, &value), 0);
        assert_true(value == table[i].value);
    }
}

static void test_integers_that_do_not_fit_are_none(void **state)
{
    int64_t value = 7;

    (void)state;
    assert_int_equal(read_int("9223372036854775808", &value), -1);
    assert_int_equal(read_int("-9223372036854775809", &value), -1);
    assert_int_equal(read_int("100000000000000000000000", &value), -1);
    assert_int_equal(value, 7);
}

static void test_other_values_are_no_integers(void **state)
{
    int64_t value = 7;

    (void)state;
    assert_int_equal(read_int("1.0", &value), -1);
    assert_int_equal(read_int("1e2", &value), -1);
    assert_int_equal(read_int("\"5\"", &value), -1);
    assert_int_equal(read_int("true", &value), -1);
    assert_int_equal(read_int("null", &value), -1);
    assert_int_equal(read_int("[1]", &value), -1);
    assert_int_equal(value, 7);
}

static void check_double(const char *text, double expect)
{
    struct json_doc doc = parsed(text);
    double value;

    assert_int_equal(json_double(&doc, 0, &value), 0);
    assert_memory_equal(&value, &expect, sizeof(value));
    json_free(&doc);
}

static void test_doubles_are_read_as_the_compiler_does(void **state)
{
    (void)state;
    check_double("0", 0.0);
    check_double("-0", -0.0);
    check_double("-0.0", -0.0);
    check_double("1.5", 1.5);
    check_double("0.1", 0.1);
    check_double("-12.25e2", -12.25e2);
    check_double("1E+2", 1E+2);
    check_double("123456789.987654321e-5", 123456789.987654321e-5);
    check_double("1.7976931348623157e308", 1.7976931348623157e308);
    check_double("2.2250738585072014e-308", 2.2250738585072014e-308);
    check_double("5e-324", 5e-324);
    check_double("0.000001e6", 1);
    check_double("9007199254740993", 9007199254740993.0);
}

static void test_tiny_numbers_become_zero(void **state)
{
    (void)state;
    check_double("1e-999", 0.0);
    check_double("-1e-999", -0.0);
    check_double("1e-99999999999999999999", 0.0);
    check_double("0e99999999999999999999", 0.0);
}

static void test_other_values_are_no_doubles(void **state)
{
    struct json_doc doc = parsed("[\"1.5\",null,{},[]]");
    uint32_t child;
    double value;

    (void)state;
    for (child = json_first(&doc, 0); child != JSON_NONE;
         child = json_after(&doc, 0, child))
        assert_int_equal(json_double(&doc, child, &value), -1);
    json_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_root_has_index_zero),
        cmocka_unit_test(test_only_what_is_there_is_of_a_kind),
        cmocka_unit_test(test_children_are_walked_in_order),
        cmocka_unit_test(test_members_are_walked_key_and_value),
        cmocka_unit_test(test_scalars_and_empty_containers_have_no_child),
        cmocka_unit_test(test_the_end_of_a_nested_container_is_its_own),
        cmocka_unit_test(test_size_counts_elements_and_members),
        cmocka_unit_test(test_member_finds_a_key_of_its_object_only),
        cmocka_unit_test(test_only_objects_have_members),
        cmocka_unit_test(test_memory_is_reused_by_the_next_text),
        cmocka_unit_test(test_a_refused_text_leaves_no_nodes),
        cmocka_unit_test(test_strings_are_decoded),
        cmocka_unit_test(test_string_is_compares_the_whole_text),
        cmocka_unit_test(test_what_is_no_string_is_no_text),
        cmocka_unit_test(test_quoting_escapes_what_it_must),
        cmocka_unit_test(test_quoted_text_is_read_back),
        cmocka_unit_test(test_integers_are_read_to_their_limits),
        cmocka_unit_test(test_integers_that_do_not_fit_are_none),
        cmocka_unit_test(test_other_values_are_no_integers),
        cmocka_unit_test(test_doubles_are_read_as_the_compiler_does),
        cmocka_unit_test(test_tiny_numbers_become_zero),
        cmocka_unit_test(test_other_values_are_no_doubles),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
