#include "sample.h"

enum { MAX_DEPTH = 8 };

static void write_value(
    const struct json_doc *doc, uint32_t schema, struct buf *out, int depth);

static void write_members(
    const struct json_doc *doc, uint32_t schema, struct buf *out, int depth)
{
    uint32_t all = json_member(doc, schema, "properties");
    uint32_t key = all != JSON_NONE ? json_first(doc, all) : JSON_NONE;
    const char *comma = "";

    buf_puts(out, "{");
    while (key != JSON_NONE && depth < MAX_DEPTH) {
        struct span raw = json_raw(doc, key);
        uint32_t value = json_after(doc, all, key);

        buf_puts(out, comma);
        buf_put(out, raw.p, raw.n);
        buf_puts(out, ":");
        write_value(doc, value, out, depth + 1);
        key = json_after(doc, all, value);
        comma = ",";
    }
    buf_puts(out, "}");
}

static void write_items(
    const struct json_doc *doc, uint32_t schema, struct buf *out, int depth)
{
    uint32_t items = json_member(doc, schema, "items");

    buf_puts(out, "[");
    if (items != JSON_NONE && depth < MAX_DEPTH)
        write_value(doc, items, out, depth + 1);
    buf_puts(out, "]");
}

/* The first of several types, or the only one. */
static uint32_t get_type(const struct json_doc *doc, uint32_t schema)
{
    uint32_t type = json_member(doc, schema, "type");

    if (type != JSON_NONE && json_kind(doc, type) == JSON_ARRAY)
        type = json_first(doc, type);
    return type;
}

static void write_value(
    const struct json_doc *doc, uint32_t schema, struct buf *out, int depth)
{
    uint32_t type = get_type(doc, schema);
    uint32_t fixed = json_member(doc, schema, "enum");
    struct span raw;

    fixed = fixed != JSON_NONE ? json_first(doc, fixed)
                               : json_member(doc, schema, "const");
    if (fixed != JSON_NONE) {
        raw = json_raw(doc, fixed);
        buf_put(out, raw.p, raw.n);
    } else if (type == JSON_NONE || json_string_is(doc, type, "object")) {
        write_members(doc, schema, out, depth);
    } else if (json_string_is(doc, type, "array")) {
        write_items(doc, schema, out, depth);
    } else if (json_string_is(doc, type, "string")) {
        buf_puts(out, "\"some text\"");
    } else if (json_string_is(doc, type, "boolean")) {
        buf_puts(out, "true");
    } else {
        buf_puts(out, json_string_is(doc, type, "null") ? "null" : "7");
    }
}

void sample_write(const struct json_doc *doc, uint32_t schema, struct buf *out)
{
    write_value(doc, schema, out, 0);
}
