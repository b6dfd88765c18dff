#include "screen.h"

#include <stdlib.h>

#include "json.h"
#include "policy_stream.h"

/* Which detector of the streams is which. */
enum { DETECT_DENY };

/* One text that is judged for itself. */
struct text {
    enum turn_event_kind kind;
    uint32_t choice, block;
    size_t channel; /* of its stream */
    bool open;
};

/* Of one dialect's texts: what people read, or what tools get. */
struct strand {
    struct policy_stream *stream;
    struct text *texts;
    size_t count, cap;
    size_t told; /* findings that the verdict knows */
};

struct screen {
    struct strand words;
    struct strand args;
    bool watch;
    bool joined;
    bool fired;
    bool failed;
    struct buf plain;   /* decoded text of an event */
    struct buf passed;  /* what of it may leave */
    struct buf escaped; /* as it is in JSON */
    const struct turn_sink *to;
};

/* ---- making ---- */

bool screen_needed(const struct policy_verdict *v)
{
    return v->policy->doc.deny.count > 0;
}

/* Rules that change an answer rather than end it. */
static bool replaces(const struct policy_doc *doc)
{
    return doc->action == POLICY_REWRITE || doc->action == POLICY_SUMMARY;
}

static struct policy_stream *make_stream(
    const struct policy_verdict *v, bool watch)
{
    struct policy_detector of[POLICY_DETECTORS];
    size_t n = 0;

    of[n++] = replaces(&v->policy->doc) && !watch
                  ? policy_terms_replace(v->policy->deny)
                  : policy_terms_fire(v->policy->deny);
    return policy_stream_make(of, n, watch);
}

struct screen *screen_make(const struct policy_verdict *v, bool joined)
{
    struct screen *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->watch = !v->enforced;
    s->joined = joined;
    s->words.stream = make_stream(v, s->watch);
    s->args.stream = make_stream(v, s->watch);
    if (s->words.stream != NULL && s->args.stream != NULL)
        return s;
    screen_free(s);
    return NULL;
}

void screen_free(struct screen *s)
{
    if (s == NULL)
        return;
    policy_stream_free(s->words.stream);
    policy_stream_free(s->args.stream);
    free(s->words.texts);
    free(s->args.texts);
    buf_free(&s->plain);
    buf_free(&s->passed);
    buf_free(&s->escaped);
    free(s);
}

bool screen_watches(const struct screen *s)
{
    return s->watch;
}

/* ---- texts ---- */

static struct text *add(struct strand *strand, const struct turn_event *e)
{
    struct text *texts = strand->texts;
    struct text *t;

    if (strand->count == strand->cap) {
        texts = reallocarray(texts, strand->cap * 2 + 4, sizeof(*texts));
        if (texts == NULL)
            return NULL;
        strand->texts = texts;
        strand->cap = strand->cap * 2 + 4;
    }
    t = &texts[strand->count];
    *t = (struct text){
        .kind = e->kind, .choice = e->choice, .block = e->block, .open = true};
    if (policy_stream_channel(strand->stream, &t->channel) != 0)
        return NULL;
    strand->count++;
    return t;
}

/* Send on what may leave, which is in s->passed. */
static void pass(struct screen *s, const struct text *t)
{
    struct turn_event e = {
        .kind = t->kind, .choice = t->choice, .block = t->block};

    if (s->passed.len == 0)
        return;
    buf_reset(&s->escaped);
    json_escape(&s->escaped, (struct span){s->passed.data, s->passed.len});
    s->failed = s->failed || s->escaped.failed;
    e.text = (struct span){s->escaped.data, s->escaped.len};
    if (!s->failed)
        s->to->event(s->to->cookie, &e);
}

static void judge(
    struct screen *s, const struct text *t, enum policy_stream_state state)
{
    s->fired = s->fired || state == POLICY_STREAM_FIRED;
    s->failed = s->failed || state == POLICY_STREAM_NO_MEMORY;
    if (!s->failed && !s->watch)
        pass(s, t);
}

