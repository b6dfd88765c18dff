/* The desk of a transaction must know each row as it was last said to be, tell
 * the library of every change once, and say when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk.h"

static struct span text(const char *s)
{
    return (struct span){s, strlen(s)};
}

static bool change(struct desk *d, const char *key, const char *value)
{
    struct span v = {value, value != NULL ? strlen(value) : 0};

    return desk_change(
        d, TABLE_ACCOUNT, text(key), value != NULL ? &v : NULL, false);
}

static void note(struct desk *d, const char *key, const char *value)
{
    struct span v = {value, value != NULL ? strlen(value) : 0};

    desk_note(d, TABLE_ACCOUNT, text(key), value != NULL ? &v : NULL);
}

static void row_is(const struct desk *d, const char *key, const char *value)
{
    struct buf got = {0};

    assert_int_equal(desk_get(d, TABLE_ACCOUNT, text(key), &got), DESK_PRESENT);
    assert_int_equal(got.len, strlen(value));
    assert_memory_equal(got.data, value, got.len);
    buf_free(&got);
}

static enum desk_state state_of(const struct desk *d, const char *key)
{
    struct buf got = {0};
    enum desk_state state = desk_get(d, TABLE_ACCOUNT, text(key), &got);

    buf_free(&got);
    return state;
}

static int told(void *cookie, enum table table, struct span key,
    const struct span *value, bool new)
{
    struct buf *log = cookie;

    buf_printf(log, "%d:%.*s", (int)table, (int)key.n, key.p);
    if (new)
        buf_puts(log, "(new)");
    if (value != NULL)
        buf_printf(log, "=%.*s", (int)value->n, value->p);
    buf_puts(log, ";");
    return 0;
}

static void tells(struct desk *d, const char *expected)
{
    struct buf log = {0};

    assert_int_equal(desk_each(d, told, &log), 0);
    assert_string_equal(buf_terminate(&log), expected);
    buf_free(&log);
}

static int setup(void **state)
{
    return (*state = desk_create()) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    desk_free(*state);
    return 0;
}

static void test_a_row_that_nobody_named_is_unknown(void **state)
{
    assert_int_equal(state_of(*state, "a"), DESK_UNKNOWN);
}

static void test_what_the_library_said_is_known_and_not_told_back(void **state)
{
    note(*state, "a", "1");
    note(*state, "b", NULL);
    row_is(*state, "a", "1");
    assert_int_equal(state_of(*state, "b"), DESK_ABSENT);
    tells(*state, "");
}

static void test_a_change_is_told_once_as_it_was_last(void **state)
{
    char expected[32];

    note(*state, "a", "1");
    assert_true(change(*state, "a", "22"));
    assert_true(change(*state, "a", "333"));
    row_is(*state, "a", "333");
    snprintf(expected, sizeof(expected), "%d:a=333;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
    tells(*state, "");
}

static void test_what_is_known_is_not_overruled_by_the_library(void **state)
{
    assert_true(change(*state, "a", "new"));
    note(*state, "a", "old");
    row_is(*state, "a", "new");
}

static void test_a_removed_row_is_absent_and_told_without_value(void **state)
{
    char expected[32];

    note(*state, "a", "1");
    assert_true(change(*state, "a", NULL));
    assert_int_equal(state_of(*state, "a"), DESK_ABSENT);
    snprintf(expected, sizeof(expected), "%d:a;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
}

static void test_a_value_may_grow_and_shrink(void **state)
{
    char big[1000];

    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    assert_true(change(*state, "a", "1"));
    assert_true(change(*state, "b", "2"));
    assert_true(change(*state, "a", big));
    row_is(*state, "a", big);
    row_is(*state, "b", "2");
    assert_true(change(*state, "a", ""));
    row_is(*state, "a", "");
}

static void test_tables_are_kept_apart(void **state)
{
    struct span one = text("1");
    struct buf got = {0};

    assert_true(desk_change(*state, TABLE_HOLD, text("a"), &one, false));
    assert_int_equal(
        desk_get(*state, TABLE_DONE, text("a"), &got), DESK_UNKNOWN);
    buf_free(&got);
}

static int fails(void *cookie, enum table table, struct span key,
    const struct span *value, bool new)
{
    (void)new;
    (void)table;
    (void)key;
    (void)value;
    return --*(int *)cookie == 0 ? -1 : 0;
}

static void test_a_change_that_failed_is_told_again(void **state)
{
    char expected[32];
    int good = 2;

    assert_true(change(*state, "a", "1"));
    assert_true(change(*state, "b", "2"));
    assert_int_equal(desk_each(*state, fails, &good), -1);
    snprintf(expected, sizeof(expected), "%d:b=2;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
}

static void test_a_full_desk_says_so_and_keeps_what_it_has(void **state)
{
    char key[16];
    int n = 0;

    do
        snprintf(key, sizeof(key), "%d", n++);
    while (n < 100000 && change(*state, key, "v"));
    assert_int_equal(state_of(*state, key), DESK_UNKNOWN);
    row_is(*state, "0", "v");
    snprintf(key, sizeof(key), "%d", n - 2);
    row_is(*state, key, "v");
    note(*state, "more", "v");
    assert_int_equal(state_of(*state, "more"), DESK_UNKNOWN);
}

static void test_a_value_without_room_leaves_the_row_as_it_was(void **state)
{
    const size_t n = 1 << 20;
    char *huge = malloc(n);
    struct span v = {huge, n};

    assert_non_null(huge);
    memset(huge, 'x', n);
    assert_true(change(*state, "a", "1"));
    assert_false(desk_change(*state, TABLE_ACCOUNT, text("a"), &v, false));
    row_is(*state, "a", "1");
    free(huge);
}

static void test_a_reset_forgets_all(void **state)
{
    assert_true(change(*state, "a", "1"));
    desk_reset(*state);
    assert_int_equal(state_of(*state, "a"), DESK_UNKNOWN);
    tells(*state, "");
}

static void test_a_new_row_is_told_as_new_once(void **state)
{
    struct span one = text("1");
    char expected[32];

    assert_true(desk_change(*state, TABLE_ACCOUNT, text("a"), &one, true));
    assert_true(change(*state, "a", "2"));
    snprintf(expected, sizeof(expected), "%d:a(new)=2;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
    assert_true(change(*state, "a", "3"));
    snprintf(expected, sizeof(expected), "%d:a=3;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
}

static void test_a_new_row_that_is_gone_again_is_not_told(void **state)
{
    struct span one = text("1");

    assert_true(desk_change(*state, TABLE_ACCOUNT, text("a"), &one, true));
    assert_true(change(*state, "a", NULL));
    tells(*state, "");
    assert_int_equal(state_of(*state, "a"), DESK_ABSENT);
}

static void test_a_row_that_was_removed_is_not_new_again(void **state)
{
    struct span one = text("1");
    char expected[32];

    note(*state, "a", "0");
    assert_true(change(*state, "a", NULL));
    assert_true(desk_change(*state, TABLE_ACCOUNT, text("a"), &one, true));
    snprintf(expected, sizeof(expected), "%d:a=1;", (int)TABLE_ACCOUNT);
    tells(*state, expected);
}

static void test_rows_are_known_until_another_epoch(void **state)
{
    note(*state, "a", "1");
    desk_begin(*state, 0);
    row_is(*state, "a", "1");
    desk_begin(*state, 1);
    assert_int_equal(state_of(*state, "a"), DESK_UNKNOWN);
}

static void test_a_transaction_begins_with_room(void **state)
{
    char key[16];
    int n = 0;

    do {
        desk_begin(*state, 0);
        snprintf(key, sizeof(key), "%d", n);
        assert_true(change(*state, key, "v"));
    } while (state_of(*state, "0") != DESK_UNKNOWN && ++n < 100000);
    assert_int_equal(state_of(*state, "0"), DESK_UNKNOWN);
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PLAY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        PLAY(test_a_row_that_nobody_named_is_unknown),
        PLAY(test_what_the_library_said_is_known_and_not_told_back),
        PLAY(test_a_change_is_told_once_as_it_was_last),
        PLAY(test_what_is_known_is_not_overruled_by_the_library),
        PLAY(test_a_removed_row_is_absent_and_told_without_value),
        PLAY(test_a_value_may_grow_and_shrink),
        PLAY(test_tables_are_kept_apart),
        PLAY(test_a_change_that_failed_is_told_again),
        PLAY(test_a_full_desk_says_so_and_keeps_what_it_has),
        PLAY(test_a_value_without_room_leaves_the_row_as_it_was),
        PLAY(test_a_reset_forgets_all),
        PLAY(test_a_new_row_is_told_as_new_once),
        PLAY(test_a_new_row_that_is_gone_again_is_not_told),
        PLAY(test_a_row_that_was_removed_is_not_new_again),
        PLAY(test_rows_are_known_until_another_epoch),
        PLAY(test_a_transaction_begins_with_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
