#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "core/id.h"
#include "log.h"

struct walk_step {
    const char *name;
    enum walk_next (*run)(struct call *call);
    const char *does;
};

#define WALK_ROW(name, run, does) {#name, run, does},
static const struct walk_step steps[] = {WALK_TABLE(WALK_ROW)};
#undef WALK_ROW

static const struct {
    const char *name;
    unsigned flags;
} outcomes[] = {
#define OUTCOME_ROW(name, text, flags) {text, flags},
    OUTCOME_TABLE(OUTCOME_ROW)
#undef OUTCOME_ROW
};

const char *walk_outcome_name(enum walk_outcome outcome)
{
    return outcomes[outcome].name;
}

unsigned walk_outcome_flags(enum walk_outcome outcome)
{
    return outcomes[outcome].flags;
}

void walk_print(struct buf *out)
{
    for (size_t i = 0; i < STEP_COUNT; i++)
        buf_printf(out, "%-10s %s\n", steps[i].name, steps[i].does);
}

void walk_on(struct call *call)
{
    while (steps[call->step].run(call) == WALK_ON)
        ;
}

static void set_ids(struct call *call)
{
    entropy_take(&call->worker->entropy, call->id, sizeof(call->id));
    entropy_take(
        &call->worker->entropy, call->admit.nonce, sizeof(call->admit.nonce));
    call->admit.unseen = true;
    id_lead(call->id, clock_real());
}

static void link_call(struct call *call, struct worker *worker)
{
    call->worker = worker;
    call->link = &worker->calls;
    call->next = worker->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    worker->calls = call;
}

void walk_begin(
    struct worker *worker, struct conn *conn, struct request *request)
{
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL) {
        request_free(request);
        conn_abort(conn);
        return;
    }
    link_call(call, worker);
    worker_call_began(worker);
    call->settings = settings_keep(worker->settings);
    call->conn = conn;
    call->request = request;
    call->started = loop_now(worker->loop);
    call->job.cookie = call;
    call->outcome = OUTCOME_REFUSED;
    set_ids(call);
    conn_claim(conn, call);
    call->step = STEP_INTAKE;
    walk_on(call);
}

void walk_gone(void *cookie)
{
    struct call *call = cookie;

    call->conn = NULL;
    if (call->beside != NULL)
        beside_gone(call);
    else if (call->step == STEP_MODERATE)
        moderate_gone(call);
    else if (call->step == STEP_RELAY)
        relay_client_gone(call);
}

void walk_room(void *cookie)
{
    struct call *call = cookie;

    if (call->step == STEP_RELAY)
        relay_room(call);
}

void walk_drain(struct call *call)
{
    if (call->beside != NULL)
        beside_drain(call);
    else if (call->step == STEP_MODERATE)
        moderate_drain(call);
    else if (call->step == STEP_RELAY)
        relay_drain(call);
}

void call_fail(struct call *call, enum refusal code)
{
    fault_set(&call->fault, code, NULL, "%s", "");
}

static void call_free(struct call *call)
{
    loop_timer_cancel(call->worker->loop, &call->retry_timer);
    loop_timer_cancel(call->worker->loop, &call->probe.timer);
    relay_free(call);
    simulation_free(call);
    judge_free(call);
    login_free(call);
    free(call->beside);
    json_free(&call->doc);
    request_free(call->request);
    settings_release(call->settings);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    free(call);
}

enum walk_next finish_run(struct call *call)
{
    struct worker *worker = call->worker;

    log_call(call);
    if (call->conn != NULL)
        conn_finish(call->conn);
    call_free(call);
    worker_call_ended(worker);
    return WALK_OVER;
}

void walk_abandon(struct call *call)
{
    call_free(call);
}
