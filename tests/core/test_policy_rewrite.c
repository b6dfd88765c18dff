/* Texts of users lose the terms that they may not have, wherever these begin
 * and end, and nothing else. API.md 8.7. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

static struct policy *policy;

static int make(void **state)
{
    static const char text[] = "{\"name\":\"a\",\"rules\":{\"denylist\":["
                               "\"competitor-x\",\"refund policy\",\"bad\","
                               "\"adder\"],\"response_pattern\":\"rewrite\"}}";
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct policy_doc read;

    (void)state;
    if (json_parse(&doc, text, sizeof(text) - 1) != JSON_OK ||
        policy_doc_read(&read, &doc, 0, "", &fault) != 0) {
        print_error("%s\n", fault.message);
        return -1;
    }
    json_free(&doc);
    policy = policy_make(&read, &fault);
    return policy != NULL ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    policy_free(policy);
    return 0;
}

enum { TEXTS = 4 };

/* Rewrite texts; what becomes of them is put together with a bar behind
 * each. */
static void check(const char *const texts[], size_t count, const char *wanted)
{
    struct policy_input inputs[TEXTS] = {0};
    struct buf out = {0}, shown = {0};
    size_t ends[TEXTS], begin = 0;

    for (size_t i = 0; i < count; i++)
        inputs[i].text = (struct span){texts[i], strlen(texts[i])};
    policy_rewrite(policy, inputs, count, &out, ends);
    assert_false(out.failed);
    for (size_t i = 0; i < count; begin = ends[i++]) {
        if (ends[i] > begin)
            buf_put(&shown, out.data + begin, ends[i] - begin);
        buf_puts(&shown, "|");
    }
    assert_string_equal(buf_terminate(&shown), wanted);
    buf_free(&shown);
    buf_free(&out);
}

static void check_one(const char *text, const char *wanted)
{
    check(&text, 1, wanted);
}

static void test_a_term_is_taken_out_however_it_is_written(void **state)
{
    (void)state;
    check_one("a B\xe2\x80\x8b"
              "ad thing, ba",
        "a [removed] thing, ba|");
    check_one("good", "good|");
    check_one("", "|");
    check_one("bad", "[removed]|");
    check_one("bad, bad", "[removed], [removed]|");
}

static void test_references_go_with_the_term(void **state)
{
    static const char *const apart[] = {"the b&#9", "7;d&amp; one"};

    (void)state;
    check_one("a&#98;a%64&amp;b", "a[removed]&amp;b|");
    check_one("&#x42;&#x41;&#x44%64er", "[removed]|");
    check(apart, 2, "the [removed]|&amp; one|");
}

static void test_terms_that_overlap_are_one(void **state)
{
    (void)state;
    check_one("a badder one", "a [removed] one|");
}

static void test_a_term_in_two_texts_leaves_both(void **state)
{
    static const char *const word[] = {"of compet", "itor-x, too"};
    static const char *const phrase[] = {"the refund", "policy is"};
    static const char *const three[] = {"b", "a", "d"};
    static const char *const apart[] = {"x ba", "", "d y"};

    (void)state;
    check(word, 2, "of [removed]|, too|");
    check(phrase, 2, "the [removed]| is|");
    check(three, 3, "[removed]|||");
    check(apart, 3, "x [removed]|| y|");
}

static void test_texts_around_it_stay(void **state)
{
    static const char *const texts[] = {"one", "bad two", "three ba", "dder"};

    (void)state;
    check(texts, 4, "one|[removed] two|three [removed]||");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_term_is_taken_out_however_it_is_written),
        cmocka_unit_test(test_references_go_with_the_term),
        cmocka_unit_test(test_terms_that_overlap_are_one),
        cmocka_unit_test(test_a_term_in_two_texts_leaves_both),
        cmocka_unit_test(test_texts_around_it_stay),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make, drop);
}
