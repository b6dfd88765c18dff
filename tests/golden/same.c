#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "json.h"
#include "sse.h"

/* Appends the value in one spelling: members sorted, strings decoded and
 * quoted again, numbers as they are. */
static void canon(const struct json_doc *doc, uint32_t node, struct buf *out);

static int by_text(const void *a, const void *b)
{
    const struct buf *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, n);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static void canon_object(
    const struct json_doc *doc, uint32_t object, struct buf *out)
{
    size_t count = json_size(doc, object);
    struct buf *members = calloc(count + 1, sizeof(*members));
    uint32_t key = json_first(doc, object);

    if (members == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        canon(doc, key, &members[i]);
        buf_puts(&members[i], ":");
        canon(doc, key + 1, &members[i]);
        key = json_after(doc, object, key + 1);
    }
    qsort(members, count, sizeof(*members), by_text);
    buf_puts(out, "{");
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i > 0 ? ",\n" : "");
        buf_put(out, members[i].data, members[i].len);
        buf_free(&members[i]);
    }
    buf_puts(out, "}");
    free(members);
}

static void canon_array(
    const struct json_doc *doc, uint32_t array, struct buf *out)
{
    uint32_t item = json_first(doc, array);

    buf_puts(out, "[");
    for (; item != JSON_NONE; item = json_after(doc, array, item)) {
        canon(doc, item, out);
        buf_puts(out, ";");
    }
    buf_puts(out, "]");
}

static void canon(const struct json_doc *doc, uint32_t node, struct buf *out)
{
    struct buf text = {0};
    struct span raw;

    switch (json_kind(doc, node)) {
    case JSON_OBJECT:
        canon_object(doc, node, out);
        break;
    case JSON_ARRAY:
        canon_array(doc, node, out);
        break;
    case JSON_STRING:
        json_string(doc, node, &text);
        json_quote(out, (struct span){text.data, text.len});
        buf_free(&text);
        break;
    default:
        raw = json_raw(doc, node);
        buf_put(out, raw.p, raw.n);
        break;
    }
}

/* What is no JSON, as the end of a chat stream, stands for itself. */
static void canon_text(struct span text, struct buf *out)
{
    struct json_doc doc = {0};

    if (json_parse(&doc, text.p, text.n) == JSON_OK)
        canon(&doc, 0, out);
    else
        buf_put(out, text.p, text.n);
    json_free(&doc);
}

static bool same(struct buf *a, struct buf *b)
{
    bool equal = !a->failed && !b->failed && a->len == b->len &&
                 (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);

    buf_free(a);
    buf_free(b);
    return equal;
}

bool golden_same_json(struct span a, struct span b)
{
    struct buf x = {0}, y = {0};

    canon_text(a, &x);
    canon_text(b, &y);
    return same(&x, &y);
}

static int on_event(void *cookie, struct span name, struct span data)
{
    struct buf *out = cookie;

    buf_puts(out, "event ");
    buf_put(out, name.p, name.n);
    buf_puts(out, "\n");
    canon_text(data, out);
    buf_puts(out, "\n");
    return 0;
}

static void canon_stream(struct span text, struct buf *out)
{
    struct sse sse = {0};

    if (sse_feed(&sse, text, on_event, out) != SSE_OK)
        out->failed = true;
    sse_free(&sse);
}

bool golden_same_stream(struct span a, struct span b)
{
    struct buf x = {0}, y = {0};

    canon_stream(a, &x);
    canon_stream(b, &y);
    return same(&x, &y);
}
