/* A script says exactly what its directives say, whichever of the two places
 * they stand in, and one that cannot be understood is refused by name. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

static struct span span_of(const char *s)
{
    return (struct span){s, strlen(s)};
}

static int read_text(struct script *s, const char *text)
{
    struct span bad;

    script_init(s);
    return script_read(s, span_of(text), &bad);
}

static void assert_refused(const char *text, const char *what)
{
    struct script s;
    struct span bad = {NULL, 0};

    script_init(&s);
    assert_int_equal(script_read(&s, span_of(text), &bad), -1);
    assert_true(span_is(bad, what));
}

static void test_an_empty_script_says_nothing(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, ""), 0);
    assert_int_equal(s.words, -1);
    assert_int_equal(s.cut_after, -1);
    assert_int_equal(s.usage, SCRIPT_USAGE_TRUE);
    assert_false(s.gzip);
    assert_int_equal(s.n_barriers, 0);
}

static void test_spaces_and_semicolons_are_alike(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, ";words=20  gap=60;;crlf "), 0);
    assert_int_equal(s.words, 20);
    assert_int_equal(s.gap, 60);
    assert_true(s.crlf);
}

static void test_the_later_directive_wins(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "words=20 words=0"), 0);
    assert_int_equal(s.words, 0);
}

static void test_percent_makes_a_byte(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "message=a%20b%3Bc text=100%"), 0);
    assert_string_equal(s.message, "a b;c");
    assert_string_equal(s.text, "100%");
}

static void test_a_call_has_a_name_and_arguments(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "call=look args={\"at\":\"a%20b%3B\"}"), 0);
    assert_string_equal(s.call, "look");
    assert_string_equal(s.args, "{\"at\":\"a b;\"}");
}

static void test_usage_can_be_two_numbers(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "usage=7,5"), 0);
    assert_int_equal(s.usage, SCRIPT_USAGE_GIVEN);
    assert_int_equal(s.prompt, 7);
    assert_int_equal(s.completion, 5);
}

static void test_usage_can_be_a_lie_by_name(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "usage=negative"), 0);
    assert_int_equal(s.usage, SCRIPT_USAGE_NEGATIVE);
}

static void test_a_barrier_has_a_name_and_a_place(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "barrier=here@3 barrier=there"), 0);
    assert_int_equal(s.n_barriers, 2);
    assert_string_equal(s.barriers[0].name, "here");
    assert_int_equal(s.barriers[0].at, 3);
    assert_int_equal(s.barriers[1].at, 0);
}

static void test_a_fifth_barrier_is_refused(void **state)
{
    (void)state;
    assert_refused(
        "barrier=a barrier=b barrier=c barrier=d barrier=e", "barrier=e");
}

static void test_done_can_only_be_no(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "done=no"), 0);
    assert_true(s.no_done);
    assert_refused("done=yes", "done=yes");
}

static void test_an_unknown_directive_is_refused(void **state)
{
    (void)state;
    assert_refused("words=3 wrods=4", "wrods=4");
}

static void test_a_flag_takes_no_value(void **state)
{
    (void)state;
    assert_refused("gzip=1", "gzip=1");
}

static void test_a_count_needs_its_value(void **state)
{
    (void)state;
    assert_refused("words", "words");
    assert_refused("words=", "words=");
    assert_refused("words=-1", "words=-1");
    assert_refused("words=3x", "words=3x");
    assert_refused("words=99999999999999999999", "words=99999999999999999999");
}

static void test_an_unknown_finish_is_refused(void **state)
{
    struct script s;

    (void)state;
    assert_int_equal(read_text(&s, "finish=length"), 0);
    assert_string_equal(s.finish, "length");
    assert_refused("finish=soon", "finish=soon");
}

static void test_a_value_that_does_not_fit_is_refused(void **state)
{
    char text[200] = "param=";

    (void)state;
    memset(text + 6, 'x', sizeof(text) - 7);
    assert_refused(text, text);
}

static void test_a_nul_cannot_be_smuggled_in(void **state)
{
    (void)state;
    assert_refused("message=a%00b", "message=a%00b");
}

static void test_a_model_name_keeps_its_script_behind_a_semicolon(void **state)
{
    struct script s;
    struct span bad, model = span_of("mock;words=2;gap=6");

    (void)state;
    script_init(&s);
    assert_int_equal(script_read(&s, script_in_model(model), &bad), 0);
    assert_int_equal(s.words, 2);
    assert_int_equal(s.gap, 6);
}

static void test_a_plain_model_name_has_no_script(void **state)
{
    (void)state;
    assert_int_equal(script_in_model(span_of("mock")).n, 0);
    assert_int_equal(script_in_model((struct span){NULL, 0}).n, 0);
}

static void test_a_message_script_ends_with_its_line(void **state)
{
    struct span s = script_in_message(span_of("Hi script: words=2\nwords=3"));

    (void)state;
    assert_true(span_is(s, " words=2"));
}

static void test_a_plain_message_has_no_script(void **state)
{
    (void)state;
    assert_int_equal(script_in_message(span_of("words=2")).n, 0);
    assert_int_equal(script_in_message((struct span){NULL, 0}).n, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_script_says_nothing),
        cmocka_unit_test(test_spaces_and_semicolons_are_alike),
        cmocka_unit_test(test_the_later_directive_wins),
        cmocka_unit_test(test_percent_makes_a_byte),
        cmocka_unit_test(test_a_call_has_a_name_and_arguments),
        cmocka_unit_test(test_usage_can_be_two_numbers),
        cmocka_unit_test(test_usage_can_be_a_lie_by_name),
        cmocka_unit_test(test_a_barrier_has_a_name_and_a_place),
        cmocka_unit_test(test_a_fifth_barrier_is_refused),
        cmocka_unit_test(test_done_can_only_be_no),
        cmocka_unit_test(test_an_unknown_directive_is_refused),
        cmocka_unit_test(test_a_flag_takes_no_value),
        cmocka_unit_test(test_a_count_needs_its_value),
        cmocka_unit_test(test_an_unknown_finish_is_refused),
        cmocka_unit_test(test_a_value_that_does_not_fit_is_refused),
        cmocka_unit_test(test_a_nul_cannot_be_smuggled_in),
        cmocka_unit_test(test_a_model_name_keeps_its_script_behind_a_semicolon),
        cmocka_unit_test(test_a_plain_model_name_has_no_script),
        cmocka_unit_test(test_a_message_script_ends_with_its_line),
        cmocka_unit_test(test_a_plain_message_has_no_script),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
