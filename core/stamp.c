#include "stamp.h"

#include <string.h>

#include "json.h"
#include "splice.h"

#define KEY "policy"

/* Leave out a member "policy" of the object. What is no JSON, and a key that
 * is written with escapes, pass: nobody reads the one, and the other is left
 * for the parser to find when the plain name stands somewhere in the text. */
static void without_policy(struct span json, struct buf *out)
{
    struct splice_member m = {.object = 0};
    struct json_doc doc = {0};
    struct splice s;

    if (json_parse(&doc, json.p, json.n) != JSON_OK) {
        buf_put(out, json.p, json.n);
        json_free(&doc);
        return;
    }
    splice_begin(&s, &doc, out);
    while (splice_next(&m, &doc))
        if (json_string_is(&doc, m.key, KEY))
            splice_drop(&m, &s);
    splice_end(&s);
    json_free(&doc);
}

/* Put the policy before the last brace. */
static void close_with(struct buf *out, size_t from, struct span policy)
{
    size_t end = out->len, last;

    while (end > from && out->data[end - 1] != '}')
        end--;
    if (out->failed || end <= from + 1)
        return;
    for (last = end - 2; strchr(" \t\r\n", out->data[last]) != NULL; last--)
        ;
    out->len = end - 1;
    buf_puts(out, out->data[last] == '{' ? "\"" KEY "\":" : ",\"" KEY "\":");
    buf_put(out, policy.p, policy.n);
    buf_puts(out, "}");
}

/* Whether the text may have a key that reads "policy": it stands there, or is
 * hidden by an escape. */
static bool may_have(struct span json)
{
    return memmem(json.p, json.n, "\"" KEY "\"", sizeof(KEY) + 1) != NULL ||
           memmem(json.p, json.n, "\\u00", 4) != NULL;
}

void stamp_object(struct span json, struct span policy, struct buf *out)
{
    size_t from = out->len;

    if (may_have(json))
        without_policy(json, out);
    else
        buf_put(out, json.p, json.n);
    close_with(out, from, policy);
}

static void stamp_line(struct span line, struct span policy, struct buf *out)
{
    static const char data[] = "data: ";
    const size_t n = sizeof(data) - 1;

    if (line.n <= n || memcmp(line.p, data, n) != 0 || line.p[n] != '{') {
        buf_put(out, line.p, line.n);
        return;
    }
    buf_puts(out, data);
    stamp_object((struct span){line.p + n, line.n - n}, policy, out);
}

void stamp_frames(struct span frames, struct span policy, struct buf *out)
{
    const char *p = frames.p, *end = frames.p + frames.n, *eol;

    while (p < end) {
        eol = memchr(p, '\n', (size_t)(end - p));
        if (eol == NULL)
            eol = end;
        stamp_line((struct span){p, (size_t)(eol - p)}, policy, out);
        if (eol < end)
            buf_puts(out, "\n");
        p = eol + 1;
    }
}
