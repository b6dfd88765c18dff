/* Events are written once, with what they tell of, in a chain in which every
 * flipped byte and a cut tail show; and decisions that they tell of are counted
 * until one is too many. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_event.h"
#include "db/bdb/row_project.h"
#include "fixture.h"
#include <stdlib.h>
#include <string.h>

#define MINUTE (INT64_C(60) * 1000000)

static int set_up(void **state)
{
    *state = fake_trail_new();
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

static void prepare(struct trail *t)
{
    fixture_account(t, 1, 100);
    fixture_project(t, 1, "bot");
}

static struct store_event event_of(unsigned n, const char *project)
{
    struct store_event e = {.verb.kind = STORE_EVENT,
        .now = FIXTURE_NOW,
        .event = fixture_event(n, "{\"decision\":\"refuse\"}")};

    fixture_id(1, e.account);
    strcpy(e.event.project, project);
    return e;
}

static uint64_t tell(struct trail *t, unsigned n, const char *project)
{
    struct store_event e = event_of(n, project);

    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    return e.event.seq;
}

static struct store_event_row rows[8];

static struct store_events read_of(const char *project)
{
    struct store_events v = {.verb.kind = STORE_EVENTS, .rows = rows, .max = 8};

    strcpy(v.owner.project, project);
    fixture_id(1, v.owner.account);
    return v;
}

static struct store_events_verify verify(struct trail *t, uint32_t most)
{
    struct store_events_verify v = {
        .verb.kind = STORE_EVENTS_VERIFY, .most = most};

    while (!v.done) {
        assert_int_equal(fake_trail_run(t, &v), STORE_OK);
        assert_false(trail_failed(t));
    }
    buf_free(&v.report);
    return v;
}

/* ---- writing ---- */

static void test_events_of_a_project_are_numbered(void **state)
{
    struct trail *t = *state;

    prepare(t);
    assert_int_equal(tell(t, 1, "bot"), 1);
    assert_int_equal(tell(t, 2, "bot"), 2);
    assert_int_equal(tell(t, 3, ""), 1);
}

static void test_event_of_unknown_fate_is_written_once(void **state)
{
    struct trail *t = *state;
    struct store_event e = event_of(1, "bot");

    prepare(t);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    tell(t, 2, "bot");
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.event.seq, 1);
    assert_int_equal(tell(t, 3, "bot"), 3);
}

static void test_event_for_nobody_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_event e = event_of(1, "nowhere"),
                       other = event_of(2, "theirs");

    prepare(t);
    fixture_account(t, 2, 0);
    fixture_project(t, 2, "theirs");
    assert_int_equal(fake_trail_run(t, &e), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_run(t, &other), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 0);
}

static void admit(struct trail *t, unsigned request)
{
    struct store_govern govern = {.project = "bot"};
    struct store_admit a = fixture_admit(1, request);

    a.govern = &govern;
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
}

static void test_bill_brings_its_event(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 50);
    struct store_event_add event = fixture_event(1, "{}");

    prepare(t);
    admit(t, 1);
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

    prepare(t);
    admit(t, 1);
    strcpy(event.project, "nowhere");
    s.event = &event;
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fixture_look(t, 1).events.seq, 1);
    assert_int_equal(verify(t, 10).breaches, 0);
}

/* ---- reading ---- */

static void test_events_read_as_they_were_told(void **state)
{
    struct trail *t = *state;
    struct store_events v = read_of("bot");
    struct store_event e = event_of(5, "bot");

    prepare(t);
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
    struct store_events v = read_of("bot");

    prepare(t);
    for (unsigned i = 1; i <= 5; i++)
        tell(t, i, "bot");
    tell(t, 6, "");
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
    struct store_events v = read_of("bot");
    struct store_event e = event_of(2, "bot");

    prepare(t);
    tell(t, 1, "bot");
    strcpy(e.event.target, "support");
    e.now += 5;
    fake_trail_run(t, &e);
    strcpy(v.target, "support");
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].seq, 2);
    buf_free(&v.texts);
    v = read_of("bot");
    v.since = FIXTURE_NOW + 1;
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 1);
    assert_int_equal(rows[0].seq, 2);
    buf_free(&v.texts);
}

