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

/* ---- frames that come ---- */

/* Places of frames that have left are taken again when they are the most, so
 * that each frame is moved few times. */
static int make_room(struct sieve_queue *q)
{
    size_t cap = q->cap * 2 + 4;
    struct sieve_waiting *list;

    if (q->first + q->count < q->cap)
        return 0;
    if (q->first > q->count) {
        memmove(q->list, q->list + q->first, q->count * sizeof(*q->list));
        q->first = 0;
        return 0;
    }
    list = reallocarray(q->list, cap, sizeof(*list));
    if (list == NULL)
        return -1;
    q->list = list;
    q->cap = cap;
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
    q->flows.spare += w->text.len;
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
    struct sieve_flow *f = sieve_flow_of(&q->flows, piece);
    struct sieve_piece added = {.begin = piece->begin, .end = piece->end};

    if (f == NULL)
        return SCREEN_NO_MEMORY;
    buf_reset(&q->piece);
    json_unescape((struct span){w->text.data + piece->begin + 1,
                      piece->end - piece->begin - 2},
        &q->piece);
    if (f->ended || q->piece.failed) {
        q->broken = q->broken || q->piece.len > 0;
        return q->piece.failed ? SCREEN_NO_MEMORY : SCREEN_GOES;
    }
    added.flow = (size_t)(f - q->flows.list);
    added.from = f->came;
    added.to = f->came += q->piece.len;
    f->waiting++;
    f->turn = q->piece.len > 0 ? q->turn : f->turn;
    buf_put(&w->pieces, &added, sizeof(added));
    q->bytes += sizeof(added);
    if (w->pieces.failed)
        return SCREEN_NO_MEMORY;
    if (q->flows.table->said == NULL)
        q->unsaid +=
            (int64_t)estimate_text((struct span){q->piece.data, q->piece.len});
    return screen_read(q->flows.screen, &f->judged,
        (struct span){q->piece.data, q->piece.len}, false);
}

/* It stays in the list when a rule fires on one of its pieces: what is before
 * that may leave. */
static enum screen_state add_frame(
    struct sieve_queue *q, struct sift_frame *frame, uint64_t said)
{
    const struct sift_piece *piece =
        (const struct sift_piece *)(const void *)frame->pieces.data;
    size_t count = frame->pieces.len / sizeof(*piece);
    struct sieve_waiting *w = add_waiting(q, frame);
    enum screen_state state = SCREEN_GOES;

    if (w == NULL)
        return SCREEN_NO_MEMORY;
    w->said = said;
    for (size_t i = 0; i < count && state == SCREEN_GOES && !q->broken; i++) {
        state = add_piece(q, w, &piece[i]);
        w->unread = i + 1 < count;
    }
    return state;
}

/* ---- the texts of frames that come ---- */

static enum screen_state end_choices(
    struct sieve_queue *q, const struct buf *choices)
{
    struct sift_where where = {.at = {-1, -1, -1}};
    enum screen_state state = SCREEN_GOES;

    for (size_t at = 0; at < choices->len && state == SCREEN_GOES;
         at += sizeof(int64_t)) {
        memcpy(&where.at[SIFT_CHOICE], choices->data + at, sizeof(int64_t));
        state = sieve_flow_end(&q->flows, SIFT_END_PLACE, &where);
    }
    return state;
}

static enum screen_state end_texts(struct sieve_queue *q,
    const struct sift_frame *frame, const struct sift_end *end)
{
    enum screen_state state = SCREEN_GOES;

    if (end != NULL && end->of == SIFT_END_ALL)
        return sieve_queue_end(q);
    if (q->flows.table->choices != NULL)
        state = sieve_flow_part(&q->flows, q->turn);
    return state == SCREEN_GOES ? end_choices(q, &frame->ends) : state;
}

enum screen_state sieve_queue_end(struct sieve_queue *q)
{
    return sieve_flow_end(&q->flows, SIFT_END_ALL, NULL);
}

static uint64_t said_in(struct sieve_queue *q, const struct json_doc *doc)
{
    buf_reset(&q->piece);
    return q->flows.table->said != NULL ? q->flows.table->said(doc, &q->piece)
                                        : 0;
}

static enum screen_state add(struct sieve_queue *q, const struct json_doc *doc,
    const struct sift_where *where, struct sift_frame *frame)
{
    const struct sift_table *table = q->flows.table;
    const struct sift_end *end = sift_end(table, doc, where->name);
    enum screen_state state = SCREEN_GOES;
    uint64_t said = said_in(q, doc);

    q->unsaid += (int64_t)said;
    if (q->piece.failed)
        return SCREEN_NO_MEMORY;
    if (sift_begins(table, where->name))
        sieve_flow_begin(&q->flows, where);
    if (end != NULL)
        state = sieve_flow_end(&q->flows, end->of, where);
    if (state == SCREEN_GOES)
        state = sift_frame(table, q->flows.screen, doc, where, frame);
    q->broken = q->broken || frame->broken;
    if (state == SCREEN_GOES && !q->broken)
        state = add_frame(q, frame, said);
    if (state == SCREEN_GOES && !q->broken)
        state = end_texts(q, frame, end);
    return state;
}

enum screen_state sieve_queue_add(
    struct sieve_queue *q, const struct json_doc *doc)
{
    struct sift_frame frame = {0};
    struct sift_where where;
    enum screen_state state = SCREEN_GOES;

    q->turn++;
    q->broken = sift_where(q->flows.table, doc, &where) != 0;
    if (!q->broken)
        state = add(q, doc, &where, &frame);
    sift_frame_free(&frame);
    return state;
}

/* ---- frames that go ---- */

