/* The verdict is in each JSON object of a stream that leaves, as the last
 * member. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stamp.h"

static const struct span policy = {"{\"p\":1}", 7};

static void check_object(const char *json, const char *wanted)
{
    struct buf out = {0};

    stamp_object((struct span){json, strlen(json)}, policy, &out);
    assert_string_equal(buf_terminate(&out), wanted);
    buf_free(&out);
}

static void check_frames(const char *frames, const char *wanted)
{
    struct buf out = {0};

    buf_puts(&out, "before;");
    stamp_frames((struct span){frames, strlen(frames)}, policy, &out);
    assert_string_equal(buf_terminate(&out) + 7, wanted);
    buf_free(&out);
}

static void test_an_object_gets_one_more_member(void **state)
{
    (void)state;
    check_object("{\"a\":1}", "{\"a\":1,\"policy\":{\"p\":1}}");
    check_object("{}", "{\"policy\":{\"p\":1}}");
    check_object("{ \n}", "{ \n\"policy\":{\"p\":1}}");
    check_object("{\"a\":{}} \n", "{\"a\":{},\"policy\":{\"p\":1}}");
    check_object("{\"a\":\"}\" }", "{\"a\":\"}\" ,\"policy\":{\"p\":1}}");
}

static void test_others_of_that_name_stay(void **state)
{
    (void)state;
    check_object("{\"a\":{\"policy\":1}}",
        "{\"a\":{\"policy\":1},\"policy\":{\"p\":1}}");
    check_object("{\"a\":\"policy\",\"b\":\"\\u0041\"}",
        "{\"a\":\"policy\",\"b\":\"\\u0041\",\"policy\":{\"p\":1}}");
}

static void test_each_data_of_a_stream_gets_it(void **state)
{
    (void)state;
    check_frames("data: {\"a\":1}\n\nevent: x\ndata: {}\n\n",
        "data: {\"a\":1,\"policy\":{\"p\":1}}\n\n"
        "event: x\ndata: {\"policy\":{\"p\":1}}\n\n");
    check_frames("", "");
}

static void test_what_is_no_object_passes(void **state)
{
    (void)state;
    check_frames(
        ": keepalive\n\ndata: [DONE]\n\n", ": keepalive\n\ndata: [DONE]\n\n");
    check_frames("event: {\"a\":1}\n\n", "event: {\"a\":1}\n\n");
    check_frames("data: \n\n", "data: \n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object_gets_one_more_member),
        cmocka_unit_test(test_others_of_that_name_stay),
        cmocka_unit_test(test_each_data_of_a_stream_gets_it),
        cmocka_unit_test(test_what_is_no_object_passes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
