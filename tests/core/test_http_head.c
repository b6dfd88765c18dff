/* Of the fields of an answer's head those that count are kept, as they are
 * meant, and no others. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http_head.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static struct http_head head_of(const char *name, const char *value)
{
    struct http_head head;

    http_head_begin(&head, 200);
    http_head_field(&head, text_of(name), text_of(value));
    return head;
}

static void check_type(const char *value, const char *expect)
{
    struct http_head head = head_of("Content-Type", value);

    assert_string_equal(head.content_type, expect);
}

static void check_seconds(const char *value, uint32_t expect)
{
    struct http_head head = head_of("Retry-After", value);

    assert_int_equal(head.retry_after, expect);
}

static void test_a_head_begins_without_fields(void **state)
{
    struct http_head head = head_of("Content-Type", "a/b");

    (void)state;
    head.retry_after = 5;
    http_head_begin(&head, 503);
    assert_int_equal(head.status, 503);
    assert_string_equal(head.content_type, "");
    assert_int_equal(head.retry_after, 0);
}

static void test_the_content_type_is_without_blanks_around_it(void **state)
{
    (void)state;
    check_type("text/event-stream", "text/event-stream");
    check_type(
        " \ttext/plain; charset=utf-8 \t\r\n", "text/plain; charset=utf-8");
    check_type("", "");
    check_type(" \r\n", "");
}

static void test_a_long_content_type_is_cut(void **state)
{
    char longest[128], longer[129];

    (void)state;
    memset(longer, 'x', 128);
    longer[128] = '\0';
    memset(longest, 'x', 127);
    longest[127] = '\0';
    check_type(longest, longest);
    check_type(longer, longest);
}

static void test_the_last_content_type_counts(void **state)
{
    struct http_head head = head_of("content-type", "text/event-stream");

    (void)state;
    http_head_field(&head, text_of("CONTENT-TYPE"), text_of("a/b"));
    assert_string_equal(head.content_type, "a/b");
}

static void test_seconds_are_read(void **state)
{
    (void)state;
    check_seconds("0", 0);
    check_seconds("7", 7);
    check_seconds(" 0120\r\n", 120);
}

static void test_more_than_a_day_is_a_day(void **state)
{
    (void)state;
    check_seconds("86399", 86399);
    check_seconds("86400", 86400);
    check_seconds("604800", 86400);
    check_seconds("4294967297", 86400);
    check_seconds("18446744073709551617", 86400);
    check_seconds("604800s", 0);
}

static void test_a_date_is_no_number(void **state)
{
    (void)state;
    check_seconds("Wed, 21 Oct 2026 07:28:00 GMT", 0);
    check_seconds("7s", 0);
    check_seconds("1.5", 0);
    check_seconds("-1", 0);
    check_seconds("+1", 0);
    check_seconds("", 0);
}

static void test_other_fields_are_not_noted(void **state)
{
    struct http_head head = head_of("Content-Types", "a/b");

    (void)state;
    assert_string_equal(head.content_type, "");
    head = head_of("Content-Typ", "a/b");
    assert_string_equal(head.content_type, "");
    head = head_of("X-Retry-After", "5");
    assert_int_equal(head.retry_after, 0);
}

static void test_names_are_the_same_in_any_case(void **state)
{
    (void)state;
    assert_true(http_name_is(text_of("CoNNection"), "connection"));
    assert_true(http_name_is(text_of(""), ""));
    assert_false(http_name_is(text_of("connections"), "connection"));
    assert_false(http_name_is(text_of("connectio"), "connection"));
    assert_false(http_name_is(text_of("c\xd0nnection"), "connection"));
}

static void test_only_blanks_and_line_ends_are_trimmed(void **state)
{
    (void)state;
    assert_true(span_is(http_trim(text_of(" \t\r\na b\t \r\n")), "a b"));
    assert_true(span_is(http_trim(text_of("\va\f")), "\va\f"));
    assert_int_equal(http_trim(text_of(" \t ")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_head_begins_without_fields),
        cmocka_unit_test(test_the_content_type_is_without_blanks_around_it),
        cmocka_unit_test(test_a_long_content_type_is_cut),
        cmocka_unit_test(test_the_last_content_type_counts),
        cmocka_unit_test(test_seconds_are_read),
        cmocka_unit_test(test_more_than_a_day_is_a_day),
        cmocka_unit_test(test_a_date_is_no_number),
        cmocka_unit_test(test_other_fields_are_not_noted),
        cmocka_unit_test(test_names_are_the_same_in_any_case),
        cmocka_unit_test(test_only_blanks_and_line_ends_are_trimmed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
