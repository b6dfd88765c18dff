#include "json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_private.h"

enum {
    NODES_FIRST = 32,
    FEW_MEMBERS = 16 /* so many keys are compared one by one */
};

/* A container that is still open. */
struct level {
    uint32_t node;
    uint32_t members;
    uint64_t seen; /* a bit for the look of each key, see key_look() */
};

struct reader {
    struct json_doc *doc;
    const char *text;
    const char *p; /* what comes next, or the place of the fault */
    const char *end;
    uint32_t values;
    uint32_t depth;
    struct level open[JSON_MAX_DEPTH];
};

static enum json_error fail(
    struct reader *r, const char *at, enum json_error error)
{
    r->p = at;
    return error;
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end &&
           (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

/* What comes after white space, or 0 at the end: no token begins with it. */
static char peek(struct reader *r)
{
    skip_space(r);
    return r->p < r->end ? *r->p : '\0';
}

/* ---- nodes ---- */

static int grow(struct json_doc *doc)
{
    uint32_t cap = doc->cap > 0 ? doc->cap * 2 : NODES_FIRST;
    struct json_node *nodes = realloc(doc->nodes, cap * sizeof(nodes[0]));

    if (nodes == NULL)
        return -1;
    doc->nodes = nodes;
    doc->cap = cap;
    return 0;
}

/* A node from begin up to where the reader is. */
static enum json_error push(
    struct reader *r, const char *begin, enum json_kind kind, bool escaped)
{
    struct json_doc *doc = r->doc;

    if (doc->count == doc->cap && grow(doc) != 0)
        return fail(r, begin, JSON_NO_MEMORY);
    doc->nodes[doc->count] = (struct json_node){
        .begin = (uint32_t)(begin - r->text),
        .end = (uint32_t)(r->p - r->text),
        .next = doc->count + 1,
        .kind = (uint16_t)kind,
        .escaped = escaped,
    };
    doc->count++;
    return JSON_OK;
}

/* ---- scalars ---- */

static enum json_error read_string(struct reader *r)
{
    const char *begin = r->p;
    bool escaped;
    enum json_error error = json_scan_string(&r->p, r->end, &escaped);

    if (error != JSON_OK)
        return error;
    return push(r, begin, JSON_STRING, escaped);
}

static enum json_error read_number(struct reader *r)
{
    const char *begin = r->p;
    bool power;
    enum json_error error = json_scan_number(&r->p, r->end, &power);
    double value;

    if (error != JSON_OK)
        return error;
    if (r->p - begin > JSON_MAX_NUMBER)
        return fail(r, begin, JSON_LONG_NUMBER);
    error = push(r, begin, JSON_NUMBER, false);
    /* So few digits cannot reach infinity without an exponent. */
    if (error != JSON_OK || !power)
        return error;
    if (json_double(r->doc, r->doc->count - 1, &value) != 0 || !isfinite(value))
        return fail(r, begin, JSON_NOT_FINITE);
    return JSON_OK;
}

static enum json_error read_word(
    struct reader *r, const char *word, enum json_kind kind)
{
    const char *begin = r->p;
    size_t n = strlen(word);

    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return JSON_SYNTAX;
    r->p += n;
    return push(r, begin, kind, false);
}

/* ---- keys ---- */

/* Which of 64 kinds a key is by its look. Equal keys look equal as long as
 * neither has an escape. */
static uint64_t key_look(struct span key)
{
    uint32_t mix = (uint32_t)key.n;

    if (key.n > 0)
        mix += (uint8_t)key.p[0] * 5u + (uint8_t)key.p[key.n - 1] * 3u +
               (uint8_t)key.p[key.n / 2] * 7u;
    return UINT64_C(1) << (mix % 64);
}

/* Compare the newest key with those before it, as long as they are few; many
 * are looked at when the object closes. */
static enum json_error check_key(
    struct reader *r, struct level *level, struct span inside)
{
    const struct json_doc *doc = r->doc;
    uint32_t key = doc->count - 1;
    uint64_t look = UINT64_MAX;
    uint64_t seen = level->seen;
    uint32_t other;

    if (!doc->nodes[key].escaped)
        look = key_look(inside);
    level->seen |= look;
    if (++level->members > FEW_MEMBERS || (seen & look) == 0)
        return JSON_OK;
    for (other = level->node + 1; other < key;
         other = doc->nodes[other + 1].next) {
        if (json_key_same(doc, other, key))
            return JSON_DUPLICATE_KEY;
    }
    return JSON_OK;
}

/* A key and its colon. */
static enum json_error read_key(struct reader *r)
{
    const char *begin;
    enum json_error error;
    struct span inside;

    if (peek(r) != '"')
        return JSON_SYNTAX;
    begin = r->p;
    error = read_string(r);
    if (error != JSON_OK)
        return error;
    inside = (struct span){begin + 1, (size_t)(r->p - begin) - 2};
    if (inside.n > JSON_MAX_KEY)
        return fail(r, begin, JSON_LONG_KEY);
    error = check_key(r, &r->open[r->depth - 1], inside);
    if (error != JSON_OK)
        return fail(r, begin, error);
    if (peek(r) != ':')
        return JSON_SYNTAX;
    r->p++;
    return JSON_OK;
}

/* ---- containers ---- */

static enum json_error open_container(struct reader *r, enum json_kind kind)
{
    const char *begin = r->p;
    enum json_error error;

    if (r->depth == JSON_MAX_DEPTH)
        return JSON_TOO_DEEP;
    r->p++;
    error = push(r, begin, kind, false);
    if (error != JSON_OK)
        return error;
    r->open[r->depth++] = (struct level){.node = r->doc->count - 1};
    return JSON_OK;
}

static enum json_error close_container(struct reader *r)
{
    const struct level *level = &r->open[r->depth - 1];
    struct json_node *node = &r->doc->nodes[level->node];
    enum json_error error;
    uint32_t key;

    r->p++;
    r->depth--;
    node->end = (uint32_t)(r->p - r->text);
    node->next = r->doc->count;
    if (level->members <= FEW_MEMBERS)
        return JSON_OK;
    error = json_key_twice(r->doc, level->node, level->members, &key);
    if (error == JSON_DUPLICATE_KEY)
        return fail(r, r->text + r->doc->nodes[key].begin, error);
    return error;
}

static bool in_object(const struct reader *r)
{
    return r->doc->nodes[r->open[r->depth - 1].node].kind == JSON_OBJECT;
}

/* ---- values ---- */

static enum json_error read_scalar(struct reader *r, char first)
{
    switch (first) {
    case '"':
        return read_string(r);
    case 'n':
        return read_word(r, "null", JSON_NULL);
    case 't':
        return read_word(r, "true", JSON_TRUE);
    case 'f':
        return read_word(r, "false", JSON_FALSE);
    default:
        return read_number(r);
    }
}

/* One scalar, with the containers that open before it; or an empty one. */
static enum json_error read_value(struct reader *r)
{
    enum json_error error;
    char first;

    for (;;) {
        first = peek(r);
        if (++r->values > JSON_MAX_VALUES)
            return JSON_TOO_MANY;
        if (first != '{' && first != '[')
            return read_scalar(r, first);
        error = open_container(r, first == '{' ? JSON_OBJECT : JSON_ARRAY);
        if (error != JSON_OK)
            return error;
        if (peek(r) == (first == '{' ? '}' : ']'))
            return close_container(r);
        if (first == '{') {
            error = read_key(r);
            if (error != JSON_OK)
                return error;
        }
    }
}

/* What stands behind a value: the ends of containers, then a comma unless
 * nothing is open any more. */
static enum json_error read_behind(struct reader *r)
{
    enum json_error error;
    bool object;
    char next;

    while (r->depth > 0) {
        object = in_object(r);
        next = peek(r);
        if (next == ',') {
            r->p++;
            return object ? read_key(r) : JSON_OK;
        }
        if (next != (object ? '}' : ']'))
            return JSON_SYNTAX;
        error = close_container(r);
        if (error != JSON_OK)
            return error;
    }
    return JSON_OK;
}

static enum json_error read_text(struct reader *r)
{
    enum json_error error;

    skip_space(r);
    if (r->p == r->end)
        return JSON_EMPTY;
    do {
        error = read_value(r);
        if (error == JSON_OK)
            error = read_behind(r);
    } while (error == JSON_OK && r->depth > 0);
    if (error != JSON_OK)
        return error;
    skip_space(r);
    return r->p == r->end ? JSON_OK : JSON_TRAILING;
}

enum json_error json_parse(struct json_doc *doc, const char *text, size_t n)
{
    struct reader r;
    enum json_error error;

    assert(n < UINT32_MAX);
    if (n == 0)
        text = ""; /* an empty buffer may have no memory */
    r.doc = doc;
    r.text = text;
    r.p = text;
    r.end = text + n;
    r.values = 0;
    r.depth = 0;
    doc->text = text;
    doc->count = 0;
    doc->fault_at = 0;
    error = read_text(&r);
    if (error != JSON_OK) {
        doc->fault_at = (uint32_t)(r.p - text);
        doc->count = 0;
    }
    return error;
}

const char *json_strerror(enum json_error error)
{
    static const char *const phrases[] = {
        [JSON_OK] = "no fault",
        [JSON_EMPTY] = "the text is empty",
        [JSON_SYNTAX] = "syntax error",
        [JSON_TRAILING] = "something follows the value",
        [JSON_DUPLICATE_KEY] = "a key occurs twice in one object",
        [JSON_BAD_UTF8] = "text that is not well-formed Unicode",
        [JSON_NUL] = "a string contains U+0000",
        [JSON_TOO_DEEP] = "nested too deeply",
        [JSON_TOO_MANY] = "too many values",
        [JSON_LONG_KEY] = "a key is too long",
        [JSON_LONG_NUMBER] = "a number is too long",
        [JSON_NOT_FINITE] = "a number is out of range",
        [JSON_NO_MEMORY] = "out of memory",
    };

    return phrases[error];
}

void json_free(struct json_doc *doc)
{
    free(doc->nodes);
    *doc = (struct json_doc){0};
}
