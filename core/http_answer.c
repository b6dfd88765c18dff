#include "http_answer.h"

#include <string.h>

enum state {
    AT_STATUS,
    AT_FIELD,
    AT_BODY, /* of a length that is known, or to the end */
    AT_SIZE, /* of a chunk */
    AT_CHUNK,
    AT_CHUNK_END, /* the line end behind it */
    AT_TRAILER,
    AT_END
};

enum line { LINE_BROKEN, LINE_PART, LINE_WHOLE };

static const uint64_t TO_THE_END = UINT64_MAX;

/* ---- lines ---- */

/* A line that came in pieces is put together in a->line. */
static enum line put_together(
    struct http_answer *a, struct span *line, bool ended)
{
    if (ended && a->line.len == 0)
        return LINE_WHOLE;
    buf_put(&a->line, line->p, line->n);
    if (a->line.failed)
        return LINE_BROKEN;
    *line = (struct span){a->line.data, a->line.len};
    if (!ended)
        return LINE_PART;
    a->line.len = 0;
    return LINE_WHOLE;
}

/* The next line without its end. */
static enum line take_line(
    struct http_answer *a, struct span *in, struct span *line)
{
    const char *lf = memchr(in->p, '\n', in->n);
    size_t n = lf == NULL ? in->n : (size_t)(lf - in->p) + 1;
    enum line got;

    if (n > HTTP_HEAD_MAX - a->lines)
        return LINE_BROKEN;
    a->lines += n;
    *line = (struct span){in->p, n};
    in->p += n;
    in->n -= n;
    got = put_together(a, line, lf != NULL);
    if (got != LINE_WHOLE)
        return got;
    line->n--;
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return LINE_WHOLE;
}

/* ---- the head ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; the reason is optional, and so is the blank before it. */
static enum http_part read_status(struct http_answer *a, struct span line)
{
    const char *p = line.p;

    if (line.n < 12 || memcmp(p, "HTTP/1.", 7) != 0 || !is_digit(p[7]) ||
        p[8] != ' ' || !is_digit(p[9]) || !is_digit(p[10]) ||
        !is_digit(p[11]) || (line.n > 12 && p[12] != ' '))
        return HTTP_BROKEN;
    http_head_begin(
        &a->head, (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
    if (a->head.status < 100 || a->head.status == 101)
        return HTTP_BROKEN; /* nobody asked for another protocol */
    a->coding = HTTP_IDENTITY;
    a->keep = a->modern = p[7] != '0';
    a->chunked = a->sized = false;
    a->left = TO_THE_END;
    a->state = AT_FIELD;
    return HTTP_MORE;
}

static bool is_token(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];

        if (c <= ' ' || c >= 127 || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return name.n > 0;
}

static bool is_text(struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '\0' || value.p[i] == '\r')
            return false;
    return true;
}

/* Two lengths that agree are one (RFC 9112 6.3). */
static bool read_length(struct http_answer *a, struct span value)
{
    uint64_t n = 0;

    if (value.n == 0 || value.n > 18)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        if (!is_digit(value.p[i]))
            return false;
        n = n * 10 + (uint64_t)(value.p[i] - '0');
    }
    if (a->sized && a->left != n)
        return false;
    a->sized = true;
    a->left = n;
    return true;
}

/* Only chunks, once: we asked for nothing else. */
static bool read_transfer(struct http_answer *a, struct span value)
{
    if (a->chunked || !http_name_is(value, "chunked"))
        return false;
    a->chunked = true;
    return true;
}

static bool has_item(struct span list, const char *item)
{
    while (list.n > 0) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t n = comma == NULL ? list.n : (size_t)(comma - list.p);

        if (http_name_is(http_trim((struct span){list.p, n}), item))
            return true;
        list.p += comma == NULL ? n : n + 1;
        list.n -= comma == NULL ? n : n + 1;
    }
    return false;
}

static void read_connection(struct http_answer *a, struct span value)
{
    if (has_item(value, "close"))
        a->keep = false;
    else if (has_item(value, "keep-alive"))
        a->keep = true;
}

static void read_coding(struct http_answer *a, struct span value)
{
    if (http_name_is(value, "identity") || value.n == 0)
        return;
    if (a->coding == HTTP_IDENTITY &&
        (http_name_is(value, "gzip") || http_name_is(value, "x-gzip") ||
            http_name_is(value, "deflate")))
        a->coding = HTTP_GZIP;
    else
        a->coding = HTTP_CODING_UNKNOWN;
}

static enum http_part read_field(struct http_answer *a, struct span line)
{
    const char *colon = memchr(line.p, ':', line.n);
    struct span name, value;
    bool legal = true;

