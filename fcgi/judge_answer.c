#include "call.h"
#include "judge.h"

/* Moderation and policy over what the model says. */

bool judge_redacts(const struct judge *j)
{
    return j->judged && j->verdict.enforced && j->arm.evaluated &&
           j->entry->policy->doc.redact;
}

int judge_screen(struct call *call, struct screen **screen)
{
    const struct judge *j = call->judge;
    const struct conf *conf = call->settings->conf;
    struct screen_rules rules = {
        .joined = call->dialect == DIALECT_CHAT,
        .every = conf->moderation_stream_bytes,
    };

    *screen = NULL;
    if (conf->moderation_output)
        rules.flags = judge_flags(call);
    if (rules.flags.model != NULL)
        rules.blocked = j->blocked;
    if (j->judged && j->arm.evaluated) {
        rules.verdict = &j->verdict;
        rules.minded = judge_minded(call) & j->categories;
    }
    if (!screen_needed(&rules))
        return 0;
    *screen = screen_make(&rules);
    return *screen != NULL ? 0 : -1;
}

/* Whether moderation has ended the answer since the last time. */
static bool note_blocked(struct judge *j)
{
    if (j->verdict.moderated != NULL || screen_blocked(j->screen) == 0)
        return false;
    j->verdict.moderated = flag_word(screen_blocked(j->screen));
    return true;
}

void judge_noted(struct call *call)
{
    struct judge *j = call->judge;
    bool told;

    if (j == NULL || j->screen == NULL || !j->judged)
        return;
    told = screen_tell(j->screen, &j->verdict) != 0;
    if (!note_blocked(j) && !told)
        return;
    buf_reset(&j->metadata);
    policy_metadata(&j->verdict, &j->metadata);
}

/* Why an answer does not go out that a rule has ended. */
static void tell_ruled(struct call *call)
{
    const struct judge *j = call->judge;
    uint16_t blocked = screen_blocked(j->screen);

    if (blocked)
        fault_set(&call->fault, REFUSE_MODERATION, NULL,
            "Moderation blocked: the answer was flagged as '%s'.",
            flag_word(blocked));
    else if (j->verdict.effective != POLICY_ESCALATE)
        fault_set(&call->fault, REFUSE_POLICY, NULL,
            "The policy refuses the answer to this request.");
}

enum walk_outcome judge_answer(struct call *call)
{
    struct judge *j = call->judge;
    enum screen_state state;

    if (j == NULL || j->screen == NULL)
        return OUTCOME_COMPLETE;
    state = exchange_judge(
        &call->exchange, &call->relay.doc, &call->completion, j->screen);
    judge_noted(call);
    if (state == SCREEN_GOES)
        return OUTCOME_COMPLETE;
    if (state == SCREEN_NO_MEMORY) {
        call_fail(call, REFUSE_OVERLOADED);
        return OUTCOME_UPSTREAM_FAILED;
    }
    tell_ruled(call);
    return OUTCOME_RULED;
}
