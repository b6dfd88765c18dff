#include "policy_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A text of the answer. */
struct channel {
    void **detectors;  /* as many as the stream has */
    struct buf held;   /* text that has not left */
    uint64_t held_at;  /* the place of its first byte */
    uint64_t left;     /* bytes that have */
    uint64_t taken;    /* bytes that came */
    uint64_t shown;    /* bytes that detectors saw that replace */
    struct buf spans;  /* struct policy_finding: to be replaced, by end */
    struct buf firing; /* struct policy_finding: fire, of this piece */
    struct buf cuts;   /* struct policy_cut: so far */
};

struct policy_stream {
    struct policy_detector detectors[POLICY_DETECTORS];
    size_t detector_count;
    bool watch;
    bool fired;
    bool failed; /* memory was out: nothing may leave any more */
    uint32_t whats[POLICY_DETECTORS]; /* below 32, of what is told, as bits */
    struct buf firing; /* struct policy_finding: what is told of it */
    struct channel **channels;
    size_t channel_count;
    size_t taken; /* numbers below this all are */
};

/* Where a detector's findings go while it is fed. */
struct feeding {
    struct policy_stream *s;
    struct channel *c;
    uint32_t detector;
};

/* ---- memory ---- */

struct policy_stream *policy_stream_make(
    const struct policy_detector *detectors, size_t count, bool watch)
{
    struct policy_stream *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    assert(count <= POLICY_DETECTORS);
    memcpy(s->detectors, detectors, count * sizeof(detectors[0]));
    s->detector_count = count;
    s->watch = watch;
    return s;
}

static void free_channel(const struct policy_stream *s, struct channel *c)
{
    for (size_t i = 0; c->detectors != NULL && i < s->detector_count; i++)
        if (c->detectors[i] != NULL)
            s->detectors[i].kind->free(c->detectors[i]);
    free(c->detectors);
    buf_free(&c->held);
    buf_free(&c->spans);
    buf_free(&c->firing);
    buf_free(&c->cuts);
    free(c);
}

void policy_stream_free(struct policy_stream *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->channel_count; i++)
        policy_stream_close(s, i);
    free(s->channels);
    buf_free(&s->firing);
    free(s);
}

/* Let every detector begin. */
static int begin_all(const struct policy_stream *s, struct channel *c)
{
    const struct policy_detector *d;

    c->detectors = calloc(s->detector_count + 1, sizeof(c->detectors[0]));
    if (c->detectors == NULL)
        return -1;
    for (size_t i = 0; i < s->detector_count; i++) {
        d = &s->detectors[i];
        c->detectors[i] = d->kind->begin(d->rules, d->by);
        if (c->detectors[i] == NULL)
            return -1;
    }
    return 0;
}

/* A number that no channel has; -1: there is none. */
static int free_number(struct policy_stream *s, size_t *number)
{
    struct channel **channels;

    while (s->taken < s->channel_count && s->channels[s->taken] != NULL)
        s->taken++;
    *number = s->taken;
    if (*number < s->channel_count)
        return 0;
    if (s->channel_count == POLICY_CHANNELS)
        return -1;
    channels =
        realloc(s->channels, (s->channel_count + 1) * sizeof(channels[0]));
    if (channels == NULL)
        return -1;
    s->channels = channels;
    channels[s->channel_count++] = NULL;
    return 0;
}

int policy_stream_channel(struct policy_stream *s, size_t *channel)
{
    struct channel *c;

    if (free_number(s, channel) != 0)
        return -1;
    c = calloc(1, sizeof(*c));
    if (c == NULL)
        return -1;
    if (begin_all(s, c) != 0)
        goto err0;
    s->channels[*channel] = c;
    return 0;
err0:
    free_channel(s, c);
    return -1;
}

void policy_stream_close(struct policy_stream *s, size_t channel)
{
    if (s->channels[channel] != NULL)
        free_channel(s, s->channels[channel]);
    s->channels[channel] = NULL;
    s->taken = channel < s->taken ? channel : s->taken;
}

/* ---- findings ---- */

static struct policy_finding *findings(const struct buf *b, size_t *count)
{
    *count = b->len / sizeof(struct policy_finding);
    return (struct policy_finding *)(void *)b->data;
}

static void note_what(struct policy_stream *s, const struct policy_finding *f)
{
    if (f->what < 32)
        s->whats[f->detector] |= UINT32_C(1) << f->what;
}

/* Note what was replaced, or would have fired, each thing once. */
static void note(struct policy_stream *s, const struct policy_finding *f)
{
    const struct policy_finding *noted;
    size_t count;

    note_what(s, f);
    noted = findings(&s->firing, &count);
    for (size_t i = 0; i < count; i++)
        if (noted[i].detector == f->detector && noted[i].what == f->what)
            return;
    if (count < POLICY_NOTED)
        buf_put(&s->firing, f, sizeof(*f));
}

