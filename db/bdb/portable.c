#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "portable_private.h"

/* ---- numbers of any width ---- */

static uint64_t number_get(const void *p, size_t size)
{
    uint32_t word;
    uint64_t wide;

    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 4:
        memcpy(&word, p, 4);
        return word;
    default:
        assert(size == 8);
        memcpy(&wide, p, 8);
        return wide;
    }
}

static int number_set(void *p, size_t size, uint64_t value)
{
    const uint32_t word = (uint32_t)value;

    if (size < 8 && value >> (8 * size) != 0)
        return -1;
    if (size == 1)
        *(uint8_t *)p = (uint8_t)value;
    else if (size == 4)
        memcpy(p, &word, 4);
    else
        memcpy(p, &value, 8);
    return 0;
}

/* ---- writing ---- */

static const char *name_of(const struct field *f, uint64_t value)
{
    for (uint64_t i = 0; f->names[i] != NULL; i++)
        if (i == value)
            return f->names[i];
    return "";
}

static int write_text(struct span text, struct buf *out)
{
    if (!utf8_valid(text))
        return -1;
    json_quote(out, text);
    return 0;
}

static void write_hex(const uint8_t *p, size_t n, struct buf *out)
{
    char hex[2 * MAC_SIZE + 1];

    assert(n <= MAC_SIZE);
    mac_hex(p, n, hex);
    buf_printf(out, "\"%s\"", hex);
}

static int write_value(const struct field *f, const char *p, struct buf *out)
{
    const char *name;
    struct buf text;
    int64_t amount;

    switch (f->type) {
    case HEX:
        write_hex((const uint8_t *)p, f->size, out);
        break;
    case TEXT:
        return write_text((struct span){p, strnlen(p, f->size)}, out);
    case LONG:
        memcpy(&text, p, sizeof(text));
        return write_text((struct span){text.data, text.len}, out);
    case NUMBER:
        buf_printf(out, "%" PRIu64, number_get(p, f->size));
        break;
    case AMOUNT:
        memcpy(&amount, p, sizeof(amount));
        buf_printf(out, "%" PRId64, amount);
        break;
    case TRUTH:
        buf_puts(out, *(const bool *)p ? "true" : "false");
        break;
    case NAMED:
        name = name_of(f, number_get(p, f->size));
        buf_printf(out, "\"%s\"", name);
        return *name != 0 ? 0 : -1;
    }
    return 0;
}

static bool is_absent(const struct field *f, const char *p)
{
    struct buf text;

    if (!f->may_be_absent)
        return false;
    if (f->type == TEXT)
        return *p == 0;
    if (f->type == LONG) {
        memcpy(&text, p, sizeof(text));
        return text.len == 0;
    }
    for (size_t i = 0; i < f->size; i++) {
        if (p[i] != 0)
            return false;
    }
    return true;
}

int portable_write(
    enum portable kind, const union portable_row *row, struct buf *out)
{
    const size_t before = out->len;
    int rc = 0;

    buf_printf(out, "{\"kind\":\"%s\"", portable_tables[kind].name);
    for (const struct field *f = portable_tables[kind].fields;
         f->name && rc == 0; f++) {
        if (is_absent(f, (const char *)row + f->offset))
            continue;
        buf_printf(out, ",\"%s\":", f->name);
        rc = write_value(f, (const char *)row + f->offset, out);
    }
    buf_puts(out, "}\n");
    if (rc < 0 && !out->failed)
        out->len = before;
    return rc;
}

/* ---- reading ---- */

int portable_kind(const struct json_doc *doc, enum portable *kind)
{
    uint32_t node = json_member(doc, 0, "kind");

    for (int i = 0; node != JSON_NONE && i < PORTABLE_COUNT; i++) {
        if (json_string_is(doc, node, portable_tables[i].name)) {
            *kind = (enum portable)i;
            return 0;
        }
    }
    return -1;
}

static int read_text(
    const struct json_doc *doc, uint32_t node, char *out, size_t size)
{
    struct buf text = {0};
    int rc = -1;

    if (json_kind(doc, node) != JSON_STRING)
        return -1;
    json_string(doc, node, &text);
    if (!text.failed && text.len < size) {
        if (text.len > 0)
            memcpy(out, text.data, text.len);
        rc = 0;
    }
    buf_free(&text);
    return rc;
}