/* What is decided stays so: none is looked at with each frame that comes. */
static bool is_decided(const struct sieve_queue *q, struct sieve_waiting *w)
{
    size_t count;
    const struct sieve_piece *p = pieces_of(w, &count);

    while (w->decided < count &&
           screen_left(q->flows.screen,
               &q->flows.list[p[w->decided].flow].judged) >= p[w->decided].to)
        w->decided++;
    return w->decided == count;
}

static bool may_leave(const struct sieve_queue *q, struct sieve_waiting *w)
{
    size_t count;
    const struct sieve_piece *p = pieces_of(w, &count);

    if (w->unread || !is_decided(q, w))
        return false;
    for (size_t i = 0; i < count; i++)
        if (sieve_flow_fired(&q->flows, &q->flows.list[p[i].flow]) <= p[i].from)
            return false;
    return true;
}

static void put_piece(struct sieve_queue *q, const struct sieve_waiting *w,
    const struct sieve_piece *p)
{
    struct sieve_flow *f = &q->flows.list[p->flow];
    struct span raw = {w->text.data + p->begin, p->end - p->begin};
    struct span text;
    size_t count;
    const struct policy_cut *cuts =
        screen_cuts(q->flows.screen, &f->judged, &count);

    sieve_flow_follow(&q->flows, f);
    buf_reset(&q->piece);
    buf_reset(&q->shown);
    json_unescape((struct span){raw.p + 1, raw.n - 2}, &q->piece);
    text = (struct span){q->piece.data, q->piece.len};
    q->over = q->over || sieve_flow_fired(&q->flows, f) <= p->to;
    if (sift_text_take(&f->text, text, cuts, count, &q->shown)) {
        text = (struct span){q->shown.data, q->shown.len};
        json_quote(&q->next, text);
        q->cut = true;
    } else {
        buf_put(&q->next, raw.p, raw.n);
    }
    if (q->flows.table->said == NULL)
        q->unsaid -= (int64_t)estimate_text(text);
    q->failed = q->failed || q->piece.failed || q->shown.failed;
    sieve_flow_left(&q->flows, f);
}

static void put_frame(struct sieve_queue *q, const struct sieve_waiting *w)
{
    size_t count, at = 0;
    const struct sieve_piece *p = pieces_of(w, &count);

    buf_reset(&q->next);
    q->cut = false;
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
    const char *name = q->flows.table->note_of;
    struct sift_where where;
    struct sieve_flow *f;

    if (name == NULL || sift_where(q->flows.table, &q->doc, &where) != 0)
        return NULL;
    for (size_t i = q->flows.count; i-- > 0;) {
        f = &q->flows.list[i];
        if (f->name != NULL && strcmp(f->name, name) == 0 &&
            sieve_flow_is_there(f, &where))
            return f;
    }
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
    const struct sift_table *table = q->flows.table;
    struct splice_member m = {.object = 0};
    struct splice s;

    buf_reset(&q->shown);
    splice_begin(&s, &q->doc, &q->shown);
    while (splice_next(&m, &q->doc)) {
        if (is_key(q, m.key, table->number))
            lower(&s, m.value, q->dropped);
        else if (f != NULL && is_key(q, m.key, table->note_number))
            lower(&s, m.value, f->notes_dropped);
        else if (f != NULL && is_key(q, m.key, table->note))
            put_places(&s, f, m.value);
    }
    splice_end(&s);
}

static void take_shown(struct sieve_queue *q)
{
    buf_reset(&q->next);
    buf_put(&q->next, q->shown.data, q->shown.len);
    q->failed = q->failed || q->shown.failed;
}

/* The text that the notes of a choice are about, if it is not as it came. */
static struct sift_text *noted_text(void *cookie, int64_t choice)
{
    const struct sieve_flows *flows = cookie;
    struct sieve_flow *f;

    for (size_t i = flows->count; i-- > 0;) {
        f = &flows->list[i];
        if (f->name != NULL && strcmp(f->name, flows->table->text) == 0 &&
            f->at[SIFT_CHOICE] == choice &&
            f->at[SIFT_PATH] == SIFT_PATH_ROOT && f->text.edits.len > 0)
            return &f->text;
    }
    return NULL;
}

/* Returns whether the frame in q->next leaves. */
static bool renumber(struct sieve_queue *q, bool note)
{
    const struct sift_table *table = q->flows.table;
    struct sieve_flow *f = NULL;
    uint32_t node;

    if (!note && q->dropped == 0)
        return true;
    if (json_parse(&q->doc, q->next.data, q->next.len) != JSON_OK) {
        q->failed = true; /* it has been read before: memory is out */
        return true;
    }
    if (table->choices != NULL) {
        buf_reset(&q->shown);
        sift_move(table, &q->doc, noted_text, &q->flows, &q->shown);
        take_shown(q);
        return true;
    }
    if (note)
        f = noted_flow(q);
    node = f != NULL ? json_member(&q->doc, 0, table->note) : JSON_NONE;
    if (node != JSON_NONE && !sift_text_note(&f->text, &q->doc, node)) {
        f->notes_dropped++;
        q->dropped++;
        return false;
    }
    put_numbers(q, f);
    take_shown(q);
    return true;
}

/* What the frame in q->next says is counted by whoever writes it. */
static void count_left(struct sieve_queue *q, uint64_t said)
{
    if (q->flows.table->said == NULL)
        return;
    if (q->cut) {
        q->failed = q->failed ||
                    json_parse(&q->doc, q->next.data, q->next.len) != JSON_OK;
        said = q->failed ? 0 : said_in(q, &q->doc);
        q->failed = q->failed || q->piece.failed;
    }
    q->unsaid -= (int64_t)said;
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
        count_left(q, q->list[q->first].said);
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
    sieve_flow_free(&q->flows);
    sieve_queue_rest(q);
}
