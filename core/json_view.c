#include <string.h>

#include "json.h"

struct span json_view(
    const struct json_doc *doc, uint32_t node, struct buf *scratch)
{
    bool failed = scratch->failed;

    if (!doc->nodes[node].escaped)
        return json_inside(doc, node);
    buf_reset(scratch);
    scratch->failed = failed;
    json_string(doc, node, scratch);
    return (struct span){scratch->data, scratch->len};
}

size_t json_which(const struct json_doc *doc, uint32_t key,
    const char *const *names, size_t count)
{
    struct span raw = json_inside(doc, key);
    size_t i = 0;

    if (doc->nodes[key].escaped) {
        while (i < count && !json_string_is(doc, key, names[i]))
            i++;
        return i;
    }
    /* Behind an empty one is a quote, which no name begins with. */
    while (i < count && (raw.p[0] != names[i][0] || !span_is(raw, names[i])))
        i++;
    return i;
}

uint32_t json_present(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    uint32_t node = json_member(doc, object, key);

    return json_is(doc, node, JSON_NULL) ? JSON_NONE : node;
}

bool json_is(const struct json_doc *doc, uint32_t node, enum json_kind kind)
{
    return node != JSON_NONE && json_kind(doc, node) == kind;
}

bool json_has(const struct json_doc *doc, uint32_t object, const char *key,
    enum json_kind kind)
{
    return json_is(doc, json_member(doc, object, key), kind);
}

struct span json_text(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    uint32_t node = json_member(doc, object, key);

    if (!json_is(doc, node, JSON_STRING))
        return (struct span){0};
    return json_inside(doc, node);
}

struct span json_value(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    uint32_t node = json_present(doc, object, key);

    return node != JSON_NONE ? json_raw(doc, node) : (struct span){0};
}

bool json_truthy(const struct json_doc *doc, uint32_t node)
{
    double number;

    if (node == JSON_NONE)
        return false;
    switch (json_kind(doc, node)) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_NUMBER:
        return json_double(doc, node, &number) != 0 || number != 0;
    case JSON_STRING:
        return json_raw(doc, node).n > 2;
    default:
        return true;
    }
}