static void add(void *cookie, const struct policy_finding *found)
{
    const struct feeding *f = cookie;
    struct policy_finding finding = *found;

    finding.detector = f->detector;
    if (f->s->watch)
        note(f->s, &finding);
    else if (finding.by == NULL)
        buf_put(&f->c->firing, &finding, sizeof(finding));
    else
        buf_put(&f->c->spans, &finding, sizeof(finding));
}

static int by_begin(const void *left, const void *right)
{
    const struct policy_finding *l = left, *r = right;

    if (l->begin != r->begin)
        return l->begin < r->begin ? -1 : 1;
    if (l->end != r->end)
        return l->end > r->end ? -1 : 1;
    return l->detector < r->detector ? -1 : l->detector > r->detector;
}

/* ---- what leaves ---- */

/* Let the text up to the place to leave, where it has not yet. */
static void leave(struct channel *c, uint64_t to, struct buf *out)
{
    if (to <= c->left)
        return;
    buf_put(out, c->held.data + (c->left - c->held_at), to - c->left);
    c->left = to;
}

/* Pass over the text up to the place to. */
static void skip(struct channel *c, uint64_t to)
{
    c->left = to > c->left ? to : c->left;
}

/* Put by in place of the text from where it has left to the place end. */
static void cut(
    struct channel *c, uint64_t end, const char *by, struct buf *out)
{
    const struct policy_cut piece = {c->left, end, by};

    buf_puts(out, by);
    buf_put(&c->cuts, &piece, sizeof(piece));
}

static void drop_left(struct channel *c)
{
    buf_consume(&c->held, c->left - c->held_at);
    c->held_at = c->left;
}

/* How many of the spans from the first on are one: overlap each other. Leaves
 * their common end in *end. */
static size_t overlap(
    const struct policy_finding *spans, size_t count, uint64_t *end)
{
    size_t n = 1;

    *end = spans[0].end;
    for (; n < count && spans[n].begin < *end; n++)
        *end = spans[n].end > *end ? spans[n].end : *end;
    return n;
}

/* Let the text up to limit leave, with its spans replaced. One that reaches
 * beyond may still grow: it stays, and what is behind it; unless the text
 * ends here. */
static void release(struct policy_stream *s, struct channel *c, uint64_t limit,
    bool ends, struct buf *out)
{
    struct policy_finding *spans;
    size_t count, at = 0, n;
    uint64_t end;

    spans = findings(&c->spans, &count);
    if (count > 1)
        qsort(spans, count, sizeof(spans[0]), by_begin);
    for (; at < count && spans[at].begin < limit; at += n) {
        n = overlap(spans + at, count - at, &end);
        if (end > limit && !ends) {
            limit = spans[at].begin;
            break;
        }
        leave(c, spans[at].begin, out);
        cut(c, end, spans[at].by, out);
        for (size_t i = at; i < at + n; i++)
            note(s, &spans[i]);
        skip(c, end);
    }
    leave(c, limit, out);
    drop_left(c);
    buf_consume(&c->spans, at * sizeof(spans[0]));
}

/* Where the first firing ends. */
static uint64_t fired_at(const struct channel *c)
{
    const struct policy_finding *firing;
    uint64_t end = UINT64_MAX;
    size_t count;

    firing = findings(&c->firing, &count);
    for (size_t i = 0; i < count; i++)
        end = firing[i].end < end ? firing[i].end : end;
    return end;
}

/* The first firing is the one that ends first. All that end there are told;
 * what was before the longest of them may leave, with the spans replaced that
 * are whole in a text that ends there. */
static void fire(struct policy_stream *s, struct channel *c, struct buf *out)
{
    const struct policy_finding *firing;
    uint64_t end = fired_at(c), begin = UINT64_MAX;
    size_t count;

    firing = findings(&c->firing, &count);
    for (size_t i = 0; i < count; i++) {
        if (firing[i].end != end)
            continue;
        begin = firing[i].begin < begin ? firing[i].begin : begin;
        note_what(s, &firing[i]);
        buf_put(&s->firing, &firing[i], sizeof(firing[i]));
    }
    s->fired = true;
    release(s, c, begin, true, out);
    cut(c, UINT64_MAX, "", out);
    skip(c, c->taken);
    drop_left(c);
}

/* From where on text may still become a finding, of all detectors or of those
 * that fire. */
