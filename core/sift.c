#include "sift.h"

#include <string.h>

#include "sift_text.h"

enum { NOBODY = UINT32_MAX };

/* A walk over a document. */
struct walk {
    const struct sift_table *table;
    struct screen *screen;
    struct splice splice;
    struct sift_frame *frame;   /* NULL: a whole answer */
    struct sift_where where;    /* of the frame */
    uint32_t holder;            /* object whose strings are pieces; or NOBODY */
    uint32_t ahead;             /* string that was judged before its turn */
    struct sift_text seen;      /* it, or the one that was judged last */
    struct buf shown;           /* what leaves of that */
    bool touched;               /* it is not as it came */
    const struct sift_text *of; /* the text whose notes are walked over */
    struct buf plain;
    enum screen_state state;
};

static void walk_value(struct walk *w, uint32_t value, enum sift_as as);

static const struct json_doc *doc_of(const struct walk *w)
{
    return w->splice.doc;
}

/* Most names are others, and their first letter says so. */
static bool is_key(const struct walk *w, uint32_t key, const char *name)
{
    const struct json_doc *doc = doc_of(w);

    return name != NULL &&
           (doc->nodes[key].escaped ||
               doc->text[doc->nodes[key].begin + 1] == name[0]) &&
           json_string_is(doc, key, name);
}

/* ---- texts ---- */

/* Judge a whole text; what leaves of it is in w->shown then. */
static void judge(struct walk *w, struct span text, bool json)
{
    struct screen_text t;
    const struct policy_cut *cuts;
    enum screen_state state;
    size_t count;

    buf_reset(&w->shown);
    sift_text_free(&w->seen);
    w->touched = false;
    if (text.n == 0)
        return;
    if (screen_open(w->screen, json, &t) != 0) {
        w->state = SCREEN_NO_MEMORY;
        return;
    }
    state = screen_read(w->screen, &t, text, true);
    w->state = state > w->state ? state : w->state;
    cuts = screen_cuts(w->screen, &t, &count);
    if (count > 0)
        w->touched = sift_text_take(&w->seen, text, cuts, count, &w->shown);
    if (w->shown.failed)
        w->state = SCREEN_NO_MEMORY;
    screen_close(w->screen, &t);
}

static void judge_string(struct walk *w, uint32_t node, bool json)
{
    struct span text = json_view(doc_of(w), node, &w->plain);

    if (w->plain.failed)
        w->state = SCREEN_NO_MEMORY;
    else
        judge(w, text, json);
}

static void put_string(struct walk *w, uint32_t node)
{
    if (!w->touched)
        return;
    splice_value(&w->splice, node, "");
    json_quote(w->splice.out, (struct span){w->shown.data, w->shown.len});
}

/* What is JSON stays JSON when it is judged so; but two keys may have become
 * the same, or one too long. */
static void walk_json(struct walk *w, uint32_t node)
{
    static const char *const empty[] = {
        [JSON_STRING] = "\"\"", [JSON_ARRAY] = "[]", [JSON_OBJECT] = "{}"};
    struct json_doc shown = {0};
    bool readable;

    judge(w, json_raw(doc_of(w), node), true);
    if (!w->touched)
        return;
    readable = json_parse(&shown, w->shown.data, w->shown.len) == JSON_OK;
    splice_value(
        &w->splice, node, readable ? "" : empty[json_kind(doc_of(w), node)]);
    if (readable)
        buf_put(w->splice.out, w->shown.data, w->shown.len);
    json_free(&shown);
}

/* Bytes of a picture or a sound, which are no words. */
static bool is_sealed(struct span inside)
{
    static const char begin[] = "data:", coded[] = ";base64,";
    const size_t n = sizeof(begin) - 1;
    size_t head = inside.n < 128 ? inside.n : 128;

    return inside.n > n && memcmp(inside.p, begin, n) == 0 &&
           memmem(inside.p, head, coded, sizeof(coded) - 1) != NULL &&
           memchr(inside.p, ' ', inside.n) == NULL;
}

static void walk_string(struct walk *w, uint32_t node, enum sift_as as)
{
    if (as == SIFT_LINK && is_sealed(json_inside(doc_of(w), node)))
        return;
    if (node != w->ahead)
        judge_string(w, node, as == SIFT_JSON);
    w->ahead = JSON_NONE;
    put_string(w, node);
}

/* A piece of a text is judged with the others of that text: it stays. */
static void keep_piece(struct walk *w, uint32_t key, uint32_t value, bool json)
{
    struct span raw = json_raw(doc_of(w), value);
    struct sift_piece piece = {.where = w->where, .json = json};

    if (w->holder != NOBODY)
        piece.where.name = json_inside(doc_of(w), key);
    splice_value(&w->splice, value, "");
    piece.begin = w->splice.out->len;
    buf_put(w->splice.out, raw.p, raw.n);
    piece.end = w->splice.out->len;
    buf_put(&w->frame->pieces, &piece, sizeof(piece));
}

