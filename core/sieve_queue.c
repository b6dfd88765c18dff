#include "sieve_queue.h"

#include <stdlib.h>
#include <string.h>

#include "estimate.h"

static struct sieve_piece *pieces_of(
    const struct sieve_waiting *w, size_t *count)
{
    *count = w->pieces.len / sizeof(struct sieve_piece);
    return (struct sieve_piece *)(void *)w->pieces.data;
}

static void *grow(void *list, size_t *cap, size_t size)
{
    void *bigger = reallocarray(list, *cap * 2 + 4, size);

    if (bigger != NULL)
        *cap = *cap * 2 + 4;
    return bigger;
}

/* ---- texts ---- */

/* Whether the text is at all places that are told, of which there has to be
 * one. */
static bool is_there(const struct sieve_flow *f, const struct sift_where *where)
{
    bool told = false;

    for (size_t i = 0; i < SIFT_PLACES; i++) {
        if (where->at[i] >= 0 && f->at[i] != where->at[i])
            return false;
        told = told || where->at[i] >= 0;
    }
    return told;
}

static bool is_named(const struct sieve_flow *f, struct span name)
{
    return f->name != NULL && span_is(name, f->name);
}

static void forget_flow(struct sieve_flow *f)
{
    free(f->name);
    f->name = NULL;
    sift_text_free(&f->text);
}

/* What is known of a text that has left is of use for notes alone. */
static void close_flow(struct sieve_queue *q, struct sieve_flow *f)
{
    if (!f->ended || f->waiting > 0 || f->closed)
        return;
    screen_close(q->screen, &f->judged);
    f->closed = true;
    if (f->text.edits.len == 0 || q->table->note == NULL)
        forget_flow(f);
}

static enum screen_state end_flow(struct sieve_queue *q, struct sieve_flow *f)
{
    enum screen_state state =
        screen_read(q->screen, &f->judged, (struct span){"", 0}, true);

    f->ended = true;
    close_flow(q, f);
    return state;
}

static enum screen_state end_flows(
    struct sieve_queue *q, enum sift_end_of of, const struct sift_where *where)
{
    enum screen_state state = SCREEN_GOES;

    for (size_t i = 0; i < q->flow_count && state == SCREEN_GOES; i++) {
        struct sieve_flow *f = &q->flows[i];

        if (!f->ended && (of == SIFT_END_ALL || is_there(f, where)))
            state = end_flow(q, f);
    }
    return state;
}

/* Forget what was kept longest for notes. */
static struct sieve_flow *oldest_flow(struct sieve_queue *q)
{
    struct sieve_flow *f;

    for (size_t i = 0; i < q->flow_count; i++) {
        f = &q->flows[q->oldest++ % q->flow_count];
        if (!f->closed)
            continue;
        forget_flow(f);
        return f;
    }
    return NULL;
}

static struct sieve_flow *free_flow(struct sieve_queue *q)
{
    struct sieve_flow *flows = q->flows, *f;

    for (size_t i = 0; i < q->flow_count; i++)
        if (flows[i].name == NULL)
            return &flows[i];
    if (q->flow_count >= SIEVE_TEXTS_MAX && (f = oldest_flow(q)) != NULL)
        return f;
    if (q->flow_count == q->flow_cap) {
        flows = grow(flows, &q->flow_cap, sizeof(*flows));
        if (flows == NULL)
            return NULL;
        q->flows = flows;
    }
    flows[q->flow_count] = (struct sieve_flow){0};
    return &flows[q->flow_count++];
}

static struct sieve_flow *begin_flow(
    struct sieve_queue *q, const struct sift_piece *piece, struct span name)
{
    struct sieve_flow *f = free_flow(q);

