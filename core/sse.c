#include "sse.h"

#include <string.h>

enum { SSE_KEEP = 16 << 10 /* an idle buffer above this is given back */ };

/* One sse_feed() under way. */
struct feed {
    struct sse *s;
    const char *p;
    const char *end;
    const char *lf;   /* an LF that was found, or end; or NULL */
    struct span only; /* the event's only data line, still in the input */
    sse_event_fn *event;
    void *cookie;
};

static void empty(struct buf *b)
{
    if (b->cap > SSE_KEEP)
        buf_free(b);
    else
        buf_reset(b);
}

static enum sse_error latched(const struct buf *b)
{
    return b->failed ? SSE_NO_MEMORY : SSE_OK;
}

/* ---- data ---- */

/* Move the data line that is still in the input to where it can stay. */
static enum sse_error keep_data(struct feed *f)
{
    if (f->only.p == NULL)
        return SSE_OK;
    buf_put(&f->s->data, f->only.p, f->only.n);
    f->only = (struct span){NULL, 0};
    return latched(&f->s->data);
}

static enum sse_error add_data(struct feed *f, struct span value, bool in_input)
{
    struct sse *s = f->s;
    size_t before = s->data.len + f->only.n;
    enum sse_error error;

    if (!s->has_data && in_input) {
        f->only = value;
    } else {
        error = keep_data(f);
        if (error != SSE_OK)
            return error;
        if (s->has_data)
            buf_puts(&s->data, "\n");
        if (before + s->has_data + value.n > SSE_MAX_EVENT)
            return SSE_TOO_LONG;
        buf_put(&s->data, value.p, value.n);
    }
    s->has_data = 1;
    return latched(&s->data);
}

/* ---- lines ---- */

static enum sse_error dispatch(struct feed *f)
{
    struct sse *s = f->s;
    struct span data = f->only;
    int stop = 0;

    if (data.p == NULL && s->data.len > 0)
        data = (struct span){s->data.data, s->data.len};
    else if (data.p == NULL)
        data.p = "";
    if (s->has_data) {
        stop =
            f->event(f->cookie, (struct span){s->name.data, s->name.len}, data);
        s->idle = 0;
    }
    f->only = (struct span){NULL, 0};
    s->has_data = 0;
    empty(&s->data);
    empty(&s->name);
    return stop != 0 ? SSE_STOPPED : SSE_OK;
}

/* What is behind the colon, without the one space that may follow it. */
static struct span value_of(struct span line, const char *colon)
{
    struct span value = {line.p + line.n, 0};

    if (colon == NULL)
        return value;
    value.p = colon + 1;
    value.n = (size_t)(line.p + line.n - value.p);
    if (value.n > 0 && value.p[0] == ' ') {
        value.p++;
        value.n--;
    }
    return value;
}

static enum sse_error set_name(struct sse *s, struct span value)
{
    buf_reset(&s->name);
    buf_put(&s->name, value.p, value.n);
    return latched(&s->name);
}

static enum sse_error take_line(struct feed *f, struct span line, bool in_input)
{
    const char *colon;
    struct span field, value;

    if (line.n > SSE_MAX_LINE)
        return SSE_TOO_LONG;
    colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
    field.p = line.p;
    field.n = colon != NULL ? (size_t)(colon - line.p) : line.n;
    value = value_of(line, colon);
    if (span_is(field, "data"))
        return add_data(f, value, in_input);
    f->s->idle += line.n + 1;
    if (line.n == 0 && f->s->has_data)
        return dispatch(f);
    if (f->s->idle > SSE_MAX_IDLE_BYTES)
        return SSE_CHATTER;
    if (line.n == 0)
        return dispatch(f);
    if (span_is(field, "event"))
        return set_name(f->s, value);
    return SSE_OK;
}

/* A line ends before the LF or CR at end, which is taken too. */
static enum sse_error end_line(struct feed *f, const char *end)
{
    struct sse *s = f->s;
    struct span line = {f->p, (size_t)(end - f->p)};
    bool in_input = s->line.len == 0;
    enum sse_error error;

    s->after_cr = *end == '\r';
    f->p = end + 1;
    if (!in_input) {
        buf_put(&s->line, line.p, line.n);
        if (s->line.failed)
            return SSE_NO_MEMORY;
        line = (struct span){s->line.data, s->line.len};
    }
    error = take_line(f, line, in_input);
    if (!in_input)
        empty(&s->line);
    return error;
}

/* The end of the line at p, or the end of the input. Every byte is looked at
 * once for each of the two characters, however short the lines are. */
static const char *find_end(struct feed *f)
{
    const char *cr;

    if (f->lf == NULL || f->lf < f->p) {
        f->lf = memchr(f->p, '\n', (size_t)(f->end - f->p));
        if (f->lf == NULL)
            f->lf = f->end;
    }
    cr = memchr(f->p, '\r', (size_t)(f->lf - f->p));
    return cr != NULL ? cr : f->lf;
}

/* ---- input ---- */

/* Look for the byte order mark; bytes that only began like one are text. */
static enum sse_error skip_mark(struct feed *f)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct sse *s = f->s;

    while (f->p < f->end && !s->begun) {
        if (*f->p != mark[s->bom]) {
            buf_put(&s->line, mark, s->bom);
            s->begun = 1;
        } else {
            f->p++;
            s->bom++;
            s->begun = s->bom == 3;
        }
    }
    return latched(&s->line);
}

/* Put what is left of the input aside. */
static enum sse_error keep_rest(struct feed *f)
{
    struct sse *s = f->s;
    size_t n = (size_t)(f->end - f->p);
    enum sse_error error = keep_data(f);

    if (error != SSE_OK)
        return error;
    if (s->line.len + n > SSE_MAX_LINE)
        return SSE_TOO_LONG;
    buf_put(&s->line, f->p, n);
    return latched(&s->line);
}

enum sse_error sse_feed(
    struct sse *s, struct span bytes, sse_event_fn *event, void *cookie)
{
    struct feed f = {.s = s, .p = bytes.p, .event = event, .cookie = cookie};
    enum sse_error error;
    const char *end;

    if (bytes.n == 0)
        return SSE_OK;
    f.end = bytes.p + bytes.n;
    error = skip_mark(&f);
    while (error == SSE_OK && f.p < f.end) {
        if (s->after_cr && *f.p == '\n') {
            f.p++;
            s->after_cr = 0;
            continue;
        }
        s->after_cr = 0;
        end = find_end(&f);
        if (end == f.end)
            break;
        error = end_line(&f, end);
    }
    return error != SSE_OK ? error : keep_rest(&f);
}

void sse_free(struct sse *s)
{
    buf_free(&s->line);
    buf_free(&s->data);
    buf_free(&s->name);
    *s = (struct sse){0};
}
