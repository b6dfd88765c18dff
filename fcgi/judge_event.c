#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "judge_private.h"

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

struct policy_event judge_event_of(
    const struct call *call, const char *id, const char *user_id)
{
    const struct judge *j = call->judge;
    const struct store_rule *rule = &j->govern.rule;

    return (struct policy_event){
        .event_id = {id, strlen(id)},
        .created_at = (uint64_t)(call->admit.now / 1000000),
        .user_id = {user_id, strlen(user_id)},
        .project_id = {rule->project, strlen(rule->project)},
        .project_label = {rule->label, strlen(rule->label)},
        .policy_version = j->inline_policy == JSON_NONE ? rule->version : 0,
    };
}

static void write_text(struct call *call, const char *user_id)
{
    struct judge *j = call->judge;
    const char *model = call->offer.names.model;
    struct policy_event e = judge_event_of(call, j->event_id, user_id);

    e.policy_user = (struct span){j->user, strlen(j->user)};
    e.model = (struct span){model, strlen(model)};
    buf_reset(&j->event_text);
    policy_event_write(&e, &j->verdict, &j->event_text);
}

/* The store writes it if this decision was one too many. API.md 8.6. */
static void write_rollback(struct call *call, const char *user_id)
{
    struct judge *j = call->judge;
    const struct policy_revision r = {.doc = &j->entry->policy->doc,
        .change = POLICY_ROLLED_BACK_BY_ITSELF,
        .version = j->govern.rule.version};
    char id[POLICY_EVENT_ID];
    struct policy_event e;

    randombytes_buf(j->event.rollback_id, sizeof(j->event.rollback_id));
    policy_event_id(j->event.rollback_id, id);
    e = judge_event_of(call, id, user_id);
    buf_reset(&j->rollback_text);
    policy_event_revision(&e, &r, &j->rollback_text);
    j->event.rollback = (struct span){"", 0};
    if (!j->rollback_text.failed)
        j->event.rollback =
            (struct span){j->rollback_text.data, j->rollback_text.len};
}

/* An automatic rollback is for policies that are kept, and for what they decide
 * themselves: who has used up a quota could switch them off otherwise. */
static void set_rule(struct call *call, const char *user_id)
{
    struct judge *j = call->judge;
    const struct policy_rollback *r = &j->entry->policy->doc.rollback;

    if (j->inline_policy != JSON_NONE || !r->enabled || j->spent != REFUSE_NONE)
        return;
    memcpy(j->event.policy, j->govern.rule.policy, sizeof(j->event.policy));
    j->event.flagged = (r->decisions & 1u << j->verdict.decision) != 0;
    j->event.rule = (struct spike_rule){
        .window_minutes = r->window_minutes,
        .min_requests = r->min_requests,
        .threshold_ppm = r->threshold * (1000000 / POLICY_ALL),
        .cooldown_minutes = r->cooldown_minutes,
    };
    if (j->event.flagged && j->entry->policy->doc.audit)
        write_rollback(call, user_id);
}

/* Whether the policy has decided on something, of somebody. */
static bool decided(const struct call *call)
{
    const struct judge *j = call->judge;

    return j != NULL && j->judged && !call->free_tier &&
           (j->arm.evaluated || j->spent != REFUSE_NONE);
}

bool judge_tells(const struct call *call)
{
    return decided(call) && call->judge->entry->policy->doc.audit;
}

static void set_text(struct call *call, const char *user_id)
{
    struct judge *j = call->judge;

    if (j->event_id[0] == '\0') {
        randombytes_buf(j->event.id, sizeof(j->event.id));
        policy_event_id(j->event.id, j->event_id);
    }
    write_text(call, user_id);
    if (!j->event_text.failed && j->event_text.len <= STORE_EVENT_MAX)
        j->event.text = (struct span){j->event_text.data, j->event_text.len};
}

struct store_event_add *judge_event(struct call *call)
{
    struct judge *j = call->judge;
    char user_id[POLICY_EVENT_USER];

    if (!decided(call))
        return NULL;
    policy_event_user(call->admit.account, user_id);
    j->event.text = (struct span){"", 0};
    if (judge_tells(call))
        set_text(call, user_id);
    memcpy(j->event.project, j->govern.rule.project, sizeof(j->event.project));
    snprintf(j->event.target, sizeof(j->event.target), "%.*s",
        (int)j->verdict.target.n, j->verdict.target.p);
    set_rule(call, user_id);
    return j->event.text.n > 0 || j->event.policy[0] != '\0' ? &j->event : NULL;
}
