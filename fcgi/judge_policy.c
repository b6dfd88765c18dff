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

/* What a policy is needed for. */
static enum walk_step_id judgement(const struct call *call)
{
    return call->route->work == ROUTE_SIMULATION ? STEP_SIMULATE
                                                 : STEP_MODERATE;
}

/* The policy is made, or cannot be. */
static enum walk_next go_on(struct call *call)
{
    const struct policies_entry *entry = call_ruling(call)->entry;

    call->step = judgement(call);
    if (entry->policy != NULL)
        return WALK_ON;
    call->fault = entry->fault;
    return judge_end(call, OUTCOME_REFUSED, entry->fault.code);
}

static void made(void *cookie)
{
    struct call *call = cookie;

    go_on(call);
    walk_on(call);
}

static enum walk_next await(struct call *call)
{
    struct ruling *r = call_ruling(call);

    if (r->entry->making == NULL)
        return go_on(call);
    r->wait = (struct policies_wait){made, call, NULL};
    policies_wait(r->entry, &r->wait);
    return WALK_WAIT;
}

/* What the store has was readable when it was put there. */
static void tell_unreadable(const struct call *call)
{
    const struct ruling *r = call_ruling(call);

    if (r->get.verb.status == STORE_OK && r->entry->policy == NULL)
        log_event("policy_unreadable", "policy %s, version %llu", r->get.id,
            (unsigned long long)r->get.revision.version);
}

static void kept_made(void *cookie)
{
    tell_unreadable(cookie);
    made(cookie);
}

static void get_done(void *cookie)
{
    struct call *call = cookie;
    struct ruling *r = call_ruling(call);

    r->wait = (struct policies_wait){kept_made, call, NULL};
    policies_wait(r->entry, &r->wait);
    if (r->get.verb.status == STORE_OK)
        policies_make_kept(r->entry, &r->get.document);
    else
        policies_fail(r->entry, r->get.verb.status == STORE_CLOSED
                                    ? REFUSE_STORE_CLOSED
                                    : REFUSE_INTERNAL);
}

static enum walk_next get_policy(struct call *call)
{
    struct ruling *r = call_ruling(call);

    r->get = (struct store_policy_get){
        .verb.kind = STORE_POLICY_GET, .version = r->govern.rule.version};
    memcpy(r->get.account, call->admit.account, STORE_ID);
    memcpy(r->get.id, r->govern.rule.policy, sizeof(r->get.id));
    call->job.verb = &r->get.verb;
    call->job.done = get_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

enum walk_next policy_run(struct call *call)
{
    struct policies *policies = call->worker->policies;
    struct ruling *r = call_ruling(call);
    uint8_t name[32];

    if (r->inline_policy != JSON_NONE)
        memcpy(name, r->inline_name, sizeof(name));
    else
        policies_name(call->admit.account, r->govern.rule.policy,
            r->govern.rule.version, name);
    if (r->entry == NULL)
        r->entry = policies_find(policies, name);
    if (r->entry != NULL)
        return await(call);
    r->entry = policies_add(policies, name);
    if (r->entry == NULL)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    if (r->inline_policy == JSON_NONE)
        return get_policy(call);
    policies_make(r->entry, &r->doc, json_raw(&call->doc, r->inline_policy).n);
    return await(call);
}