    if (f == NULL)
        return NULL;
    *f = (struct sieve_flow){.closed = true, .ended = true};
    memcpy(f->at, piece->where.at, sizeof(f->at));
    f->name = strndup(name.p, name.n);
    if (f->name == NULL || screen_open(q->screen, piece->json, &f->judged) != 0)
        return NULL;
    f->closed = false;
    f->ended = false;
    return f;
}

/* A name is the same however it is written. Returns an empty one when memory is
 * out. */
static struct span plain_name(struct sieve_queue *q, struct span name)
{
    if (memchr(name.p, '\\', name.n) == NULL)
        return name;
    buf_reset(&q->shown);
    json_unescape(name, &q->shown);
    return (struct span){q->shown.data, q->shown.failed ? 0 : q->shown.len};
}

/* The text that a piece goes on with; NULL: memory is out. */
static struct sieve_flow *flow_of(
    struct sieve_queue *q, const struct sift_piece *piece)
{
    const struct span name = plain_name(q, piece->where.name);

    if (name.n == 0 && piece->where.name.n > 0)
        return NULL;
    for (size_t i = 0; i < q->flow_count; i++) {
        struct sieve_flow *f = &q->flows[i];

        if (!f->ended && is_named(f, name) &&
            memcmp(f->at, piece->where.at, sizeof(f->at)) == 0)
            return f;
    }
    return begin_flow(q, piece, name);
}

/* ---- frames that come ---- */

/* Places of frames that have left are taken again when they are the most, so
 * that each frame is moved few times. */
static int make_room(struct sieve_queue *q)
{
    struct sieve_waiting *list;

    if (q->first + q->count < q->cap)
        return 0;
    if (q->first > q->count) {
        memmove(q->list, q->list + q->first, q->count * sizeof(*q->list));
        q->first = 0;
        return 0;
    }
    list = grow(q->list, &q->cap, sizeof(*list));
    if (list == NULL)
        return -1;
    q->list = list;
    return 0;
}

static struct sieve_waiting *add_waiting(
    struct sieve_queue *q, struct sift_frame *frame)
{
    struct sieve_waiting *w;

    if (make_room(q) != 0)
        return NULL;
    w = &q->list[q->first + q->count++];
    *w = (struct sieve_waiting){.text = frame->text, .note = frame->note};
    frame->text = (struct buf){0};
    q->bytes += sizeof(*w) + w->text.len;
    return w;
}

static void drop_first(struct sieve_queue *q)
{
    struct sieve_waiting *w = &q->list[q->first];

    q->bytes -= sizeof(*w) + w->text.len + w->pieces.len;
    q->count--;
    q->first = q->count > 0 ? q->first + 1 : 0;
    buf_free(&w->pieces);
    buf_free(&w->text);
}

static enum screen_state add_piece(struct sieve_queue *q,
    struct sieve_waiting *w, const struct sift_piece *piece)
{
    struct sieve_flow *f = flow_of(q, piece);
    struct sieve_piece added = {.begin = piece->begin, .end = piece->end};

    if (f == NULL)
        return SCREEN_NO_MEMORY;
    buf_reset(&q->piece);
    json_unescape((struct span){w->text.data + piece->begin + 1,
                      piece->end - piece->begin - 2},
        &q->piece);
    added.flow = (size_t)(f - q->flows);
    added.from = f->came;
    added.to = f->came += q->piece.len;
    f->waiting++;
    buf_put(&w->pieces, &added, sizeof(added));
    q->bytes += sizeof(added);
    if (q->piece.failed || w->pieces.failed)
        return SCREEN_NO_MEMORY;
    q->unsaid +=
        (int64_t)estimate_text((struct span){q->piece.data, q->piece.len});
    return screen_read(q->screen, &f->judged,
        (struct span){q->piece.data, q->piece.len}, false);
}

/* It stays in the list when a rule fires on one of its pieces: what is before
 * that may leave. */
