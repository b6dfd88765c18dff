#include "moderate.h"

#include <stdlib.h>

#include "call.h"
#include "core/opinion.h"
#include "core/picture.h"
#include "judge_private.h"
#include "log.h"

enum { ANSWER_MAX = 256 << 10 /* bytes; a verdict has some hundred */ };

static const struct upstream_events moderate_events;

/* ---- asking ---- */

static void write_texts(const struct call *call, struct buf *out)
{
    const struct judge *j = call->judge;
    struct buf all = {0};

    for (size_t i = 0; i < j->said.count; i++) {
        if (i > 0)
            buf_puts(&all, "\n");
        buf_put(&all, j->inputs[i].text.p, j->inputs[i].text.n);
    }
    opinion_ask_text(call->settings->conf->moderation_model,
        (struct span){all.data, all.len}, out);
    out->failed = out->failed || all.failed;
    buf_free(&all);
}

static int ask(struct call *call, struct buf *question)
{
    struct moderate *m = &call->judge->moderate;
    struct upstream_ask ask = {
        .target = &call->settings->conf->moderator,
        .path = "/v1/moderations",
        .request_id = call->request_id,
        .accept = "application/json",
        .body = upstream_body_create(question),
    };

    if (ask.body == NULL)
        return -1;
    buf_reset(&m->answer);
    m->status = 0;
    m->overflowed = false;
    m->upstream =
        upstream_start(call->worker->upstreams, &ask, &moderate_events, call);
    upstream_body_release(ask.body);
    return m->upstream != NULL ? 0 : -1;
}

/* The next thing to ask about, as a question; false: there is none. */
static bool next_question(struct call *call, struct buf *out)
{
    const struct conf *conf = call->settings->conf;
    struct moderate *m = &call->judge->moderate;

    if (m->asks_texts) {
        m->asks_texts = false;
        write_texts(call, out);
        return true;
    }
    if (conf->moderation_images != IMAGES_ENDPOINT || !conf->moderation)
        return false;
    m->picture = picture_next(&call->doc, call->dialect, m->picture);
    if (m->picture == JSON_NONE)
        return false;
    opinion_ask_image(conf->moderation_model, &call->doc, m->picture, out);
    return true;
}

/* ---- what follows ---- */

static enum walk_next over(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    deadline_end(call);
    moderate_free(&call->judge->moderate);
    return judge_end(call, outcome, code);
}

static enum walk_next block(struct call *call, uint16_t flags)
{
    fault_set(&call->fault, REFUSE_MODERATION, NULL,
        "Moderation blocked: %s flagged as '%s'.",
        call->judge->moderate.picture != JSON_NONE ? "image" : "text",
        flag_word(flags));
    return over(call, OUTCOME_REFUSED, REFUSE_MODERATION);
}

/* Something is blocked, or there is more to ask, or it is the policy's turn. */
static enum walk_next go_on(struct call *call)
{
    struct judge *j = call->judge;
    struct buf question = {0};

