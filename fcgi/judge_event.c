#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "core/policy_event.h"
#include "judge.h"

/* What is told of a verdict, to the caller and to the auditors. */

struct span judge_metadata(const struct call *call)
{
    const struct judge *j = call->judge;
    bool shown = j != NULL && j->judged &&
                 (call->route->governed || call->fault.code == REFUSE_POLICY);

    if (!shown)
        return (struct span){"", 0};
    return (struct span){j->metadata.data, j->metadata.len};
}

static void write_text(struct call *call, const char *user_id)
{
    struct judge *j = call->judge;
    const struct store_rule *rule = &j->govern.rule;
    const char *model = call->offer.names.model;
    const struct policy_event e = {
        .event_id = {j->event_id, strlen(j->event_id)},
        .created_at = (uint64_t)(call->admit.now / 1000000),
        .user_id = {user_id, strlen(user_id)},
        .policy_user = {j->user, strlen(j->user)},
        .project_id = {rule->project, strlen(rule->project)},
        .project_label = {rule->label, strlen(rule->label)},
        .model = {model, strlen(model)},
        .policy_version = j->inline_policy == JSON_NONE ? rule->version : 0,
    };

    buf_reset(&j->event_text);
    policy_event_write(&e, &j->verdict, &j->event_text);
}

/* An automatic rollback is for policies that are kept. */
static void set_rule(struct judge *j)
{
    const struct policy_rollback *r = &j->entry->policy->doc.rollback;

    if (j->inline_policy != JSON_NONE || !r->enabled)
        return;
    memcpy(j->event.policy, j->govern.rule.policy, sizeof(j->event.policy));
    j->event.flagged = (r->decisions & 1u << j->verdict.decision) != 0;
    j->event.rule = (struct spike_rule){
        .window_minutes = r->window_minutes,
        .min_requests = r->min_requests,
        .threshold_ppm = r->threshold * (1000000 / POLICY_ALL),
        .cooldown_minutes = r->cooldown_minutes,
    };
}

bool judge_tells(const struct call *call)
{
    const struct judge *j = call->judge;

    return j != NULL && j->judged && !call->free_tier &&
           j->entry->policy->doc.audit &&
           (j->arm.evaluated || j->spent != REFUSE_NONE);
}

struct store_event_add *judge_event(struct call *call)
{
    struct judge *j = call->judge;
    char user_id[POLICY_EVENT_USER];

    if (!judge_tells(call))
        return NULL;
    if (j->event_id[0] == '\0') {
        randombytes_buf(j->event.id, sizeof(j->event.id));
        policy_event_id(j->event.id, j->event_id);
    }
    policy_event_user(call->admit.account, user_id);
    write_text(call, user_id);
    if (j->event_text.failed)
        return NULL;
    j->event.text = (struct span){j->event_text.data, j->event_text.len};
    memcpy(j->event.project, j->govern.rule.project, sizeof(j->event.project));
    snprintf(j->event.target, sizeof(j->event.target), "%.*s",
        (int)j->verdict.target.n, j->verdict.target.p);
    set_rule(j);
    return &j->event;
}
