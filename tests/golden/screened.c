/* The streams of the golden cases, and the bodies of one dialect, through a
 * policy over what the model says: one that has nothing to object to lets all
 * of it pass; one that only watches changes nothing; and what another denies
 * does not leave, wherever it stands. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy_play.h"
#include "replay.h"
#include "sse.h"

enum { CASES_MIN = 500, TEXTS = 64 };

/* ---- policies ---- */

static struct policy *make_policy(struct span term, const char *action)
{
    struct buf text = {0};
    struct policy *p;

    buf_puts(&text, "{\"name\":\"a\",\"rules\":{\"denylist\":[");
    json_quote(&text, term);
    buf_printf(&text, "],\"enforcement_action\":\"%s\"}}", action);
    p = policy_play_make(buf_terminate(&text));
    buf_free(&text);
    return p;
}

/* What a stream comes to under a policy. */
struct screened {
    struct policy_verdict verdict;
    struct buf out;
    struct usage usage;
};

static void screened_free(struct screened *s)
{
    policy_verdict_free(&s->verdict);
    buf_free(&s->out);
}

static int run(const struct replay *p, const struct policy *policy,
    bool enforced, size_t step, struct screened *s)
{
    const struct policy_ask ask = {
        .arm = {enforced ? POLICY_ENFORCED : POLICY_SHADOW, enforced, true},
        .target = {"", 0}};
    struct screen *screen;
    int rc = -1;

    *s = (struct screened){0};
    if (policy_judge(policy, &ask, &s->verdict) != 0)
        return -1;
    screen = screen_make(&(struct screen_rules){
        .verdict = &s->verdict, .joined = p->g->caller == DIALECT_CHAT});
    if (screen != NULL &&
        replay_stream(p, screen, step, step, &s->out, &s->usage) == 0 &&
        screen_tell(screen, &s->verdict) >= 0)
        rc = 0;
    screen_free(screen);
    return rc;
}

/* ---- what a stream says ---- */

/* Its texts, decoded: in each choice one for each block, and where blocks are
 * of no consequence one of each kind; then how it ends. */
struct said {
    struct {
        enum turn_event_kind kind;
        uint32_t choice, block;
        struct buf text;
    } of[TEXTS];
    size_t count;
    bool client; /* gets it */
    bool joined;
    struct buf end;
    struct codec_reader *reader;
};

/* Where a refusal is written anew it is a text as others. */
static struct buf *text_of(struct said *s, const struct turn_event *e)
{
    enum turn_event_kind kind =
        s->client && e->kind == TURN_EVENT_REFUSAL ? TURN_EVENT_TEXT : e->kind;
    bool joined =
        s->joined && kind != TURN_EVENT_ARGS && kind != TURN_EVENT_CALL;
    size_t i = 0;

    while (i < s->count &&
           (s->of[i].kind != kind || s->of[i].choice != e->choice ||
               (!joined && s->of[i].block != e->block)))
        i++;
    if (i == TEXTS)
        return &s->of[0].text;
    if (i == s->count) {
        s->of[i].kind = kind;
        s->of[i].choice = e->choice;
        s->of[i].block = e->block;
        s->count++;
    }
    return &s->of[i].text;
}

static void hear(void *cookie, const struct turn_event *e)
{
    struct said *s = cookie;

    switch (e->kind) {
    case TURN_EVENT_STOP:
        buf_printf(&s->end, "stop %u %d %.*s;", (unsigned)e->choice,
            (int)e->stop, (int)e->stop_sequence.n, e->stop_sequence.p);
        break;
    case TURN_EVENT_CALL:
        buf_put(text_of(s, e), e->id.p, e->id.n);
        buf_puts(text_of(s, e), " ");
        buf_put(text_of(s, e), e->name.p, e->name.n);
        break;
    case TURN_EVENT_BEGIN:
    case TURN_EVENT_USAGE: /* is compared as the bill */
        break;
    default:
        json_unescape(e->text, text_of(s, e));
        break;
    }
}

