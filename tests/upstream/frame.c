#include "frame.h"

static const char *line_end(const struct script *s)
{
    if (s->cr)
        return "\r";
    return s->crlf ? "\r\n" : "\n";
}

static void put_data(const struct script *s, struct buf *out)
{
    buf_puts(out, s->nospace ? "data:" : "data: ");
}

void frame_data(const struct script *s, const char *data, struct buf *out)
{
    put_data(s, out);
    buf_puts(out, data);
    buf_printf(out, "%s%s", line_end(s), line_end(s));
}

void frame_event(
    const struct script *s, struct event *e, uint64_t count, struct buf *out)
{
    const char *end = line_end(s);

    if (s->bom && count == 0)
        buf_puts(out, "\xef\xbb\xbf");
    if (s->comments)
        buf_printf(out, ": hi%s%s", end, end);
    if (s->ids)
        buf_printf(out, "id: %llu%sretry: 1000%s", (unsigned long long)count,
            end, end);
    if (e->name != NULL)
        buf_printf(out, "event:%s%s%s", s->nospace ? "" : " ", e->name, end);
    put_data(s, out);
    buf_put(out, e->data.data, e->data.len);
    buf_printf(out, "%s%s", end, end);
    out->failed |= e->data.failed;
    buf_reset(&e->data);
}
