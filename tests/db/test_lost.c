/* A governed call whose worker died is told of in one event, which has no
 * decision, in the transaction of its bill; and in no second one, should its
 * own bill come after all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/json.h"
#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

enum { DEAD = 66 };

/* How the call was left. */
struct left {
    const char *project; /* NULL: of no project */
    bool accepted, quiet;
};

/* Request 1 of account 1, which something governs. */
static void leave_call(struct trail *t, const struct left *left)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = left->accepted,
        .quiet = left->quiet,
        .out_so_far = 100,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};
    struct store_govern g = {.target = "messages", .policy = "rules"};

    if (left->project != NULL)
        strcpy(g.project, left->project);
    a.govern = &g;
    fixture_id(1, e.request);
    fake_trail_become(t, 3, DEAD);
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    fake_trail_become(t, 1, 1);
}

static struct store_reap reap(struct trail *t)
{
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fake_trail_kill(t, DEAD);
    assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    return reap;
}

/* The page of all events of ${project}, of account 1 when it is NULL; the
 * caller frees its texts. */
static struct store_events events_of(
    struct trail *t, const char *project, struct store_event_row rows[4])
{
    struct store_events page = {
        .verb.kind = STORE_EVENTS, .rows = rows, .max = 4};

    if (project != NULL)
        strcpy(page.owner.project, project);
    else
        fixture_id(1, page.owner.account);
    assert_int_equal(fake_trail_run(t, &page), STORE_OK);
    return page;
}

static size_t count_events(struct trail *t, const char *project)
{
    struct store_event_row rows[4];
    struct store_events page = events_of(t, project, rows);

    buf_free(&page.texts);
    return page.count;
}

static void assert_says(
    const struct store_events *page, const char *key, const char *value)
{
    const struct store_event_row *row = &page->rows[0];
    struct json_doc doc = {0};
    struct span raw;

    assert_int_equal(
        json_parse(&doc, page->texts.data + row->text, row->text_n), JSON_OK);
    raw = json_raw(&doc, json_member(&doc, 0, key));
    if (!span_is(raw, value))
        fail_msg("%s is %.*s", key, (int)raw.n, raw.p);
    json_free(&doc);
}

static int set_up(void **state)
{
    *state = fake_trail_new();
    fixture_account(*state, 1, 10);
    fixture_project(*state, 1, "bot");
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

static void test_lost_call_is_told_without_a_decision(void **state)
{
    const struct left left = {"bot", true, false};
    struct store_event_row rows[4];
    struct store_events page;
    struct trail *t = *state;

    leave_call(t, &left);
    assert_int_equal(reap(t).credits, 1);
    page = events_of(t, "bot", rows);
    assert_int_equal(page.count, 1);
    assert_string_equal(rows[0].target, "messages");
    assert_says(&page, "event_type", "\"enforcement\"");
    assert_says(&page, "reason_code", "\"WORKER_LOST\"");
    assert_says(&page, "decision", "null");
    assert_says(&page, "policy_id", "\"rules\"");
    assert_says(&page, "policy_version", "1");
    assert_says(&page, "policy_target", "\"messages\"");
    assert_says(&page, "project_id", "\"bot\"");
    assert_true(fixture_clean(t));
    buf_free(&page.texts);
}

static void test_lost_call_of_no_project_is_told_by_its_account(void **state)
{
    const struct left left = {NULL, true, false};
    struct trail *t = *state;

    leave_call(t, &left);
    reap(t);
    assert_int_equal(count_events(t, NULL), 1);
    assert_true(fixture_clean(t));
}

static void test_second_reaper_tells_nothing(void **state)
{
    const struct left left = {"bot", true, false};
    struct trail *t = *state;

    leave_call(t, &left);
    reap(t);
    assert_int_equal(reap(t).reaped, 0);
    assert_int_equal(count_events(t, "bot"), 1);
}

static void test_call_that_cost_nothing_is_not_told(void **state)
{
    const struct left left = {"bot", false, false};
    struct trail *t = *state;

    leave_call(t, &left);
    assert_int_equal(reap(t).reaped, 1);
    assert_int_equal(count_events(t, "bot"), 0);
}

static void test_call_whose_event_is_not_wanted_is_not_told(void **state)
{
    const struct left left = {"bot", true, true};
    struct trail *t = *state;

    leave_call(t, &left);
    reap(t);
    assert_int_equal(count_events(t, "bot"), 0);
    assert_true(fixture_clean(t));
}

static void test_own_bill_that_comes_late_has_no_second_event(void **state)
{
    const struct left left = {"bot", true, false};
    struct store_settle s = fixture_settle(1, 100, 900);
    struct store_event_add event = fixture_event(9, "{}");
    struct trail *t = *state;

    strcpy(event.project, "bot");
    s.event = &event;
    leave_call(t, &left);
    reap(t);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(count_events(t, "bot"), 1);
    assert_true(fixture_clean(t));
}

static void test_own_bill_that_comes_late_tells_what_was_not(void **state)
{
    const struct left left = {"bot", true, true};
    struct store_settle s = fixture_settle(1, 100, 900);
    struct store_event_add event = fixture_event(9, "{}");
    struct trail *t = *state;

    strcpy(event.project, "bot");
    s.event = &event;
    leave_call(t, &left);
    reap(t);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(count_events(t, "bot"), 1);
    assert_true(fixture_clean(t));
}

static void test_bill_knows_the_number_of_its_event(void **state)
{
    const struct left left = {"bot", true, false};
    struct store_settle s = fixture_settle(1, 100, 900);
    struct store_event_add event = fixture_event(9, "{}");
    struct trail *t = *state;
    struct row_done done;

    strcpy(event.project, "bot");
    s.event = &event;
    leave_call(t, &left);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    assert_true(done.tells);
    assert_int_equal(done.event, 1);
}

static void test_audit_misses_the_event_of_a_bill(void **state)
{
    const struct left left = {"bot", true, false};
    struct store_audit audit;
    struct trail *t = *state;
    struct row_done done;
    uint8_t request[STORE_ID];

    leave_call(t, &left);
    reap(t);
    fixture_id(1, request);
    fake_trail_begin(t);
    assert_int_equal(row_done_get(t, request, &done), TRAIL_FOUND);
    done.event = 0;
    row_done_put(t, request, &done);
    fake_trail_commit(t);
    audit = fixture_audit(t, 100);
    assert_int_equal(audit.breaches, 1);
    assert_non_null(strstr(buf_terminate(&audit.report), "EV request"));
    buf_free(&audit.report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_lost_call_is_told_without_a_decision, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_lost_call_of_no_project_is_told_by_its_account, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_reaper_tells_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_that_cost_nothing_is_not_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_whose_event_is_not_wanted_is_not_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_own_bill_that_comes_late_has_no_second_event, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_own_bill_that_comes_late_tells_what_was_not, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_bill_knows_the_number_of_its_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_audit_misses_the_event_of_a_bill, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
