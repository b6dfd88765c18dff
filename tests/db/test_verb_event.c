/* Events are written once, numbered, with what they tell of, and read as they
 * were told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "event_play.h"
#include "fixture.h"

static struct store_event_row rows[EVENT_PLAY_ROWS];

/* ---- writing ---- */

static void test_events_of_a_project_are_numbered(void **state)
{
    struct trail *t = *state;

    event_play_prepare(t);
    assert_int_equal(event_play_tell(t, 1, "bot"), 1);
    assert_int_equal(event_play_tell(t, 2, "bot"), 2);
    assert_int_equal(event_play_tell(t, 3, ""), 1);
}

static void test_event_of_unknown_fate_is_written_once(void **state)
{
    struct trail *t = *state;
    struct store_event e = event_play_event(1, "bot");

    event_play_prepare(t);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    event_play_tell(t, 2, "bot");
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.event.seq, 1);
    assert_int_equal(event_play_tell(t, 3, "bot"), 3);
}

static void test_event_for_nobody_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_event e = event_play_event(1, "nowhere"),
                       other = event_play_event(2, "theirs");

    event_play_prepare(t);
    fixture_account(t, 2, 0);
    fixture_project(t, 2, "theirs");
    assert_int_equal(fake_trail_run(t, &e), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_run(t, &other), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 0);
}

static void test_bill_brings_its_event(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 50);
    struct store_event_add event = fixture_event(1, "{}");

    event_play_prepare(t);
    event_play_admit(t, 1);
    strcpy(event.project, "bot");
    s.event = &event;
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(event.seq, 1);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_true(s.already);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 1);
    assert_true(fixture_clean(t));
}

static void test_event_of_no_project_goes_to_the_account(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 50);
    struct store_event_add event = fixture_event(1, "{}");

    event_play_prepare(t);
    event_play_admit(t, 1);
    strcpy(event.project, "nowhere");
    s.event = &event;
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fixture_look(t, 1).events.seq, 1);
    assert_int_equal(event_play_verify(t, 10).breaches, 0);
}

/* ---- reading ---- */

static void test_events_read_as_they_were_told(void **state)
{
    struct trail *t = *state;
    struct store_events v = event_play_read("bot", rows);
    struct store_event e = event_play_event(5, "bot");

    event_play_prepare(t);
    strcpy(e.event.target, "support");
    fake_trail_run(t, &e);
    assert_int_equal(fake_trail_run(t, &v), STORE_OK);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].seq, 1);
    assert_int_equal(rows[0].time, FIXTURE_NOW);
    assert_string_equal(rows[0].target, "support");
    assert_memory_equal(rows[0].id, e.event.id, STORE_ID);
    assert_int_equal(rows[0].text_n, e.event.text.n);
    assert_memory_equal(
        v.texts.data + rows[0].text, e.event.text.p, rows[0].text_n);
    assert_int_equal(v.after, 1);
    assert_false(v.more);
    buf_free(&v.texts);
}

static void test_reading_goes_on_behind_the_last_one(void **state)
{
    struct trail *t = *state;
    struct store_events v = event_play_read("bot", rows);

    event_play_prepare(t);
    for (unsigned i = 1; i <= 5; i++)
        event_play_tell(t, i, "bot");
    event_play_tell(t, 6, "");
    v.max = 3;
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 3);
    assert_true(v.more);
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 2);
    assert_int_equal(rows[1].seq, 5);
    assert_false(v.more);
    buf_free(&v.texts);
}

static void test_filters_leave_the_others_out(void **state)
{
    struct trail *t = *state;
    struct store_events v = event_play_read("bot", rows);
    struct store_event e = event_play_event(2, "bot");

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    strcpy(e.event.target, "support");
    e.now += 5;
    fake_trail_run(t, &e);
    strcpy(v.target, "support");
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].seq, 2);
    buf_free(&v.texts);
    v = event_play_read("bot", rows);
    v.since = FIXTURE_NOW + 1;
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].seq, 2);
    buf_free(&v.texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_events_of_a_project_are_numbered),
        FIXTURE_TEST(test_event_of_unknown_fate_is_written_once),
        FIXTURE_TEST(test_event_for_nobody_is_refused),
        FIXTURE_TEST(test_bill_brings_its_event),
        FIXTURE_TEST(test_event_of_no_project_goes_to_the_account),
        FIXTURE_TEST(test_events_read_as_they_were_told),
        FIXTURE_TEST(test_reading_goes_on_behind_the_last_one),
        FIXTURE_TEST(test_filters_leave_the_others_out),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
