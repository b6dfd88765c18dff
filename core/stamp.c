#include "stamp.h"

#include <string.h>

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
    buf_puts(out, out->data[last] == '{' ? "\"policy\":" : ",\"policy\":");
    buf_put(out, policy.p, policy.n);
    buf_puts(out, "}");
}

void stamp_object(struct span json, struct span policy, struct buf *out)
{
    size_t from = out->len;

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