/* ---- checking ---- */

static void test_sound_chains_have_no_breach(void **state)
{
    struct trail *t = *state;
    struct store_events_verify v;

    prepare(t);
    for (unsigned i = 1; i <= 9; i++)
        tell(t, i, i % 3 ? "bot" : "");
    v = verify(t, 1);
    assert_int_equal(v.breaches, 0);
    assert_int_equal(v.events, 9);
    assert_int_equal(v.chains, 2);
}

static bool is_event(struct span key)
{
    struct store_owner owner;
    uint64_t seq;

    return row_event_read(key, &owner, &seq) == 0;
}

static void test_every_flipped_byte_of_an_event_shows(void **state)
{
    struct trail *t = *state;
    struct span key, value;

    prepare(t);
    tell(t, 1, "bot");
    tell(t, 2, "bot");
    for (size_t row = 0; row < fake_trail_rows(t, TABLE_EVENT); row++) {
        key = fake_trail_row(t, TABLE_EVENT, row, &value);
        if (!is_event(key))
            continue;
        for (size_t i = 0; i < value.n; i++) {
            ((char *)(uintptr_t)value.p)[i] ^= 1;
            assert_true(verify(t, 100).breaches > 0);
            ((char *)(uintptr_t)value.p)[i] ^= 1;
        }
    }
    assert_int_equal(verify(t, 100).breaches, 0);
}

/* With a CRC that fits, so that only the MAC can tell. */
static void test_forged_event_shows(void **state)
{
    struct trail *t = *state;
    struct store_owner owner = {.project = "bot"};
    struct store_event_row row;
    struct store_events v = read_of("bot");

    prepare(t);
    tell(t, 1, "bot");
    fake_trail_run(t, &v);
    row = rows[0];
    fake_trail_begin(t);
    row_event_put(t, &owner, &row, (struct span){"{}", 2});
    fake_trail_commit(t);
    assert_int_equal(verify(t, 100).breaches, 1);
    buf_free(&v.texts);
}

static void cut(struct trail *t, const struct store_event_row *row)
{
    const struct store_owner owner = {.project = "bot"};

    fake_trail_begin(t);
    row_event_delete(t, &owner, row);
    fake_trail_commit(t);
}

static void test_cut_tail_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 3};

    prepare(t);
    for (unsigned i = 1; i <= 3; i++)
        tell(t, i, "bot");
    cut(t, &row);
    assert_int_equal(verify(t, 100).breaches, 1);
    row.seq = 2;
    cut(t, &row);
    row.seq = 1;
    cut(t, &row);
    assert_int_equal(verify(t, 100).breaches, 1);
}

static void test_event_that_is_missing_in_the_middle_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 2};

    prepare(t);
    for (unsigned i = 1; i <= 3; i++)
        tell(t, i, "bot");
    cut(t, &row);
    assert_true(verify(t, 100).breaches > 0);
}

/* The head as somebody without the key would make it. */
static void put_head(struct trail *t, const struct chain *head)
{
    struct store_project project;

    fake_trail_begin(t);
    assert_int_equal(row_project_get(t, "bot", &project), TRAIL_FOUND);
    project.events = *head;
    row_project_put(t, &project);
    fake_trail_commit(t);
}

static struct chain head_of(struct trail *t)
{
    struct store_project project;

    assert_int_equal(row_project_get(t, "bot", &project), TRAIL_FOUND);
    return project.events;
}

static void test_tail_that_was_cut_with_its_head_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 3};
    struct chain head;

    prepare(t);
    for (unsigned i = 1; i <= 3; i++) {
        tell(t, i, "bot");
        if (i == 2)
            head = head_of(t);
    }
    memcpy(head.seal, head_of(t).seal, sizeof(head.seal));
    cut(t, &row);
    put_head(t, &head);
    assert_int_equal(verify(t, 100).breaches, 1);
}

