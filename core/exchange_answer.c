#include "exchange.h"

/* Answers that are not streamed, and answers of our own. */

/* Bytes that a bill adds to an answer. */
enum { BILL_USUAL = 128 };

/* Events on their way through a screen. */
struct looking {
    struct screen *screen;
    struct turn_sink to;
    enum screen_state state;
};

static void look(void *cookie, const struct turn_event *e)
{
    struct looking *l = cookie;
    enum screen_state state = screen_event(l->screen, e, &l->to);

    l->state = state > l->state ? state : l->state;
}

static void ignore(void *cookie, const struct turn_event *e)
{
    (void)cookie;
    (void)e;
}

static void weigh(void *cookie, const struct turn_event *e)
{
    struct looking *l = cookie;
    enum screen_state state = screen_weigh(l->screen, e);

    l->state = state > l->state ? state : l->state;
}

/* Whether the texts of an answer are judged in its JSON. */
static bool is_sifted(const struct exchange *x, const struct screen *screen)
{
    return exchange_passes(x) && screen_reads(screen);
}

enum screen_state exchange_judge(const struct exchange *x,
    const struct json_doc *doc, const struct completion *completion,
    struct screen *screen)
{
    struct looking looking = {.screen = screen, .to = {ignore, NULL}};
    bool sifted = is_sifted(x, screen);
    const struct turn_sink sink = {sifted ? weigh : look, &looking};
    struct buf out = {0};
    enum screen_state state;

    if ((!sifted || screen_scores(screen)) &&
        x->upstream->answer_events(doc, completion, &sink) != 0)
        return SCREEN_NO_MEMORY;
    if (!sifted || looking.state != SCREEN_GOES)
        return looking.state;
    state = sift_answer(x->caller->sift, screen, doc, &out);
    buf_free(&out);
    return state;
}

struct collection {
    struct codec_writer *writer;
    struct turn_usage usage;
    struct buf *out;
};

static void collect(void *cookie, const struct turn_event *e)
{
    struct collection *c = cookie;

    if (e->kind == TURN_EVENT_USAGE)
        c->usage = e->usage;
    c->writer->kind->event(c->writer, e, c->out);
}

static void show(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, struct screen *screen,
    struct collection *c)
{
    struct looking looking = {.screen = screen, .to = {collect, c}};
    const struct turn_sink screened = {look, &looking};
    const struct turn_sink direct = {collect, c};

    if (x->upstream->answer_events(
            doc, completion, screen != NULL ? &screened : &direct) != 0 ||
        looking.state != SCREEN_GOES)
        c->out->failed = true;
}

static void finish(struct collection *c, const struct credits *credits)
{
    c->writer->kind->finish(c->writer, &c->usage, credits, c->out);
    c->out->failed = c->out->failed || c->writer->kind->failed(c->writer);
    c->writer->kind->free(c->writer);
}

static void translate_answer(const struct exchange *x,
    const struct json_doc *doc, const struct completion *completion,
    const struct codec_tag *tag, struct screen *screen,
    const struct credits *credits, struct buf *out)
{
    struct collection c = {
        .writer = x->caller->writer(completion, tag), .out = out};
    struct usage usage;
    uint64_t est_out;

    if (c.writer == NULL) {
        out->failed = true;
        return;
    }
    if (x->upstream->answer_read(doc, &usage, &est_out) == 0)
        c.usage = (struct turn_usage){.in = completion->est_in, .out = est_out};
    show(x, doc, completion, screen, &c);
    finish(&c, credits);
}

/* In the caller's own dialect, without what the screen takes out. */
static void sift_and_write(const struct exchange *x, const struct json_doc *doc,
    const struct codec_tag *tag, struct screen *screen,
    const struct credits *credits, struct buf *out)
{
    struct json_doc sifted = {0};
    struct buf text = {0};

    if (sift_answer(x->caller->sift, screen, doc, &text) == SCREEN_GOES &&
        json_parse(&sifted, text.data, text.len) == JSON_OK)
        x->caller->answer_write(&sifted, &tag->names, credits, out);
    else
        out->failed = true;
    json_free(&sifted);
    buf_free(&text);
}

static void pass_answer(const struct exchange *x, const struct json_doc *doc,
    const struct codec_tag *tag, const struct credits *credits, struct buf *out)
{
    buf_reserve(out, json_raw(doc, 0).n + BILL_USUAL);
    x->caller->answer_write(doc, &tag->names, credits, out);
}

void exchange_answer(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen, const struct credits *credits, struct buf *out)
{
    if (screen != NULL && is_sifted(x, screen))
        sift_and_write(x, doc, tag, screen, credits, out);
    else if (exchange_passes(x))
        pass_answer(x, doc, tag, credits, out);
    else
        translate_answer(x, doc, completion, tag, screen, credits, out);
}

static void say(struct collection *c, uint32_t choice, struct span text)
{
    struct turn_event e = {.kind = TURN_EVENT_BEGIN, .choice = choice};

    collect(c, &e);
    e.kind = TURN_EVENT_TEXT;
    e.text = text;
    collect(c, &e);
    e = (struct turn_event){
        .kind = TURN_EVENT_STOP, .choice = choice, .stop = TURN_STOP_END};
    collect(c, &e);
}

void exchange_notice(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag,
    struct span text, const struct usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct completion told = *completion;
    struct collection c = {.out = out};
    struct buf inside = {0};

    if (usage != NULL)
        c.usage = (struct turn_usage){
            .in = usage->tokens_in, .out = usage->tokens_out};
    told.est_in = c.usage.in; /* which streams begin with */
    c.writer = x->caller->writer(&told, tag);
    json_escape(&inside, text);
    out->failed = out->failed || c.writer == NULL || inside.failed;
    if (c.writer != NULL) {
        for (uint32_t i = 0; i < completion_choices(completion); i++)
            say(&c, i, (struct span){inside.data, inside.len});
        finish(&c, credits);
    }
    buf_free(&inside);
}
