/* A stream reserves of the quotas as it grows, and streams at once grow no
 * further than what is left of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "govern_play.h"

static struct store_extend extend(
    struct trail *t, unsigned request, uint64_t want)
{
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .want_out = want,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_id(request, e.request);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    return e;
}

static void stream(struct trail *t, struct govern_play *c, unsigned request)
{
    c->admit = fixture_admit(1, request);
    c->admit.ask.first = 100;
    c->admit.govern = &c->govern;
    assert_int_equal(fake_trail_run(t, &c->admit), STORE_OK);
}

static void test_stream_reserves_as_it_grows(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    stream(t, &c, 1);
    assert_int_equal(govern_play_used(t).reserved, 200);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(govern_play_used(t).reserved, 700);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(govern_play_used(t).reserved, 700);
    govern_play_settle(t, 1, 550);
    assert_int_equal(govern_play_used(t).tokens, 650);
    assert_int_equal(govern_play_used(t).reserved, 0);
    assert_true(fixture_clean(t));
}

static void test_input_that_has_grown_leaves_the_output_of_a_quota(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set;
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .est_in = 400,
        .want_out = 300,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    govern_play_budget(t, &set, 0, 300);
    stream(t, &c, 1);
    fixture_id(1, e.request);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
        assert_int_equal(e.covers, 100);
        assert_int_equal(govern_play_used(t).reserved, 500);
    }
    govern_play_settle(t, 1, 50);
    assert_int_equal(govern_play_used(t).reserved, 0);
    assert_true(fixture_clean(t));
}

static void test_streams_at_once_grow_no_further_than_the_quota(void **state)
{
    struct trail *t = *state;
    struct govern_play a = govern_play_call("bot"), b = govern_play_call("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    govern_play_budget(t, &set, 0, 1000);
    stream(t, &a, 1);
    stream(t, &b, 2);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(extend(t, 2, 600).covers, 200);
    assert_int_equal(govern_play_used(t).reserved, 1000);
    assert_true(fixture_clean(t));
}

static void test_streams_grow_no_further_than_the_quota_of_the_policy(
    void **state)
{
    struct trail *t = *state;
    struct govern_play a = govern_play_call("bot"), b = govern_play_call("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    govern_play_lend(
        t, (struct quota_limit){0, 1000, QUOTA_DAILY}, (struct quota_limit){0});
    stream(t, &a, 1);
    stream(t, &b, 2);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(extend(t, 2, 600).covers, 200);
    assert_int_equal(govern_play_used(t).reserved, 1000);
    assert_true(fixture_clean(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_stream_reserves_as_it_grows),
        FIXTURE_TEST(test_input_that_has_grown_leaves_the_output_of_a_quota),
        FIXTURE_TEST(test_streams_at_once_grow_no_further_than_the_quota),
        FIXTURE_TEST(test_streams_grow_no_further_than_the_quota_of_the_policy),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
