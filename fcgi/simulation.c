#include "simulation.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core/policy_event.h"
#include "judge_private.h"
#include "reply.h"

/* ---- reading ---- */

/* A word of the body, where no header has said it. */
static int take(struct call *call, char *to, size_t size, const char *name,
    struct span word)
{
    if (to[0] != '\0' || word.n == 0)
        return 0;
    if (word.n >= size)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, name,
            "%s must be at most %zu bytes", name, size - 1);
    memcpy(to, word.p, word.n);
    to[word.n] = '\0';
    return 0;
}

int simulation_read(struct call *call)
{
    struct ruling *r = call_ruling(call);
    const struct simulate_ask *ask;

    call->simulation = calloc(1, sizeof(*call->simulation));
    if (call->simulation == NULL)
        return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    ask = &call->simulation->ask;
    if (simulate_read(&call->simulation->ask, &call->doc, &call->fault) != 0)
        return -1;
    if (ask->form == SIMULATE_INPUT)
        call->dialect = DIALECT_RESPONSES;
    if (take(call, r->govern.project, sizeof(r->govern.project),
            "policy_project_id", ask->project) != 0 ||
        take(call, r->target, sizeof(r->target), "policy_target",
            ask->target) != 0 ||
        take(call, r->user, sizeof(r->user), "policy_user", ask->user) != 0 ||
        take(call, r->govern.policy, sizeof(r->govern.policy), "policy_id",
            ask->policy_id) != 0)
        return -1;
    return ask->policy != JSON_NONE
               ? judge_inline(call, ask->policy, ask->prefix)
               : 0;
}

void simulation_free(struct call *call)
{
    struct simulation *s = call->simulation;

    if (s == NULL)
        return;
    if (s->result.policy != NULL)
        simulate_end(&s->result);
    simulate_free(&s->ask);
    buf_free(&s->text);
    free(s);
    call->simulation = NULL;
}

/* ---- the event ---- */

static void write_event(struct call *call)
{
    struct simulation *s = call->simulation;
    const struct ruling *r = call_ruling(call);
    struct store_event_add *add = &s->note.event;
    char id[POLICY_EVENT_ID], user_id[POLICY_EVENT_USER];
    struct policy_event e;

    randombytes_buf(add->id, sizeof(add->id));
    policy_event_id(add->id, id);
    policy_event_user(call->admit.account, user_id);
    e = judge_event_of(call, id, user_id);
    policy_event_simulation(
        &e, &s->result.verdict, &s->ask.categories, &s->text);
    add->text = (struct span){s->text.data, s->text.len};
    memcpy(add->project, r->govern.rule.project, sizeof(add->project));
    snprintf(add->target, sizeof(add->target), "%.*s",
        (int)s->result.verdict.target.n, s->result.verdict.target.p);
}

static void event_done(void *cookie)
{
    struct call *call = cookie;

    call->step = STEP_SIMULATED;
    walk_on(call);
}

static enum walk_next keep_event(struct call *call)
{
    struct simulation *s = call->simulation;

    write_event(call);
    if (s->text.failed)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    s->note.verb.kind = STORE_EVENT;
    s->note.now = call->admit.now;
    memcpy(s->note.account, call->admit.account, STORE_ID);
    call->job.verb = &s->note.verb;
    call->job.done = event_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

/* ---- the steps ---- */

/* The classifier looks at it as at a call; who judges in its place is not
 * asked. */
static void set_flags(struct call *call)
{
    struct simulate_ask *ask = &call->simulation->ask;
    const struct conf *conf = call->settings->conf;

    ask->minded = judge_minded(call);
    if (conf->moderator.origin == NULL ||
        conf->moderation_provider == MODERATOR_BOTH)
        ask->flags = judge_flags(call);
}

static int judge(struct call *call)
{
    struct simulation *s = call->simulation;
    const struct ruling *r = call_ruling(call);

    judge_set_arm(call);
    set_flags(call);
    s->ask.target = judge_target(call);
    return simulate_judge(&s->result, &s->ask, r->entry->policy, r->arm);
}

static enum walk_next judged(struct call *call, int rc)
{
    const struct ruling *r = call_ruling(call);

    if (rc != 0)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    if (r->entry->policy->doc.audit)
        return keep_event(call);
    call->step = STEP_SIMULATED;
    return WALK_ON;
}

enum walk_next simulation_run(struct call *call)
{
    return beside_run(call, judge, judged);
}

enum walk_next simulation_told(struct call *call)
{
    struct simulation *s = call->simulation;
    struct buf body = {0};

    if (s->note.verb.kind == STORE_EVENT && s->note.verb.status == STORE_CLOSED)
        return judge_end(call, OUTCOME_REFUSED, REFUSE_STORE_CLOSED);
    simulate_write(&s->result, &body);
    if (body.failed) {
        buf_free(&body);
        return judge_end(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    }
    reply_json(call, 200, (struct span){body.data, body.len});
    buf_free(&body);
    call->step = STEP_FINISH;
    return WALK_ON;
}
