#include <string.h>

#include "dialect_responses_private.h"
#include "frame.h"

/* What is needed to end a response before its time. */

static void keep(struct buf *b, struct span text)
{
    buf_reset(b);
    buf_put(b, text.p, text.n);
}

/* One more value in a list. */
static void keep_next(struct buf *list, struct span raw)
{
    size_t from;

    if (list->len > 0)
        buf_puts(list, ",");
    from = list->len;
    buf_put(list, raw.p, raw.n);
    frame_join(list, from);
}

/* ---- what has been said ---- */

static void keep_created(struct responses_kept *k, struct span frame)
{
    struct json_doc doc = {0};
    uint32_t response;

    if (json_parse(&doc, frame.p, frame.n) == JSON_OK) {
        response = json_member(&doc, 0, "response");
        if (response != JSON_NONE)
            keep(&k->created, json_raw(&doc, response));
    }
    json_free(&doc);
}

static unsigned number(const struct json_doc *doc, const char *key)
{
    uint32_t node = json_member(doc, 0, key);
    int64_t index;

    if (node == JSON_NONE || json_int(doc, node, &index) != 0 || index < 0)
        return 0;
    return (unsigned)index;
}

static void keep_added(
    struct responses_kept *k, const struct json_doc *doc, uint32_t item)
{
    enum responses_item_kind kind = responses_item_kind(doc, item);

    if (kind == RESPONSES_OTHER) {
        buf_reset(&k->other);
        keep_next(&k->other, json_raw(doc, item));
        k->other_index = number(doc, "output_index");
        return;
    }
    responses_item_free(&k->open);
    k->open.kind = kind;
    k->open.index = number(doc, "output_index");
    keep(&k->open.id, json_text(doc, item, "id"));
    keep(&k->open.call_id, json_text(doc, item, "call_id"));
    keep(&k->open.name, json_text(doc, item, "name"));
    keep(&k->open.space, json_text(doc, item, "namespace"));
}

static void keep_done(
    struct responses_kept *k, const struct json_doc *doc, uint32_t item)
{
    if (k->other_index == number(doc, "output_index"))
        buf_reset(&k->other);
    if (k->open.index == number(doc, "output_index"))
        responses_item_free(&k->open);
    keep_next(&k->done, json_raw(doc, item));
}

static void keep_delta(struct responses_kept *k, const struct json_doc *doc)
{
    struct span text = json_text(doc, 0, "delta");

    k->open.part = true;
    buf_put(&k->open.text, text.p, text.n);
}

/* A part is done as it stands there. */
static void keep_part(struct responses_kept *k, struct span part)
{
    keep_next(&k->open.parts, part);
    k->open.done++;
    k->open.part = false;
    buf_reset(&k->open.text);
    buf_reset(&k->open.notes);
}

/* Whether the frame is about the part that is being said. */
static bool is_open(const struct responses_kept *k, const struct json_doc *doc)
{
    return k->open.id.len > 0 && number(doc, "output_index") == k->open.index &&
           number(doc, "content_index") + number(doc, "summary_index") ==
               k->open.done;
}

void responses_kept_take(struct responses_kept *k, struct span type,
    const struct json_doc *doc, struct span frame)
{
    uint32_t item = json_member(doc, 0, "item");

    if (span_is(type, "response.created"))
        keep_created(k, frame);
    else if (span_is(type, "response.output_item.added") && item != JSON_NONE)
        keep_added(k, doc, item);
    else if (span_is(type, "response.output_item.done") && item != JSON_NONE)
        keep_done(k, doc, item);
    else if (!is_open(k, doc))
        return;
    else if (span_ends(type, ".delta"))
        keep_delta(k, doc);
    else if (span_ends(type, ".annotation.added"))
        keep_next(&k->open.notes, json_value(doc, 0, "annotation"));
    else if (span_ends(type, "_part.done"))
        keep_part(k, json_value(doc, 0, "part"));
}

bool responses_kept_failed(const struct responses_kept *k)
{
    return k->created.failed || k->done.failed || k->other.failed ||
           responses_item_failed(&k->open);
}

void responses_kept_free(struct responses_kept *k)
{
    responses_item_free(&k->open);
    buf_free(&k->other);
    buf_free(&k->done);
    buf_free(&k->created);
}

/* ---- the end ---- */

/* What a tool of the server was at has come to nothing; some of them have a
 * word of their own for that. */
static const char *cut_status(const struct json_doc *doc)
{
    struct span type = json_text(doc, 0, "type");

    return span_is(type, "web_search_call") ||
                   span_is(type, "image_generation_call")
               ? "\"failed\""
               : "\"incomplete\"";
}

static void set_status(struct buf *item)
{
    struct json_doc doc = {0};
    struct buf ended = {0};
    struct splice splice;
    uint32_t status;

    if (json_parse(&doc, item->data, item->len) != JSON_OK) {
        item->failed = true; /* it has been read before: memory is out */
        return;
    }
    splice_begin(&splice, &doc, &ended);
    status = json_member(&doc, 0, "status");
    if (status != JSON_NONE)
        splice_value(&splice, status, cut_status(&doc));
    splice_end(&splice);
    json_free(&doc);
    buf_free(item);
    *item = ended;
}

static void end_other(struct responses_kept *k, struct responses_pen *pen)
{
    set_status(&k->other);
    responses_pen_begin(pen, "response.output_item.done");
    buf_printf(pen->out, ",\"output_index\":%u,\"item\":", k->other_index);
    buf_put(pen->out, k->other.data, k->other.len);
    pen->out->failed = pen->out->failed || k->other.failed;
    responses_pen_end(pen);
}

static bool other_is_first(const struct responses_kept *k)
{
    return k->open.id.len == 0 || k->other_index < k->open.index;
}

void responses_kept_end(struct responses_kept *k, struct responses_pen *pen)
{
    bool first = other_is_first(k);

    if (k->other.len > 0 && first)
        end_other(k, pen);
    if (k->open.id.len > 0)
        responses_item_end(&k->open, "incomplete", pen);
    if (k->other.len > 0 && !first)
        end_other(k, pen);
}

static void put_other(const struct responses_kept *k, struct buf *list)
{
    if (k->other.len > 0)
        keep_next(list, (struct span){k->other.data, k->other.len});
}

void responses_kept_output(const struct responses_kept *k, struct buf *out)
{
    struct buf list = {0}, item = {0};

    buf_put(&list, k->done.data, k->done.len);
    if (other_is_first(k))
        put_other(k, &list);
    if (k->open.id.len > 0) {
        responses_item_write(&k->open, "incomplete", &item);
        keep_next(&list, (struct span){item.data, item.len});
    }
    if (!other_is_first(k))
        put_other(k, &list);
    buf_puts(out, "\"output\":[");
    buf_put(out, list.data, list.len);
    buf_puts(out, "]");
    out->failed = out->failed || list.failed || item.failed;
    buf_free(&item);
    buf_free(&list);
}
