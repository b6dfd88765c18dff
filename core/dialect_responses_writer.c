#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "dialect_responses_private.h"
#include "frame.h"
#include "turn.h"

/* Events as a Responses answer: frames, or one body at the end. Its items are
 * kept until then, because the last frame repeats them all. Items of this
 * dialect may interleave, so each block of the events has its own. */

struct said_item {
    uint32_t block;
    bool open;
    bool cut;         /* the answer ended in it */
    struct args args; /* of a call */
    struct responses_item item;
};

struct responses_writer {
    struct codec_writer base;
    bool stream;
    char id[33];
    struct responses_pen pen;
    struct buf nowhere; /* what frames go to in a body */
    struct buf head;    /* members of the response: id, created_at, model */
    struct buf echo;    /* members that repeat the request */
    struct json_doc memo;
    bool begun;
    enum turn_stop stop;

    struct said_item *items;
    size_t count, cap;
    size_t open;     /* of these */
    size_t closable; /* of these: what begins ends them */
    bool out_of_memory;
};

/* ---- the response object ---- */

static void put_output(struct responses_writer *w)
{
    struct buf *out = w->pen.out;

    buf_puts(out, ",\"output\":[");
    for (size_t i = 0; i < w->count; i++) {
        buf_puts(out, i > 0 ? "," : "");
        responses_item_write(&w->items[i].item,
            w->items[i].cut ? "incomplete" : "completed", out);
    }
    buf_puts(out, "]");
}

/* Its members but for output and usage. */
static void put_response(struct responses_writer *w, const char *status)
{
    struct buf *out = w->pen.out;
    const char *reason =
        w->stop == TURN_STOP_FILTER ? "content_filter" : "max_output_tokens";

    buf_put(out, w->head.data, w->head.len);
    buf_printf(out, ",\"status\":\"%s\",\"error\":null,", status);
    if (strcmp(status, "incomplete") == 0)
        buf_printf(out, "\"incomplete_details\":{\"reason\":\"%s\"},", reason);
    else
        buf_puts(out, "\"incomplete_details\":null,");
    buf_put(out, w->echo.data, w->echo.len);
}

static void write_state(struct responses_writer *w, const char *type)
{
    responses_pen_begin(&w->pen, type);
    buf_puts(w->pen.out, ",\"response\":{");
    put_response(w, "in_progress");
    buf_puts(w->pen.out, ",\"output\":[],\"usage\":null}");
    responses_pen_end(&w->pen);
}

static void write_begin(struct responses_writer *w)
{
    if (w->begun || !w->stream)
        return;
    w->begun = true;
    write_state(w, "response.created");
    write_state(w, "response.in_progress");
}

/* ---- items ---- */

/* An answer may have many items, of which few are open. */
static struct said_item *find(struct responses_writer *w, uint32_t block)
{
    size_t left = w->open;

    for (size_t i = w->count; left > 0;) {
        struct said_item *said = &w->items[--i];

        if (said->open && said->block == block)
            return said;
        left -= said->open;
    }
    return NULL;
}

/* Text ends where anything else begins; a call whose arguments are not whole
 * goes on beside another. */
static bool is_closable(const struct said_item *said)
{
    bool call = said->item.kind == RESPONSES_CALL ||
                said->item.kind == RESPONSES_CUSTOM;

    return said->open && (!call || args_whole(&said->args));
}

static void note_memory(
    struct responses_writer *w, const struct said_item *said)
{
    w->out_of_memory = w->out_of_memory || responses_item_failed(&said->item);
}

/* The arguments of a tool that takes plain text came as {"input": TEXT}. */
static void unwrap_custom(struct responses_item *item)
{
    struct buf object = {0};
    struct json_doc doc = {0};
    struct span input;

    turn_args_object(
        (struct span){item->text.data, item->text.len}, false, &object);
    if (!object.failed &&
        json_parse(&doc, object.data, object.len) == JSON_OK) {
        input = json_text(&doc, 0, "input");
        if (input.p != NULL) {
            buf_reset(&item->text);
            buf_put(&item->text, input.p, input.n);
        }
    }
    json_free(&doc);
    buf_free(&object);
}

static void close_custom(struct responses_writer *w, struct said_item *said)
{
    struct buf input;

    unwrap_custom(&said->item);
    input = said->item.text;
    said->item.text = (struct buf){0};
    responses_item_say(&said->item, (struct span){input.data, input.len},
        (struct span){0}, &w->pen);
    buf_free(&input);
}

/* Clients parse the arguments of a call: without any they are an empty
 * object. */
static void close_item(
    struct responses_writer *w, struct said_item *said, bool cut)
{
    static const struct span none = {"{}", 2};

