#include <string.h>
#include <time.h>

#include "core/stamp.h"
#include "core/utf8.h"
#include "relay.h"
#include "reply.h"

/* An answer that is not streamed: collected, judged, billed, sent whole. And
 * how either kind of answer ends. */

const struct codec_tag *relay_tag(struct call *call)
{
    struct codec_tag *tag = &call->tag;
    struct timespec now;

    if (tag->created == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        tag->created = now.tv_sec;
    }
    mac_hex(call->id, sizeof(call->id), tag->id);
    tag->names = call->offer.names;
    tag->memo =
        (struct span){call->exchange.memo.data, call->exchange.memo.len};
    return tag;
}

void relay_answer_bytes(struct call *call, struct span bytes)
{
    struct buf *answer = &call->relay.answer;

    if (answer->len + bytes.n > call->settings->conf->answer_max) {
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_ERROR);
        return;
    }
    buf_put(answer, bytes.p, bytes.n);
    if (answer->failed)
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
}

static int parse_answer(struct relay *relay)
{
    struct buf clean = {0};
    enum json_error error =
        json_parse(&relay->doc, relay->answer.data, relay->answer.len);

    if (error == JSON_BAD_UTF8) {
        utf8_repair(
            (struct span){relay->answer.data, relay->answer.len}, &clean);
        buf_free(&relay->answer);
        relay->answer = clean;
        error = json_parse(&relay->doc, clean.data, clean.len);
    }
    return error == JSON_OK ? 0 : -1;
}

/* What it cost is looked for at once, as an answer that cannot be billed is
 * none. */
static int read_answer(struct call *call)
{
    struct usage *usage = &call->settle.usage;
    uint64_t est_out;

    if (parse_answer(&call->relay) != 0 ||
        call->exchange.upstream->answer_read(
            &call->relay.doc, usage, &est_out) != 0)
        return -1;
    if (!usage->known) {
        usage->tokens_in = call->completion.est_in;
        usage->tokens_out = est_out;
    }
    return 0;
}

void relay_answer_over(struct call *call, enum upstream_end how)
{
    if (how == UPSTREAM_STALLED || how == UPSTREAM_OVERDUE) {
        relay_broken(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_TIMEOUT);
        return;
    }
    if (how == UPSTREAM_DONE && call->route->work == ROUTE_COUNT) {
        relay_target_judge(call, 200, 0);
        relay_end(call, parse_answer(&call->relay) == 0
                            ? OUTCOME_COMPLETE
                            : OUTCOME_UPSTREAM_FAILED);
        return;
    }
    if (how != UPSTREAM_DONE || read_answer(call) != 0) {
        relay_broken(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_ERROR);
        return;
    }
    relay_target_judge(call, 200, 0);
    relay_end(call, judge_answer(call));
}

void relay_usage(struct call *call)
{
    struct usage *usage = &call->settle.usage;
    bool whole =
        call->outcome == OUTCOME_COMPLETE || call->outcome == OUTCOME_RULED;

    if (call->relay.stream == NULL && whole)
        return;
    *usage = (struct usage){.tokens_in = call->completion.est_in};
    if (call->relay.stream != NULL)
        stream_usage(call->relay.stream, usage);
}

/* A whole answer, with the metadata of a governed surface. */
static void send_body(struct call *call, struct buf *body)
{
    struct span metadata = judge_metadata(call);
    struct buf stamped = {0};

    if (metadata.n > 0 && !body->failed) {
        stamp_object((struct span){body->data, body->len}, metadata, &stamped);
        buf_free(body);
        *body = stamped;
    }
    if (body->failed) {
        call_fail(call, REFUSE_OVERLOADED);
        reply_fault(call);
    } else {
        reply_json(call, 200, (struct span){body->data, body->len});
    }
    buf_free(body);
}

static void send_answer(struct call *call, const struct credits *credits)
{
    const struct judge *j = call->judge;
    struct screen *screen = NULL;
    struct buf body = {0};

    /* The first one has judged the answer; this one takes things out. */
    if (j != NULL && j->screen != NULL && !screen_watches(j->screen) &&
        judge_screen(call, &screen) != 0)
        body.failed = true;
    else
        exchange_answer(&call->exchange, &call->relay.doc, &call->completion,
            relay_tag(call), screen, credits, &body);
    screen_free(screen);
    send_body(call, &body);
}

/* What the caller reads in place of a model's words, which may have been said
 * and are billed then. */
static void send_notice(struct call *call, const struct credits *credits)
{
    static const char text[] =
        "This request was sent for review. No answer is given until then.";
    const struct usage *usage =
        call->outcome == OUTCOME_RULED ? &call->settle.usage : NULL;
    struct buf body = {0};

    exchange_notice(&call->exchange, &call->completion, relay_tag(call),
        (struct span){text, sizeof(text) - 1}, usage, credits, &body);
    if (!call->completion.stream) {
        send_body(call, &body);
        return;
    }
    reply_stream(call);
    reply_frames(call, &body);
    buf_free(&body);
}

static void send_stream_end(struct call *call, const struct credits *credits)
{
    struct buf *scratch = &call->worker->scratch;

    buf_reset(scratch);
    if (call->fault.code != REFUSE_NONE && call->relay.stream != NULL)
        stream_fail(
            call->relay.stream, &call->fault, call->request_id, scratch);
    else if (call->fault.code != REFUSE_NONE)
        call->exchange.caller->fail(&call->fault, call->request_id, scratch);
    else if (call->outcome == OUTCOME_RULED)
        stream_cut(call->relay.stream, TURN_STOP_FILTER, credits, scratch);
    else if (call->outcome == OUTCOME_OUT_OF_CREDIT ||
             call->outcome == OUTCOME_OUT_OF_TIME)
        stream_cut(call->relay.stream, TURN_STOP_LENGTH, credits, scratch);
    else
        stream_finish(call->relay.stream, credits, scratch);
    reply_frames(call, scratch);
    buf_reset(scratch);
}

void relay_conclude(struct call *call, const struct credits *credits)
{
    if (call->relay.opened)
        send_stream_end(call, credits);
    else if (call->fault.code != REFUSE_NONE)
        reply_fault(call);
    else if (call->outcome == OUTCOME_ESCALATED ||
             call->outcome == OUTCOME_RULED)
        send_notice(call, credits);
    else
        send_answer(call, credits);
}
