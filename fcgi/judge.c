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
    const char *target = call->judge->target;

    if (target[0] == '\0')
        target = surfaces[call->dialect];
    return (struct span){target, strlen(target)};
}

static uint16_t categories_of(const struct policy_texts *listed)
{
    uint16_t flags = 0;

    for (size_t i = 0; i < listed->count; i++)
        flags |= flag_meant(listed->of[i]);
    return flags;
}

void judge_set_arm(struct call *call)
{
    struct judge *j = call->judge;
    const char *subject = j->user[0] != '\0' ? j->user : call->request_id;

    j->arm = policy_arm(&j->entry->policy->doc, judge_target(call),
        (struct span){subject, strlen(subject)},
        call->admit.now < j->govern.rule.rolled_back_until);
    j->categories = categories_of(&j->entry->policy->doc.categories);
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

static size_t list_flags(
    uint16_t flags, struct span names[MODERATION_CATEGORIES])
{
    size_t n = 0;

    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (flags >> i & 1)
            names[n++] =
                (struct span){moderation_name(i), strlen(moderation_name(i))};
    return n;
}

static int decide(
    struct call *call, const struct policy_input *inputs, size_t count)
{
    struct judge *j = call->judge;
    struct span flagged[MODERATION_CATEGORIES];
    const struct policy_ask ask = {
        .inputs = inputs,
        .input_count = count,
        .categories = flagged,
        .category_count = list_flags(j->flags & judge_minded(call), flagged),
        .quota = quota_of(j->spent),
        .target = judge_target(call),
        .arm = j->arm,
    };

    if (policy_judge(j->entry->policy, &ask, &j->verdict) != 0)
        return -1;
    j->judged = true;
    return 0;
}

/* ---- the step ---- */

static enum walk_next refuse(struct call *call)
{
    struct judge *j = call->judge;

    if (j->spent != REFUSE_NONE)
        return judge_end(call, OUTCOME_REFUSED, j->spent);
    return judge_end(call, OUTCOME_POLICY, REFUSE_POLICY);
}

static enum walk_next act(struct call *call)
{
    struct judge *j = call->judge;

    switch (j->ruled ? j->verdict.effective : POLICY_ALLOW) {
    case POLICY_REFUSE:
        return refuse(call);
    case POLICY_ESCALATE:
        exchange_remember(&call->exchange, &call->doc);
        call->outcome = OUTCOME_ESCALATED;
        call->step = STEP_SETTLE;
        return WALK_ON;
    default:
        call->step = STEP_RELAY;
        return WALK_ON;
    }
}

static bool amends(const struct judge *j)
{
    enum policy_decision effective = j->verdict.effective;

    return effective == POLICY_REWRITE || effective == POLICY_SUMMARY ||
           (effective == POLICY_ALLOW && judge_redacts(j));
}

/* The policy over the texts, and what follows for them. */
static int rule(struct call *call, const struct said *said,
    const struct policy_input *inputs)
{
    struct judge *j = call->judge;

    if (!j->ruled)
        return 0;
    judge_set_arm(call);
    if (decide(call, inputs, said->count) != 0)
        return -1;
    if (amends(j) && judge_amend(call, said, inputs) != 0)
        return -1;
    policy_metadata(&j->verdict, &j->metadata);
    return j->metadata.failed ? -1 : 0;
}

static int look(struct call *call, const struct said *said)
{
    struct policy_input *inputs = calloc(said->count + 1, sizeof(*inputs));
    struct buf room = {0};
    int rc = -1;

    if (inputs != NULL && said_inputs(said, &call->doc, inputs, &room) == 0 &&
        judge_moderate(call, inputs, said->count) == 0)
        rc = rule(call, said, inputs);
    buf_free(&room);
    free(inputs);
    return rc;
}

enum walk_next judge_run(struct call *call)
{
    struct judge *j = call->judge;
    struct said said;
    int rc = -1;

    if (said_read(&said, &call->doc, call->dialect) == 0)
        rc = look(call, &said);
    said_free(&said);
    if (rc != 0 || judge_screen(call, &j->screen) != 0)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    if (!exchange_passes(&call->exchange, j->screen))
        exchange_remember(&call->exchange, &call->doc);
    return act(call);
}
