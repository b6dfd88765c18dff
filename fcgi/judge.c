#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "judge_private.h"

/* What moderation and the policy say of a request. */

struct span judge_target(const struct call *call)
{
    static const char *const surfaces[] = {
        [DIALECT_CHAT] = "chat.completions",
        [DIALECT_RESPONSES] = "responses",
        [DIALECT_MESSAGES] = "messages",
    };
    const char *target = call_ruling(call)->target;

    if (target[0] == '\0')
        target = surfaces[call->dialect];
    return (struct span){target, strlen(target)};
}

void judge_set_arm(struct call *call)
{
    struct ruling *r = call_ruling(call);
    const char *subject = r->user[0] != '\0' ? r->user : call->request_id;

    r->arm = policy_arm(&r->entry->policy->doc, judge_target(call),
        (struct span){subject, strlen(subject)},
        call->admit.now < r->govern.rule.rolled_back_until);
}

int judge_read(struct call *call)
{
    struct judge *j = call->judge;

    if (said_read(&j->said, &call->doc, call->dialect) != 0)
        return -1;
    j->inputs = calloc(j->said.count + 1, sizeof(*j->inputs));
    if (j->inputs == NULL)
        return -1;
    return said_inputs(&j->said, &call->doc, j->inputs, &j->decoded);
}

void judge_unread(struct judge *j)
{
    said_free(&j->said);
    free(j->inputs);
    j->inputs = NULL;
    buf_free(&j->decoded);
}

static enum policy_quota_state quota_of(enum refusal spent)
{
    switch (spent) {
    case REFUSE_USER_QUOTA_EXCEEDED:
        return POLICY_USER_QUOTA_SPENT;
    case REFUSE_PROJECT_QUOTA_EXCEEDED:
        return POLICY_PROJECT_QUOTA_SPENT;
    default:
        return POLICY_QUOTA_LEFT;
    }
}

static int decide(struct call *call)
{
    struct judge *j = call->judge;
    struct ruling *r = j->ruling;
    struct span flagged[MODERATION_CATEGORIES];
    const struct policy_ask ask = {
        .inputs = j->inputs,
        .input_count = j->said.count,
        .categories = flagged,
        .category_count = flag_list(j->flags & judge_minded(call), flagged),
        .quota = quota_of(r->spent),
        .target = judge_target(call),
        .arm = r->arm,
    };

    if (policy_judge(r->entry->policy, &ask, &r->verdict) != 0)
        return -1;
    r->judged = true;
    return 0;
}

/* ---- the step ---- */

static enum walk_next refuse(struct call *call)
{
    enum refusal spent = call_ruling(call)->spent;

    if (spent != REFUSE_NONE)
        return judge_end(call, OUTCOME_REFUSED, spent);
    return judge_end(call, OUTCOME_POLICY, REFUSE_POLICY);
}

static enum walk_next act(struct call *call)
{
    const struct ruling *r = call_ruling(call);

    switch (r != NULL ? r->verdict.effective : POLICY_ALLOW) {
    case POLICY_REFUSE:
        return refuse(call);
    case POLICY_ESCALATE:
        exchange_remember(&call->exchange, &call->doc);
        call->outcome = OUTCOME_ESCALATED;
        call->step = STEP_SETTLE;
        return WALK_ON;
    default:
        call->step = reserve_step(call);
        return WALK_ON;
    }
}

static bool amends(const struct ruling *r)
{
    enum policy_decision effective = r->verdict.effective;

    return effective == POLICY_REWRITE || effective == POLICY_SUMMARY ||
           (effective == POLICY_ALLOW && judge_redacts(r));
}

/* The policy over the texts, and what follows for them. */
static int rule(struct call *call)
{
    struct judge *j = call->judge;
    struct ruling *r = j->ruling;

    if (r == NULL)
        return 0;
    judge_set_arm(call);
    if (decide(call) != 0)
        return -1;
    if (amends(r) && judge_amend(call, &j->said, j->inputs) != 0)
        return -1;
    policy_metadata(&r->verdict, &r->metadata);
    return r->metadata.failed ? -1 : 0;
}

static enum walk_next ruled(struct call *call, int rc)
{
    struct judge *j = call->judge;

    judge_unread(j);
    if (rc != 0 || judge_screen(call, &j->screen) != 0)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    if (j->screen != NULL && !screen_watches(j->screen))
        exchange_remember(&call->exchange, &call->doc);
    return act(call);
}

enum walk_next judge_run(struct call *call)
{
    return beside_run(call, rule, ruled);
}
