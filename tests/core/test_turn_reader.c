/* What is read of a request gets its place there, and is refused by it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "turn_reader.h"

/* A reader of that text and what it reads into. */
struct play {
    struct json_doc doc;
    struct turn turn;
    struct fault fault;
    struct turn_reader reader;
};

static void begin(struct play *p, const char *text)
{
    *p = (struct play){0};
    assert_int_equal(json_parse(&p->doc, text, strlen(text)), JSON_OK);
    p->reader = (struct turn_reader){.doc = &p->doc,
        .turn = &p->turn,
        .fault = &p->fault,
        .message = 2,
        .item = 1,
        .role = TURN_ASSISTANT};
}

static void end(struct play *p)
{
    turn_free(&p->turn);
    json_free(&p->doc);
}

static void test_part_has_the_place_of_the_reader(void **state)
{
    const struct turn_part *part;
    struct play p;

    (void)state;
    begin(&p, "{}");
    part = turn_reader_add(&p.reader, TURN_IMAGE, 3);
    assert_int_equal(part->kind, TURN_IMAGE);
    assert_int_equal(part->role, TURN_ASSISTANT);
    assert_int_equal(part->message, 2);
    assert_int_equal(part->item, 1);
    assert_int_equal(part->at, 3);
    end(&p);
}

static void test_empty_text_is_no_part(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "{}");
    turn_reader_add_text(&p.reader, TURN_TEXT, (struct span){"", 0}, -1);
    assert_int_equal(p.turn.part_count, 0);
    turn_reader_add_text(&p.reader, TURN_REFUSAL, (struct span){"no", 2}, -1);
    assert_int_equal(p.turn.part_count, 1);
    assert_int_equal(p.turn.parts[0].kind, TURN_REFUSAL);
    assert_true(span_is(p.turn.parts[0].text, "no"));
    end(&p);
}

static int read_word(struct turn_reader *r, uint32_t node, int32_t at)
{
    if (json_kind(r->doc, node) != JSON_STRING)
        return turn_reader_refuse(r, at, "no");
    turn_reader_add_text(r, TURN_TEXT, json_inside(r->doc, node), at);
    return 0;
}

static void test_content_is_a_text_or_what_is_in_a_list(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "\"ab\"");
    assert_int_equal(turn_reader_content(&p.reader, 0, read_word), 0);
    assert_int_equal(p.turn.part_count, 1);
    assert_true(span_is(p.turn.parts[0].text, "ab"));
    assert_int_equal(p.turn.parts[0].at, -1);
    end(&p);
    begin(&p, "[\"a\",\"b\"]");
    assert_int_equal(turn_reader_content(&p.reader, 0, read_word), 0);
    assert_int_equal(p.turn.part_count, 2);
    assert_true(span_is(p.turn.parts[1].text, "b"));
    assert_int_equal(p.turn.parts[1].at, 1);
    end(&p);
}

static void test_content_is_read_up_to_what_is_refused(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "[\"a\",1,\"b\"]");
    assert_int_equal(turn_reader_content(&p.reader, 0, read_word), -1);
    assert_int_equal(p.turn.part_count, 1);
    assert_string_equal(p.fault.param, "messages[1].content[1]");
    end(&p);
}

static void test_only_what_is_behind_a_result_is_inside(void **state)
{
    size_t first;
    struct play p;

    (void)state;
    begin(&p, "{}");
    turn_reader_add(&p.reader, TURN_RESULT, -1);
    first = p.turn.part_count;
    turn_reader_add(&p.reader, TURN_TEXT, 0);
    turn_reader_add(&p.reader, TURN_TEXT, 1);
    turn_reader_enclose(&p.reader, first);
    assert_false(p.turn.parts[0].inside);
    assert_true(p.turn.parts[1].inside);
    assert_true(p.turn.parts[2].inside);
    end(&p);
}

static enum turn_choice choice(const char *word)
{
    enum turn_choice chosen;
    struct play p;

    begin(&p, word);
    turn_reader_choice(&p.reader, 0);
    chosen = p.turn.choice;
    end(&p);
    return chosen;
}

static void test_choice_is_one_of_three_words_or_auto(void **state)
{
    (void)state;
    assert_int_equal(choice("\"auto\""), TURN_CHOICE_AUTO);
    assert_int_equal(choice("\"none\""), TURN_CHOICE_NONE);
    assert_int_equal(choice("\"required\""), TURN_CHOICE_REQUIRED);
    assert_int_equal(choice("\"any\""), TURN_CHOICE_AUTO);
}

static int parallel(const char *request)
{
    struct play p;
    int said;

    begin(&p, request);
    p.turn.parallel = -1;
    turn_reader_parallel(&p.reader);
    said = p.turn.parallel;
    end(&p);
    return said;
}

static void test_calls_side_by_side_are_as_the_request_says(void **state)
{
    (void)state;
    assert_int_equal(parallel("{\"parallel_tool_calls\":true}"), 1);
    assert_int_equal(parallel("{\"parallel_tool_calls\":false}"), 0);
    assert_int_equal(parallel("{\"parallel_tool_calls\":null}"), -1);
    assert_int_equal(parallel("{}"), -1);
}

static void test_stops_end_where_a_turn_is_full(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "[\"a\",\"b\\n\"]");
    turn_reader_stops(&p.reader, 0);
    assert_int_equal(p.turn.stop_count, 2);
    assert_true(span_is(p.turn.stops[0], "a"));
    assert_true(span_is(p.turn.stops[1], "b\\n"));
    p.turn.stop_count = TURN_STOPS - 1;
    turn_reader_stops(&p.reader, 0);
    assert_int_equal(p.turn.stop_count, TURN_STOPS);
    end(&p);
}

static void test_schema_comes_with_its_name_and_strictness(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "{\"name\":\"n\",\"schema\":{\"a\":1},\"strict\":true}");
    turn_reader_schema(&p.reader, 0);
    assert_int_equal(p.turn.format, TURN_FORMAT_SCHEMA);
    assert_true(span_is(p.turn.format_name, "n"));
    assert_true(span_is(p.turn.format_schema, "{\"a\":1}"));
    assert_true(span_is(p.turn.format_strict, "true"));
    end(&p);
}

static void test_refusal_names_the_place(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "{}");
    assert_int_equal(turn_reader_refuse(&p.reader, 3, "no"), -1);
    assert_int_equal(p.fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(p.fault.message, "messages[1].content[3]: no");
    assert_string_equal(p.fault.param, "messages[1].content[3]");
    turn_reader_refuse(&p.reader, -1, "no");
    assert_string_equal(p.fault.param, "messages[1]");
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part_has_the_place_of_the_reader),
        cmocka_unit_test(test_empty_text_is_no_part),
        cmocka_unit_test(test_content_is_a_text_or_what_is_in_a_list),
        cmocka_unit_test(test_content_is_read_up_to_what_is_refused),
        cmocka_unit_test(test_only_what_is_behind_a_result_is_inside),
        cmocka_unit_test(test_choice_is_one_of_three_words_or_auto),
        cmocka_unit_test(test_calls_side_by_side_are_as_the_request_says),
        cmocka_unit_test(test_stops_end_where_a_turn_is_full),
        cmocka_unit_test(test_schema_comes_with_its_name_and_strictness),
        cmocka_unit_test(test_refusal_names_the_place),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
