#include <stdlib.h>

#include "estimate.h"
#include "exchange.h"
#include "sieve.h"

/* ---- requests ---- */

int exchange_begin(struct exchange *x, enum dialect caller,
    enum dialect upstream, const struct json_doc *doc, struct fault *fault)
{
    x->caller = codec_of(caller);
    x->upstream = codec_of(upstream);
    if (caller == upstream)
        return 0;
    x->turn = malloc(sizeof(*x->turn));
    if (x->turn == NULL)
        return fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    *x->turn = (struct turn){.from = caller, .parallel = -1, .n = 1};
    if (x->caller->turn_read(doc, x->turn, fault) != 0 ||
        x->upstream->turn_check(x->turn, fault) != 0)
        return -1;
    exchange_remember(x, doc);
    if (x->turn->out_of_memory || x->memo.failed)
        return fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    return 0;
}

static void drop_turn(struct exchange *x)
{
    if (x->turn != NULL)
        turn_free(x->turn);
    free(x->turn);
    x->turn = NULL;
}

void exchange_remember(struct exchange *x, const struct json_doc *doc)
{
    if (x->memo.len == 0 && x->caller->memo != NULL)
        x->caller->memo(doc, &x->memo);
}

void exchange_request(struct exchange *x, const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    if (x->caller == x->upstream)
        x->caller->write(doc, completion, rewrite, out);
    else
        x->upstream->turn_write(x->turn, completion, rewrite, out);
    drop_turn(x);
}

void exchange_free(struct exchange *x)
{
    drop_turn(x);
    buf_free(&x->memo);
}

bool exchange_passes(const struct exchange *x)
{
    return x->caller == x->upstream;
}

/* ---- streams ---- */

/* A stream that is read in one dialect and written in another. */
struct translation {
    struct stream base;
    struct codec_reader *reader;
    struct codec_writer *writer;
    struct screen *screen; /* not ours; NULL: none */
    bool ruled;            /* it has ended the answer */
    bool ended;            /* the reader was told */
    uint64_t est_in;       /* estimated, or what the beginning stated */
    uint64_t quarters;     /* output so far, see estimate.h */
    bool delivered;
    bool has_usage;
    struct turn_usage usage;
    struct buf *out; /* while events are being written */
};

static const struct stream_kind translation_kind;

static void translation_free(struct stream *base)
{
    struct translation *t = (struct translation *)base;

    if (t->reader != NULL)
        t->reader->kind->free(t->reader);
    if (t->writer != NULL)
        t->writer->kind->free(t->writer);
    free(t);
}

/* In the caller's dialect, as it is. */
static struct stream *pass_stream(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen)
{
    struct stream *inner = x->caller->stream(completion, &tag->names);

    if (screen == NULL)
        return inner;
    return sieve_make(inner, x->caller, completion, screen);
}

struct stream *exchange_stream(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen)
{
    struct translation *t;

    if (exchange_passes(x))
        return pass_stream(x, completion, tag, screen);
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->base.kind = &translation_kind;
    t->screen = screen;
    t->est_in = completion->est_in;
    t->reader = x->upstream->reader(completion);
    t->writer = x->caller->writer(completion, tag);
    if (t->reader == NULL || t->writer == NULL) {
        translation_free(&t->base);
        return NULL;
    }
    return &t->base;
}

static bool is_output(enum turn_event_kind kind)
{
    return kind == TURN_EVENT_TEXT || kind == TURN_EVENT_REFUSAL ||
           kind == TURN_EVENT_REASONING || kind == TURN_EVENT_CALL ||
           kind == TURN_EVENT_ARGS;
}

/* Of what passed the screen. */
static void write_event(void *cookie, const struct turn_event *e)
{
    struct translation *t = cookie;
    size_t before = t->out->len;

    t->writer->kind->event(t->writer, e, t->out);
    if (is_output(e->kind))
        t->delivered = t->delivered || t->out->len > before;
}

static void screen_it(struct translation *t, const struct turn_event *e)
{
    const struct turn_sink writer = {write_event, t};

    switch (screen_event(t->screen, e, &writer)) {
    case SCREEN_NO_MEMORY:
        t->out->failed = true;
        break;
    case SCREEN_FIRED:
        t->ruled = true;
        break;
    default:
        break;
    }
}