static int read_long(const struct json_doc *doc, uint32_t node, void *out)
{
    struct buf text = {0};

    if (json_kind(doc, node) != JSON_STRING)
        return -1;
    json_string(doc, node, &text);
    memcpy(out, &text, sizeof(text)); /* failed or not, to be freed */
    return text.failed ? -1 : 0;
}

static int read_hex(
    const struct json_doc *doc, uint32_t node, uint8_t *out, size_t n)
{
    char text[2 * MAC_SIZE + 1] = "";

    if (read_text(doc, node, text, sizeof(text)) < 0 ||
        strspn(text, "0123456789abcdef") != strlen(text))
        return -1;
    return mac_unhex(text, n, out);
}

/* Up to UINT64_MAX, which is more than json_int() takes. */
static int read_number(
    const struct json_doc *doc, uint32_t node, void *out, size_t size)
{
    struct span raw = json_raw(doc, node);
    char text[24] = "";
    char *end;
    uint64_t value;

    if (json_kind(doc, node) != JSON_NUMBER || raw.n >= sizeof(text))
        return -1;
    memcpy(text, raw.p, raw.n);
    if (strspn(text, "0123456789") != raw.n)
        return -1;
    errno = 0;
    value = strtoull(text, &end, 10);
    return errno == 0 && *end == 0 ? number_set(out, size, value) : -1;
}

static int read_truth(const struct json_doc *doc, uint32_t node, bool *out)
{
    enum json_kind kind = json_kind(doc, node);

    *out = kind == JSON_TRUE;
    return kind == JSON_TRUE || kind == JSON_FALSE ? 0 : -1;
}

static int read_name(
    const struct json_doc *doc, uint32_t node, const struct field *f, void *out)
{
    for (uint64_t i = 0; f->names[i] != NULL; i++)
        if (f->names[i][0] != 0 && json_string_is(doc, node, f->names[i]))
            return number_set(out, f->size, i);
    return -1;
}

static int read_value(
    const struct json_doc *doc, uint32_t node, const struct field *f, char *p)
{
    int64_t amount;

    switch (f->type) {
    case HEX:
        return read_hex(doc, node, (uint8_t *)p, f->size);
    case TEXT:
        return read_text(doc, node, p, f->size);
    case LONG:
        return read_long(doc, node, p);
    case NUMBER:
        return read_number(doc, node, p, f->size);
    case AMOUNT:
        if (json_int(doc, node, &amount) < 0)
            return -1;
        memcpy(p, &amount, sizeof(amount));
        return 0;
    case TRUTH:
        return read_truth(doc, node, (bool *)p);
    case NAMED:
        return read_name(doc, node, f, p);
    }
    return -1;
}

int portable_read(const struct json_doc *doc, enum portable kind,
    union portable_row *row, char why[160])
{
    size_t members = 1; /* the kind */

    memset(row, 0, sizeof(*row));
    for (const struct field *f = portable_tables[kind].fields; f->name; f++) {
        uint32_t node = json_member(doc, 0, f->name);

        if (node == JSON_NONE && f->may_be_absent)
            continue;
        members++;
        if (node != JSON_NONE &&
            read_value(doc, node, f, (char *)row + f->offset) == 0)
            continue;
        snprintf(why, 160, "\"%s\" of the %s is %s", f->name,
            portable_tables[kind].name,
            node == JSON_NONE ? "missing" : "not what it must be");
        return -1;
    }
    if (json_size(doc, 0) == members)
        return 0;
    snprintf(why, 160, "the %s has a member that is unknown",
        portable_tables[kind].name);
    return -1;
}

void portable_free(enum portable kind, union portable_row *row)
{
    for (const struct field *f = portable_tables[kind].fields; f->name; f++) {
        struct buf text;

        if (f->type != LONG)
            continue;
        memcpy(&text, (char *)row + f->offset, sizeof(text));
        buf_free(&text);
    }
}
