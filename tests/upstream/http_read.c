#include <string.h>
#include <strings.h>

#include "http_read.h"

static struct span trim(struct span s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s.p++, s.n--;
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool is_same(struct span s, const char *text)
{
    return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

/* The value of the first field ${name}; p is NULL when there is none. */
static struct span field(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (is_same(r->fields[i].name, name))
            return r->fields[i].value;
    return (struct span){NULL, 0};
}

/* The line at ${*p}, without its end; ${*p} moves behind it. */
static struct span take_line(const char **p, const char *end)
{
    const char *lf = memchr(*p, '\n', (size_t)(end - *p));
    struct span line = {*p, (size_t)(lf - *p)};

    *p = lf + 1;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static int read_fields(
    struct http_request *request, const char *p, const char *end)
{
    struct span line;

    while ((line = take_line(&p, end)).n > 0) {
        const char *colon = memchr(line.p, ':', line.n);
        struct http_field *f = &request->fields[request->n_fields];

        if (colon == NULL || request->n_fields == HTTP_MAX_FIELDS)
            return -1;
        f->name = (struct span){line.p, (size_t)(colon - line.p)};
        f->value = trim((struct span){colon + 1, line.n - (f->name.n + 1)});
        request->n_fields++;
    }
    return 0;
}

unsigned http_read_view(const struct http_read *r, struct http_request *request)
{
    const char *p = r->head.data, *end = p + r->head.len;
    struct span line = take_line(&p, end);
    const char *first = memchr(line.p, ' ', line.n);
    const char *last = memrchr(line.p, ' ', line.n);
    const char *query;

    request->n_fields = 0;
    if (first == NULL || first == last)
        return 400;
    request->method = (struct span){line.p, (size_t)(first - line.p)};
    request->path = (struct span){first + 1, (size_t)(last - first - 1)};
    query = memchr(request->path.p, '?', request->path.n);
    if (query != NULL)
        request->path.n = (size_t)(query - request->path.p);
    request->body = (struct span){r->body.data, r->body.len};
    return read_fields(request, p, end) ? 431 : 0;
}

static int read_length(struct span v, int base, size_t *n)
{
    static const char digits[] = "0123456789abcdef";

    *n = 0;
    for (size_t i = 0; i < v.n; i++) {
        const char *d =
            memchr(digits, v.p[i] >= 'A' ? v.p[i] | 0x20 : v.p[i], 16);

        if (d == NULL || d - digits >= base || *n > HTTP_MAX_BODY)
            return -1;
        *n = *n * (size_t)base + (size_t)(d - digits);
    }
    return v.n > 0 ? 0 : -1;
}

/* What the head says about the body and the connection. */
static unsigned judge_head(struct http_read *r)
{
    struct http_request request;
    unsigned status = http_read_view(r, &request);
    struct span length, coding, connection;

    if (status != 0)
        return status;
    length = field(&request, "content-length");
    coding = field(&request, "transfer-encoding");
    connection = field(&request, "connection");
    r->keep = !is_same(connection, "close") &&
              memmem(r->head.data, r->head.len, " HTTP/1.0\r", 10) == NULL;
    r->expectant = is_same(field(&request, "expect"), "100-continue");
    r->step = HTTP_READ_DONE;
    if (coding.p != NULL) {
        r->step = HTTP_READ_CHUNK_LINE;
        return is_same(coding, "chunked") ? 0 : 501;
    }
    if (length.p == NULL)
        return 0;
    if (read_length(length, 10, &r->left))
        return 400;
    if (r->left > 0)
        r->step = HTTP_READ_BODY;
    return r->left > HTTP_MAX_BODY ? 413 : 0;
}

static unsigned take_head(struct http_read *r, struct buf *in, bool *more)
{
    const char *end =
        in->len > 0 ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
    size_t n;

    *more = end != NULL;
    if (end == NULL)
        return in->len > HTTP_MAX_HEAD ? 431 : 0;
    n = (size_t)(end - in->data) + 4;
    buf_put(&r->head, in->data, n);
    buf_consume(in, n);
    return r->head.failed ? 503 : judge_head(r);
}

static unsigned take_data(struct http_read *r, struct buf *in, bool *more)
{
    size_t n = in->len < r->left ? in->len : r->left;

    buf_put(&r->body, in->data, n);
    buf_consume(in, n);
    r->left -= n;
    *more = r->left == 0;
    if (*more)
        r->step =
            r->step == HTTP_READ_BODY ? HTTP_READ_DONE : HTTP_READ_CHUNK_END;
    return r->body.failed ? 503 : 0;
}

/* The lines between chunks: a size, the empty one behind a chunk, a trailer. */
static unsigned take_chunk_line(struct http_read *r, struct buf *in, bool *more)
{
    const char *lf = in->len > 0 ? memchr(in->data, '\n', in->len) : NULL;
    const char *p = in->data;
    struct span line, size;
    unsigned status = 0;

    *more = lf != NULL;
    if (lf == NULL)
        return in->len > HTTP_MAX_HEAD ? 400 : 0;
    line = take_line(&p, in->data + in->len);
    size = line;
    while (size.n > 0 && memchr(size.p, ';', size.n) != NULL)
        size.n--;
    if (r->step == HTTP_READ_CHUNK_END) {
        r->step = HTTP_READ_CHUNK_LINE;
        status = line.n > 0 ? 400 : 0;
    } else if (r->step == HTTP_READ_TRAILER) {
        r->step = line.n > 0 ? HTTP_READ_TRAILER : HTTP_READ_DONE;
    } else if (read_length(trim(size), 16, &r->left)) {
        status = 400;
    } else {
        r->step = r->left > 0 ? HTTP_READ_CHUNK : HTTP_READ_TRAILER;
        status = r->left > HTTP_MAX_BODY - r->body.len ? 413 : 0;
    }
    buf_consume(in, (size_t)(p - in->data));
    return status;
}

unsigned http_read_feed(struct http_read *r, struct buf *in)
{
    unsigned status = 0;
    bool more = true;

    while (status == 0 && more && r->step != HTTP_READ_DONE) {
        if (r->step == HTTP_READ_HEAD)
            status = take_head(r, in, &more);
        else if (r->step == HTTP_READ_BODY || r->step == HTTP_READ_CHUNK)
            status = take_data(r, in, &more);
        else
            status = take_chunk_line(r, in, &more);
    }
    return status;
}

void http_read_free(struct http_read *r)
{
    buf_free(&r->head);
    buf_free(&r->body);
    *r = (struct http_read){0};
}