    if (!said->open)
        return;
    w->open--;
    w->closable -= is_closable(said);
    said->open = false;
    said->cut = cut;
    if (said->item.kind == RESPONSES_CUSTOM)
        close_custom(w, said);
    else if (said->item.kind == RESPONSES_CALL && !said->item.part && !cut)
        responses_item_say(&said->item, none, (struct span){0}, &w->pen);
    responses_item_end(&said->item, cut ? "incomplete" : "completed", &w->pen);
    note_memory(w, said);
}

static void close_others(struct responses_writer *w)
{
    size_t left = w->closable;
    size_t i = w->count;

    while (left > 0)
        left -= is_closable(&w->items[--i]);
    for (; w->closable > 0; i++)
        if (is_closable(&w->items[i]))
            close_item(w, &w->items[i], false);
}

static struct said_item *add_item(
    struct responses_writer *w, uint32_t block, enum responses_item_kind kind)
{
#define RESPONSES_PREFIX(name, type, prefix) prefix,
    static const char *const prefixes[] = {RESPONSES_ITEMS(RESPONSES_PREFIX)};
#undef RESPONSES_PREFIX
    struct said_item *items = w->items;

    if (w->count == w->cap) {
        items = reallocarray(w->items, w->cap * 2 + 4, sizeof(*items));
        if (items == NULL) {
            w->out_of_memory = true;
            return NULL;
        }
        w->items = items;
        w->cap = w->cap * 2 + 4;
    }
    items += w->count;
    *items = (struct said_item){.block = block, .open = true};
    items->item.kind = kind;
    items->item.index = (unsigned)w->count++;
    buf_printf(
        &items->item.id, "%s_%s%02u", prefixes[kind], w->id, items->item.index);
    w->open++;
    w->closable += is_closable(items);
    return items;
}

static void say_text(struct responses_writer *w, const struct turn_event *e,
    enum responses_item_kind kind)
{
    struct said_item *said = find(w, e->block);

    if (said == NULL || said->item.kind != kind) {
        close_others(w);
        said = add_item(w, e->block, kind);
        if (said == NULL)
            return;
        responses_item_begin(&said->item, &w->pen);
    }
    responses_item_say(&said->item, e->text, e->logprobs, &w->pen);
    note_memory(w, said);
}

static void say_seal(struct responses_writer *w, const struct turn_event *e)
{
    struct said_item *said = find(w, e->block);

    if (said == NULL || said->item.kind != RESPONSES_REASONING) {
        close_others(w);
        said = add_item(w, e->block, RESPONSES_REASONING);
        if (said == NULL)
            return;
        responses_item_begin(&said->item, &w->pen);
    }
    buf_put(&said->item.seal, e->text.p, e->text.n);
    note_memory(w, said);
}

/* The value of a pair of the memo's list; p == NULL when there is none. */
static struct span memo_find(
    const struct responses_writer *w, const char *list, struct span name)
{
    uint32_t node = json_member(&w->memo, 0, list);
    uint32_t key, value;

    for (key = json_first(&w->memo, node); key != JSON_NONE;
         key = json_after(&w->memo, node, value)) {
        struct span inside = json_inside(&w->memo, key);

        value = json_after(&w->memo, node, key);
        if (inside.n == name.n && memcmp(inside.p, name.p, name.n) == 0)
            return json_inside(&w->memo, value);
    }
    return (struct span){0};
}

static void begin_call(struct responses_writer *w, const struct turn_event *e)
{
    bool custom = memo_find(w, "custom", e->name).p != NULL;
    struct span space = memo_find(w, "space", e->name);
    struct said_item *said;

    close_others(w);
    said = add_item(w, e->block, custom ? RESPONSES_CUSTOM : RESPONSES_CALL);
    if (said == NULL)
        return;
    buf_put(&said->item.call_id, e->id.p, e->id.n);
    buf_put(&said->item.name, e->name.p, e->name.n);
    buf_put(&said->item.space, space.p, space.n);
    responses_item_begin(&said->item, &w->pen);
    note_memory(w, said);
}

static void say_args(struct responses_writer *w, const struct turn_event *e)
{
    struct said_item *said = find(w, e->block);

    if (said == NULL)
        return;
    w->closable -= is_closable(said);
    args_take(&said->args, e->text);
    w->closable += is_closable(said);
    if (said->item.kind == RESPONSES_CUSTOM)
        buf_put(&said->item.text, e->text.p, e->text.n);
    else
        responses_item_say(&said->item, e->text, (struct span){0}, &w->pen);
    note_memory(w, said);
}

