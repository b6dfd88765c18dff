/* What must hold: roll-ups are dumped, loaded and refused as entries are, and a
 * dump while entries are folded is sound or refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dump_play.h"
#include "fixture.h"
#include "rollup_play.h"

/* Account 4 with a grant and three calls long ago. */
static void furnish_old(struct trail *t)
{
    rollup_play_grant(t, 4, -500);
    for (unsigned i = 400; i < 403; i++)
        fixture_call(t, 4, i, -499);
}

/* The same, folded, and a call since. */
static void furnish_rolled(struct trail *t)
{
    furnish_old(t);
    fixture_fold(t, -400, 100);
    fixture_call(t, 4, 403, 0);
}

static void assert_rolled_spoilt(
    void **state, const char *old, const char *new, const char *why)
{
    struct dump_play *p = *state;

    furnish_rolled(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    dump_play_assert_refused(p, dump_play_spoil(&p->lines, old, new), why);
}

static void test_rollups_are_dumped_and_loaded(void **state)
{
    struct dump_play *p = *state;
    struct buf again = {0};

    furnish_rolled(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    assert_non_null(strstr(buf_terminate(&p->lines), "\"rollup\""));
    assert_int_equal(dump_play_load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fake_trail_rows(p->to, TABLE_LEDGER), 3);
    assert_true(fixture_clean(p->to));
    dump_play_take(p->to, 1000, &again);
    assert_string_equal(buf_terminate(&again), buf_terminate(&p->lines));
    buf_free(&again);
}

static void test_changed_sum_of_a_rollup_is_refused(void **state)
{
    assert_rolled_spoilt(
        state, "\"settle_tokens_in\":300", "\"settle_tokens_in\":301", "MAC");
}

static void test_changed_beginning_of_a_rollup_is_refused(void **state)
{
    assert_rolled_spoilt(
        state, "\"first\":2,", "\"first\":1,", "as many entries");
}

static void test_rollup_that_is_missing_is_refused(void **state)
{
    struct dump_play *p = *state;
    char *line, *end;

    furnish_rolled(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    line = strstr(buf_terminate(&p->lines), "{\"kind\":\"rollup\"");
    end = strchr(line, '\n') + 1;
    memmove(line, end, strlen(end) + 1);
    p->lines.len -= (size_t)(end - line);
    assert_int_equal(
        dump_play_load(p->to, &p->lines).verb.status, STORE_REFUSED);
}

/* Fold while the dump stands at each of its slices: it is sound or refused. */
static bool dump_and_fold(struct dump_play *p, int at, int *refused)
{
    struct store_dump d = {.verb.kind = STORE_DUMP, .most = 1};
    enum store_status status = STORE_OK;
    int slices = 0;

    furnish_old(p->from);
    while (!d.done && status == STORE_OK) {
        if (slices++ == at)
            fixture_fold(p->from, -400, 1);
        status = fake_trail_run(p->from, &d);
    }
    *refused += status == STORE_REFUSED;
    if (status == STORE_OK) {
        assert_int_equal(dump_play_load(p->to, &d.lines).verb.status, STORE_OK);
        assert_true(fixture_clean(p->to));
    }
    store_dump_free(&d);
    return slices > at;
}

static void test_dump_while_entries_are_folded_is_sound_or_refused(void **state)
{
    int refused = 0;
    bool more = true;

    (void)state;
    for (int at = 0; more; at++) {
        struct dump_play *p;

        dump_play_set_up((void **)&p);
        more = dump_and_fold(p, at, &refused);
        dump_play_tear_down((void **)&p);
    }
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUMP_PLAY_TEST(test_rollups_are_dumped_and_loaded),
        DUMP_PLAY_TEST(test_changed_sum_of_a_rollup_is_refused),
        DUMP_PLAY_TEST(test_changed_beginning_of_a_rollup_is_refused),
        DUMP_PLAY_TEST(test_rollup_that_is_missing_is_refused),
        DUMP_PLAY_TEST(test_dump_while_entries_are_folded_is_sound_or_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
