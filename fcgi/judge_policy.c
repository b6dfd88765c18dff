#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "judge_private.h"
#include "log.h"

/* The policy in force: known, or read from the store, or brought along. */

enum walk_next judge_end(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    if (call->fault.code == REFUSE_NONE)
        call_fail(call, code);
    call->outcome = outcome;
    call->step = STEP_SETTLE;
    return WALK_ON;
}

static int compile(
    struct call *call, struct policy_doc *doc, const uint8_t name[32])
{
    struct policy *policy = policy_make(doc, &call->fault);

    if (policy == NULL)
        return -1;
    call->judge->entry = policies_add(call->worker->policies, name, policy);
    if (call->judge->entry != NULL)
        return 0;
    return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
}

/* What the store has was readable when it was put there. */
static int compile_saved(struct call *call)
{
    struct judge *j = call->judge;
    struct policy_doc doc;
    struct json_doc json = {0};
    struct fault fault;
    uint8_t name[32];
    int rc = -1;

    policies_name(
        call->admit.account, j->get.id, j->get.revision.version, name);
    if (json_parse(&json, j->get.document.data, j->get.document.len) ==
            JSON_OK &&
        policy_doc_read(&doc, &json, 0, "", &fault) == 0)
        rc = compile(call, &doc, name);
    json_free(&json);
    buf_free(&j->get.document);
    if (rc != 0)
        log_event("policy_unreadable", "policy %s, version %llu", j->get.id,
            (unsigned long long)j->get.revision.version);
    return rc;
}

/* What a policy is needed for. */
static enum walk_step_id judgement(const struct call *call)
{
    return call->route->work == ROUTE_SIMULATION ? STEP_SIMULATE
                                                 : STEP_MODERATE;
}

static void get_done(void *cookie)
{
    struct call *call = cookie;
    struct judge *j = call->judge;

    call->step = judgement(call);
    if (j->get.verb.status != STORE_OK || compile_saved(call) != 0) {
        call->fault.code = REFUSE_NONE;
        judge_end(call, OUTCOME_REFUSED,
            j->get.verb.status == STORE_CLOSED ? REFUSE_STORE_CLOSED
                                               : REFUSE_INTERNAL);
    }
    walk_on(call);
}

static enum walk_next get_policy(struct call *call)
{
    struct judge *j = call->judge;

    j->get = (struct store_policy_get){
        .verb.kind = STORE_POLICY_GET, .version = j->govern.rule.version};
    memcpy(j->get.account, call->admit.account, STORE_ID);
    memcpy(j->get.id, j->govern.rule.policy, sizeof(j->get.id));
    call->job.verb = &j->get.verb;
    call->job.done = get_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

enum walk_next policy_run(struct call *call)
{
    struct judge *j = call->judge;
    uint8_t name[32];

    call->step = judgement(call);
    if (j->entry != NULL)
        return WALK_ON;
    if (j->inline_policy != JSON_NONE)
        return compile(call, &j->doc, j->inline_name) == 0
                   ? WALK_ON
                   : judge_end(call, OUTCOME_REFUSED, REFUSE_INTERNAL);
    policies_name(call->admit.account, j->govern.rule.policy,
        j->govern.rule.version, name);
    j->entry = policies_find(call->worker->policies, name);
    return j->entry != NULL ? WALK_ON : get_policy(call);
}
