/* What must hold: a dump in which anything is odd is refused at the line where
 * it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dump_play.h"
#include "fixture.h"

static void assert_spoilt(
    void **state, const char *old, const char *new, const char *why)
{
    struct dump_play *p = *state;

    dump_play_furnish(p->from);
    dump_play_use_device(p->from);
    dump_play_govern(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    dump_play_assert_refused(p, dump_play_spoil(&p->lines, old, new), why);
}

static void test_event_that_was_changed_is_refused(void **state)
{
    assert_spoilt(state, "\\\"x\\\"", "\\\"y\\\"", "MAC is wrong");
}

static void test_event_of_nobody_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"event\",\"project\":\"bot\"",
        "\"kind\":\"event\",\"project\":\"but\"", "owner does not exist");
}

static void test_document_that_was_changed_is_refused(void **state)
{
    assert_spoilt(state, "\"document\":\"{}\"", "\"document\":\"{ }\"",
        "not the one of the hash");
}

static void test_quota_of_no_project_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"quota\",\"project\":\"bot\"",
        "\"kind\":\"quota\",\"project\":\"but\"", "does not exist");
}

static void test_changed_amount_is_refused(void **state)
{
    assert_spoilt(state, "\"amount\":100,", "\"amount\":101,", "MAC");
}

static void test_changed_balance_is_refused(void **state)
{
    assert_spoilt(
        state, "\"posted_after\":100,", "\"posted_after\":99,", "MAC");
}

static void test_missing_member_is_refused(void **state)
{
    assert_spoilt(state, "\"suspended\":false,", "", "missing");
}

static void test_unknown_member_is_refused(void **state)
{
    assert_spoilt(state, "\"suspended\":false,",
        "\"suspended\":false,\"more\":1,", "unknown");
}

static void test_wrong_type_is_refused(void **state)
{
    assert_spoilt(
        state, "\"suspended\":false", "\"suspended\":0", "not what it must");
}

static void test_number_that_does_not_fit_is_refused(void **state)
{
    assert_spoilt(state, "\"flags\":0", "\"flags\":256", "not what it must");
}

static void test_unknown_kind_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"account\"", "\"kind\":\"acount\"", "kind");
}

static void test_broken_json_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"book\"", "\"kind\":", "JSON");
}

static void test_format_of_a_newer_program_is_refused(void **state)
{
    assert_spoilt(state, "\"format\":1", "\"format\":2", "format 2");
}

static void test_wrong_count_at_the_end_is_refused(void **state)
{
    assert_spoilt(state, "\"rows\":", "\"rows\":1", "otherwise");
}

static void test_line_that_is_there_twice_is_refused(void **state)
{
    struct dump_play *p = *state;
    struct buf twice = {0};
    const char *account, *end;

    dump_play_furnish(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    account = strchr(buf_terminate(&p->lines), '\n') + 1;
    end = strchr(account, '\n') + 1;
    buf_put(&twice, p->lines.data, (size_t)(end - p->lines.data));
    buf_puts(&twice, account);
    buf_free(&p->lines);
    p->lines = twice;
    dump_play_assert_refused(p, 3, "twice");
}

static void test_journal_that_ends_early_is_refused(void **state)
{
    struct dump_play *p = *state;
    struct buf cut = {0};
    const char *last, *next;
    uint64_t line = 1;

    dump_play_furnish(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    last = strstr(buf_terminate(&p->lines), "\"seq\":2,\"type\"");
    assert_non_null(last);
    while (last[-1] != '\n')
        last--;
    next = strchr(last, '\n') + 1;
    for (const char *c = p->lines.data; c < last; c++)
        line += *c == '\n';
    buf_put(&cut, p->lines.data, (size_t)(last - p->lines.data));
    buf_puts(&cut, next);
    buf_free(&p->lines);
    p->lines = cut;
    dump_play_assert_refused(p, line, "too early");
}

static void test_line_behind_the_end_is_refused(void **state)
{
    struct dump_play *p = *state;

    dump_play_take(p->from, 10, &p->lines);
    buf_puts(&p->lines, "{}\n");
    dump_play_assert_refused(p, 3, "behind the end");
}

static void test_line_without_its_feed_is_refused(void **state)
{
    struct dump_play *p = *state;

    dump_play_take(p->from, 10, &p->lines);
    p->lines.len--;
    dump_play_assert_refused(p, 2, "cut off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUMP_PLAY_TEST(test_event_that_was_changed_is_refused),
        DUMP_PLAY_TEST(test_event_of_nobody_is_refused),
        DUMP_PLAY_TEST(test_document_that_was_changed_is_refused),
        DUMP_PLAY_TEST(test_quota_of_no_project_is_refused),
        DUMP_PLAY_TEST(test_changed_amount_is_refused),
        DUMP_PLAY_TEST(test_changed_balance_is_refused),
        DUMP_PLAY_TEST(test_missing_member_is_refused),
        DUMP_PLAY_TEST(test_unknown_member_is_refused),
        DUMP_PLAY_TEST(test_wrong_type_is_refused),
        DUMP_PLAY_TEST(test_number_that_does_not_fit_is_refused),
        DUMP_PLAY_TEST(test_unknown_kind_is_refused),
        DUMP_PLAY_TEST(test_broken_json_is_refused),
        DUMP_PLAY_TEST(test_format_of_a_newer_program_is_refused),
        DUMP_PLAY_TEST(test_wrong_count_at_the_end_is_refused),
        DUMP_PLAY_TEST(test_line_that_is_there_twice_is_refused),
        DUMP_PLAY_TEST(test_journal_that_ends_early_is_refused),
        DUMP_PLAY_TEST(test_line_behind_the_end_is_refused),
        DUMP_PLAY_TEST(test_line_without_its_feed_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
