/* Each golden case holds; and a streamed one holds however the bytes of the
 * upstream are cut: at every place in two, and byte by byte. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "golden.h"
#include "sse.h"

enum { LIMIT = 4096, EST_IN = 25, CASES_MIN = 500 };

static const char ID[] = "0123456789abcdef0123456789abcdef";
static const struct credits credits = {48, 1, 30, {5000000, 500}};

/* One case under way. */
struct play {
    const struct golden *g;
    struct json_doc request;
    struct completion completion;
    struct exchange exchange;
    struct codec_tag tag;
    struct fault fault;
    bool refused;
};

static const char *trouble(
    const char *what, struct span wanted, struct span got)
{
    printf("# %s\n# wanted: %.*s\n# got:    %.*s\n", what, (int)wanted.n,
        wanted.p, (int)got.n, got.p);
    return what;
}

static struct span span_of(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

static bool same_bytes(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool same_dialect(const struct play *p)
{
    return p->g->caller == p->g->upstream;
}

/* ---- the request ---- */

static const char *check_request(struct play *p)
{
    struct span wanted = p->g->section[GOLDEN_UPSTREAM_REQUEST];
    struct completion_rewrite rewrite = {"up", LIMIT};
    struct buf out = {0};
    const char *bad = NULL;
    bool same;

    if (p->completion.max_tokens > 0)
        rewrite.max_tokens = (uint64_t)p->completion.max_tokens;
    exchange_request(&p->exchange, &p->request, &p->completion, &rewrite, &out);
    same = same_dialect(p) ? same_bytes(wanted, span_of(&out))
                           : golden_same_json(wanted, span_of(&out));
    if (!same)
        bad =
            trouble("the upstream gets another request", wanted, span_of(&out));
    buf_free(&out);
    return bad;
}

static const char *begin(struct play *p)
{
    struct span text = p->g->section[GOLDEN_REQUEST];
    struct span refusal = p->g->section[GOLDEN_REFUSAL];
    struct span param = {p->fault.param, 0};

    if (json_parse(&p->request, text.p, text.n) != JSON_OK)
        return "the request is no JSON";
    if (codec_of(p->g->caller)->read(&p->request, &p->completion, &p->fault) !=
            0 ||
        exchange_begin(&p->exchange, p->g->caller, p->g->upstream, &p->request,
            &p->fault) != 0) {
        p->refused = true;
        param.n = strlen(p->fault.param);
        return same_bytes(refusal, param)
                   ? NULL
                   : trouble("it is refused for another field", refusal, param);
    }
    if (refusal.p != NULL)
        return "it is not refused";
    p->completion.est_in = EST_IN;
    memcpy(p->tag.id, ID, sizeof(ID));
    p->tag.created = 1735689600;
    p->tag.names = (struct completion_names){"model", "up"};
    p->tag.memo = span_of(&p->exchange.memo);
    return NULL;
}

/* ---- usage ---- */

static const char *check_usage(struct play *p, const struct usage *usage)
{
    struct span wanted = p->g->section[GOLDEN_USAGE];
    char said[64] = "estimated";

    if (wanted.p == NULL)
        return NULL;
    if (usage->known)
        snprintf(said, sizeof(said), "%llu %llu",
            (unsigned long long)usage->tokens_in,
            (unsigned long long)usage->tokens_out);
    return same_bytes(wanted, (struct span){said, strlen(said)})
               ? NULL
               : trouble("another usage is billed", wanted,
                     (struct span){said, strlen(said)});
}

/* ---- the answer ---- */

/* The client's text of the case, with the estimated output in the place of
 * $OUT and all tokens in the place of $SUM. */
static struct span expand(
    struct span text, uint64_t tokens_out, struct buf *expanded)
{
    size_t i = 0;

    while (i < text.n) {
        struct span rest = {text.p + i, text.n - i};

        if (rest.n >= 4 && memcmp(rest.p, "$OUT", 4) == 0) {
            buf_printf(expanded, "%llu", (unsigned long long)tokens_out);
            i += 4;
        } else if (rest.n >= 4 && memcmp(rest.p, "$SUM", 4) == 0) {
            buf_printf(
                expanded, "%llu", (unsigned long long)tokens_out + EST_IN);
            i += 4;
        } else {
            buf_put(expanded, rest.p, 1);
            i++;
        }
    }
    return span_of(expanded);
}

static const char *check_answer(struct play *p)
{
    struct span from = p->g->section[GOLDEN_UPSTREAM_ANSWER];
    struct span wanted = p->g->section[GOLDEN_CLIENT_ANSWER];
    struct json_doc doc = {0};
    struct buf out = {0}, expanded = {0};
    struct usage usage;
    uint64_t est_out;
    const char *bad = NULL;
    bool same;

    if (json_parse(&doc, from.p, from.n) != JSON_OK ||
        codec_of(p->g->upstream)->answer_read(&doc, &usage, &est_out) != 0) {
        bad = "the answer is none";
    } else {
        wanted = expand(wanted, est_out, &expanded);
        exchange_answer(
            &p->exchange, &doc, &p->completion, &p->tag, NULL, &credits, &out);
        same = same_dialect(p) ? same_bytes(wanted, span_of(&out))
                               : golden_same_json(wanted, span_of(&out));
        bad = same ? check_usage(p, &usage)
                   : trouble("the client gets another answer", wanted,
                         span_of(&out));
    }
    buf_free(&expanded);
    buf_free(&out);
    json_free(&doc);
    return bad;
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

/* As a relay does: the last frame ends it; without one it must be whole. */
static void end_flow(struct flow *flow, enum sse_error error)
{
    struct fault *fault = &flow->fault;

    if (error == SSE_STOPPED && flow->last == STREAM_DONE) {
        stream_finish(flow->stream, &credits, flow->out);
        return;
    }
    if (error == SSE_OK && stream_complete(flow->stream)) {
        stream_finish(flow->stream, &credits, flow->out);
        return;
    }
    if (error == SSE_OK)
        fault_set(fault, REFUSE_UPSTREAM_INCOMPLETE, NULL, "%s", "");
    else if (flow->last != STREAM_ERROR)
        fault_set(fault, REFUSE_UPSTREAM_ERROR, NULL, "%s", "");
    stream_fail(flow->stream, fault, "req_1", flow->out);
}

static int run_stream(const struct play *p, size_t first, size_t step,
    struct buf *out, struct usage *usage)
{
    struct flow flow = {
        .stream = exchange_stream(&p->exchange, &p->completion, &p->tag, NULL),
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

static const char *check_cut(
    const struct play *p, const struct buf *whole, size_t first, size_t step)
{
    struct buf out = {0};
    struct usage usage;
    const char *bad = NULL;

    if (run_stream(p, first, step, &out, &usage) != 0 ||
        !same_bytes(span_of(whole), span_of(&out)))
        bad = trouble("cut elsewhere it is another stream", span_of(whole),
            span_of(&out));
    buf_free(&out);
    return bad;
}

static const char *check_cuts(const struct play *p, const struct buf *whole)
{
    size_t size = p->g->section[GOLDEN_UPSTREAM_STREAM].n;
    const char *bad = check_cut(p, whole, 1, 1);

    for (size_t at = 1; at < size && bad == NULL; at++)
        bad = check_cut(p, whole, at, size);
    return bad;
}

static const char *check_stream(struct play *p)
{
    struct span wanted = p->g->section[GOLDEN_CLIENT_STREAM];
    struct buf whole = {0}, expanded = {0};
    struct usage usage;
    const char *bad = NULL;
    bool same;

    if (!p->completion.stream)
        return "the request does not ask for a stream";
    if (run_stream(p, SIZE_MAX, 1, &whole, &usage) != 0)
        return "there is no stream";
    wanted = expand(wanted, usage.tokens_out, &expanded);
    same = same_dialect(p) ? same_bytes(wanted, span_of(&whole))
                           : golden_same_stream(wanted, span_of(&whole));
    bad = same ? check_usage(p, &usage)
               : trouble(
                     "the client gets another stream", wanted, span_of(&whole));
    if (bad == NULL)
        bad = check_cuts(p, &whole);
    buf_free(&expanded);
    buf_free(&whole);
    return bad;
}

/* ---- the cases ---- */

static const char *check_case(const struct golden *g)
{
    struct play p = {.g = g};
    const char *bad = begin(&p);

    if (bad == NULL && !p.refused)
        bad = check_request(&p);
    if (bad == NULL && g->section[GOLDEN_UPSTREAM_ANSWER].p != NULL)
        bad = check_answer(&p);
    if (bad == NULL && g->section[GOLDEN_UPSTREAM_STREAM].p != NULL)
        bad = check_stream(&p);
    exchange_free(&p.exchange);
    json_free(&p.request);
    return bad;
}

static void report(
    unsigned number, const char *bad, const char *dir, const char *name)
{
    printf("%s %u - %s/%s%s%s\n", bad == NULL ? "ok" : "not ok", number, dir,
        name, bad == NULL ? "" : ": ", bad == NULL ? "" : bad);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns the number of the last case. */
static unsigned check_dir(const char *dir, unsigned number, bool *failed)
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
            bad = check_case(&g);
        report(++number, bad, dir, files[i]->d_name);
        *failed = *failed || bad != NULL;
        golden_free(&g);
        free(files[i]);
    }
    free(files);
    return number;
}

int main(void)
{
    static const char *const dirs[] = {"chat-chat", "chat-messages",
        "chat-responses", "messages-chat", "messages-messages",
        "messages-responses", "responses-chat", "responses-messages",
        "responses-responses"};
    unsigned number = 0;
    bool failed = false;

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        number = check_dir(dirs[i], number, &failed);
    printf("%s %u - there are at least %d cases\n",
        number >= CASES_MIN ? "ok" : "not ok", number + 1, CASES_MIN);
    printf("1..%u\n", number + 1);
    return failed || number < CASES_MIN;
}