static void test_every_flipped_byte_of_a_head_shows(void **state)
{
    struct trail *t = *state;
    struct chain head, odd;

    prepare(t);
    tell(t, 1, "bot");
    tell(t, 2, "bot");
    head = head_of(t);
    for (size_t i = 0; i < sizeof(head); i++) {
        odd = head;
        ((uint8_t *)&odd)[i] ^= 1;
        put_head(t, &odd);
        assert_true(verify(t, 100).breaches > 0);
    }
    put_head(t, &head);
    assert_int_equal(verify(t, 100).breaches, 0);
}

static void test_audit_finds_it_too(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 1};
    struct store_audit audit;

    prepare(t);
    tell(t, 1, "bot");
    tell(t, 2, "bot");
    cut(t, &row);
    audit = fixture_audit(t, 1);
    assert_true(audit.breaches > 0);
    assert_non_null(strstr(buf_terminate(&audit.report), "EV project bot"));
    buf_free(&audit.report);
}

/* ---- decisions ---- */

static struct store_event decision(unsigned n, bool flagged)
{
    struct store_event e = event_of(n, "bot");

    strcpy(e.event.policy, "rules");
    e.event.flagged = flagged;
    e.event.rule = (struct spike_rule){15, 4, 500000, 30};
    e.event.rollback = (struct span){"{\"event_type\":\"revision\"}", 25};
    e.event.rollback_id[0] = 1;
    return e;
}

static int64_t rolled_back_until(struct trail *t)
{
    struct store_policy_get get = {
        .verb.kind = STORE_POLICY_GET, .id = "rules"};

    fixture_id(1, get.account);
    assert_int_equal(fake_trail_run(t, &get), STORE_OK);
    buf_free(&get.document);
    return get.policy.rolled_back_until;
}

static void test_one_decision_too_many_rolls_back_and_is_told(void **state)
{
    struct trail *t = *state;
    struct store_event e;

    prepare(t);
    for (unsigned i = 1; i <= 4; i++) {
        e = decision(i, i > 2);
        assert_int_equal(rolled_back_until(t), 0);
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
        assert_int_equal(e.event.rolled_back, i == 4);
    }
    assert_int_equal(rolled_back_until(t), FIXTURE_NOW + 30 * MINUTE);
    assert_int_equal(tell(t, 5, "bot"), 6);
    assert_int_equal(verify(t, 100).breaches, 0);
}

/* The decision without a word of it, with the bill of a call. */
static void count(struct trail *t, unsigned request, bool flagged)
{
    struct store_settle s = fixture_settle(request, 10, 5);
    struct store_event_add add = decision(request, flagged).event;

    add.text = add.rollback = (struct span){"", 0};
    s.event = &add;
    admit(t, request);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK); /* once is counted */
}

static void test_decisions_without_an_event_roll_back_as_well(void **state)
{
    struct trail *t = *state;

    prepare(t);
    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(rolled_back_until(t), 0);
        count(t, i, i <= 2);
    }
    assert_int_equal(rolled_back_until(t), FIXTURE_NOW + 30 * MINUTE);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 0);
    assert_true(fixture_clean(t));
}

static void test_rolled_back_policy_is_not_counted(void **state)
{
    struct trail *t = *state;
    struct store_event e;

    prepare(t);
    for (unsigned i = 1; i <= 12; i++) {
        e = decision(i, true);
        e.now = i < 9 ? FIXTURE_NOW : FIXTURE_NOW + 30 * MINUTE;
        fake_trail_run(t, &e);
        assert_int_equal(e.event.rolled_back, i == 4 || i == 12);
    }
}

static void test_new_version_ends_a_rollback(void **state)
{
    struct trail *t = *state;
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "rules",
        .document = {"{\"v\":2}", 7},
        .put = {9},
        .now = FIXTURE_NOW};
    struct store_event e;

    prepare(t);
    for (unsigned i = 1; i <= 4; i++) {
        e = decision(i, true);
        fake_trail_run(t, &e);
    }
    assert_true(rolled_back_until(t) > 0);
    fixture_id(1, put.account);
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
    assert_int_equal(rolled_back_until(t), 0);
}

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

    prepare(t);
    tell(t, 1, "bot");
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
    assert_int_equal(cursor(t, CURSOR_SET, 1).verb.status, STORE_OK);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).seq, 1);
    assert_int_equal(cursor(t, CURSOR_DROP, 0).verb.status, STORE_OK);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
}