/* The text is whole: what was held back may leave, or fires after all. */
static void end_text(struct screen *s, struct strand *strand, struct text *t)
{
    if (!t->open || s->fired || s->failed)
        return;
    t->open = false;
    buf_reset(&s->passed);
    judge(s, t, policy_stream_end(strand->stream, t->channel, &s->passed));
}

static void end_all(struct screen *s, struct strand *strand, uint32_t choice)
{
    for (size_t i = 0; i < strand->count; i++)
        if (strand->texts[i].choice == choice)
            end_text(s, strand, &strand->texts[i]);
}

/* The text that an event goes on with. Where there are blocks, a new one ends
 * those of its choice before it. */
static struct text *text_of(
    struct screen *s, struct strand *strand, const struct turn_event *e)
{
    bool joined = s->joined && strand == &s->words;

    for (size_t i = 0; i < strand->count; i++) {
        struct text *t = &strand->texts[i];

        if (t->open && t->kind == e->kind && t->choice == e->choice &&
            (joined || t->block == e->block)) {
            t->block = e->block;
            return t;
        }
    }
    if (!s->joined)
        end_all(s, &s->words, e->choice);
    return s->fired || s->failed ? NULL : add(strand, e);
}

static void take_text(
    struct screen *s, struct strand *strand, const struct turn_event *e)
{
    struct text *t = text_of(s, strand, e);

    if (t == NULL) {
        s->failed = s->failed || !s->fired;
        return;
    }
    buf_reset(&s->plain);
    json_unescape(e->text, &s->plain);
    s->failed = s->failed || s->plain.failed;
    buf_reset(&s->passed);
    if (!s->failed)
        judge(s, t,
            policy_stream_feed(strand->stream, t->channel,
                (struct span){s->plain.data, s->plain.len}, &s->passed));
}

/* ---- events ---- */

static void take(struct screen *s, const struct turn_event *e)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
    case TURN_EVENT_REASONING:
        take_text(s, &s->words, e);
        return;
    case TURN_EVENT_ARGS:
        take_text(s, &s->args, e);
        return;
    case TURN_EVENT_CALL:
    case TURN_EVENT_SIGNATURE:
    case TURN_EVENT_REDACTED:
        if (!s->joined)
            end_all(s, &s->words, e->choice);
        break;
    case TURN_EVENT_STOP:
        end_all(s, &s->words, e->choice);
        end_all(s, &s->args, e->choice);
        break;
    default:
        break;
    }
    if (!s->watch && !s->fired && !s->failed)
        s->to->event(s->to->cookie, e);
}

enum screen_state screen_event(
    struct screen *s, const struct turn_event *e, const struct turn_sink *to)
{
    s->to = to;
    if (!s->failed && !s->fired)
        take(s, e);
    if (s->watch)
        to->event(to->cookie, e);
    if (s->failed)
        return SCREEN_NO_MEMORY;
    return s->fired ? SCREEN_FIRED : SCREEN_GOES;
}

/* ---- telling ---- */

/* The terms found, as hits of the policy's list. */
static int hits_of(
    const struct policy_finding *found, size_t count, struct policy_hits *deny)
{
    *deny = (struct policy_hits){0};
    deny->of = malloc((count + 1) * sizeof(deny->of[0]));
    if (deny->of == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (found[i].detector == DETECT_DENY)
            deny->of[deny->count++] = found[i].what;
    return 0;
}

static int tell(struct strand *strand, struct policy_verdict *v)
{
    struct policy_hits deny, none = {0};
    const struct policy_finding *found;
    size_t count;
    int rc;

    found = policy_stream_found(strand->stream, &count);
    if (count == strand->told)
        return 0;
    strand->told = count;
    if (hits_of(found, count, &deny) != 0)
        return -1;
    rc = policy_fire(v, &deny, &none);
    free(deny.of);
    return rc != 0 ? -1 : 1;
}

int screen_tell(struct screen *s, struct policy_verdict *v)
{
    int words = tell(&s->words, v);
    int args = tell(&s->args, v);

    if (words < 0 || args < 0)
        return -1;
    return words | args;
}