static int on_event(void *cookie, struct span name, struct span data)
{
    struct said *s = cookie;
    const struct turn_sink sink = {hear, s};
    struct fault fault;

    (void)name;
    if (s->reader->kind->frame(s->reader, data, &sink, &fault) == STREAM_ERROR)
        buf_printf(&s->end, "error %s;", fault.message);
    return 0;
}

static int hear_all(
    struct said *s, const struct replay *p, bool client, struct span stream)
{
    const struct codec *codec =
        codec_of(client ? p->g->caller : p->g->upstream);
    const struct turn_sink sink = {hear, s};
    struct sse sse = {0};

    *s = (struct said){
        .client = client, .joined = client || p->g->caller == DIALECT_CHAT};
    s->reader = codec->reader(&p->completion);
    if (s->reader == NULL)
        return -1;
    sse_feed(&sse, stream, on_event, s);
    s->reader->kind->end(s->reader, &sink);
    s->reader->kind->free(s->reader);
    sse_free(&sse);
    return 0;
}

static void said_free(struct said *s)
{
    for (size_t i = 0; i < s->count; i++)
        buf_free(&s->of[i].text);
    buf_free(&s->end);
}

static bool same_text(const struct buf *a, const struct buf *b)
{
    return a->len == b->len &&
           (a->len == 0 || !memcmp(a->data, b->data, a->len));
}

/* Blocks may have other numbers; kinds have the same texts in their order. */
static const char *compare(struct said *a, struct said *b)
{
    size_t k;

    for (int kind = 0; kind <= TURN_EVENT_STOP; kind++) {
        k = 0;
        for (size_t i = 0; i < a->count; i++) {
            if ((int)a->of[i].kind != kind || a->of[i].text.len == 0)
                continue;
            while (k < b->count &&
                   ((int)b->of[k].kind != kind || b->of[k].text.len == 0))
                k++;
            if (k == b->count || !same_text(&a->of[i].text, &b->of[k].text)) {
                printf("# wanted %.*s\n# got %.*s\n", (int)a->of[i].text.len,
                    a->of[i].text.data,
                    k == b->count ? 0 : (int)b->of[k].text.len,
                    k == b->count ? "" : b->of[k].text.data);
                return "another text";
            }
            k++;
        }
    }
    if (!same_text(&a->end, &b->end)) {
        printf("# wanted %.*s\n# got %.*s\n", (int)a->end.len, a->end.data,
            (int)b->end.len, b->end.data);
        return "another end";
    }
    return NULL;
}

/* ---- what must hold ---- */

