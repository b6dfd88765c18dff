#include "spool.h"

#include <string.h>

/* A record is kept or dropped as a whole, so that what is kept does not depend
 * on how the bytes were cut on their way. A kept record lies at the end of
 * s->bytes while its content comes; those that are only looked at (GET_VALUES)
 * are taken off again. Padding is never kept. */

static enum spool_state begin_request(struct spool *s, const struct record *r)
{
    uint8_t end[16];

    if (r->content != 8)
        return SPOOL_GARBAGE;
    if (!s->begun)
        return SPOOL_MORE;
    if (r->id == s->id)
        return SPOOL_GARBAGE;
    s->dropping = true;
    buf_put(&s->reply, end, record_end(r->id, RECORD_CANT_MPX_CONN, end));
    return SPOOL_MORE;
}

static enum spool_state begin_params(struct spool *s, const struct record *r)
{
    if (s->params_ended)
        return SPOOL_GARBAGE;
    s->params += r->content;
    if (s->params > SPOOL_PARAMS_MAX)
        s->params_over = true;
    s->dropping = s->params_over && r->content > 0;
    return SPOOL_MORE;
}

static enum spool_state begin_stdin(struct spool *s, const struct record *r)
{
    if (!s->params_ended)
        return SPOOL_GARBAGE;
    s->body += r->content;
    if (s->body > s->body_max)
        s->body_over = true;
    s->dropping = s->body_over && r->content > 0;
    return SPOOL_MORE;
}

static enum spool_state begin_management(
    struct spool *s, const struct record *r)
{
    uint8_t unknown[16];

    if (r->type == RECORD_GET_VALUES)
        return SPOOL_MORE;
    s->dropping = true;
    buf_put(&s->reply, unknown, record_unknown(r->type, unknown));
    return SPOOL_MORE;
}

/* A header is whole: decide what becomes of the content behind it. */
static enum spool_state begin_record(struct spool *s, const struct record *r)
{
    bool mine = s->begun && r->id == s->id;

    s->dropping = false;
    if (r->version != 1)
        return SPOOL_GARBAGE;
    if (r->id == 0)
        return begin_management(s, r);
    if (r->type == RECORD_BEGIN_REQUEST)
        return begin_request(s, r);
    if (r->type == RECORD_ABORT_REQUEST && (mine || r->id == s->answering))
        return SPOOL_ABORTED;
    if (mine && r->type == RECORD_PARAMS)
        return begin_params(s, r);
    if (mine && r->type == RECORD_STDIN)
        return begin_stdin(s, r);
    s->dropping = true;
    return SPOOL_MORE;
}

static enum spool_state end_begin(
    struct spool *s, const struct record *r, const uint8_t *content)
{
    uint8_t end[16], flags;
    uint16_t role;

    record_begin_body(content, &role, &flags);
    if (role != RECORD_RESPONDER) {
        buf_put(&s->reply, end, record_end(r->id, RECORD_UNKNOWN_ROLE, end));
        s->bytes.len -= RECORD_HEADER + r->content;
        return SPOOL_MORE;
    }
    s->begun = true;
    s->id = r->id;
    s->keep = (flags & RECORD_KEEP_CONN) != 0;
    return SPOOL_MORE;
}

static enum spool_state end_values(
    struct spool *s, const struct record *r, const uint8_t *content)
{
    uint8_t values[128];
    size_t n =
        record_values(content, r->content, s->most, values, sizeof(values));

    s->bytes.len -= RECORD_HEADER + r->content;
    buf_put(&s->reply, values, n);
    return n == 0 ? SPOOL_GARBAGE : SPOOL_MORE;
}

/* A kept record is whole: act on what it says. */
static enum spool_state end_record(struct spool *s, const struct record *r)
{
    const uint8_t *content =
        (const uint8_t *)s->bytes.data + s->bytes.len - r->content;

    switch (r->type) {
    case RECORD_BEGIN_REQUEST:
        return end_begin(s, r, content);
    case RECORD_GET_VALUES:
        return end_values(s, r, content);
    case RECORD_PARAMS:
        s->params_ended = r->content == 0;
        s->head = s->bytes.len;
        return SPOOL_MORE;
    default:
        return r->content == 0 ? SPOOL_COMPLETE : SPOOL_MORE;
    }
}

/* The header under way is whole. */
static enum spool_state take_header(struct spool *s)
{
    uint8_t kept[RECORD_HEADER];
    enum spool_state state;
    struct record r;

    record_decode(s->header, &r);
    if ((state = begin_record(s, &r)) != SPOOL_MORE)
        return state;
    s->left = (uint32_t)r.content + r.padding;
    if (s->dropping)
        return SPOOL_MORE;
    r.padding = 0;
    record_encode(&r, kept);
    buf_put(&s->bytes, kept, sizeof(kept));
    return SPOOL_MORE;
}

/* Take from the front of ${in} what belongs to the header under way. */
static enum spool_state feed_header(struct spool *s, struct span in, size_t *n)
{
    *n = RECORD_HEADER - s->have;
    if (*n > in.n)
        *n = in.n;
    memcpy(s->header + s->have, in.p, *n);
    s->have += (uint8_t)*n;
    return s->have < RECORD_HEADER ? SPOOL_MORE : take_header(s);
}

/* Take from the front of ${in} what belongs to the content under way, or to
 * the padding behind it. */
static void feed_content(struct spool *s, struct span in, size_t *n)
{
    uint8_t padding = s->header[6];
    bool content = s->left > padding;

    *n = content ? s->left - padding : s->left;
    if (*n > in.n)
        *n = in.n;
    if (content && !s->dropping)
        buf_put(&s->bytes, in.p, *n);
    s->left -= (uint32_t)*n;
}

static enum spool_state take_record(struct spool *s)
{
    struct record r;

    record_decode(s->header, &r);
    s->have = 0;
    if (s->bytes.failed || s->reply.failed)
        return SPOOL_GARBAGE;
    return s->dropping ? SPOOL_MORE : end_record(s, &r);
}

enum spool_state spool_feed(struct spool *s, struct span bytes, size_t *used)
{
    enum spool_state state = SPOOL_MORE;
    size_t n;

    *used = 0;
    if (s->bytes.len == 0)
        buf_reserve(&s->bytes, bytes.n); /* most of it is kept */
    while (state == SPOOL_MORE && *used < bytes.n) {
        const struct span in = {bytes.p + *used, bytes.n - *used};

        if (s->have < RECORD_HEADER)
            state = feed_header(s, in, &n);
        else
            feed_content(s, in, &n);
        *used += n;
        if (state == SPOOL_MORE && s->have == RECORD_HEADER && s->left == 0)
            state = take_record(s);
    }
    return state;
}

bool spool_under_way(const struct spool *s)
{
    return s->begun || s->have > 0;
}

int spool_cut(struct spool *s)
{
    const struct record r = {.version = 1, .type = RECORD_STDIN, .id = s->id};
    uint8_t end[RECORD_HEADER];

    if (!s->begun || !s->params_ended)
        return -1;
    record_encode(&r, end);
    s->bytes.len = s->head;
    buf_put(&s->bytes, end, sizeof(end));
    s->cut = true;
    return s->bytes.failed ? -1 : 0;
}

void spool_reset(struct spool *s)
{
    const struct spool fresh = {
        .body_max = s->body_max,
        .most = s->most,
        .answering = s->answering,
    };

    spool_free(s);
    *s = fresh;
}

void spool_free(struct spool *s)
{
    buf_free(&s->bytes);
    buf_free(&s->reply);
}