    if (j->flags & j->blocked)
        return block(call, j->flags & j->blocked);
    if (next_question(call, &question))
        return ask(call, &question) == 0
                   ? WALK_WAIT
                   : over(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    deadline_end(call);
    call->step = STEP_JUDGE;
    return WALK_ON;
}

/* ---- the endpoint's events ---- */

static void on_head(void *cookie, const struct http_head *head)
{
    struct call *call = cookie;

    call->judge->moderate.status = head->status;
}

/* It ends by itself, or by its time: no other call may begin from here. */
static void on_body(void *cookie, struct span bytes)
{
    struct call *call = cookie;
    struct moderate *m = &call->judge->moderate;

    m->overflowed = m->overflowed || bytes.n > ANSWER_MAX - m->answer.len;
    if (!m->overflowed)
        buf_put(&m->answer, bytes.p, bytes.n);
}

/* What is wrong with its answer; NULL: nothing, and its word is taken. */
static const char *take_word(struct judge *j, enum upstream_end how)
{
    struct moderate *m = &j->moderate;
    uint16_t flags;

    if (how == UPSTREAM_UNREACHABLE)
        return "it is not reached";
    if (how != UPSTREAM_DONE && how != UPSTREAM_CUT)
        return "it is too slow";
    if (how == UPSTREAM_CUT)
        return "it broke off";
    if (m->status != 200)
        return "it refuses";
    if (m->overflowed || m->answer.failed ||
        opinion_read((struct span){m->answer.data, m->answer.len}, &flags) != 0)
        return "its answer is no verdict";
    j->flags |= flags;
    return NULL;
}

static void on_ended(void *cookie, enum upstream_end how)
{
    struct call *call = cookie;
    struct judge *j = call->judge;
    bool closed = call->settings->conf->moderation_on_failure == FAILURE_CLOSED;
    const char *wrong;
    enum walk_next next;

    j->moderate.upstream = NULL;
    wrong = take_word(j, how);
    if (wrong != NULL) {
        log_event(closed ? "moderation_failclosed" : "moderation_failopen",
            "request %s: the moderation endpoint gave no verdict: %s (%d)",
            call->request_id, wrong, j->moderate.status);
        j->flags |= j->moderate.own;
    }
    next = wrong != NULL && closed
               ? over(call, OUTCOME_REFUSED, REFUSE_MODERATION_CLOSED)
               : go_on(call);
    if (next == WALK_ON)
        walk_on(call);
}

static const struct upstream_events moderate_events = {
    .head = on_head, .body = on_body, .ended = on_ended};

/* ---- what else may happen ---- */

static void leave(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    over(call, outcome, code);
    walk_on(call);
}

void moderate_gone(struct call *call)
{
    leave(call, OUTCOME_CLIENT_GONE, REFUSE_INTERNAL);
}

void moderate_drain(struct call *call)
{
    fault_set(&call->fault, REFUSE_OVERLOADED, NULL,
        "The server is stopping. Send the request again.");
    leave(call, OUTCOME_DRAINED, REFUSE_OVERLOADED);
}

void moderate_late(struct call *call)
{
    leave(call, OUTCOME_REFUSED, REFUSE_UPSTREAM_TIMEOUT);
}

void moderate_free(struct moderate *m)
{
    if (m->upstream != NULL)
        upstream_cancel(m->upstream);
    m->upstream = NULL;
    buf_free(&m->answer);
}

/* ---- the step ---- */

static bool somebody_waits(const struct call *call)
{
    return call->conn != NULL && call->worker->phase != WORKER_LEAVING;
}

static int weigh(struct call *call)
{
    return judge_read(call) == 0 ? judge_score(call) : -1;
}

static enum walk_next weighed(struct call *call, int rc)
{
    const struct conf *conf = call->settings->conf;

    if (rc != 0)
        return over(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
    if (conf->moderator.origin == NULL)
        return go_on(call);
    if (!somebody_waits(call))
        return over(call,
            call->conn == NULL ? OUTCOME_CLIENT_GONE : OUTCOME_DRAINED,
            REFUSE_OVERLOADED);
    deadline_begin(call);
    return go_on(call);
}

/* A project may confine web tools before the request is weighed, and what a
 * policy lists decides of what the endpoint is asked. */
static bool awaits_policy(const struct call *call)
{
    return call->judge->ruling != NULL &&
           (call->completion.web_tools ||
               call->settings->conf->moderator.origin != NULL);
}

/* Who offers wrong keys shall not have much done for them. */
static bool may_be_early(const struct call *call)
{
    return call->route->work == ROUTE_COMPLETION && call->judge != NULL &&
           call->fault.code == REFUSE_NONE && !awaits_policy(call) &&
           judge_is_short(call) && worker_has_time(call->worker);
}

void moderate_meanwhile(struct call *call)
{
    if (!may_be_early(call) || !jobs_hurry(call->worker->jobs))
        return;
    if (weigh(call) != 0)
        judge_unread(call->judge);
}

enum walk_next moderate_run(struct call *call)
{
    judge_list(call->judge);
    if (call->judge->inputs != NULL) /* they were weighed meanwhile */
        return weighed(call, 0);
    return beside_run(call, weigh, weighed);
}
