/* The data of a frame: what is ill-formed is repaired, an error is told without
 * telling where it came from, and a frame stays on one line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static struct span of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void reads(const char *text, const char *value)
{
    struct frame f = {0};

    assert_int_equal(frame_read(&f, of(text)), STREAM_TAKEN);
    assert_true(json_string_is(&f.doc, json_member(&f.doc, 0, "a"), value));
    frame_free(&f);
}

static void test_only_an_object_is_a_frame(void **state)
{
    static const char *const broken[] = {"", "[]", "1", "{", "{} {}"};
    struct frame f = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(frame_read(&f, of(broken[i])), STREAM_BROKEN);
    assert_int_equal(frame_read(&f, of(" \n{}\r\n")), STREAM_TAKEN);
    frame_free(&f);
}

static void test_frame_with_a_type_has_it_as_a_string(void **state)
{
    static const char *const broken[] = {
        "{", "\"type\"", "{}", "{\"type\":null}", "{\"type\":1}"};
    struct frame f = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(frame_read_typed(&f, of(broken[i])), STREAM_BROKEN);
    assert_int_equal(
        frame_read_typed(&f, of("{\"type\":\"ping\"}")), STREAM_TAKEN);
    frame_free(&f);
}

static void test_white_space_around_is_cut(void **state)
{
    (void)state;
    assert_true(span_is(frame_trim(of(" \t\r\n{} \n")), "{}"));
    assert_int_equal(frame_trim(of(" \n")).n, 0);
}

static void test_ill_formed_bytes_are_replaced(void **state)
{
    (void)state;
    reads("{\"a\":\"x\xffy\"}", "x\xef\xbf\xbdy");
}

static void test_half_a_character_by_number_is_replaced(void **state)
{
    (void)state;
    reads("{\"a\":\"x\\ud83dy\"}", "x\xef\xbf\xbdy");
    reads("{\"a\":\"x\\ude80\"}", "x\xef\xbf\xbd");
}

static void test_whole_pairs_stay(void **state)
{
    (void)state;
    reads("{\"a\":\"\\ud83d\\ude80\"}", "\xf0\x9f\x9a\x80");
    reads("{\"a\":\"\\ud83d\\ude80\\udc00\"}", "\xf0\x9f\x9a\x80\xef\xbf\xbd");
}

static void test_escaped_backslash_is_no_escape(void **state)
{
    (void)state;
    reads("{\"a\":\"\xff\\\\ud83d\"}", "\xef\xbf\xbd\\ud83d");
}

static void says(const char *error, const char *message)
{
    struct frame f = {0};
    struct fault fault = {0};

    assert_int_equal(frame_read(&f, of(error)), STREAM_TAKEN);
    frame_fault(&f, 0, &fault);
    assert_int_equal(fault.code, REFUSE_UPSTREAM_ERROR);
    assert_string_equal(fault.message, message);
    frame_free(&f);
}

static void test_error_repeats_the_upstreams_words(void **state)
{
    (void)state;
    says("{\"message\":\"out of memory\"}", "out of memory");
}

static void test_error_with_an_address_or_without_words_is_ours(void **state)
{
    (void)state;
    says("{\"message\":\"http://10.0.0.1/ failed\"}", "");
    says("{\"message\":1}", "");
    says("{}", "");
}

static void test_line_ends_between_tokens_become_blanks(void **state)
{
    struct buf out = {0};

    (void)state;
    buf_puts(&out, "a\n{\n\"b\":\r\n1}");
    frame_join(&out, 2);
    assert_string_equal(buf_terminate(&out), "a\n{ \"b\":  1}");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_an_object_is_a_frame),
        cmocka_unit_test(test_frame_with_a_type_has_it_as_a_string),
        cmocka_unit_test(test_white_space_around_is_cut),
        cmocka_unit_test(test_ill_formed_bytes_are_replaced),
        cmocka_unit_test(test_half_a_character_by_number_is_replaced),
        cmocka_unit_test(test_whole_pairs_stay),
        cmocka_unit_test(test_escaped_backslash_is_no_escape),
        cmocka_unit_test(test_error_repeats_the_upstreams_words),
        cmocka_unit_test(test_error_with_an_address_or_without_words_is_ours),
        cmocka_unit_test(test_line_ends_between_tokens_become_blanks),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
