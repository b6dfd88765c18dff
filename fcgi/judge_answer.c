#include "call.h"
#include "judge.h"

/* The policy over what the model says. */

int judge_screen(struct call *call, struct screen **screen)
{
    const struct judge *j = call->judge;

    *screen = NULL;
    if (j == NULL || !j->arm.evaluated || !screen_needed(&j->verdict))
        return 0;
    *screen = screen_make(&j->verdict, call->dialect == DIALECT_CHAT);
    return *screen != NULL ? 0 : -1;
}

void judge_noted(struct call *call)
{
    struct judge *j = call->judge;

    if (j == NULL || j->screen == NULL ||
        screen_tell(j->screen, &j->verdict) == 0)
        return;
    buf_reset(&j->metadata);
    policy_metadata(&j->verdict, &j->metadata);
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
    if (j->verdict.effective != POLICY_ESCALATE)
        fault_set(&call->fault, REFUSE_POLICY, NULL,
            "The policy refuses the answer to this request.");
    return OUTCOME_RULED;
}
