#include "exchange.h"

/* Answers that are not streamed, and answers of our own. */

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

enum screen_state exchange_judge(const struct exchange *x,
    const struct json_doc *doc, const struct completion *completion,
    struct screen *screen)
{
    struct looking looking = {.screen = screen, .to = {ignore, NULL}};
    const struct turn_sink sink = {look, &looking};

    if (x->upstream->answer_events(doc, completion, &sink) != 0)
        return SCREEN_NO_MEMORY;
    return looking.state;
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

void exchange_answer(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen, const struct credits *credits, struct buf *out)
{
    if (exchange_passes(x, screen))
        x->caller->answer_write(doc, &tag->names, credits, out);
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
