/* The pieces of a turn mean the same in both forms: arguments, data URLs, the
 * user's name; and what cannot be answered is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "turn.h"

static struct span of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void is(struct buf *out, const char *expected)
{
    assert_string_equal(buf_terminate(out), expected);
    buf_free(out);
}

static void object(const char *args, const char *expected)
{
    struct buf out = {0};

    turn_args_object(of(args), false, &out);
    is(&out, expected);
}

static void test_text_of_an_object_becomes_the_object(void **state)
{
    (void)state;
    object("{\\\"a\\\":1.0}", "{\"a\":1.0}");
}

static void test_no_arguments_are_an_empty_object(void **state)
{
    struct buf out = {0};

    (void)state;
    object("", "{}");
    turn_args_text((struct span){0}, false, &out);
    is(&out, "{}");
}

static void test_text_that_is_no_object_is_kept_in_one(void **state)
{
    (void)state;
    object("a\\\"b", "{\"arguments\":\"a\\\"b\"}");
    object("[1]", "{\"arguments\":\"[1]\"}");
    object("{\\\"a\\\":1", "{\"arguments\":\"{\\\"a\\\":1\"}");
}

static void test_object_becomes_its_text(void **state)
{
    struct buf out = {0};

    (void)state;
    turn_args_text(of("{\"a\":\"\\n\"}"), true, &out);
    is(&out, "{\\\"a\\\":\\\"\\\\n\\\"}");
}

static void test_data_url_is_taken_apart(void **state)
{
    struct turn_part part = {0};

    (void)state;
    turn_url(&part, of("data:image/png;base64,AAAA"));
    assert_null(part.url.p);
    assert_true(span_is(part.media_type, "image/png"));
    assert_true(span_is(part.data, "AAAA"));
}

static void test_data_url_in_capitals_is_one(void **state)
{
    struct turn_part part = {0};

    (void)state;
    turn_url(&part, of("DATA:image/PNG;BASE64,AAAA"));
    assert_true(span_is(part.media_type, "image/PNG"));
    assert_true(span_is(part.data, "AAAA"));
}

static void test_other_urls_stay_whole(void **state)
{
    struct turn_part part = {0};

    (void)state;
    turn_url(&part, of("https://example.com/a;base64,b"));
    assert_true(span_is(part.url, "https://example.com/a;base64,b"));
    assert_null(part.data.p);
    part = (struct turn_part){0};
    turn_url(&part, of("data:,a"));
    assert_true(span_is(part.url, "data:,a"));
}

static void test_user_is_hashed_when_it_is_longer_than_64_bytes(void **state)
{
    char name[66];
    struct turn t = {0};
    struct buf out = {0};

    (void)state;
    memset(name, 'a', 65);
    t.user = (struct span){name, 64};
    turn_user(&t, &out);
    assert_int_equal(out.len, strlen(",\"user\":") + 66);
    assert_int_equal(out.data[out.len - 2], 'a');
    buf_reset(&out);
    t.user.n = 65;
    turn_user(&t, &out);
    /* SHA-256 of 65 times "a". */
    is(&out, ",\"user\":\"635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d30"
             "1d4f17eb0ae0\"");
}

static void test_no_user_is_no_member(void **state)
{
    struct turn t = {.user = of("")};
    struct buf out = {0};

    (void)state;
    turn_user(&t, &out);
    assert_int_equal(out.len, 0);
}

static void test_calls_side_by_side_are_told_when_the_turn_does(void **state)
{
    struct turn t = {.parallel = -1};
    struct buf out = {0};

    (void)state;
    turn_parallel(&t, &out);
    assert_int_equal(out.len, 0);
    t.parallel = 0;
    turn_parallel(&t, &out);
    t.parallel = 1;
    turn_parallel(&t, &out);
    is(&out, ",\"parallel_tool_calls\":false,\"parallel_tool_calls\":true");
}

static void test_format_has_a_name_also_where_there_is_none(void **state)
{
    struct turn t = {.format_schema = of("{}")};
    struct buf out = {0};

    (void)state;
    turn_format(&t, &out);
    is(&out, "\"name\":\"answer\",\"schema\":{}");
    out = (struct buf){0};
    t.format_name = of("place");
    t.format_strict = of("true");
    turn_format(&t, &out);
    is(&out, "\"name\":\"place\",\"strict\":true,\"schema\":{}");
}

static void test_place_is_the_path_in_the_callers_request(void **state)
{
    struct turn t = {.from = DIALECT_RESPONSES};
    struct turn_part part = {.item = 3, .at = 1};
    char path[128];

    (void)state;
    turn_place(&t, &part, path);
    assert_string_equal(path, "input[3].content[1]");
    t.from = DIALECT_CHAT;
    part.at = -1;
    turn_place(&t, &part, path);
    assert_string_equal(path, "messages[3]");
}

