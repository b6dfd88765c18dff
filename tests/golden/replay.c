#include "replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sse.h"

const struct credits replay_credits = {48, 1, 30, {5000000, 500}};

/* ---- the request ---- */

int replay_begin(struct replay *p)
{
    static const char id[] = "0123456789abcdef0123456789abcdef";
    struct span text = p->g->section[GOLDEN_REQUEST];

    if (json_parse(&p->request, text.p, text.n) != JSON_OK)
        return -1;
    if (codec_of(p->g->caller)->read(&p->request, &p->completion, &p->fault) !=
            0 ||
        exchange_begin(&p->exchange, p->g->caller, p->g->upstream, &p->request,
            &p->fault) != 0) {
        p->refused = true;
        return 0;
    }
    p->completion.est_in = REPLAY_EST_IN;
    memcpy(p->tag.id, id, sizeof(id));
    p->tag.created = 1735689600;
    p->tag.names = (struct completion_names){"model", "up"};
    p->tag.memo = (struct span){p->exchange.memo.data, p->exchange.memo.len};
    return 0;
}

void replay_end(struct replay *p)
{
    exchange_free(&p->exchange);
    json_free(&p->request);
}

/* ---- the stream ---- */

struct flow {
    struct stream *stream;
    struct buf *out;
    struct fault fault;
    enum stream_frame last;
};

static int on_event(void *cookie, struct span name, struct span data)
{
    struct flow *flow = cookie;

    (void)name;
    flow->last = stream_frame(flow->stream, data, flow->out, &flow->fault);
    return flow->last != STREAM_TAKEN;
}

/* The stream in a first piece of that size and pieces of that step. */
static enum sse_error feed(
    struct flow *flow, struct span text, size_t first, size_t step)
{
    struct sse sse = {0};
    enum sse_error error = SSE_OK;
    size_t at = 0, n = first;

    while (at < text.n && error == SSE_OK) {
        n = text.n - at < n ? text.n - at : n;
        error = sse_feed(&sse, (struct span){text.p + at, n}, on_event, flow);
        at += n;
        n = step;
    }
    sse_free(&sse);
    return error;
}

static void finish(struct flow *flow)
{
    if (stream_end(flow->stream, flow->out) == STREAM_RULED)
        stream_cut(flow->stream, TURN_STOP_FILTER, &replay_credits, flow->out);
    else
        stream_finish(flow->stream, &replay_credits, flow->out);
}

/* As a relay does: the last frame ends it; without one it must be whole. */
static void end_flow(struct flow *flow, enum sse_error error)
{
    struct fault *fault = &flow->fault;

    if (error == SSE_STOPPED && flow->last == STREAM_RULED) {
        stream_cut(flow->stream, TURN_STOP_FILTER, &replay_credits, flow->out);
        return;
    }
    if ((error == SSE_STOPPED && flow->last == STREAM_DONE) ||
        (error == SSE_OK && stream_complete(flow->stream))) {
        finish(flow);
        return;
    }
    if (error == SSE_OK)
        fault_set(fault, REFUSE_UPSTREAM_INCOMPLETE, NULL, "%s", "");
    else if (flow->last != STREAM_ERROR)
        fault_set(fault, REFUSE_UPSTREAM_ERROR, NULL, "%s", "");
    stream_fail(flow->stream, fault, "req_1", flow->out);
}

int replay_stream(const struct replay *p, struct screen *screen, size_t first,
    size_t step, struct buf *out, struct usage *usage)
{
    struct flow flow = {
        .stream =
            exchange_stream(&p->exchange, &p->completion, &p->tag, screen),
        .out = out,
        .last = STREAM_TAKEN,
    };
    enum sse_error error;

    if (flow.stream == NULL)
        return -1;
    error = feed(&flow, p->g->section[GOLDEN_UPSTREAM_STREAM], first, step);
    end_flow(&flow, error);
    stream_usage(flow.stream, usage);
    stream_free(flow.stream);
    return 0;
}

/* ---- the cases ---- */

struct report {
    const char *(*check)(const struct golden *g);
    unsigned number; /* of the last case */
    bool failed;
};

static void report_case(
    struct report *r, const char *bad, const char *dir, const char *name)
{
    printf("%s %u - %s/%s%s%s\n", bad == NULL ? "ok" : "not ok", ++r->number,
        dir, name, bad == NULL ? "" : ": ", bad == NULL ? "" : bad);
    r->failed = r->failed || bad != NULL;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void check_dir(struct report *r, const char *dir)
{
    char path[4096];
    struct dirent **files = NULL;
    struct golden g;
    const char *bad;
    int count;

    snprintf(path, sizeof(path), "%s/golden/cases/%s", TESTS_DIR, dir);
    count = scandir(path, &files, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/golden/cases/%s/%s", TESTS_DIR, dir,
            files[i]->d_name);
        bad = "it cannot be read as a case";
        if (golden_load(&g, dir, path) == 0)
            bad = r->check(&g);
        report_case(r, bad, dir, files[i]->d_name);
        golden_free(&g);
        free(files[i]);
    }
    free(files);
}

int replay_all(const char *(*check)(const struct golden *g), unsigned least)
{
    static const char *const dirs[] = {"chat-chat", "chat-messages",
        "chat-responses", "messages-chat", "messages-messages",
        "messages-responses", "responses-chat", "responses-messages",
        "responses-responses"};
    struct report r = {.check = check};

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        check_dir(&r, dirs[i]);
    printf("%s %u - there are at least %u cases\n",
        r.number >= least ? "ok" : "not ok", r.number + 1, least);
    printf("1..%u\n", r.number + 1);
    return r.failed || r.number < least;
}