static struct span span_of(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

/* Between two that speak the same dialect not a byte is another. */
static const char *check_same(const struct buf *plain, const struct buf *out)
{
    if (same_text(plain, out))
        return NULL;
    printf("# wanted %.*s\n# got %.*s\n", (int)plain->len, plain->data,
        (int)out->len, out->data);
    return "it does not pass as it is";
}

static struct policy *make_never(void)
{
    static const char never[] = "\xe2\x98\x83 never said \xe2\x98\x83";

    return make_policy((struct span){never, sizeof(never) - 1}, "block");
}

/* A policy that finds nothing: the same texts, the same bill. */
static const char *check_clean(
    const struct replay *p, const struct buf *plain, const struct usage *usage)
{
    struct policy *policy = make_never();
    struct said wanted, got;
    struct screened s;
    const char *bad = NULL;

    if (policy == NULL || run(p, policy, true, SIZE_MAX, &s) != 0)
        return "no screen";
    if (s.verdict.decision != POLICY_ALLOW)
        bad = "it fires on nothing";
    if (s.usage.known != usage->known ||
        s.usage.tokens_in != usage->tokens_in ||
        s.usage.tokens_out != usage->tokens_out)
        bad = "another bill";
    hear_all(&wanted, p, true, span_of(plain));
    hear_all(&got, p, true, span_of(&s.out));
    if (bad == NULL)
        bad = compare(&wanted, &got);
    if (bad == NULL && exchange_passes(&p->exchange))
        bad = check_same(plain, &s.out);
    said_free(&wanted);
    said_free(&got);
    screened_free(&s);
    policy_free(policy);
    return bad;
}

/* A piece in the middle of a text, of whole characters. */
static struct span middle(struct span text)
{
    size_t begin = text.n / 3, end = begin + 6;

    while (begin < text.n && (text.p[begin] & 0xc0) == 0x80)
        begin++;
    while (end < text.n && (text.p[end] & 0xc0) == 0x80)
        end++;
    end = end < text.n ? end : text.n;
    return (struct span){text.p + begin, end > begin ? end - begin : 0};
}

/* The longest piece of arguments that has no sign of JSON in it, as what is
 * denied is looked for in their strings. */
static struct span longest(const struct buf *args)
{
    struct span best = {"", 0};
    size_t from = 0;

    for (size_t i = 0; i <= args->len; i++) {
        if (i < args->len && strchr("\"\\{}[],:", args->data[i]) == NULL)
            continue;
        if (i - from > best.n)
            best = (struct span){args->data + from, i - from};
        from = i + 1;
    }
    return best;
}

/* What is judged of a text: of a call its name, which is behind its id. */
static struct span judged_of(const struct said *said, size_t i)
{
    struct span text = {said->of[i].text.data, said->of[i].text.len};
    const char *name;

    if (said->of[i].kind != TURN_EVENT_CALL)
        return text;
    name = memchr(text.p, ' ', text.n);
    return (struct span){name + 1, text.n - (size_t)(name + 1 - text.p)};
}

static struct span some_of(const struct said *said, size_t i)
{
    if (said->of[i].kind == TURN_EVENT_ARGS)
        return middle(longest(&said->of[i].text));
    return middle(judged_of(said, i));
}

static bool is_judged(enum turn_event_kind kind)
{
    return kind == TURN_EVENT_TEXT || kind == TURN_EVENT_REFUSAL ||
           kind == TURN_EVENT_REASONING || kind == TURN_EVENT_CALL ||
           kind == TURN_EVENT_ARGS;
}

static bool has(struct span text, struct span term)
{
    return memmem(text.p, text.n, term.p, term.n) != NULL;
}

static const char *leaks(
    const struct replay *p, const struct buf *out, struct span term)
{
    const char *bad = NULL;
    struct said got;

    hear_all(&got, p, true, span_of(out));
    for (size_t i = 0; i < got.count; i++)
        if (is_judged(got.of[i].kind) && has(judged_of(&got, i), term)) {
            printf("# \"%.*s\" in \"%.*s\"\n", (int)term.n, term.p,
                (int)got.of[i].text.len, got.of[i].text.data);
            bad = "it leaks";
        }
    said_free(&got);
    return bad;
}

static const char *check_action(const struct replay *p, struct span term,
    const char *action, const struct buf *plain)
{
    bool watches = action == NULL;
    struct policy *policy = make_policy(term, watches ? "block" : action);
    struct screened whole, cut;
    const char *bad = NULL;

    if (policy == NULL)
        return NULL; /* nothing that could be looked for */
    if (run(p, policy, !watches, SIZE_MAX, &whole) != 0 ||
        run(p, policy, !watches, 1, &cut) != 0)
        return "no screen";
    if (whole.verdict.decision == POLICY_ALLOW) {
        printf("# \"%.*s\"\n", (int)term.n, term.p);
        bad = "it is not found";
    } else if (!same_text(&whole.out, &cut.out)) {
        bad = "byte by byte it is another stream";
    } else if (watches && !same_text(&whole.out, plain)) {
        bad = "who watches changes the stream";
    } else if (!watches) {
        bad = leaks(p, &whole.out, term);
    }
    screened_free(&whole);
    screened_free(&cut);
    policy_free(policy);
    return bad;
}

static const char *check_term(
    const struct replay *p, struct span term, const struct buf *plain)
{
    const char *bad = check_action(p, term, "block", plain);

    if (bad == NULL)
        bad = check_action(p, term, "rewrite", plain);
    return bad != NULL ? bad : check_action(p, term, NULL, plain);
}

/* Each text of the upstream has something that is denied, in its turn. */
static const char *check_terms(const struct replay *p, const struct buf *plain)
{
    const char *bad = NULL;
    struct said said;
    struct span term;

    hear_all(&said, p, false, p->g->section[GOLDEN_UPSTREAM_STREAM]);
    for (size_t i = 0; i < said.count && bad == NULL; i++) {
        term = some_of(&said, i);
        if (is_judged(said.of[i].kind) && term.n > 0)
            bad = check_term(p, term, plain);
    }
    said_free(&said);
    return bad;
}

static const char *check_stream(const struct replay *p)
{
    struct buf plain = {0};
    struct usage usage;
    const char *bad = "there is no stream";

    if (replay_stream(p, NULL, SIZE_MAX, 1, &plain, &usage) == 0)
        bad = check_clean(p, &plain, &usage);
    if (bad == NULL)
        bad = check_terms(p, &plain);
    buf_free(&plain);
    return bad;
}

/* ---- answers that are not streamed ---- */

static int answer(const struct replay *p, const struct json_doc *doc,
    struct screen *screen, struct buf *out)
{
    exchange_answer(&p->exchange, doc, &p->completion, &p->tag, screen,
        &replay_credits, out);
    return out->failed ? -1 : 0;
}

/* As of streams: of a policy that finds nothing, twice, as a relay does. */
static const char *check_answer(const struct replay *p)
{
    const struct policy_ask ask = {
        .arm = {POLICY_ENFORCED, true, true}, .target = {"", 0}};
    struct span text = p->g->section[GOLDEN_UPSTREAM_ANSWER];
    struct policy *policy = make_never();
    struct policy_verdict verdict = {0};
    const struct screen_rules rules = {
        .verdict = &verdict, .joined = p->g->caller == DIALECT_CHAT};
    struct json_doc doc = {0};
    struct buf plain = {0}, out = {0};
    struct screen *judge, *writer;
    const char *bad = "no screen";

    if (policy == NULL || policy_judge(policy, &ask, &verdict) != 0)
        return bad;
    judge = screen_make(&rules);
    writer = screen_make(&rules);
    if (judge != NULL && writer != NULL &&
        json_parse(&doc, text.p, text.n) == JSON_OK &&
        exchange_judge(&p->exchange, &doc, &p->completion, judge) ==
            SCREEN_GOES &&
        answer(p, &doc, NULL, &plain) == 0 &&
        answer(p, &doc, writer, &out) == 0)
        bad = check_same(&plain, &out);
    buf_free(&out);
    buf_free(&plain);
    json_free(&doc);
    screen_free(writer);
    screen_free(judge);
    policy_verdict_free(&verdict);
    policy_free(policy);
    return bad;
}

static const char *check_case(const struct golden *g)
{
    struct replay p = {.g = g};
    const char *bad = NULL;

    if (replay_begin(&p) != 0)
        return "the request is no JSON";
    if (!p.refused && p.g->upstream == p.g->caller)
        exchange_remember(&p.exchange, &p.request);
    p.tag.memo = (struct span){p.exchange.memo.data, p.exchange.memo.len};
    if (!p.refused && g->section[GOLDEN_UPSTREAM_STREAM].p != NULL)
        bad = check_stream(&p);
    if (!p.refused && bad == NULL && exchange_passes(&p.exchange) &&
        g->section[GOLDEN_UPSTREAM_ANSWER].p != NULL)
        bad = check_answer(&p);
    replay_end(&p);
    return bad;
}

int main(void)
{
    return replay_all(check_case, CASES_MIN);
}