static void test_turn_that_says_nothing_is_refused(void **state)
{
    struct turn t = {.from = DIALECT_RESPONSES};
    struct fault fault = {0};

    (void)state;
    assert_int_equal(turn_check(&t, &fault), -1);
    assert_string_equal(fault.param, "input");
    turn_part(&t)->kind = TURN_REASONING;
    assert_int_equal(turn_check(&t, &fault), -1);
    turn_part(&t)->kind = TURN_CALL;
    t.parts[0].role = t.parts[1].role = TURN_ASSISTANT;
    assert_int_equal(turn_check(&t, &fault), 0);
    turn_free(&t);
}

static void test_image_in_the_system_is_refused(void **state)
{
    struct turn t = {.from = DIALECT_CHAT};
    struct fault fault = {0};

    (void)state;
    turn_part(&t)->kind = TURN_IMAGE;
    t.parts[0].role = TURN_DEVELOPER;
    assert_int_equal(turn_check(&t, &fault), -1);
    assert_string_equal(fault.param, "messages[0]");
    turn_free(&t);
}

static void test_kept_text_outlives_its_source(void **state)
{
    struct turn t = {0};
    char text[] = "abc";
    struct span kept = turn_keep(&t, of(text));

    (void)state;
    text[0] = 'x';
    assert_true(span_is(kept, "abc"));
    assert_int_equal(turn_keep(&t, (struct span){0}).n, 0);
    turn_free(&t);
}

static void test_members_stand_behind_a_comma(void **state)
{
    struct buf out = {0};

    (void)state;
    turn_member(&out, "a", of("x\\ny"));
    turn_member_raw(&out, "b", of("1.0"));
    turn_member_raw(&out, "c", (struct span){0});
    is(&out, ",\"a\":\"x\\ny\",\"b\":1.0");
}

static void test_stops_are_a_list_or_nothing(void **state)
{
    struct turn t = {.stops = {of("a"), of("b")}};
    struct buf out = {0};

    (void)state;
    turn_stops(&t, "stop", &out);
    assert_int_equal(out.len, 0);
    t.stop_count = 2;
    turn_stops(&t, "stop", &out);
    is(&out, ",\"stop\":[\"a\",\"b\"]");
}

static void takes(struct turn_tool tool, const char *schema)
{
    struct buf out = {0};

    turn_schema(&tool, &out);
    is(&out, schema);
}

static void test_every_tool_has_a_schema(void **state)
{
    (void)state;
    takes((struct turn_tool){.parameters = of("{\"a\":1}")}, "{\"a\":1}");
    takes((struct turn_tool){0}, "{\"type\":\"object\",\"properties\":{}}");
    takes((struct turn_tool){.custom = true},
        "{\"type\":\"object\",\"properties\":{\"input\":"
        "{\"type\":\"string\"}},\"required\":[\"input\"]}");
}

static void test_tools_are_a_list_or_nothing(void **state)
{
    struct turn t = {0};
    struct buf out = {0};

    (void)state;
    assert_false(turn_tools(&t, turn_schema, &out));
    assert_int_equal(out.len, 0);
    turn_tool(&t)->parameters = of("1");
    turn_tool(&t)->parameters = of("2");
    assert_true(turn_tools(&t, turn_schema, &out));
    is(&out, ",\"tools\":[1,2]");
    turn_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_an_object_becomes_the_object),
        cmocka_unit_test(test_no_arguments_are_an_empty_object),
        cmocka_unit_test(test_text_that_is_no_object_is_kept_in_one),
        cmocka_unit_test(test_object_becomes_its_text),
        cmocka_unit_test(test_data_url_is_taken_apart),
        cmocka_unit_test(test_data_url_in_capitals_is_one),
        cmocka_unit_test(test_other_urls_stay_whole),
        cmocka_unit_test(test_user_is_hashed_when_it_is_longer_than_64_bytes),
        cmocka_unit_test(test_no_user_is_no_member),
        cmocka_unit_test(test_calls_side_by_side_are_told_when_the_turn_does),
        cmocka_unit_test(test_format_has_a_name_also_where_there_is_none),
        cmocka_unit_test(test_place_is_the_path_in_the_callers_request),
        cmocka_unit_test(test_turn_that_says_nothing_is_refused),
        cmocka_unit_test(test_image_in_the_system_is_refused),
        cmocka_unit_test(test_kept_text_outlives_its_source),
        cmocka_unit_test(test_members_stand_behind_a_comma),
        cmocka_unit_test(test_stops_are_a_list_or_nothing),
        cmocka_unit_test(test_every_tool_has_a_schema),
        cmocka_unit_test(test_tools_are_a_list_or_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
