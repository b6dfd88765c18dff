/* Fields are checked in the table's order and refused by their path, whatever
 * the dialect. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "field.h"

static int check_element(struct field_reader *r, uint32_t element)
{
    return field_need_text(r, element, "x", ".x");
}

static int check_list(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_element);
}

static int check_row(struct field_reader *r, uint32_t row)
{
    return field_each(r, "row", row, check_element);
}

static int check_rows(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_each(r, f->name, node, check_row);
}

static int check_tools(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_each(r, f->name, node, field_tool_size);
}

static const struct field fields[] = {
    {"model", field_model, "a string of 1 to 128 bytes", 0, 0},
    {"list", check_list, "an array of 1 to 3", 1, 3},
    {"rows", check_rows, "", 0, 0},
    {"ratio", field_number, "a number from 0 to 1", 0, 1},
    {"max", field_limit, "an integer of at least 1", 1, 1e18},
    {"max_too", field_limit, "an integer of at least 1", 1, 1e18},
    {"flag", field_boolean, "a boolean", 0, 0},
    {"names", field_strings, "an array of strings", 0, 0},
    {"choice", field_tool_choice, "a word or an object", 0, 0},
    {"tools", check_tools, "", 0, 0},
};

static struct completion completion;
static struct fault fault;

static int check(const char *text)
{
    char *json = play_quoted(text);
    struct json_doc doc = {0};
    struct field_reader r = {
        .doc = &doc, .completion = &completion, .fault = &fault};
    int rc;

    completion = (struct completion){0};
    fault = (struct fault){0};
    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    rc = field_finish(
        &r, field_table(&r, fields, sizeof(fields) / sizeof(fields[0]), 1));
    json_free(&doc);
    free(json);
    return rc;
}

static void refused(const char *text, const char *param, const char *message)
{
    assert_int_equal(check(text), -1);
    assert_string_equal(fault.param, param);
    assert_string_equal(fault.message, message);
}

static void test_body_is_an_object(void **state)
{
    (void)state;
    refused("[]", "", "The body must be a JSON object.");
}

static void test_required_fields_must_be_there(void **state)
{
    (void)state;
    refused("{}", "model", "model is required");
    refused("{'model':null}", "model", "model is required");
}

static void test_first_bad_field_of_the_table_is_named(void **state)
{
    (void)state;
    refused("{'flag':1,'ratio':2,'model':'m'}", "ratio",
        "ratio must be a number from 0 to 1");
}

static void test_path_leads_into_lists(void **state)
{
    (void)state;
    refused("{'model':'m','list':[{'x':'a'},{'x':1}]}", "list[1].x",
        "list[1].x must be a string");
}

static void test_path_leads_into_lists_within_lists(void **state)
{
    (void)state;
    refused("{'model':'m','rows':[[{'x':'a'}],[{'x':'a'},{'x':'a'},{}]]}",
        "rows[1].row[2].x", "rows[1].row[2].x must be a string");
}

static void test_path_is_out_of_a_list_behind_it(void **state)
{
    (void)state;
    refused("{'model':'m','rows':[[],[{'x':'a'}],[{'x':'a'}]],'flag':1}",
        "flag", "flag must be a boolean");
}

static void test_list_is_an_array_within_its_bounds(void **state)
{
    static const char expected[] = "list must be an array of 1 to 3";
    static const char x[] = "{'model':'m','list':[{'x':''},{'x':''},{'x':''}]}";

    (void)state;
    refused("{'model':'m','list':'x'}", "list", expected);
    refused("{'model':'m','list':{}}", "list", expected);
    refused("{'model':'m','list':[]}", "list", expected);
    assert_int_equal(check(x), 0);
    refused("{'model':'m','list':[1,1,1,1]}", "list", expected);
}

static void test_null_is_absent(void **state)
{
    (void)state;
    assert_int_equal(check("{'model':'m','flag':null,'ratio':null}"), 0);
}

static void test_smallest_of_several_limits_counts(void **state)
{
    (void)state;
    assert_int_equal(check("{'model':'m','max':9,'max_too':5}"), 0);
    assert_int_equal(completion.max_tokens, 5);
}

static void test_bounds_are_part_of_the_range(void **state)
{
    (void)state;
    assert_int_equal(check("{'model':'m','ratio':0}"), 0);
    assert_int_equal(check("{'model':'m','ratio':1.0}"), 0);
    assert_int_equal(check("{'model':'m','ratio':1.01}"), -1);
}

static void test_list_of_strings_has_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(check("{'model':'m','names':['a','b']}"), 0);
    assert_int_equal(check("{'model':'m','names':['a',1]}"), -1);
    assert_string_equal(fault.param, "names");
}

static void test_choice_of_a_tool_is_a_word_or_an_object(void **state)
{
    static const char expected[] = "choice must be a word or an object";

    (void)state;
    assert_int_equal(check("{'model':'m','choice':'none'}"), 0);
    assert_int_equal(check("{'model':'m','choice':'auto'}"), 0);
    assert_int_equal(check("{'model':'m','choice':'required'}"), 0);
    assert_int_equal(check("{'model':'m','choice':{}}"), 0);
    refused("{'model':'m','choice':'any'}", "choice", expected);
    refused("{'model':'m','choice':[]}", "choice", expected);
}

/* Two tools, of which the second is a string of that size. */
static char *tools_of(size_t size)
{
    struct buf text = {0};

    buf_puts(&text, "{'model':'m','tools':[{},'");
    memset(buf_reserve(&text, size - 2), 'x', size - 2);
    buf_commit(&text, size - 2);
    buf_puts(&text, "']}");
    assert_non_null(buf_terminate(&text));
    return text.data;
}

static void test_tool_is_not_longer_than_64_kibibytes(void **state)
{
    char *fits = tools_of(65536), *larger = tools_of(65537);

    (void)state;
    assert_int_equal(check(fits), 0);
    refused(larger, "tools[1]", "tools[1] must be at most 64 KiB");
    free(fits);
    free(larger);
}

static void test_escaped_model_is_decoded(void **state)
{
    (void)state;
    assert_int_equal(check("{'mod\\u0065l':'\\u006d'}"), 0);
    assert_string_equal(completion.model, "m");
}

static void test_texts_make_the_estimate(void **state)
{
    (void)state;
    assert_int_equal(check("{'model':'m','list':[{'x':'abcd'}]}"), 0);
    assert_int_equal(completion.est_in, 2); /* 1 token and 15 percent */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_is_an_object),
        cmocka_unit_test(test_required_fields_must_be_there),
        cmocka_unit_test(test_first_bad_field_of_the_table_is_named),
        cmocka_unit_test(test_path_leads_into_lists),
        cmocka_unit_test(test_path_leads_into_lists_within_lists),
        cmocka_unit_test(test_path_is_out_of_a_list_behind_it),
        cmocka_unit_test(test_list_is_an_array_within_its_bounds),
        cmocka_unit_test(test_null_is_absent),
        cmocka_unit_test(test_smallest_of_several_limits_counts),
        cmocka_unit_test(test_bounds_are_part_of_the_range),
        cmocka_unit_test(test_list_of_strings_has_nothing_else),
        cmocka_unit_test(test_choice_of_a_tool_is_a_word_or_an_object),
        cmocka_unit_test(test_tool_is_not_longer_than_64_kibibytes),
        cmocka_unit_test(test_escaped_model_is_decoded),
        cmocka_unit_test(test_texts_make_the_estimate),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
