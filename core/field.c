#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "estimate.h"
#include "field.h"
#include "splice.h"

enum {
    FIELDS_MAX = 64,
    TOOL_MAX = 64 << 10 /* bytes of one tool */
};

/* ---- places and faults ---- */

int field_fault(struct field_reader *r, const char *suffix, const char *expect)
{
    char path[sizeof(r->fault->param)] = "";
    size_t n = 0;

    for (size_t i = 0; i < r->depth && n < sizeof(path); i++)
        n += (size_t)snprintf(path + n, sizeof(path) - n, "%s%s[%zu]",
            i > 0 ? "." : "", r->place[i].list, r->place[i].index);
    if (n < sizeof(path))
        snprintf(path + n, sizeof(path) - n, "%s", suffix);
    return fault_set(
        r->fault, REFUSE_INVALID_REQUEST, path, "%s must be %s", path, expect);
}

int field_bad(struct field_reader *r, const struct field *f)
{
    return field_fault(r, f->name, f->expect);
}

uint32_t field_need(struct field_reader *r, uint32_t object, const char *key,
    enum json_kind kind, const char *suffix, const char *expect)
{
    if (json_has(r->doc, object, key, kind))
        return json_member(r->doc, object, key);
    field_fault(r, suffix, expect);
    return JSON_NONE;
}

int field_tool_size(struct field_reader *r, uint32_t tool)
{
    return json_raw(r->doc, tool).n <= TOOL_MAX
               ? 0
               : field_fault(r, "", "at most 64 KiB");
}

int field_schema(struct field_reader *r, uint32_t object, const char *suffix)
{
    uint32_t node = json_present(r->doc, object, "parameters");

    if (node == JSON_NONE || json_kind(r->doc, node) == JSON_OBJECT)
        return 0;
    return field_fault(r, suffix, "an object");
}

void field_text(struct field_reader *r, uint32_t node)
{
    r->quarters += estimate_text(json_view(r->doc, node, &r->scratch));
}

int field_need_text(struct field_reader *r, uint32_t object, const char *key,
    const char *suffix)
{
    uint32_t node = field_need(r, object, key, JSON_STRING, suffix, "a string");

    if (node == JSON_NONE)
        return -1;
    field_text(r, node);
    return 0;
}

/* ---- lists ---- */

int field_each(struct field_reader *r, const char *list, uint32_t array,
    int (*check)(struct field_reader *r, uint32_t element))
{
    uint32_t element;
    int rc = 0;

    assert(r->depth < FIELD_DEPTH);
    r->place[r->depth].list = list;
    r->place[r->depth].index = 0;
    r->depth++;
    for (element = json_first(r->doc, array); element != JSON_NONE;
         element = json_after(r->doc, array, element)) {
        rc = check(r, element);
        if (rc != 0)
            break;
        r->place[r->depth - 1].index++;
    }
    r->depth--;
    return rc;
}

int field_list(struct field_reader *r, const struct field *f, uint32_t node,
    int (*check)(struct field_reader *r, uint32_t element))
{
    double size;

    if (json_kind(r->doc, node) != JSON_ARRAY)
        return field_bad(r, f);
    size = (double)json_size(r->doc, node);
    if (size < f->low || size > f->high)
        return field_bad(r, f);
    return field_each(r, f->name, node, check);
}

/* ---- kinds ---- */

int field_told(struct field_reader *r, const struct field *f, uint32_t node)
{
    (void)f;
    r->quarters += estimate_text(json_raw(r->doc, node));
    return 0;
}

int field_string(struct field_reader *r, const struct field *f, uint32_t node)
{
    return json_kind(r->doc, node) == JSON_STRING ? 0 : field_bad(r, f);
}

int field_boolean(struct field_reader *r, const struct field *f, uint32_t node)
{
    enum json_kind kind = json_kind(r->doc, node);

    return kind == JSON_TRUE || kind == JSON_FALSE ? 0 : field_bad(r, f);
}

int field_object(struct field_reader *r, const struct field *f, uint32_t node)
{
    return json_kind(r->doc, node) == JSON_OBJECT ? 0 : field_bad(r, f);
}

int field_told_object(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    field_told(r, f, node);
    return field_object(r, f, node);
}