/* ---- notes: what says where in a text it belongs ---- */

/* Leave out the element at, behind the one before it, or before the first that
 * stays. */
static void drop_element(
    struct walk *w, uint32_t array, uint32_t kept, uint32_t at)
{
    const struct json_node *nodes = doc_of(w)->nodes;
    uint32_t next = json_after(doc_of(w), array, at);

    if (kept != JSON_NONE)
        splice_at(&w->splice, w->splice.done, nodes[at].end);
    else if (next != JSON_NONE)
        splice_at(&w->splice, nodes[at].begin, nodes[next].begin);
    else
        splice_at(&w->splice, nodes[at].begin, nodes[at].end);
}

static void walk_notes(struct walk *w, uint32_t array, struct sift_text *of)
{
    uint32_t kept = JSON_NONE, note;

    for (note = json_first(doc_of(w), array); note != JSON_NONE;
         note = json_after(doc_of(w), array, note)) {
        if (!sift_text_note(of, doc_of(w), note)) {
            drop_element(w, array, kept, note);
            continue;
        }
        w->of = of;
        walk_value(w, note, SIFT_TEXT);
        w->of = NULL;
        splice_at(
            &w->splice, doc_of(w)->nodes[note].end, doc_of(w)->nodes[note].end);
        kept = note;
    }
}

/* The text beside the notes may stand behind them: it is judged first, and kept
 * until its turn. */
static void walk_noted(struct walk *w, uint32_t object, uint32_t array)
{
    uint32_t text = json_member(doc_of(w), object, w->table->text);
    struct sift_text of = {0};
    struct buf shown;
    bool touched;

    if (text == JSON_NONE || json_kind(doc_of(w), text) != JSON_STRING) {
        walk_value(w, array, SIFT_TEXT);
        return;
    }
    judge_string(w, text, false);
    of = w->seen;
    shown = w->shown;
    touched = w->touched;
    w->seen = (struct sift_text){0};
    w->shown = (struct buf){0};
    walk_notes(w, array, &of);
    if (doc_of(w)->nodes[text].begin > w->splice.done) {
        buf_free(&w->shown);
        w->shown = shown;
        w->touched = touched;
        w->ahead = text;
    } else {
        buf_free(&shown);
    }
    sift_text_free(&of);
}

/* ---- objects ---- */

/* The type of an object, if it states one. */
static uint32_t type_of(const struct walk *w, uint32_t object)
{
    uint32_t type = json_member(doc_of(w), object, "type");

    return type != JSON_NONE && json_kind(doc_of(w), type) == JSON_STRING
               ? type
               : JSON_NONE;
}

static enum sift_as as_of(const struct walk *w, uint32_t type, uint32_t key)
{
    const struct sift_rule *rule = w->table->rules;

    for (; rule->key != NULL; rule++)
        if (is_key(w, key, rule->key) &&
            (rule->type == NULL ||
                (type != JSON_NONE && is_key(w, type, rule->type))))
            return rule->as;
    return span_ends(json_inside(doc_of(w), key), "_id") ? SIFT_MARK
                                                         : SIFT_TEXT;
}

static bool is_piece(const struct walk *w, uint32_t object, uint32_t key,
    uint32_t value, enum sift_as as)
{
    return w->frame != NULL && json_kind(doc_of(w), value) == JSON_STRING &&
           (as == SIFT_TEXT || as == SIFT_JSON) &&
           (object == w->holder ||
               (object == 0 && is_key(w, key, w->table->piece)));
}

static void walk_member(struct walk *w, uint32_t object, uint32_t type,
    uint32_t key, uint32_t value)
{
    enum sift_as as;

    if (json_kind(doc_of(w), value) < JSON_STRING) {
        if (w->of != NULL)
            sift_text_place(w->of, &w->splice, key, value);
        return;
    }
    as = as_of(w, type, key);
    if (is_piece(w, object, key, value, as))
        keep_piece(w, key, value, as == SIFT_JSON);
    else if (is_key(w, key, w->table->notes) &&
             json_kind(doc_of(w), value) == JSON_ARRAY &&
             json_size(doc_of(w), value) > 0)
        walk_noted(w, object, value);
    else
        walk_value(w, value, as);
}

static void walk_object(struct walk *w, uint32_t object)
{
    const uint32_t type = type_of(w, object);
    struct splice_member m = {.object = object};

    while (w->state == SCREEN_GOES && splice_next(&m, doc_of(w)))
        walk_member(w, object, type, m.key, m.value);
}

