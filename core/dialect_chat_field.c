#include "dialect_chat_private.h"

int chat_reader_bad(struct chat_reader *r, const char *path, const char *expect)
{
    return fault_set(
        r->fault, REFUSE_INVALID_REQUEST, path, "%s must be %s", path, expect);
}

int chat_field_bad(struct chat_reader *r, const struct chat_field *f)
{
    return chat_reader_bad(r, f->name, f->expect);
}

int chat_field_string(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    return json_kind(r->doc, node) == JSON_STRING ? 0 : chat_field_bad(r, f);
}

int chat_field_boolean(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    enum json_kind kind = json_kind(r->doc, node);

    return kind == JSON_TRUE || kind == JSON_FALSE ? 0 : chat_field_bad(r, f);
}

int chat_field_object(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    return json_kind(r->doc, node) == JSON_OBJECT ? 0 : chat_field_bad(r, f);
}

int chat_field_number(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    double value;

    if (json_double(r->doc, node, &value) != 0)
        return chat_field_bad(r, f);
    return value >= f->low && value <= f->high ? 0 : chat_field_bad(r, f);
}

int chat_field_count(struct chat_reader *r, const struct chat_field *f,
    uint32_t node, int64_t *value)
{
    if (json_int(r->doc, node, value) != 0)
        return chat_field_bad(r, f);
    if ((double)*value < f->low || (double)*value > f->high)
        return chat_field_bad(r, f);
    return 0;
}

int chat_field_integer(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    int64_t value;

    return chat_field_count(r, f, node, &value);
}

int chat_field_strings(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    uint32_t item;

    if (json_kind(r->doc, node) != JSON_ARRAY)
        return chat_field_bad(r, f);
    for (item = json_first(r->doc, node); item != JSON_NONE;
         item = json_after(r->doc, node, item)) {
        if (json_kind(r->doc, item) != JSON_STRING)
            return chat_field_bad(r, f);
    }
    return 0;
}
