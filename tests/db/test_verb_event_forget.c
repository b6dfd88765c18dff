/* Old events are forgotten once the slowest consumer has read them, behind an
 * anchor that shows what was changed since; quotas after their time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "event_play.h"
#include "fixture.h"

static struct store_event_row rows[EVENT_PLAY_ROWS];

/* ---- consumers ---- */

static struct store_cursor cursor(
    struct trail *t, enum store_cursor_act act, uint64_t seq)
{
    struct store_cursor c = {.verb.kind = STORE_CURSOR,
        .act = act,
        .owner.project = "bot",
        .consumer = "splunk",
        .seq = seq};

    fake_trail_run(t, &c);
    return c;
}

static void test_cursor_is_where_it_was_set(void **state)
{
    struct trail *t = *state;

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
    assert_int_equal(cursor(t, CURSOR_SET, 1).verb.status, STORE_OK);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).seq, 1);
    assert_int_equal(cursor(t, CURSOR_DROP, 0).verb.status, STORE_OK);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
}

static void test_cursor_beyond_the_newest_event_is_refused(void **state)
{
    struct trail *t = *state;

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    assert_int_equal(cursor(t, CURSOR_SET, 2).verb.status, STORE_REFUSED);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
}

static void test_consumers_of_an_owner_are_told_one_by_one(void **state)
{
    static const char *const names[] = {"a", "ab", "splunk", NULL};
    struct trail *t = *state;
    struct store_cursor c = {
        .verb.kind = STORE_CURSOR, .owner.project = "bot", .act = CURSOR_SET};

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    assert_int_equal(cursor(t, CURSOR_NEXT, 0).verb.status, STORE_NOT_FOUND);
    for (int i = 0; names[i] != NULL; i++) {
        strcpy(c.consumer, names[i]);
        c.seq = i % 2;
        assert_int_equal(fake_trail_run(t, &c), STORE_OK);
    }
    c = (struct store_cursor){
        .verb.kind = STORE_CURSOR, .owner.project = "bot", .act = CURSOR_NEXT};
    for (int i = 0; names[i] != NULL; i++) {
        assert_int_equal(fake_trail_run(t, &c), STORE_OK);
        assert_string_equal(c.next, names[i]);
        assert_int_equal(c.seq, i % 2);
        strcpy(c.consumer, c.next);
    }
    assert_int_equal(fake_trail_run(t, &c), STORE_NOT_FOUND);
    c.owner = (struct store_owner){0};
    fixture_id(1, c.owner.account);
    assert_int_equal(fake_trail_run(t, &c), STORE_NOT_FOUND);
}

/* ---- forgetting ---- */

static struct store_reap forget(struct trail *t, int day)
{
    static struct store_reap reap;

    reap = (struct store_reap){.verb.kind = STORE_REAP,
        .now = fixture_time(day),
        .boot = FIXTURE_BOOT,
        .most = 10,
        .events_before = fixture_time(day - 30)};
    for (int i = 0; i < 20; i++)
        assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    return reap;
}

static void tell_on(struct trail *t, unsigned n, const char *project, int day)
{
    struct store_event e = event_play_event(n, project);

    e.now = fixture_time(day);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
}

static void test_old_events_leave_an_anchor(void **state)
{
    struct trail *t = *state;
    struct store_events v = event_play_read("bot", rows);

    event_play_prepare(t);
    for (unsigned i = 1; i <= 200; i++)
        tell_on(t, i, i % 2 ? "bot" : "", i <= 160 ? 0 : 20);
    forget(t, 29);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 400);
    forget(t, 31);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 80);
    fake_trail_run(t, &v);
    assert_int_equal(v.pruned, 80);
    assert_int_equal(rows[0].seq, 81);
    assert_int_equal(event_play_verify(t, 7).breaches, 0);
    tell_on(t, 201, "bot", 31);
    assert_int_equal(event_play_verify(t, 7).breaches, 0);
    buf_free(&v.texts);
}

static void test_anchor_that_was_changed_shows(void **state)
{
    struct trail *t = *state;
    struct chain head, odd;

    event_play_prepare(t);
    for (unsigned i = 1; i <= 6; i++)
        tell_on(t, i, "bot", i <= 3 ? 0 : 20);
    forget(t, 31);
    head = event_play_head(t);
    assert_int_equal(head.pruned, 3);
    odd = head;
    odd.anchor[7] ^= 1;
    event_play_put_head(t, &odd);
    assert_true(event_play_verify(t, 100).breaches > 0);
    odd = head;
    odd.pruned = 4;
    event_play_put_head(t, &odd);
    assert_true(event_play_verify(t, 100).breaches > 0);
    event_play_put_head(t, &head);
    assert_int_equal(event_play_verify(t, 100).breaches, 0);
}

static void test_more_forgotten_than_the_anchor_says_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 4};

    event_play_prepare(t);
    for (unsigned i = 1; i <= 6; i++)
        tell_on(t, i, "bot", i <= 3 ? 0 : 20);
    forget(t, 31);
    assert_int_equal(event_play_verify(t, 100).breaches, 0);
    event_play_cut(t, &row);
    assert_true(event_play_verify(t, 100).breaches > 0);
}

static void test_events_wait_for_the_slowest_consumer(void **state)
{
    struct trail *t = *state;
    struct store_cursor fast = {.verb.kind = STORE_CURSOR,
        .act = CURSOR_SET,
        .owner.project = "bot",
        .consumer = "fast",
        .seq = 5};
    struct store_events v = event_play_read("bot", rows);

    event_play_prepare(t);
    for (unsigned i = 1; i <= 5; i++)
        tell_on(t, i, "bot", 0);
    assert_int_equal(fake_trail_run(t, &fast), STORE_OK);
    cursor(t, CURSOR_SET, 2);
    forget(t, 100);
    fake_trail_run(t, &v);
    assert_int_equal(v.pruned, 2);
    assert_int_equal(v.count, 3);
    cursor(t, CURSOR_SET, 5);
    forget(t, 100);
    buf_free(&v.texts);
    v = event_play_read("bot", rows);
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 0);
    assert_int_equal(event_play_verify(t, 7).breaches, 0);
    buf_free(&v.texts);
}

static void test_quotas_are_forgotten_after_their_time(void **state)
{
    struct trail *t = *state;
    struct store_project_set set;
    struct store_settle s = fixture_settle(1, 100, 50);

    fixture_account(t, 1, 100);
    set = fixture_project(t, 1, "bot");
    set.set_user_quota = true;
    set.to.user_quota.requests = 100;
    fake_trail_run(t, &set);
    event_play_admit(t, 1);
    forget(t, 1000);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 2);
    fake_trail_run(t, &s);
    forget(t, 2);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 2);
    forget(t, 3);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 1);
    forget(t, 400);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 1);
    forget(t, 401);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_cursor_is_where_it_was_set),
        FIXTURE_TEST(test_cursor_beyond_the_newest_event_is_refused),
        FIXTURE_TEST(test_consumers_of_an_owner_are_told_one_by_one),
        FIXTURE_TEST(test_old_events_leave_an_anchor),
        FIXTURE_TEST(test_anchor_that_was_changed_shows),
        FIXTURE_TEST(test_more_forgotten_than_the_anchor_says_shows),
        FIXTURE_TEST(test_events_wait_for_the_slowest_consumer),
        FIXTURE_TEST(test_quotas_are_forgotten_after_their_time),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