static void test_cursor_beyond_the_newest_event_is_refused(void **state)
{
    struct trail *t = *state;

    prepare(t);
    tell(t, 1, "bot");
    assert_int_equal(cursor(t, CURSOR_SET, 2).verb.status, STORE_REFUSED);
    assert_int_equal(cursor(t, CURSOR_LOOK, 0).verb.status, STORE_NOT_FOUND);
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
    struct store_event e = event_of(n, project);

    e.now = fixture_time(day);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
}

static void test_old_events_leave_an_anchor(void **state)
{
    struct trail *t = *state;
    struct store_events v = read_of("bot");

    prepare(t);
    for (unsigned i = 1; i <= 200; i++)
        tell_on(t, i, i % 2 ? "bot" : "", i <= 160 ? 0 : 20);
    forget(t, 29);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 400);
    forget(t, 31);
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 80);
    fake_trail_run(t, &v);
    assert_int_equal(v.pruned, 80);
    assert_int_equal(rows[0].seq, 81);
    assert_int_equal(verify(t, 7).breaches, 0);
    tell_on(t, 201, "bot", 31);
    assert_int_equal(verify(t, 7).breaches, 0);
    buf_free(&v.texts);
}

static void test_anchor_that_was_changed_shows(void **state)
{
    struct trail *t = *state;
    struct chain head, odd;

    prepare(t);
    for (unsigned i = 1; i <= 6; i++)
        tell_on(t, i, "bot", i <= 3 ? 0 : 20);
    forget(t, 31);
    head = head_of(t);
    assert_int_equal(head.pruned, 3);
    odd = head;
    odd.anchor[7] ^= 1;
    put_head(t, &odd);
    assert_true(verify(t, 100).breaches > 0);
    odd = head;
    odd.pruned = 4;
    put_head(t, &odd);
    assert_true(verify(t, 100).breaches > 0);
    put_head(t, &head);
    assert_int_equal(verify(t, 100).breaches, 0);
}

static void test_more_forgotten_than_the_anchor_says_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 4};

    prepare(t);
    for (unsigned i = 1; i <= 6; i++)
        tell_on(t, i, "bot", i <= 3 ? 0 : 20);
    forget(t, 31);
    assert_int_equal(verify(t, 100).breaches, 0);
    cut(t, &row);
    assert_true(verify(t, 100).breaches > 0);
}

static void test_events_wait_for_the_slowest_consumer(void **state)
{
    struct trail *t = *state;
    struct store_cursor fast = {.verb.kind = STORE_CURSOR,
        .act = CURSOR_SET,
        .owner.project = "bot",
        .consumer = "fast",
        .seq = 5};
    struct store_events v = read_of("bot");

    prepare(t);
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
    v = read_of("bot");
    fake_trail_run(t, &v);
    assert_int_equal(v.count, 0);
    assert_int_equal(verify(t, 7).breaches, 0);
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
    admit(t, 1);
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
        cmocka_unit_test_setup_teardown(
            test_events_of_a_project_are_numbered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_event_of_unknown_fate_is_written_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_event_for_nobody_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_bill_brings_its_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_event_of_no_project_goes_to_the_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_events_read_as_they_were_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_reading_goes_on_behind_the_last_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_filters_leave_the_others_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_sound_chains_have_no_breach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_every_flipped_byte_of_an_event_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_forged_event_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_tail_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_event_that_is_missing_in_the_middle_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_tail_that_was_cut_with_its_head_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_every_flipped_byte_of_a_head_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_audit_finds_it_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_one_decision_too_many_rolls_back_and_is_told, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_decisions_without_an_event_roll_back_as_well, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_rolled_back_policy_is_not_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_new_version_ends_a_rollback, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_cursor_is_where_it_was_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_cursor_beyond_the_newest_event_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_old_events_leave_an_anchor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_anchor_that_was_changed_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_more_forgotten_than_the_anchor_says_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_events_wait_for_the_slowest_consumer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_quotas_are_forgotten_after_their_time, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
