#ifndef GOVERN_PLAY_H
#define GOVERN_PLAY_H

#include <string.h>

#include "fixture.h"

/* Calls on a governed surface, of account 1 for the user 7. */

struct govern_play {
    struct store_govern govern;
    struct store_admit admit;
};

/**
 * govern_play_call(project):
 * A call on ${project}, or on none when that is "".
 */
static inline struct govern_play govern_play_call(const char *project)
{
    struct govern_play c = {.govern.subject = {7}};

    strcpy(c.govern.project, project);
    return c;
}

/**
 * govern_play_ask(t, c, request):
 * Ask for the admission of ${c} as ${request}. Returns why it is refused, or
 * REFUSE_NONE.
 */
static inline enum refusal govern_play_ask(
    struct trail *t, struct govern_play *c, unsigned request)
{
    c->admit = fixture_admit(1, request);
    c->admit.govern = &c->govern;
    fake_trail_run(t, &c->admit);
    assert_false(trail_failed(t));
    return c->admit.refusal;
}

/**
 * govern_play_settle(t, request, out):
 * End ${request} after 100 tokens in, ${out} out.
 */
static inline void govern_play_settle(
    struct trail *t, unsigned request, uint64_t out)
{
    struct store_settle s = fixture_settle(request, 100, out);

    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
}

/**
 * govern_play_used(t):
 * What the project "bot" has used of its budget.
 */
static inline struct quota_use govern_play_used(struct trail *t)
{
    struct store_project_get get = {
        .verb.kind = STORE_PROJECT_GET, .id = "bot", .now = FIXTURE_NOW};

    assert_int_equal(fake_trail_run(t, &get), STORE_OK);
    buf_free(&get.web_tools);
    return get.used;
}

/**
 * govern_play_budget(t, set, requests, tokens):
 * Let ${set} give its project so much a day.
 */
static inline void govern_play_budget(struct trail *t,
    struct store_project_set *set, uint64_t requests, uint64_t tokens)
{
    set->set_budget = true;
    set->to.budget = (struct quota_limit){requests, tokens, QUOTA_DAILY};
    assert_int_equal(fake_trail_run(t, set), STORE_OK);
}

/**
 * govern_play_lend(t, budget, user_quota):
 * Let "rules", the policy of account 1's projects, state these quotas.
 */
static inline void govern_play_lend(
    struct trail *t, struct quota_limit budget, struct quota_limit user_quota)
{
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "rules",
        .document = {"{\"lends\":1}", 11},
        .budget = budget,
        .user_quota = user_quota,
        .now = FIXTURE_NOW};

    fixture_id(1, put.account);
    put.put[0] = 1;
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
}

#endif
