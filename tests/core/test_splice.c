/* A document is copied byte for byte but for the pieces that are replaced, and
 * stays JSON whichever members are left out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "splice.h"

/* The text without the members whose keys are in drop. */
static void leaves(const char *text, const char *drop, const char *expected)
{
    struct splice_member m = {.object = 0};
    struct json_doc doc = {0}, again = {0};
    struct buf out = {0};
    struct splice s;

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    splice_begin(&s, &doc, &out);
    while (splice_next(&m, &doc))
        if (strchr(drop, json_inside(&doc, m.key).p[0]) != NULL)
            splice_drop(&m, &s);
    splice_end(&s);
    assert_string_equal(buf_terminate(&out), expected);
    assert_int_equal(json_parse(&again, out.data, out.len), JSON_OK);
    json_free(&again);
    json_free(&doc);
    buf_free(&out);
}

static void test_nothing_dropped_is_the_same_text(void **state)
{
    (void)state;
    leaves(" { \"a\" : 1.0 , \"b\":[ ] } ", "x", "{ \"a\" : 1.0 , \"b\":[ ] }");
}

static void test_each_place_can_be_dropped(void **state)
{
    static const char text[] = "{\"a\":1, \"b\":2 ,\"c\":3}";

    (void)state;
    leaves(text, "a", "{\"b\":2 ,\"c\":3}");
    leaves(text, "b", "{\"a\":1 ,\"c\":3}");
    leaves(text, "c", "{\"a\":1, \"b\":2}");
}

static void test_several_can_be_dropped(void **state)
{
    static const char text[] = "{\"a\":1, \"b\":2 ,\"c\":3}";

    (void)state;
    leaves(text, "ab", "{\"c\":3}");
    leaves(text, "bc", "{\"a\":1}");
    leaves(text, "ac", "{\"b\":2}");
    leaves(text, "abc", "{}");
}

static void test_value_is_replaced_in_place(void **state)
{
    static const char text[] = "{\"a\" : [1, 2] ,\"b\":2}";
    struct json_doc doc = {0};
    struct buf out = {0};
    struct splice s;

    (void)state;
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    splice_begin(&s, &doc, &out);
    splice_value(&s, json_member(&doc, 0, "a"), "null");
    splice_end(&s);
    assert_string_equal(buf_terminate(&out), "{\"a\" : null ,\"b\":2}");
    json_free(&doc);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_dropped_is_the_same_text),
        cmocka_unit_test(test_each_place_can_be_dropped),
        cmocka_unit_test(test_several_can_be_dropped),
        cmocka_unit_test(test_value_is_replaced_in_place),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