static uint64_t live(
    const struct policy_stream *s, const struct channel *c, bool fire)
{
    uint64_t begin = c->taken, one;

    for (size_t i = 0; i < s->detector_count; i++) {
        if (fire && s->detectors[i].by != NULL)
            continue;
        one = s->detectors[i].kind->live(c->detectors[i]);
        begin = one < begin ? one : begin;
    }
    return begin;
}

static enum policy_stream_state advance(
    struct policy_stream *s, struct channel *c, bool ends, struct buf *out)
{
    if (s->failed || c->held.failed || c->spans.failed || c->firing.failed ||
        s->firing.failed) {
        s->failed = true;
        return POLICY_STREAM_NO_MEMORY;
    }
    if (s->watch) {
        leave(c, c->taken, out);
        drop_left(c);
    } else if (c->firing.len > 0) {
        fire(s, c, out);
    } else {
        release(s, c, ends ? c->taken : live(s, c, false), ends, out);
    }
    s->failed = s->failed || s->firing.failed || c->cuts.failed ||
                out->failed || c->held.len > POLICY_HELD_MAX;
    if (s->failed)
        return POLICY_STREAM_NO_MEMORY;
    return s->fired ? POLICY_STREAM_FIRED : POLICY_STREAM_GOES;
}

/* Let the detectors that fire, or those that replace, go on with the text; or
 * finish, or both. */
static void show(struct policy_stream *s, struct channel *c, bool fire,
    struct span text, bool ends)
{
    struct feeding feeding = {.s = s, .c = c};
    struct policy_findings to = {add, &feeding};

    for (size_t i = 0; i < s->detector_count; i++) {
        const struct policy_detector *d = &s->detectors[i];

        if ((d->by == NULL) != fire)
            continue;
        feeding.detector = (uint32_t)i;
        if (text.n > 0)
            d->kind->feed(c->detectors[i], text, &to);
        if (ends)
            d->kind->end(c->detectors[i], &to);
        if (d->kind->failed != NULL && d->kind->failed(c->detectors[i]))
            s->failed = true;
    }
}

/* Let those that replace see what those that fire have done with: for them the
 * text ends where one fires. */
static void show_replacing(
    struct policy_stream *s, struct channel *c, bool ends)
{
    uint64_t to = ends || s->watch ? c->taken : live(s, c, true);
    struct span text = {"", 0};

    if (!s->watch && c->firing.len > 0) {
        to = fired_at(c);
        ends = true;
    }
    text.n = (size_t)(to - c->shown);
    if (text.n > 0)
        text.p = c->held.data + (c->shown - c->held_at);
    c->shown = to;
    show(s, c, false, text, ends);
}

static enum policy_stream_state take(struct policy_stream *s, size_t channel,
    struct span text, bool ends, struct buf *out)
{
    struct channel *c = s->channels[channel];

    if (s->failed)
        return POLICY_STREAM_NO_MEMORY;
    if (s->fired)
        return POLICY_STREAM_FIRED;
    buf_put(&c->held, text.p, text.n);
    c->taken += text.n;
    show(s, c, true, text, ends);
    if (!c->held.failed && !c->firing.failed)
        show_replacing(s, c, ends);
    return advance(s, c, ends, out);
}

enum policy_stream_state policy_stream_feed(
    struct policy_stream *s, size_t channel, struct span text, struct buf *out)
{
    return take(s, channel, text, false, out);
}

enum policy_stream_state policy_stream_end(
    struct policy_stream *s, size_t channel, struct buf *out)
{
    return take(s, channel, (struct span){"", 0}, true, out);
}

/* ---- what is told ---- */

const struct policy_cut *policy_stream_cuts(
    const struct policy_stream *s, size_t channel, size_t *count)
{
    const struct buf *cuts = &s->channels[channel]->cuts;

    *count = cuts->len / sizeof(struct policy_cut);
    return (const struct policy_cut *)(const void *)cuts->data;
}

uint64_t policy_stream_left(const struct policy_stream *s, size_t channel)
{
    const struct channel *c = s->channels[channel];
    const struct policy_cut *cuts;
    size_t count;

    cuts = policy_stream_cuts(s, channel, &count);
    return count > 0 && cuts[count - 1].end == UINT64_MAX ? UINT64_MAX
                                                          : c->left;
}

struct span policy_stream_held(const struct policy_stream *s, size_t channel)
{
    const struct buf *held = &s->channels[channel]->held;

    return (struct span){held->data, held->len};
}

uint32_t policy_stream_whats(const struct policy_stream *s, size_t detector)
{
    return s->whats[detector];
}

const struct policy_finding *policy_stream_found(
    const struct policy_stream *s, size_t *count)
{
    return findings(&s->firing, count);
}
