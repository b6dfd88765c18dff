#include "call.h"
#include "judge.h"

/* Moderation and policy over what the model says. */

bool judge_redacts(const struct ruling *r)
{
    return r->judged && r->verdict.enforced && r->arm.evaluated &&
           r->entry->policy->doc.redact;
}

int judge_screen(struct call *call, struct screen **screen)
{
    const struct judge *j = call->judge;
    const struct ruling *r = j->ruling;
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
    if (r != NULL && r->judged && r->arm.evaluated) {
        rules.verdict = &r->verdict;
        rules.minded = judge_minded(call) & j->categories;
    }
    if (!screen_needed(&rules))
        return 0;
    *screen = screen_make(&rules);
    return *screen != NULL ? 0 : -1;
}

/* Whether moderation has ended the answer since the last time. */
static bool note_blocked(const struct judge *j)
{
    if (j->ruling->verdict.moderated != NULL || screen_blocked(j->screen) == 0)
        return false;
    j->ruling->verdict.moderated = flag_word(screen_blocked(j->screen));
    return true;
}

void judge_noted(struct call *call)
{
    struct ruling *r = call_ruling(call);
    bool told;

    if (r == NULL || !r->judged || call->judge->screen == NULL)
        return;
    told = screen_tell(call->judge->screen, &r->verdict) != 0;
    if (!note_blocked(call->judge) && !told)
        return;
    buf_reset(&r->metadata);
    policy_metadata(&r->verdict, &r->metadata);
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
    else if (j->ruling->verdict.effective != POLICY_ESCALATE)
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