static void walk_array(struct walk *w, uint32_t array, enum sift_as as)
{
    uint32_t at;

    for (at = json_first(doc_of(w), array);
         at != JSON_NONE && w->state == SCREEN_GOES;
         at = json_after(doc_of(w), array, at))
        walk_value(w, at, as);
}

static bool is_filled(const struct walk *w, uint32_t value)
{
    return json_first(doc_of(w), value) != JSON_NONE;
}

static void walk_value(struct walk *w, uint32_t value, enum sift_as as)
{
    enum json_kind kind = json_kind(doc_of(w), value);

    if (as == SIFT_MARK)
        return;
    if (as == SIFT_VALUE && kind >= JSON_STRING) {
        if (kind == JSON_STRING || is_filled(w, value))
            walk_json(w, value);
    } else if (kind == JSON_STRING) {
        walk_string(w, value, as);
    } else if (kind == JSON_OBJECT) {
        walk_object(w, value);
    } else if (kind == JSON_ARRAY && as == SIFT_NONE) {
        if (is_filled(w, value) && !screen_watches(w->screen))
            splice_value(&w->splice, value, "[]");
    } else if (kind == JSON_ARRAY) {
        walk_array(w, value, as);
    }
}

/* ---- documents ---- */

static bool repeats(const struct walk *w, uint32_t key)
{
    const char *const *name = w->table->repeats;

    while (*name != NULL && !is_key(w, key, *name))
        name++;
    return *name != NULL;
}

/* An answer, as it is so far or whole: what it repeats of the request is not
 * what a model says. */
static void walk_answer(struct walk *w, uint32_t object)
{
    const uint32_t type = type_of(w, object);
    struct splice_member m = {.object = object};

    while (w->state == SCREEN_GOES && splice_next(&m, doc_of(w)))
        if (!repeats(w, m.key))
            walk_member(w, object, type, m.key, m.value);
}

static bool holds(const struct walk *w, uint32_t key)
{
    for (size_t i = 0; i < SIFT_HOLDERS; i++)
        if (is_key(w, key, w->table->holders[i]))
            return true;
    return false;
}

static void walk_frame(struct walk *w)
{
    const uint32_t type = type_of(w, 0);
    struct splice_member m = {.object = 0};

    while (w->state == SCREEN_GOES && splice_next(&m, doc_of(w))) {
        w->frame->note = w->frame->note || is_key(w, m.key, w->table->note);
        if (is_key(w, m.key, w->table->answer) &&
            json_kind(doc_of(w), m.value) == JSON_OBJECT) {
            walk_answer(w, m.value);
            continue;
        }
        if (holds(w, m.key) && json_kind(doc_of(w), m.value) == JSON_OBJECT)
            w->holder = m.value;
        walk_member(w, 0, type, m.key, m.value);
        w->holder = NOBODY;
    }
}

static enum screen_state finish(struct walk *w)
{
    splice_end(&w->splice);
    if (w->splice.out->failed)
        w->state = SCREEN_NO_MEMORY;
    sift_text_free(&w->seen);
    buf_free(&w->shown);
    buf_free(&w->plain);
    return w->state;
}

int sift_where(const struct sift_table *table, const struct json_doc *doc,
    struct sift_where *where)
{
    uint32_t node;

    where->name = json_text(doc, 0, "type");
    for (size_t i = 0; i < SIFT_PLACES; i++) {
        where->at[i] = -1;
        if (table->places[i] == NULL)
            continue;
        node = json_present(doc, 0, table->places[i]);
        if (node != JSON_NONE &&
            (json_int(doc, node, &where->at[i]) != 0 || where->at[i] < 0))
            return -1;
    }
    return 0;
}

enum screen_state sift_frame(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc,
    const struct sift_where *where, struct sift_frame *frame)
{
    struct walk w = {.table = table,
        .screen = screen,
        .frame = frame,
        .where = *where,
        .holder = NOBODY};

    splice_begin(&w.splice, doc, &frame->text);
    walk_frame(&w);
    if (frame->pieces.failed)
        w.state = SCREEN_NO_MEMORY;
    return finish(&w);
}

void sift_frame_free(struct sift_frame *frame)
{
    buf_free(&frame->pieces);
    buf_free(&frame->text);
    *frame = (struct sift_frame){0};
}

enum screen_state sift_answer(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc, struct buf *out)
{
    struct walk w = {.table = table, .screen = screen, .holder = NOBODY};

    splice_begin(&w.splice, doc, out);
    walk_answer(&w, 0);
    return finish(&w);
}

const struct sift_end *sift_end(
    const struct sift_table *table, struct span type)
{
    const struct sift_end *end = table->ends;

    for (; end->type != NULL; end++)
        if (end->type[0] == '.' ? span_ends(type, end->type)
                                : span_is(type, end->type))
            return end;
    return NULL;
}