int field_number(struct field_reader *r, const struct field *f, uint32_t node)
{
    double value;

    if (json_double(r->doc, node, &value) != 0)
        return field_bad(r, f);
    return value >= f->low && value <= f->high ? 0 : field_bad(r, f);
}

int field_count(struct field_reader *r, const struct field *f, uint32_t node,
    int64_t *value)
{
    if (json_int(r->doc, node, value) != 0)
        return field_bad(r, f);
    if ((double)*value < f->low || (double)*value > f->high)
        return field_bad(r, f);
    return 0;
}

int field_integer(struct field_reader *r, const struct field *f, uint32_t node)
{
    int64_t value;

    return field_count(r, f, node, &value);
}

int field_strings(struct field_reader *r, const struct field *f, uint32_t node)
{
    uint32_t item;

    if (json_kind(r->doc, node) != JSON_ARRAY)
        return field_bad(r, f);
    for (item = json_first(r->doc, node); item != JSON_NONE;
         item = json_after(r->doc, node, item)) {
        if (json_kind(r->doc, item) != JSON_STRING)
            return field_bad(r, f);
    }
    return 0;
}

/* ---- what every dialect has ---- */

int field_model(struct field_reader *r, const struct field *f, uint32_t node)
{
    struct span name;

    if (json_kind(r->doc, node) != JSON_STRING)
        return field_bad(r, f);
    name = json_view(r->doc, node, &r->scratch);
    if (name.n < 1 || name.n > MODEL_NAME_MAX)
        return field_bad(r, f);
    memcpy(r->completion->model, name.p, name.n);
    r->completion->model[name.n] = '\0';
    return 0;
}

int field_stream(struct field_reader *r, const struct field *f, uint32_t node)
{
    r->completion->stream = json_kind(r->doc, node) == JSON_TRUE;
    return field_boolean(r, f, node);
}

int field_limit(struct field_reader *r, const struct field *f, uint32_t node)
{
    int64_t *limit = &r->completion->max_tokens;
    int64_t value;

    if (field_count(r, f, node, &value) != 0)
        return -1;
    if (*limit == 0 || value < *limit)
        *limit = value;
    return 0;
}

int field_tool_choice(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    static const char *const words[] = {"none", "auto", "required"};
    const size_t count = sizeof(words) / sizeof(words[0]);

    if (json_kind(r->doc, node) == JSON_OBJECT)
        return 0;
    if (json_kind(r->doc, node) != JSON_STRING ||
        json_which(r->doc, node, words, count) == count)
        return field_bad(r, f);
    return 0;
}

/* ---- the table ---- */

/* One walk over the members, so that a body of many keys costs no more than
 * its length. */
static void locate(const struct json_doc *doc, const struct field *fields,
    size_t count, uint32_t *at)
{
    struct splice_member m = {.object = 0};
    const char *names[FIELDS_MAX];
    size_t i;

    for (i = 0; i < count; i++)
        names[i] = fields[i].name;
    while (splice_next(&m, doc)) {
        i = json_which(doc, m.key, names, count);
        if (i < count && json_kind(doc, m.value) != JSON_NULL)
            at[i] = m.value;
    }
}

int field_table(struct field_reader *r, const struct field *fields,
    size_t count, size_t required)
{
    uint32_t at[FIELDS_MAX] = {0};

    assert(count <= FIELDS_MAX);
    if (json_kind(r->doc, 0) != JSON_OBJECT)
        return fault_set(r->fault, REFUSE_INVALID_REQUEST, NULL,
            "The body must be a JSON object.");
    locate(r->doc, fields, count, at);
    for (size_t i = 0; i < count; i++) {
        if (at[i] == JSON_NONE && i < required)
            return fault_set(r->fault, REFUSE_INVALID_REQUEST, fields[i].name,
                "%s is required", fields[i].name);
        if (at[i] != JSON_NONE && fields[i].check(r, &fields[i], at[i]) != 0)
            return -1;
    }
    return 0;
}

int field_finish(struct field_reader *r, int rc)
{
    if (r->scratch.failed)
        rc = fault_set(r->fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    r->completion->est_in = estimate_input(r->quarters);
    buf_free(&r->scratch);
    return rc;
}
