/* Decisions that events tell of are counted until one is too many: then the
 * policy is rolled back for a while, or until a new version of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "event_play.h"
#include "fixture.h"

#define MINUTE (INT64_C(60) * 1000000)

static struct store_event decision(unsigned n, bool flagged)
{
    struct store_event e = event_play_event(n, "bot");

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

    event_play_prepare(t);
    for (unsigned i = 1; i <= 4; i++) {
        e = decision(i, i > 2);
        assert_int_equal(rolled_back_until(t), 0);
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
        assert_int_equal(e.event.rolled_back, i == 4);
    }
    assert_int_equal(rolled_back_until(t), FIXTURE_NOW + 30 * MINUTE);
    assert_int_equal(event_play_tell(t, 5, "bot"), 6);
    assert_int_equal(event_play_verify(t, 100).breaches, 0);
}

/* The decision without a word of it, with the bill of a call. */
static void count(struct trail *t, unsigned request, bool flagged)
{
    struct store_settle s = fixture_settle(request, 10, 5);
    struct store_event_add add = decision(request, flagged).event;

    add.text = add.rollback = (struct span){"", 0};
    s.event = &add;
    event_play_admit(t, request);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK); /* once is counted */
}

static void test_decisions_without_an_event_roll_back_as_well(void **state)
{
    struct trail *t = *state;

    event_play_prepare(t);
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

    event_play_prepare(t);
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

    event_play_prepare(t);
    for (unsigned i = 1; i <= 4; i++) {
        e = decision(i, true);
        fake_trail_run(t, &e);
    }
    assert_true(rolled_back_until(t) > 0);
    fixture_id(1, put.account);
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
    assert_int_equal(rolled_back_until(t), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_one_decision_too_many_rolls_back_and_is_told),
        FIXTURE_TEST(test_decisions_without_an_event_roll_back_as_well),
        FIXTURE_TEST(test_rolled_back_policy_is_not_counted),
        FIXTURE_TEST(test_new_version_ends_a_rollback),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