static enum screen_state add_frame(
    struct sieve_queue *q, struct sift_frame *frame)
{
    const struct sift_piece *piece =
        (const struct sift_piece *)(const void *)frame->pieces.data;
    size_t count = frame->pieces.len / sizeof(*piece);
    struct sieve_waiting *w = add_waiting(q, frame);
    enum screen_state state = SCREEN_GOES;

    if (w == NULL)
        return SCREEN_NO_MEMORY;
    for (size_t i = 0; i < count && state == SCREEN_GOES; i++)
        state = add_piece(q, w, &piece[i]);
    return state;
}

enum screen_state sieve_queue_add(struct sieve_queue *q,
    const struct json_doc *doc, const struct sift_where *where)
{
    const struct sift_end *end = sift_end(q->table, where->name);
    struct sift_frame frame = {0};
    enum screen_state state = SCREEN_GOES;

    if (end != NULL)
        state = end_flows(q, end->of, where);
    if (state == SCREEN_GOES)
        state = sift_frame(q->table, q->screen, doc, where, &frame);
    if (state == SCREEN_GOES)
        state = add_frame(q, &frame);
    if (state == SCREEN_GOES && end != NULL && end->of == SIFT_END_ALL)
        state = end_flows(q, end->of, where);
    sift_frame_free(&frame);
    return state;
}

/* ---- frames that go ---- */

/* Where the text ends for good; UINT64_MAX: nowhere yet. */
static uint64_t fired_at(
    const struct sieve_queue *q, const struct sieve_flow *f)
{
    size_t count;
    const struct policy_cut *cuts = screen_cuts(q->screen, &f->judged, &count);

    return count > 0 && cuts[count - 1].end == UINT64_MAX
               ? cuts[count - 1].begin
               : UINT64_MAX;
}

static bool may_leave(
    const struct sieve_queue *q, const struct sieve_waiting *w)
{
    size_t count;
    const struct sieve_piece *p = pieces_of(w, &count);

    for (size_t i = 0; i < count; i++) {
        const struct sieve_flow *f = &q->flows[p[i].flow];

        if (screen_left(q->screen, &f->judged) < p[i].to ||
            fired_at(q, f) <= p[i].from)
            return false;
    }
    return true;
}

static void put_piece(struct sieve_queue *q, const struct sieve_waiting *w,
    const struct sieve_piece *p)
{
    struct sieve_flow *f = &q->flows[p->flow];
    struct span raw = {w->text.data + p->begin, p->end - p->begin};
    struct span text;
    size_t count;
    const struct policy_cut *cuts = screen_cuts(q->screen, &f->judged, &count);

    buf_reset(&q->piece);
    buf_reset(&q->shown);
    json_unescape((struct span){raw.p + 1, raw.n - 2}, &q->piece);
    text = (struct span){q->piece.data, q->piece.len};
    q->over = q->over || fired_at(q, f) <= p->to;
    if (sift_text_take(&f->text, text, cuts, count, &q->shown)) {
        text = (struct span){q->shown.data, q->shown.len};
        json_quote(&q->next, text);
    } else {
        buf_put(&q->next, raw.p, raw.n);
    }
    q->unsaid -= (int64_t)estimate_text(text);
    q->failed = q->failed || q->piece.failed || q->shown.failed;
    f->waiting--;
    close_flow(q, f);
}

static void put_frame(struct sieve_queue *q, const struct sieve_waiting *w)
{
    size_t count, at = 0;
    const struct sieve_piece *p = pieces_of(w, &count);

    buf_reset(&q->next);
    for (size_t i = 0; i < count; i++) {
        buf_put(&q->next, w->text.data + at, p[i].begin - at);
        put_piece(q, w, &p[i]);
        at = p[i].end;
    }
    buf_put(&q->next, w->text.data + at, w->text.len - at);
}

/* ---- numbers in frames, where something has been left out ---- */

static struct sieve_flow *noted_flow(struct sieve_queue *q)
{
    struct sift_where where;

