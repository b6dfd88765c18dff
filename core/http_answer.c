#include "http_answer.h"

#include <string.h>

#include "hex.h"

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

/* So large a body is a mistake, and one digit more cannot overflow. */
static const uint64_t LENGTH_MAX = UINT64_MAX >> 8;
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

/* Chunks end in CR LF, and only there: another reader may see no line end in
 * a lone LF (RFC 9112 2.2). */
static void suspect_lone_lf(struct http_answer *a)
{
    if (a->state == AT_SIZE || a->state == AT_CHUNK_END)
        a->keep = false;
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
    else
        suspect_lone_lf(a);
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
    a->sized = a->coded = a->chunked = a->last = false;
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

/* Take the first item off a list with commas. */
static struct span take_item(struct span *list)
{
    const char *comma = memchr(list->p, ',', list->n);
    size_t n = comma == NULL ? list->n : (size_t)(comma - list->p);
    struct span item = {list->p, n};

    n += comma != NULL;
    list->p += n;
    list->n -= n;
    return http_trim(item);
}

static bool has_item(struct span list, const char *item)
{
    while (list.n > 0)
        if (http_name_is(take_item(&list), item))
            return true;
    return false;
}

static bool read_one_length(struct http_answer *a, struct span digits)
{
    uint64_t n = 0;

    for (size_t i = 0; i < digits.n; i++) {
        if (!is_digit(digits.p[i]))
            return false;
        n = n * 10 + (uint64_t)(digits.p[i] - '0');
        if (n > LENGTH_MAX)
            return false;
    }
    if (digits.n == 0 || (a->sized && a->left != n))
        return false;
    a->sized = true;
    a->left = n;
    return true;
}

/* Lengths that agree are one, in a list as in several fields (RFC 9112 6.3). */
static bool read_length(struct http_answer *a, struct span value)
{
    do {
        if (!read_one_length(a, take_item(&value)))
            return false;
    } while (value.n > 0);
    return true;
}

/* Chunks: we asked for nothing else. Servers that hand on the fields of another
 * one say so twice and mean once. Some of event streams say "identity", as HTTP
 * had it (RFC 2616 3.6), and close at the end. */
static bool read_transfer(struct http_answer *a, struct span value)
{
    bool chunked = http_name_is(value, "chunked");

    if (a->coded && a->chunked != chunked)
        return false;
    a->last = a->last || a->coded || !chunked;
    a->coded = true;
    a->chunked = chunked;
    return chunked || http_name_is(value, "identity");
}

static void read_connection(struct http_answer *a, struct span value)
{
    if (has_item(value, "close"))
        a->last = true;
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
    if (!is_token(name))
        return HTTP_BROKEN;
    if (a->state == AT_TRAILER)
        return HTTP_MORE; /* too late to mean anything */
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

/* RFC 9112 6.3: what the body is. Who says two things about it is believed in
 * one, and not asked again on this connection. */
static enum http_part head_over(struct http_answer *a)
{
    int status = a->head.status;

    buf_free(&a->line); /* streams last, and seldom need it again */
    if (status < 200) {
        a->state = AT_STATUS;
        return HTTP_MORE;
    }
    a->lines = 0;
    a->keep = a->keep && !a->last;
    if (status == 204 || status == 304) {
        a->keep = a->keep && !a->chunked && (!a->sized || a->left == 0);
        a->state = AT_END;
    } else if (a->chunked) {
        a->keep = a->keep && a->modern && !a->sized;
        a->state = AT_SIZE;
    } else {
        a->state = a->left > 0 ? AT_BODY : AT_END;
    }
    return HTTP_HEAD;
}

/* ---- chunks ---- */

/* Extensions are allowed, and mean nothing to us; blanks too. */
static bool ends_size(struct span rest)
{
    rest = http_trim(rest);
    return rest.n == 0 || rest.p[0] == ';';
}

static enum http_part read_size(struct http_answer *a, struct span line)
{
    uint64_t size = 0;
    size_t i = 0;

    for (; i < line.n && hex_digit(line.p[i]) >= 0; i++) {
        size = size * 16 + (uint64_t)hex_digit(line.p[i]);
        if (size > LENGTH_MAX)
            return HTTP_BROKEN;
    }
    if (i == 0 || !ends_size((struct span){line.p + i, line.n - i}))
        return HTTP_BROKEN;
    a->lines = 0;
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

/* Readers do not agree on what these two mean inside a line. */
static bool is_text(struct span line)
{
    return memchr(line.p, '\0', line.n) == NULL &&
           memchr(line.p, '\r', line.n) == NULL;
}

static enum http_part read_line(struct http_answer *a, struct span line)
{
    if (!is_text(line))
        return HTTP_BROKEN;
    switch (a->state) {
    case AT_STATUS:
        return read_status(a, line);
    case AT_FIELD:
        return line.n > 0 ? read_field(a, line) : head_over(a);
    case AT_SIZE:
        return read_size(a, line);
    case AT_CHUNK_END:
        return read_chunk_end(a, line);
    default: /* AT_TRAILER */
        if (line.n > 0)
            return read_field(a, line);
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

/* The chunk without bytes ends a body, not what follows it (RFC 9112 8). */
enum http_part http_answer_close(const struct http_answer *a)
{
    bool whole = a->state == AT_END || a->state == AT_TRAILER ||
                 (a->state == AT_BODY && a->left == TO_THE_END);

    return whole ? HTTP_END : HTTP_BROKEN;
}

void http_answer_free(struct http_answer *a)
{
    buf_free(&a->line);
    *a = (struct http_answer){0};
}
