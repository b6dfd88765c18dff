/* What the operator writes is either exactly understood or refused: numbers,
 * time spans, times, e-mail addresses, labels and names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ctl.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1900000000) * SECOND)

static int64_t at(const char *text)
{
    int64_t micros = -1;

    if (ctl_read_time(text, NOW, &micros))
        fail_msg("%s is refused", text);
    return micros;
}

static void no_time(const char *text)
{
    int64_t micros;

    if (ctl_read_time(text, NOW, &micros) == 0)
        fail_msg("%s is taken", text);
}

static void test_count_keeps_its_least_value(void **state)
{
    int64_t n;

    (void)state;
    assert_int_equal(ctl_read_count("0", 0, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(ctl_read_count("0", 1, &n), -1);
    assert_int_equal(ctl_read_count("9223372036854775807", 1, &n), 0);
    assert_true(n == INT64_MAX);
}

static void test_count_that_is_no_number_is_refused(void **state)
{
    int64_t n;

    (void)state;
    assert_int_equal(ctl_read_count("", 0, &n), -1);
    assert_int_equal(ctl_read_count("-1", 0, &n), -1);
    assert_int_equal(ctl_read_count("1e3", 0, &n), -1);
    assert_int_equal(ctl_read_count(" 1", 0, &n), -1);
    assert_int_equal(ctl_read_count("9223372036854775808", 0, &n), -1);
}

static void test_span_has_four_units(void **state)
{
    int64_t n;

    (void)state;
    assert_int_equal(ctl_read_span("2d", &n), 0);
    assert_true(n == 172800 * SECOND);
    assert_int_equal(ctl_read_span("+24h", &n), 0);
    assert_true(n == 86400 * SECOND);
    assert_int_equal(ctl_read_span("3m", &n), 0);
    assert_true(n == 180 * SECOND);
    assert_int_equal(ctl_read_span("0s", &n), 0);
    assert_true(n == 0);
}

static void test_span_without_unit_is_refused(void **state)
{
    int64_t n;

    (void)state;
    assert_int_equal(ctl_read_span("24", &n), -1);
    assert_int_equal(ctl_read_span("h", &n), -1);
    assert_int_equal(ctl_read_span("1h30m", &n), -1);
    assert_int_equal(ctl_read_span("-1h", &n), -1);
    assert_int_equal(ctl_read_span("106751992d", &n), -1);
}

static void test_time_in_utc(void **state)
{
    (void)state;
    assert_true(at("1970-01-01T00:00:00Z") == 0);
    assert_true(at("2030-03-17T17:46:40z") == NOW);
    assert_true(at("2030-03-17t17:46:40.999Z") == NOW);
}

static void test_time_with_an_offset(void **state)
{
    (void)state;
    assert_true(at("2030-03-17T19:46:40+02:00") == NOW);
    assert_true(at("2030-03-17T12:16:40-05:30") == NOW);
}

static void test_time_relative_to_now(void **state)
{
    (void)state;
    assert_true(at("+1h") == NOW + 3600 * SECOND);
    assert_true(at("-1d") == NOW - 86400 * SECOND);
}

static void test_leap_days_are_known(void **state)
{
    (void)state;
    assert_true(at("2028-02-29T00:00:00Z") > 0);
    no_time("2030-02-29T00:00:00Z");
    no_time("2030-04-31T00:00:00Z");
}

static void test_what_is_no_time_is_refused(void **state)
{
    (void)state;
    no_time("");
    no_time("+");
    no_time("+-1h");
    no_time("2030-01-31");
    no_time("2030-01-31T00:00:00");
    no_time("2030-01-31T24:00:00Z");
    no_time("2030-13-01T00:00:00Z");
    no_time("2030-01-31T00:00:00.Z");
    no_time("2030-01-31T00:00:00+2:00");
    no_time("2030-01-31T00:00:00Zx");
}

static void test_time_is_written_as_it_is_read(void **state)
{
    char text[CTL_TIME_TEXT];

    (void)state;
    ctl_write_time(NOW + 999999, text);
    assert_string_equal(text, "2030-03-17T17:46:40Z");
    assert_true(at(text) == NOW);
}

static void test_email_becomes_lower_case(void **state)
{
    char email[STORE_EMAIL_MAX + 1];

    (void)state;
    assert_int_equal(ctl_read_email("Ann+X@Example.COM", email), 0);
    assert_string_equal(email, "ann+x@example.com");
}

static void test_what_is_no_email_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "\303\244@b"};
    char email[STORE_EMAIL_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(ctl_read_email(texts[i], email), -1);
}

static void test_email_has_254_bytes_at_most(void **state)
{
    char text[256], email[STORE_EMAIL_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[1] = '@';
    text[254] = '\0';
    assert_int_equal(ctl_read_email(text, email), 0);
    text[254] = 'a';
    text[255] = '\0';
    assert_int_equal(ctl_read_email(text, email), -1);
}

static void test_label_must_fit(void **state)
{
    char label[5];

    (void)state;
    assert_int_equal(ctl_read_label("abcd", label, sizeof(label)), 0);
    assert_string_equal(label, "abcd");
    assert_int_equal(ctl_read_label("abcde", label, sizeof(label)), -1);
}

static void test_label_is_printable_utf8(void **state)
{
    char label[16];

    (void)state;
    assert_int_equal(ctl_read_label("B\303\274ro", label, 16), 0);
    assert_int_equal(ctl_read_label("a\033[2J", label, 16), -1);
    assert_int_equal(ctl_read_label("a\177", label, 16), -1);
    assert_int_equal(ctl_read_label("\303(", label, 16), -1);
}

static void test_name_has_letters_digits_and_three_signs(void **state)
{
    char name[STORE_NAME_MAX + 1], text[STORE_NAME_MAX + 2];

    (void)state;
    assert_int_equal(ctl_read_name("Team_1.prod-eu", name), 0);
    assert_string_equal(name, "Team_1.prod-eu");
    assert_int_equal(ctl_read_name("", name), -1);
    assert_int_equal(ctl_read_name("a b", name), -1);
    assert_int_equal(ctl_read_name("a/b", name), -1);
    assert_int_equal(ctl_read_name("B\303\274ro", name), -1);
    memset(text, 'x', sizeof(text));
    text[STORE_NAME_MAX + 1] = '\0';
    assert_int_equal(ctl_read_name(text, name), -1);
    text[STORE_NAME_MAX] = '\0';
    assert_int_equal(ctl_read_name(text, name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count_keeps_its_least_value),
        cmocka_unit_test(test_count_that_is_no_number_is_refused),
        cmocka_unit_test(test_span_has_four_units),
        cmocka_unit_test(test_span_without_unit_is_refused),
        cmocka_unit_test(test_time_in_utc),
        cmocka_unit_test(test_time_with_an_offset),
        cmocka_unit_test(test_time_relative_to_now),
        cmocka_unit_test(test_leap_days_are_known),
        cmocka_unit_test(test_what_is_no_time_is_refused),
        cmocka_unit_test(test_time_is_written_as_it_is_read),
        cmocka_unit_test(test_email_becomes_lower_case),
        cmocka_unit_test(test_what_is_no_email_is_refused),
        cmocka_unit_test(test_email_has_254_bytes_at_most),
        cmocka_unit_test(test_label_must_fit),
        cmocka_unit_test(test_label_is_printable_utf8),
        cmocka_unit_test(test_name_has_letters_digits_and_three_signs),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