/* What the model said is counted and billed, whatever becomes of it. */
static void on_event(void *cookie, const struct turn_event *e)
{
    struct translation *t = cookie;

    if (e->kind == TURN_EVENT_BEGIN && e->has_usage)
        t->est_in = e->usage.in;
    if (e->kind == TURN_EVENT_USAGE) {
        t->has_usage = true;
        t->usage = e->usage;
    }
    if (is_output(e->kind))
        t->quarters +=
            estimate_escaped(e->kind == TURN_EVENT_CALL ? e->name : e->text);
    if (t->screen != NULL)
        screen_it(t, e);
    else
        write_event(t, e);
}

/* In other words an end needs a reason, which must not be made up: CLIENTS.md
 * 4.2. */
static enum stream_frame end_untold(
    const struct translation *t, enum stream_frame rc, struct fault *fault)
{
    if (rc != STREAM_DONE || t->reader->kind->complete(t->reader))
        return rc;
    fault_set(fault, REFUSE_UPSTREAM_INCOMPLETE, NULL, "%s", "");
    return STREAM_ERROR;
}

static enum stream_frame translation_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct translation *t = (struct translation *)base;
    const struct turn_sink sink = {on_event, t};
    enum stream_frame rc;

    t->out = out;
    rc = t->reader->kind->frame(t->reader, data, &sink, fault);
    rc = end_untold(t, rc, fault);
    if (out->failed || t->writer->kind->failed(t->writer))
        rc = STREAM_NO_MEMORY;
    else if (t->ruled)
        rc = STREAM_RULED;
    return rc;
}

static bool translation_complete(const struct stream *base)
{
    const struct translation *t = (const struct translation *)base;

    return t->reader->kind->complete(t->reader);
}

/* What was used, as it was stated or as far as it can be told. Returns whether
 * it was stated. */
static bool used(const struct translation *t, struct turn_usage *usage)
{
    const bool stated = t->has_usage && stream_has_counted(t->usage.in,
                                            translation_complete(&t->base));

    *usage = t->usage;
    if (!stated) {
        usage->in = t->est_in;
        usage->out = estimate_tokens(t->quarters);
    }
    return stated;
}

static void translation_usage(const struct stream *base, struct usage *usage)
{
    struct turn_usage of_turn;

    usage->known = used((const struct translation *)base, &of_turn);
    usage->tokens_in = of_turn.in;
    usage->tokens_out = of_turn.out;
}

static uint64_t translation_output(const struct stream *base)
{
    const struct translation *t = (const struct translation *)base;
    uint64_t counted = estimate_tokens(t->quarters);

    return t->has_usage && t->usage.out > counted ? t->usage.out : counted;
}

static bool translation_delivered(const struct stream *base)
{
    return ((const struct translation *)base)->delivered;
}

static void write_end(
    struct translation *t, const struct credits *credits, struct buf *out)
{
    struct turn_usage usage;

    used(t, &usage);
    t->writer->kind->finish(t->writer, &usage, credits, out);
    out->failed = out->failed || t->writer->kind->failed(t->writer);
}

static enum stream_frame translation_end(struct stream *base, struct buf *out)
{
    struct translation *t = (struct translation *)base;
    const struct turn_sink sink = {on_event, t};

    t->out = out;
    if (!t->ended)
        t->reader->kind->end(t->reader, &sink);
    t->ended = true;
    if (out->failed || t->writer->kind->failed(t->writer))
        return STREAM_NO_MEMORY;
    return t->ruled ? STREAM_RULED : STREAM_DONE;
}

static void translation_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    translation_end(base, out);
    write_end((struct translation *)base, credits, out);
}

/* What a screen held back does not leave any more. */
static void translation_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    struct translation *t = (struct translation *)base;
    const struct turn_event e = {
        .kind = TURN_EVENT_STOP, .choice = TURN_EACH, .stop = why};

    t->writer->kind->event(t->writer, &e, out);
    write_end(t, credits, out);
}

static void translation_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    struct translation *t = (struct translation *)base;

    t->writer->kind->fail(t->writer, fault, request_id, out);
}

static void translation_beat(struct stream *base, struct buf *out)
{
    struct translation *t = (struct translation *)base;

    t->writer->kind->beat(t->writer, out);
}

static const struct stream_kind translation_kind = {
    .free = translation_free,
    .frame = translation_frame,
    .complete = translation_complete,
    .usage = translation_usage,
    .output = translation_output,
    .delivered = translation_delivered,
    .end = translation_end,
    .finish = translation_finish,
    .cut = translation_cut,
    .fail = translation_fail,
    .beat = translation_beat,
};
