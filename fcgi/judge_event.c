#include <stdio.h>
#include <string.h>

#include "call.h"
#include "judge_private.h"

/* What is told of a verdict, to the caller and to the auditors. */

struct span judge_metadata(const struct call *call)
{
    const struct ruling *r = call_ruling(call);
    bool shown = r != NULL && r->judged &&
                 (call->route->governed || call->fault.code == REFUSE_POLICY);

    if (!shown)
        return (struct span){"", 0};
    return (struct span){r->metadata.data, r->metadata.len};
}

struct policy_event judge_event_of(
    const struct call *call, const char *id, const char *user_id)
{
    const struct ruling *r = call_ruling(call);
    const struct store_rule *rule = &r->govern.rule;

    return (struct policy_event){
        .event_id = {id, strlen(id)},
        .created_at = (uint64_t)(call->admit.now / 1000000),
        .user_id = {user_id, strlen(user_id)},
        .project_id = {rule->project, strlen(rule->project)},
        .project_label = {rule->label, strlen(rule->label)},
        .policy_version = r->inline_policy == JSON_NONE ? rule->version : 0,
    };
}

static void write_text(struct call *call, const char *user_id)
{
    struct ruling *r = call_ruling(call);
    const char *model = call->offer.names.model;
    struct policy_event e = judge_event_of(call, r->event_id, user_id);

    e.policy_user = (struct span){r->user, strlen(r->user)};
    e.model = (struct span){model, strlen(model)};
    buf_reset(&r->event_text);
    policy_event_write(&e, &r->verdict, &r->event_text);
}

/* The store writes it if this decision was one too many. API.md 8.6. */
static void write_rollback(struct call *call, const char *user_id)
{
    struct ruling *r = call_ruling(call);
    const struct policy_revision change = {.doc = &r->entry->policy->doc,
        .change = POLICY_ROLLED_BACK_BY_ITSELF,
        .version = r->govern.rule.version};
    char id[POLICY_EVENT_ID];
    struct policy_event e;

    entropy_take(&call->worker->entropy, r->event.rollback_id,
        sizeof(r->event.rollback_id));
    policy_event_id(r->event.rollback_id, id);
    e = judge_event_of(call, id, user_id);
    buf_reset(&r->rollback_text);
    policy_event_revision(&e, &change, &r->rollback_text);
    r->event.rollback = (struct span){"", 0};
    if (!r->rollback_text.failed)
        r->event.rollback =
            (struct span){r->rollback_text.data, r->rollback_text.len};
}

/* An automatic rollback is for policies that are kept, and for what they decide
 * themselves: who has used up a quota could switch them off otherwise. A shadow
 * has nothing to take back, and must not for those whom it is not over. */
static void set_rule(struct call *call, const char *user_id)
{
    struct ruling *r = call_ruling(call);
    const struct policy_rollback *rollback = &r->entry->policy->doc.rollback;

    if (r->inline_policy != JSON_NONE || !rollback->enabled ||
        r->spent != REFUSE_NONE || r->arm.mode == POLICY_SHADOW)
        return;
    memcpy(r->event.policy, r->govern.rule.policy, sizeof(r->event.policy));
    r->event.flagged = (rollback->decisions & 1u << r->verdict.decision) != 0;
    r->event.rule = (struct spike_rule){
        .window_minutes = rollback->window_minutes,
        .min_requests = rollback->min_requests,
        .threshold_ppm = rollback->threshold * (1000000 / POLICY_ALL),
        .cooldown_minutes = rollback->cooldown_minutes,
    };
    if (r->event.flagged && r->entry->policy->doc.audit)
        write_rollback(call, user_id);
}

/* Whether the policy has decided on something, of somebody. */
static bool decided(const struct call *call)
{
    const struct ruling *r = call_ruling(call);

    return r != NULL && r->judged && !call->free_tier &&
           (r->arm.evaluated || r->spent != REFUSE_NONE);
}

bool judge_tells(const struct call *call)
{
    return decided(call) && call_ruling(call)->entry->policy->doc.audit;
}

static void set_text(struct call *call, const char *user_id)
{
    struct ruling *r = call_ruling(call);

    if (r->event_id[0] == '\0') {
        entropy_take(&call->worker->entropy, r->event.id, sizeof(r->event.id));
        policy_event_id(r->event.id, r->event_id);
    }
    write_text(call, user_id);
    if (!r->event_text.failed && r->event_text.len <= STORE_EVENT_MAX)
        r->event.text = (struct span){r->event_text.data, r->event_text.len};
}

struct store_event_add *judge_event(struct call *call)
{
    struct ruling *r = call_ruling(call);
    char user_id[POLICY_EVENT_USER];

    if (!decided(call))
        return NULL;
    policy_event_user(call->admit.account, user_id);
    r->event.text = (struct span){"", 0};
    if (judge_tells(call))
        set_text(call, user_id);
    memcpy(r->event.project, r->govern.rule.project, sizeof(r->event.project));
    snprintf(r->event.target, sizeof(r->event.target), "%.*s",
        (int)r->verdict.target.n, r->verdict.target.p);
    set_rule(call, user_id);
    return r->event.text.n > 0 || r->event.policy[0] != '\0' ? &r->event : NULL;
}
