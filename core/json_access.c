#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

static const struct json_node *at(const struct json_doc *doc, uint32_t node)
{
    assert(node < doc->count);
    return &doc->nodes[node];
}

enum json_kind json_kind(const struct json_doc *doc, uint32_t node)
{
    return (enum json_kind)at(doc, node)->kind;
}

uint32_t json_first(const struct json_doc *doc, uint32_t container)
{
    /* Only containers have anything between themselves and their next. */
    return at(doc, container)->next > container + 1 ? container + 1 : JSON_NONE;
}

uint32_t json_after(
    const struct json_doc *doc, uint32_t container, uint32_t child)
{
    uint32_t next = at(doc, child)->next;

    return next < at(doc, container)->next ? next : JSON_NONE;
}

uint32_t json_member(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    const struct span wanted = {key, strlen(key)};
    struct span inside;
    uint32_t node;

    if (json_kind(doc, object) != JSON_OBJECT)
        return JSON_NONE;
    for (node = json_first(doc, object); node != JSON_NONE;
         node = json_after(doc, object, node + 1)) {
        inside = json_inside(doc, node);
        if (doc->nodes[node].escaped
                ? json_string_is(doc, node, key)
                : inside.n == wanted.n &&
                      memcmp(inside.p, wanted.p, wanted.n) == 0)
            return node + 1;
    }
    return JSON_NONE;
}

size_t json_size(const struct json_doc *doc, uint32_t container)
{
    size_t size = 0;
    uint32_t node;

    for (node = json_first(doc, container); node != JSON_NONE;
         node = json_after(doc, container, node))
        size++;
    return json_kind(doc, container) == JSON_OBJECT ? size / 2 : size;
}

struct span json_raw(const struct json_doc *doc, uint32_t node)
{
    const struct json_node *n = at(doc, node);

    return (struct span){doc->text + n->begin, n->end - n->begin};
}

struct span json_inside(const struct json_doc *doc, uint32_t node)
{
    struct span raw = json_raw(doc, node);

    return (struct span){raw.p + 1, raw.n - 2};
}

/* ---- numbers ---- */

int json_int(const struct json_doc *doc, uint32_t node, int64_t *value)
{
    struct span raw = json_raw(doc, node);
    bool negative;
    int64_t sum = 0;
    int digit;
    size_t i;

    if (json_kind(doc, node) != JSON_NUMBER)
        return -1;
    negative = raw.p[0] == '-';
    for (i = negative; i < raw.n; i++) {
        if (raw.p[i] < '0' || raw.p[i] > '9')
            return -1;
        digit = raw.p[i] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return -1;
    }
    *value = sum;
    return 0;
}

/* The exponent at p, which is behind the e; saturated far beyond any double. */
static long read_power(const char *p, const char *end)
{
    enum { POWER_MAX = 100000 };
    bool negative = *p == '-';
    long power = 0;

    for (p += negative || *p == '+'; p < end && power < POWER_MAX; p++)
        power = power * 10 + (*p - '0');
    return negative ? -power : power;
}

int json_double(const struct json_doc *doc, uint32_t node, double *value)
{
    struct span raw = json_raw(doc, node);
    char text[JSON_MAX_NUMBER + 16];
    bool fraction = false;
    long power = 0;
    size_t n = 0;
    size_t i;

    if (json_kind(doc, node) != JSON_NUMBER)
        return -1;
    /* What strtod() takes for a point depends on the locale, so it gets none:
     * 1.25e3 is read as 125e1. */
    for (i = 0; i < raw.n && (raw.p[i] | 32) != 'e'; i++) {
        if (raw.p[i] == '.') {
            fraction = true;
        } else {
            text[n++] = raw.p[i];
            power -= fraction;
        }
    }
    if (i < raw.n)
        power += read_power(raw.p + i + 1, raw.p + raw.n);
    snprintf(text + n, sizeof(text) - n, "e%ld", power);
    *value = strtod(text, NULL);
    return 0;
}