    if (colon == NULL)
        return HTTP_BROKEN;
    name = (struct span){line.p, (size_t)(colon - line.p)};
    value = http_trim((struct span){colon + 1, line.n - name.n - 1});
    if (!is_token(name) || !is_text(value))
        return HTTP_BROKEN;
    if (http_name_is(name, "content-length"))
        legal = read_length(a, value);
    else if (http_name_is(name, "transfer-encoding"))
        legal = read_transfer(a, value);
    else if (http_name_is(name, "connection"))
        read_connection(a, value);
    else if (http_name_is(name, "content-encoding"))
        read_coding(a, value);
    else
        http_head_field(&a->head, name, value);
    return legal ? HTTP_MORE : HTTP_BROKEN;
}

/* RFC 9112 6.3: what the body is. */
static enum http_part head_over(struct http_answer *a)
{
    int status = a->head.status;

    buf_free(&a->line); /* streams last, and seldom need it again */
    if (status < 200) {
        a->state = AT_STATUS;
        return HTTP_MORE;
    }
    if (status == 204 || status == 304) {
        a->state = AT_END;
    } else if (a->chunked) {
        /* HTTP/1.0 has no chunks, and a length beside them is suspect. */
        a->keep = a->keep && a->modern && !a->sized;
        a->state = AT_SIZE;
    } else {
        a->keep = a->keep && a->sized;
        a->state = a->left > 0 ? AT_BODY : AT_END;
    }
    return HTTP_HEAD;
}

/* ---- chunks ---- */

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool ends_size(struct span line, size_t i)
{
    return i == line.n || line.p[i] == ';' || line.p[i] == ' ' ||
           line.p[i] == '\t';
}

/* Extensions are allowed, and mean nothing to us. */
static enum http_part read_size(struct http_answer *a, struct span line)
{
    uint64_t size = 0;
    size_t i = 0;

    for (; i < line.n && hex_value(line.p[i]) >= 0; i++) {
        if (i == 15)
            return HTTP_BROKEN;
        size = size * 16 + (uint64_t)hex_value(line.p[i]);
    }
    if (i == 0 || !ends_size(line, i))
        return HTTP_BROKEN;
    a->lines = 0; /* the limit is for lines without a body between them */
    a->left = size;
    a->state = size > 0 ? AT_CHUNK : AT_TRAILER;
    return HTTP_MORE;
}

static enum http_part read_chunk_end(struct http_answer *a, struct span line)
{
    a->state = AT_SIZE;
    return line.n == 0 ? HTTP_MORE : HTTP_BROKEN;
}

/* ---- the whole ---- */

static enum http_part read_line(struct http_answer *a, struct span line)
{
    switch (a->state) {
    case AT_STATUS:
        return read_status(a, line);
    case AT_FIELD:
        return line.n > 0 ? read_field(a, line) : head_over(a);
    case AT_SIZE:
        return read_size(a, line);
    case AT_CHUNK_END:
        return read_chunk_end(a, line);
    default: /* AT_TRAILER: its fields come too late to mean anything */
        if (line.n == 0)
            a->state = AT_END;
        return HTTP_MORE;
    }
}

static enum http_part read_body(
    struct http_answer *a, struct span *in, struct span *body)
{
    size_t n = a->left < in->n ? (size_t)a->left : in->n;

    *body = (struct span){in->p, n};
    in->p += n;
    in->n -= n;
    if (a->left != TO_THE_END)
        a->left -= n;
    if (a->left == 0)
        a->state = a->state == AT_CHUNK ? AT_CHUNK_END : AT_END;
    return HTTP_BODY;
}

enum http_part http_answer_next(
    struct http_answer *a, struct span *in, struct span *body)
{
    enum http_part part = HTTP_MORE;
    struct span line;

    while (part == HTTP_MORE && a->state != AT_END) {
        if (in->n == 0)
            return HTTP_MORE;
        a->begun = true;
        if (a->state == AT_BODY || a->state == AT_CHUNK)
            return read_body(a, in, body);
        switch (take_line(a, in, &line)) {
        case LINE_BROKEN:
            return HTTP_BROKEN;
        case LINE_PART:
            return HTTP_MORE;
        case LINE_WHOLE:
            part = read_line(a, line);
        }
    }
    return part == HTTP_MORE ? HTTP_END : part;
}

enum http_part http_answer_close(const struct http_answer *a)
{
    bool whole =
        a->state == AT_END || (a->state == AT_BODY && a->left == TO_THE_END);

    return whole ? HTTP_END : HTTP_BROKEN;
}

void http_answer_free(struct http_answer *a)
{
    buf_free(&a->line);
    *a = (struct http_answer){0};
}
