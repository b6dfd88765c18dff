/* Each golden case holds; and a streamed one holds however the bytes of the
 * upstream are cut: at every place in two, and byte by byte. */

#include <stdio.h>
#include <string.h>

#include "replay.h"

enum { LIMIT = 4096, CASES_MIN = 500 };

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

static bool same_dialect(const struct replay *p)
{
    return p->g->caller == p->g->upstream;
}

/* ---- the request ---- */

static const char *check_request(struct replay *p)
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

/* Whether it is refused as the case says, if it is. */
static const char *begin(struct replay *p)
{
    struct span refusal = p->g->section[GOLDEN_REFUSAL];
    struct span param = {p->fault.param, 0};

    if (replay_begin(p) != 0)
        return "the request is no JSON";
    if (!p->refused)
        return refusal.p == NULL ? NULL : "it is not refused";
    param.n = strlen(p->fault.param);
    return same_bytes(refusal, param)
               ? NULL
               : trouble("it is refused for another field", refusal, param);
}

/* ---- usage ---- */

static const char *check_usage(struct replay *p, const struct usage *usage)
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
            buf_printf(expanded, "%llu",
                (unsigned long long)tokens_out + REPLAY_EST_IN);
            i += 4;
        } else {
            buf_put(expanded, rest.p, 1);
            i++;
        }
    }
    return span_of(expanded);
}

static const char *check_answer(struct replay *p)
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
        exchange_answer(&p->exchange, &doc, &p->completion, &p->tag, NULL,
            &replay_credits, &out);
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

static const char *check_cut(
    const struct replay *p, const struct buf *whole, size_t first, size_t step)
{
    struct buf out = {0};
    struct usage usage;
    const char *bad = NULL;

    if (replay_stream(p, NULL, first, step, &out, &usage) != 0 ||
        !same_bytes(span_of(whole), span_of(&out)))
        bad = trouble("cut elsewhere it is another stream", span_of(whole),
            span_of(&out));
    buf_free(&out);
    return bad;
}

static const char *check_cuts(const struct replay *p, const struct buf *whole)
{
    size_t size = p->g->section[GOLDEN_UPSTREAM_STREAM].n;
    const char *bad = check_cut(p, whole, 1, 1);

    for (size_t at = 1; at < size && bad == NULL; at++)
        bad = check_cut(p, whole, at, size);
    return bad;
}

static const char *check_stream(struct replay *p)
{
    struct span wanted = p->g->section[GOLDEN_CLIENT_STREAM];
    struct buf whole = {0}, expanded = {0};
    struct usage usage;
    const char *bad = NULL;
    bool same;

    if (!p->completion.stream)
        return "the request does not ask for a stream";
    if (replay_stream(p, NULL, SIZE_MAX, 1, &whole, &usage) != 0)
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
    struct replay p = {.g = g};
    const char *bad = begin(&p);

    if (bad == NULL && !p.refused)
        bad = check_request(&p);
    if (bad == NULL && g->section[GOLDEN_UPSTREAM_ANSWER].p != NULL)
        bad = check_answer(&p);
    if (bad == NULL && g->section[GOLDEN_UPSTREAM_STREAM].p != NULL)
        bad = check_stream(&p);
    replay_end(&p);
    return bad;
}

int main(void)
{
    return replay_all(check_case, CASES_MIN);
}