    if (sift_where(q->table, &q->doc, &where) != 0)
        return NULL;
    for (size_t i = q->flow_count; i-- > 0;)
        if (q->table->note_of != NULL && q->flows[i].name != NULL &&
            strcmp(q->flows[i].name, q->table->note_of) == 0 &&
            is_there(&q->flows[i], &where))
            return &q->flows[i];
    return NULL;
}

static void lower(struct splice *s, uint32_t value, int64_t by)
{
    int64_t number;

    if (by == 0 || json_int(s->doc, value, &number) != 0)
        return;
    splice_value(s, value, "");
    buf_int(s->out, number - by);
}

static bool is_key(const struct sieve_queue *q, uint32_t key, const char *name)
{
    return name != NULL && json_string_is(&q->doc, key, name);
}

static void put_places(
    struct splice *s, const struct sieve_flow *f, uint32_t note)
{
    struct splice_member m = {.object = note};

    while (splice_next(&m, s->doc))
        sift_text_place(&f->text, s, m.key, m.value);
}

/* The frame with its numbers as they are now; f is the text that it has a note
 * of, or NULL. */
static void put_numbers(struct sieve_queue *q, const struct sieve_flow *f)
{
    struct splice_member m = {.object = 0};
    struct splice s;

    buf_reset(&q->shown);
    splice_begin(&s, &q->doc, &q->shown);
    while (splice_next(&m, &q->doc)) {
        if (is_key(q, m.key, q->table->number))
            lower(&s, m.value, q->dropped);
        else if (f != NULL && is_key(q, m.key, q->table->note_number))
            lower(&s, m.value, f->notes_dropped);
        else if (f != NULL && is_key(q, m.key, q->table->note))
            put_places(&s, f, m.value);
    }
    splice_end(&s);
}

/* Returns whether the frame in q->next leaves. */
static bool renumber(struct sieve_queue *q, bool note)
{
    struct sieve_flow *f = NULL;
    uint32_t node;

    if ((!note && q->dropped == 0) ||
        json_parse(&q->doc, q->next.data, q->next.len) != JSON_OK)
        return true;
    if (note)
        f = noted_flow(q);
    node = f != NULL ? json_member(&q->doc, 0, q->table->note) : JSON_NONE;
    if (node != JSON_NONE && !sift_text_note(&f->text, &q->doc, node)) {
        f->notes_dropped++;
        q->dropped++;
        return false;
    }
    put_numbers(q, f);
    buf_reset(&q->next);
    buf_put(&q->next, q->shown.data, q->shown.len);
    q->failed = q->failed || q->shown.failed;
    return true;
}

/* Whether all is decided of the first frame. */
static bool is_next(struct sieve_queue *q)
{
    if (q->count == 0 || q->over || q->failed)
        return false;
    if (may_leave(q, &q->list[q->first]))
        return true;
    q->failed = q->bytes > SIEVE_WAITING_MAX;
    return false;
}

const struct buf *sieve_queue_next(struct sieve_queue *q)
{
    bool leaves = false;

    while (!leaves) {
        if (!is_next(q))
            return NULL;
        put_frame(q, &q->list[q->first]);
        leaves = renumber(q, q->list[q->first].note);
        drop_first(q);
    }
    q->failed = q->failed || q->next.failed;
    return q->failed ? NULL : &q->next;
}

void sieve_queue_rest(struct sieve_queue *q)
{
    json_free(&q->doc);
    buf_free(&q->shown);
    buf_free(&q->piece);
    buf_free(&q->next);
}

/* ---- the end ---- */

void sieve_queue_drop(struct sieve_queue *q)
{
    while (q->count > 0)
        drop_first(q);
}

void sieve_queue_free(struct sieve_queue *q)
{
    sieve_queue_drop(q);
    free(q->list);
    for (size_t i = 0; i < q->flow_count; i++)
        forget_flow(&q->flows[i]);
    free(q->flows);
    sieve_queue_rest(q);
}
