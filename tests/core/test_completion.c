/* What calls of all dialects share: names that are copied outlive those they
 * were copied from, and choices and counts are kept within their bounds. Quotes
 * are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "completion.h"
#include "play_text.h"

static void test_copied_names_outlive_their_source(void **state)
{
    char model[] = "model", upstream_model[] = "up";
    struct completion_names copy;

    (void)state;
    assert_int_equal(
        completion_names_copy(
            &(struct completion_names){model, upstream_model}, &copy),
        0);
    model[0] = upstream_model[0] = 'x';
    assert_string_equal(copy.model, "model");
    assert_string_equal(copy.upstream_model, "up");
    completion_names_free(&copy);
    assert_null(copy.model);
    assert_null(copy.upstream_model);
}

static void test_no_names_need_no_memory_back(void **state)
{
    struct completion_names none = {0};

    (void)state;
    completion_names_free(&none);
    assert_null(none.model);
}

static bool applies(const char *model, const char *upstream, const char *text)
{
    struct completion_names names = {model, upstream};
    char *json = play_quoted(text);
    struct json_doc doc = {0};
    bool applied;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    applied = completion_names_apply(&names, &doc, 0);
    json_free(&doc);
    free(json);
    return applied;
}

static void test_only_the_upstreams_name_is_replaced(void **state)
{
    (void)state;
    assert_true(applies("model", "up", "'up'"));
    assert_true(applies("model", "up", "'\\u0075p'"));
    assert_false(applies("model", "up", "'upper'"));
    assert_false(applies("same", "same", "'same'"));
}

static void test_quoted_name_is_the_one_that_goes_out(void **state)
{
    struct buf out = {0};

    (void)state;
    completion_names_quote(&(struct completion_names){"a\"b", "up"}, &out);
    assert_string_equal(buf_terminate(&out), "\"a\\\"b\"");
    buf_free(&out);
}

static void test_choices_are_at_least_one_and_not_too_many(void **state)
{
    (void)state;
    assert_int_equal(completion_choices(&(struct completion){.n = 0}), 1);
    assert_int_equal(completion_choices(&(struct completion){.n = 3}), 3);
    assert_int_equal(
        completion_choices(&(struct completion){.n = UINT32_MAX}), CHOICES_MAX);
}

static int tokens(const char *text, uint64_t *count)
{
    char *json = play_quoted(text);
    struct json_doc doc = {0};
    int rc;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    rc = completion_tokens(&doc, 0, "n", count);
    json_free(&doc);
    free(json);
    return rc;
}

static void test_absurd_counts_are_not_read(void **state)
{
    static const char *const absurd[] = {
        "{}", "{'n':null}", "{'n':'1'}", "{'n':-1}", "{'n':1e300}"};
    uint64_t count = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++)
        assert_int_equal(tokens(absurd[i], &count), -1);
    assert_int_equal(count, 7);
    assert_int_equal(tokens("{'n':0}", &count), 0);
    assert_int_equal(count, 0);
}

static void test_detail_that_is_not_there_is_nothing(void **state)
{
    char *json = play_quoted("{'some':{'n':3},'other':{'n':-3}}");
    struct json_doc doc = {0};

    (void)state;
    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    assert_int_equal(completion_detail(&doc, 0, "some", "n"), 3);
    assert_int_equal(completion_detail(&doc, 0, "some", "m"), 0);
    assert_int_equal(completion_detail(&doc, 0, "other", "n"), 0);
    assert_int_equal(completion_detail(&doc, 0, "none", "n"), 0);
    json_free(&doc);
    free(json);
}

static uint64_t quarters(const char *text)
{
    char *json = play_quoted(text);
    struct json_doc doc = {0};
    struct buf scratch = {0};
    uint64_t count;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    count = completion_quarters(&doc, json_member(&doc, 0, "said"), &scratch);
    buf_free(&scratch);
    json_free(&doc);
    free(json);
    return count;
}

static void test_words_count_as_they_read_and_only_those_of_a_string(
    void **state)
{
    static const char *const silent[] = {
        "{}", "{'said':null}", "{'said':7}", "{'said':['ab']}", "['ab']"};

    (void)state;
    assert_int_equal(quarters("{'said':'ab'}"), 2);
    assert_int_equal(quarters("{'said':'\\u0061b'}"), 2);
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        assert_int_equal(quarters(silent[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copied_names_outlive_their_source),
        cmocka_unit_test(test_no_names_need_no_memory_back),
        cmocka_unit_test(test_only_the_upstreams_name_is_replaced),
        cmocka_unit_test(test_quoted_name_is_the_one_that_goes_out),
        cmocka_unit_test(test_choices_are_at_least_one_and_not_too_many),
        cmocka_unit_test(test_absurd_counts_are_not_read),
        cmocka_unit_test(test_detail_that_is_not_there_is_nothing),
        cmocka_unit_test(
            test_words_count_as_they_read_and_only_those_of_a_string),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