/* ---- events ---- */

static void point(struct responses_writer *w, struct buf *out)
{
    buf_reset(&w->nowhere);
    w->pen.out = w->stream ? out : &w->nowhere;
}

static void responses_writer_event(
    struct codec_writer *base, const struct turn_event *e, struct buf *out)
{
    struct responses_writer *w = (struct responses_writer *)base;

    point(w, out);
    write_begin(w);
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
        say_text(w, e, RESPONSES_MESSAGE);
        break;
    case TURN_EVENT_REASONING:
        say_text(w, e, RESPONSES_REASONING);
        break;
    case TURN_EVENT_SIGNATURE:
        say_seal(w, e);
        break;
    case TURN_EVENT_CALL:
        begin_call(w, e);
        break;
    case TURN_EVENT_ARGS:
        say_args(w, e);
        break;
    case TURN_EVENT_STOP:
        w->stop = e->stop;
        break;
    case TURN_EVENT_BEGIN:
    case TURN_EVENT_REDACTED:
    case TURN_EVENT_USAGE:
        break;
    }
}

/* ---- the end ---- */

static void responses_writer_finish(struct codec_writer *base,
    const struct turn_usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct responses_writer *w = (struct responses_writer *)base;
    bool cut = w->stop == TURN_STOP_LENGTH || w->stop == TURN_STOP_FILTER;
    const char *status = cut ? "incomplete" : "completed";

    point(w, out);
    write_begin(w);
    for (size_t i = 0; i < w->count; i++)
        close_item(w, &w->items[i], cut);
    w->pen.out = out;
    if (w->stream) {
        responses_pen_begin(
            &w->pen, cut ? "response.incomplete" : "response.completed");
        buf_puts(out, ",\"response\":");
    }
    buf_puts(out, "{");
    put_response(w, status);
    put_output(w);
    buf_puts(out, ",\"usage\":");
    responses_usage_write(usage, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
    if (w->stream)
        responses_pen_end(&w->pen);
}

static void responses_writer_fail(struct codec_writer *base,
    const struct fault *fault, const char *request_id, struct buf *out)
{
    struct responses_writer *w = (struct responses_writer *)base;

    w->pen.out = out;
    responses_fail(
        &w->pen, (struct span){w->head.data, w->head.len}, fault, request_id);
}

static void responses_writer_beat(struct codec_writer *base, struct buf *out)
{
    struct responses_writer *w = (struct responses_writer *)base;

    w->pen.out = out;
    responses_beat(&w->pen);
}

static bool responses_writer_failed(const struct codec_writer *base)
{
    const struct responses_writer *w = (const struct responses_writer *)base;

    return w->out_of_memory || w->head.failed || w->echo.failed;
}

static void responses_writer_free(struct codec_writer *base)
{
    struct responses_writer *w = (struct responses_writer *)base;

    for (size_t i = 0; i < w->count; i++)
        responses_item_free(&w->items[i].item);
    free(w->items);
    json_free(&w->memo);
    buf_free(&w->echo);
    buf_free(&w->head);
    buf_free(&w->nowhere);
    free(w);
}

/* ---- the beginning ---- */

static void make_head(struct responses_writer *w, const struct codec_tag *tag)
{
    const char *model = tag->names.model;

    memcpy(w->id, tag->id, sizeof(w->id));
    buf_printf(&w->head,
        "\"id\":\"resp_%s\",\"object\":\"response\",\"created_at\":%lld,"
        "\"model\":",
        tag->id, (long long)tag->created);
    json_quote(&w->head, (struct span){model, strlen(model)});
}

static void make_echo(struct responses_writer *w, const struct codec_tag *tag)
{
    const char *end = memchr(tag->memo.p, '\n', tag->memo.n);
    size_t n = end != NULL ? (size_t)(end - tag->memo.p) : 0;

    if (end == NULL || json_parse(&w->memo, tag->memo.p, n) != JSON_OK) {
        w->out_of_memory = true;
        return;
    }
    buf_put(&w->echo, end + 1, tag->memo.n - n - 1);
    frame_join(&w->echo, 0);
}

struct codec_writer *responses_writer(
    const struct completion *completion, const struct codec_tag *tag)
{
    static const struct codec_writer_kind kind = {
        .free = responses_writer_free,
        .event = responses_writer_event,
        .finish = responses_writer_finish,
        .fail = responses_writer_fail,
        .beat = responses_writer_beat,
        .failed = responses_writer_failed,
    };
    struct responses_writer *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    w->base.kind = &kind;
    w->stream = completion->stream;
    make_head(w, tag);
    make_echo(w, tag);
    return &w->base;
}
