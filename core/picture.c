#include "picture.h"

#include <stdio.h>

static bool is_picture(const struct json_doc *doc, uint32_t node)
{
    static const char *const types[] = {
        "image_url", "input_image", "image", "computer_screenshot"};
    size_t count = sizeof(types) / sizeof(types[0]);

    return json_kind(doc, node) == JSON_OBJECT &&
           json_has(doc, node, "type", JSON_STRING) &&
           json_which(doc, json_member(doc, node, "type"), types, count) <
               count;
}

uint32_t picture_next(
    const struct json_doc *doc, enum dialect dialect, uint32_t before)
{
    uint32_t all = json_member(
        doc, 0, dialect == DIALECT_RESPONSES ? "input" : "messages");
    uint32_t node = before == JSON_NONE ? all : before;

    if (all == JSON_NONE)
        return JSON_NONE;
    while (++node < doc->nodes[all].next)
        if (is_picture(doc, node))
            return node;
    return JSON_NONE;
}

/* A URL, or an object that has one. */
static struct span url_of(const struct json_doc *doc, uint32_t picture)
{
    uint32_t source = json_present(doc, picture, "source");
    uint32_t image = json_present(doc, picture, "image_url");

    if (source != JSON_NONE)
        return json_text(doc, source, "url");
    if (json_is(doc, image, JSON_OBJECT))
        return json_text(doc, image, "url");
    return json_text(doc, picture, "image_url");
}

/* Its bytes, where they are in the request. */
static struct span data_of(const struct json_doc *doc, uint32_t picture)
{
    uint32_t source = json_present(doc, picture, "source");

    if (source == JSON_NONE)
        return (struct span){NULL, 0};
    return json_text(doc, source, "data");
}

bool picture_has_url(const struct json_doc *doc, uint32_t picture)
{
    return url_of(doc, picture).p != NULL || data_of(doc, picture).p != NULL;
}

void picture_url(const struct json_doc *doc, uint32_t picture, struct buf *out)
{
    struct span data = data_of(doc, picture), rest = url_of(doc, picture);

    if (data.p != NULL) {
        struct span type =
            json_text(doc, json_member(doc, picture, "source"), "media_type");

        buf_puts(out, "data:");
        buf_put(out, type.p, type.n);
        buf_puts(out, ";base64,");
        rest = data;
    }
    buf_put(out, rest.p, rest.n);
}

/* ---- where it is ---- */

/* One step down to ${node}: the child of ${at} that is or holds it, whose name
 * or index is appended to ${path}. */
static uint32_t go_down(
    const struct json_doc *doc, uint32_t at, uint32_t node, struct buf *path)
{
    bool named = json_kind(doc, at) == JSON_OBJECT;
    uint32_t key = json_first(doc, at), child;
    size_t index = 0;

    for (;; key = json_after(doc, at, child), index++) {
        child = named ? json_after(doc, at, key) : key;
        if (node < doc->nodes[child].next)
            break;
    }
    if (!named)
        buf_printf(path, "[%zu]", index);
    else
        buf_printf(path, "%s%.*s", at != 0 ? "." : "",
            (int)json_inside(doc, key).n, json_inside(doc, key).p);
    return child;
}

void picture_path(
    const struct json_doc *doc, uint32_t node, char path[PICTURE_PATH])
{
    struct buf text = {0};
    uint32_t at = 0;

    while (at != node)
        at = go_down(doc, at, node, &text);
    snprintf(path, PICTURE_PATH, "%.*s", (int)text.len,
        text.data != NULL ? text.data : "");
    buf_free(&text);
}
