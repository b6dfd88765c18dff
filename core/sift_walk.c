#include "sift_walk.h"

#include <string.h>

#include "sift_way.h"

const struct json_doc *sift_walk_doc_of(const struct sift_walk *w)
{
    return w->splice.doc;
}

/* Most names are others, and their first letter says so. */
bool sift_walk_is_key(const struct sift_walk *w, uint32_t key, const char *name)
{
    const struct json_doc *doc = sift_walk_doc_of(w);

    return name != NULL &&
           (doc->nodes[key].escaped ||
               doc->text[doc->nodes[key].begin + 1] == name[0]) &&
           json_string_is(doc, key, name);
}

/* ---- texts ---- */

/* Judge a whole text; what leaves of it is in w->shown then. */
static void judge(struct sift_walk *w, struct span text, bool json)
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

static void judge_string(struct sift_walk *w, uint32_t node, bool json)
{
    struct span text = json_view(sift_walk_doc_of(w), node, &w->plain);

    if (w->plain.failed)
        w->state = SCREEN_NO_MEMORY;
    else
        judge(w, text, json);
}

static void put_string(struct sift_walk *w, uint32_t node)
{
    if (!w->touched)
        return;
    splice_value(&w->splice, node, "");
    json_quote(w->splice.out, (struct span){w->shown.data, w->shown.len});
}

/* What is JSON stays JSON when it is judged so; but two keys may have become
 * the same, or one too long. */
static void walk_json(struct sift_walk *w, uint32_t node)
{
    static const char *const empty[] = {
        [JSON_STRING] = "\"\"", [JSON_ARRAY] = "[]", [JSON_OBJECT] = "{}"};
    struct json_doc shown = {0};
    bool readable;

    judge(w, json_raw(sift_walk_doc_of(w), node), true);
    if (!w->touched)
        return;
    readable = json_parse(&shown, w->shown.data, w->shown.len) == JSON_OK;
    splice_value(&w->splice, node,
        readable ? "" : empty[json_kind(sift_walk_doc_of(w), node)]);
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

/* ---- parts of a text ---- */

static uint32_t part_of(const struct json_doc *doc, uint32_t element)
{
    uint32_t text = json_kind(doc, element) == JSON_OBJECT
                        ? json_member(doc, element, "text")
                        : element;

    return text != JSON_NONE && json_kind(doc, text) == JSON_STRING ? text
                                                                    : JSON_NONE;
}

static void read_part(
    struct sift_walk *w, struct sift_parts *parts, uint32_t node)
{
    struct span text = json_view(sift_walk_doc_of(w), node, &w->plain);
    enum screen_state state;

    buf_put(&parts->nodes, &node, sizeof(node));
    if (w->plain.failed || parts->nodes.failed) {
        w->state = SCREEN_NO_MEMORY;
        return;
    }
    state = screen_read(w->screen, &parts->judged, text, false);
    w->state = state > w->state ? state : w->state;
}

static bool is_part(const struct sift_walk *w, uint32_t node)
{
    const struct sift_parts *parts = w->parts;

    return parts != NULL && parts->next < parts->nodes.len / sizeof(node) &&
           memcmp(parts->nodes.data + parts->next * sizeof(node), &node,
               sizeof(node)) == 0;
}

/* What leaves of the next part. */
static void take_part(struct sift_walk *w, uint32_t node)
{
    struct span text = json_view(sift_walk_doc_of(w), node, &w->plain);
    const struct policy_cut *cuts;
    size_t count;

    w->parts->next++;
    buf_reset(&w->shown);
    cuts = screen_cuts(w->screen, &w->parts->judged, &count);
    w->touched = sift_text_take(&w->parts->left, text, cuts, count, &w->shown);
    if (w->plain.failed || w->shown.failed)
        w->state = SCREEN_NO_MEMORY;
}

/* Clients put together what the parts of a text say. */
static void walk_parts(struct sift_walk *w, uint32_t array, enum sift_as as)
{
    const struct json_doc *doc = sift_walk_doc_of(w);
    struct sift_parts parts = {0};
    enum screen_state state;
    uint32_t at, node;

    if (screen_open(w->screen, false, &parts.judged) != 0) {
        w->state = SCREEN_NO_MEMORY;
        return;
    }
    for (at = json_first(doc, array); at != JSON_NONE;
         at = json_after(doc, array, at))
        if ((node = part_of(doc, at)) != JSON_NONE && w->state == SCREEN_GOES)
            read_part(w, &parts, node);
    state = screen_read(w->screen, &parts.judged, (struct span){"", 0}, true);
    w->state = state > w->state ? state : w->state;
    w->parts = &parts;
    if (w->state == SCREEN_GOES)
        sift_walk_value(w, array, as);
    w->parts = NULL;
    screen_close(w->screen, &parts.judged);
    sift_text_free(&parts.left);
    buf_free(&parts.nodes);
}

static bool has_parts(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    return w->table->choices != NULL && w->screen != NULL && w->parts == NULL &&
           sift_walk_is_key(w, key, w->table->text) &&
           json_kind(sift_walk_doc_of(w), value) == JSON_ARRAY;
}

static void walk_string(struct sift_walk *w, uint32_t node, enum sift_as as)
{
    if (as == SIFT_LINK && is_sealed(json_inside(sift_walk_doc_of(w), node)))
        return;
    if (is_part(w, node))
        take_part(w, node);
    else if (node != w->ahead)
        judge_string(w, node, as == SIFT_JSON);
    w->ahead = JSON_NONE;
    put_string(w, node);
}

/* A piece of a text is judged with the others of that text: it stays, or what
 * is left of it. */
static void take_piece(struct sift_walk *w, const struct sift_where *where,
    uint32_t value, enum sift_as as)
{
    struct span raw = json_raw(sift_walk_doc_of(w), value);
    struct sift_piece piece = {.where = *where, .json = as == SIFT_JSON};

    w->touched = false;
    if (as == SIFT_BOTH)
        judge_string(w, value, false);
    splice_value(&w->splice, value, "");
    piece.begin = w->splice.out->len;
    if (w->touched)
        json_quote(w->splice.out, (struct span){w->shown.data, w->shown.len});
    else
        buf_put(w->splice.out, raw.p, raw.n);
    piece.end = w->splice.out->len;
    buf_put(&w->frame->pieces, &piece, sizeof(piece));
}

/* ---- notes: what says where in a text it belongs ---- */

/* Leave out the element at, behind the one before it, or before the first that
 * stays. */
static void drop_element(
    struct sift_walk *w, uint32_t array, uint32_t kept, uint32_t at)
{
    const struct json_node *nodes = sift_walk_doc_of(w)->nodes;
    uint32_t next = json_after(sift_walk_doc_of(w), array, at);

    if (kept != JSON_NONE)
        splice_at(&w->splice, w->splice.done, nodes[at].end);
    else if (next != JSON_NONE)
        splice_at(&w->splice, nodes[at].begin, nodes[next].begin);
    else
        splice_at(&w->splice, nodes[at].begin, nodes[at].end);
}

void sift_walk_notes(struct sift_walk *w, uint32_t array, struct sift_text *of)
{
    uint32_t kept = JSON_NONE, note;

    for (note = json_first(sift_walk_doc_of(w), array); note != JSON_NONE;
         note = json_after(sift_walk_doc_of(w), array, note)) {
        if (!sift_text_note(of, sift_walk_doc_of(w), note)) {
            drop_element(w, array, kept, note);
            continue;
        }
        w->of = of;
        sift_walk_value(w, note, SIFT_TEXT);
        w->of = NULL;
        splice_at(&w->splice, sift_walk_doc_of(w)->nodes[note].end,
            sift_walk_doc_of(w)->nodes[note].end);
        kept = note;
    }
}

/* The text beside the notes may stand behind them: it is judged first, and kept
 * until its turn. */
static void walk_noted(struct sift_walk *w, uint32_t object, uint32_t array)
{
    uint32_t text = json_member(sift_walk_doc_of(w), object, w->table->text);
    struct sift_text of = {0};
    struct buf shown;
    bool touched;

    if (text == JSON_NONE ||
        json_kind(sift_walk_doc_of(w), text) != JSON_STRING) {
        sift_walk_value(w, array, SIFT_TEXT);
        return;
    }
    judge_string(w, text, false);
    of = w->seen;
    shown = w->shown;
    touched = w->touched;
    w->seen = (struct sift_text){0};
    w->shown = (struct buf){0};
    sift_walk_notes(w, array, &of);
    if (sift_walk_doc_of(w)->nodes[text].begin > w->splice.done) {
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
uint32_t sift_walk_type_of(const struct sift_walk *w, uint32_t object)
{
    uint32_t type = json_member(sift_walk_doc_of(w), object, "type");

    return type != JSON_NONE &&
                   json_kind(sift_walk_doc_of(w), type) == JSON_STRING
               ? type
               : JSON_NONE;
}

static enum sift_as as_of(
    const struct sift_walk *w, uint32_t type, uint32_t key)
{
    const struct sift_rule *rule = w->table->rules;

    for (; rule->key != NULL; rule++)
        if (sift_walk_is_key(w, key, rule->key) &&
            (rule->type == NULL ||
                (type != JSON_NONE && sift_walk_is_key(w, type, rule->type))))
            return rule->as;
    return span_ends(json_inside(sift_walk_doc_of(w), key), "_id") ? SIFT_MARK
                                                                   : rule->as;
}

static bool goes_on(const struct sift_walk *w, uint32_t value, enum sift_as as)
{
    return w->frame != NULL &&
           json_kind(sift_walk_doc_of(w), value) == JSON_STRING &&
           (as == SIFT_TEXT || as == SIFT_JSON || as == SIFT_BOTH);
}

static bool is_piece(const struct sift_walk *w, uint32_t object, uint32_t key,
    uint32_t value, enum sift_as as)
{
    return goes_on(w, value, as) &&
           (object == w->holder || w->says ||
               (object == 0 && sift_walk_is_key(w, key, w->table->piece)));
}

/* The text that a string under that key goes on with. */
static struct sift_where text_at(const struct sift_walk *w, uint32_t key)
{
    struct sift_where where = w->where;

    if (w->holder != SIFT_NOBODY || w->says)
        where.name = json_inside(sift_walk_doc_of(w), key);
    return where;
}

static bool is_notes(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    return sift_walk_is_key(w, key, w->table->notes) &&
           json_kind(sift_walk_doc_of(w), value) == JSON_ARRAY &&
           json_size(sift_walk_doc_of(w), value) > 0;
}

static void walk_named(
    struct sift_walk *w, uint32_t key, uint32_t value, enum sift_as as)
{
    w->named =
        json_kind(sift_walk_doc_of(w), value) == JSON_OBJECT ? key : JSON_NONE;
    sift_walk_value(w, value, as);
    w->named = JSON_NONE;
}

/* ---- ways to what a choice says ---- */

static void enter_member(struct sift_walk *w, uint32_t key, uint32_t value)
{
    struct span name;

    if (json_first(sift_walk_doc_of(w), value) == JSON_NONE)
        return;
    name = json_view(sift_walk_doc_of(w), key, &w->plain);
    if (w->plain.failed)
        w->state = SCREEN_NO_MEMORY;
    else
        sift_way_member(&w->where, name);
}

/* Who reads a list may take an index that is none for any. Lists in lists are
 * one. */
static void enter_element(struct sift_walk *w, uint32_t element, int64_t place)
{
    if (json_kind(sift_walk_doc_of(w), element) != JSON_OBJECT ||
        json_first(sift_walk_doc_of(w), element) == JSON_NONE)
        return;
    if (sift_way_index(sift_walk_doc_of(w), element, &place) != 0)
        w->frame->broken = true;
    sift_way_element(&w->where, place);
}

/* Notes on a text are texts of their own, unless they state which of them goes
 * on; parts of a text that do not are one. */
static void walk_said(
    struct sift_walk *w, uint32_t key, uint32_t value, enum sift_as as)
{
    const bool notes = is_notes(w, key, value), joined = w->joined;
    const struct sift_where here = w->where, list = w->list;

    w->frame->note = w->frame->note || notes;
    w->says = !notes || sift_way_is_stated(sift_walk_doc_of(w), value);
    w->joined = joined || sift_walk_is_key(w, key, w->table->text);
    w->list = text_at(w, key);
    enter_member(w, key, value);
    walk_named(w, key, value, as);
    w->where = here;
    w->list = list;
    w->joined = joined;
    w->says = true;
}

void sift_walk_member(struct sift_walk *w, uint32_t object, uint32_t type,
    uint32_t key, uint32_t value)
{
    struct sift_where where;
    enum sift_as as;

    if (json_kind(sift_walk_doc_of(w), value) < JSON_STRING) {
        if (w->of != NULL)
            sift_text_place(w->of, &w->splice, key, value);
        return;
    }
    as = as_of(w, type, key);
    if (is_piece(w, object, key, value, as)) {
        where = text_at(w, key);
        take_piece(w, &where, value, as);
    } else if (w->says) {
        walk_said(w, key, value, as);
    } else if (is_notes(w, key, value)) {
        walk_noted(w, object, value);
    } else if (has_parts(w, key, value)) {
        walk_parts(w, value, as);
    } else {
        walk_named(w, key, value, as);
    }
}

void sift_walk_object(struct sift_walk *w, uint32_t object)
{
    const uint32_t stated = sift_walk_type_of(w, object);
    const uint32_t type = stated != JSON_NONE ? stated : w->named;
    struct splice_member m = {.object = object};

    w->named = JSON_NONE;
    while (w->state == SCREEN_GOES && splice_next(&m, sift_walk_doc_of(w)))
        sift_walk_member(w, object, type, m.key, m.value);
}

static void walk_array(struct sift_walk *w, uint32_t array, enum sift_as as)
{
    const struct sift_where here = w->where;
    int64_t place = 0;
    uint32_t at;

    for (at = json_first(sift_walk_doc_of(w), array);
         at != JSON_NONE && w->state == SCREEN_GOES;
         at = json_after(sift_walk_doc_of(w), array, at), place++) {
        if (!w->says) {
            sift_walk_value(w, at, as);
        } else if (goes_on(w, at, as)) {
            take_piece(w, &w->list, at, as);
        } else {
            enter_element(w, at, w->joined ? 0 : place);
            sift_walk_value(w, at, as);
            w->where = here;
        }
    }
}

static bool is_filled(const struct sift_walk *w, uint32_t value)
{
    return json_first(sift_walk_doc_of(w), value) != JSON_NONE;
}

/* Returns whether there is nothing else to do with it. */
static bool drop(struct sift_walk *w, uint32_t value)
{
    enum json_kind kind = json_kind(sift_walk_doc_of(w), value);

    if (kind <= JSON_STRING)
        return false;
    if (is_filled(w, value) && w->screen != NULL && !screen_watches(w->screen))
        splice_value(&w->splice, value, kind == JSON_ARRAY ? "[]" : "null");
    return true;
}

void sift_walk_value(struct sift_walk *w, uint32_t value, enum sift_as as)
{
    enum json_kind kind = json_kind(sift_walk_doc_of(w), value);

    if (as == SIFT_MARK || (as == SIFT_NONE && drop(w, value)) ||
        (w->screen == NULL && kind == JSON_STRING))
        return;
    if ((as == SIFT_VALUE && kind >= JSON_STRING) ||
        (as == SIFT_JSON && kind > JSON_STRING)) {
        if (kind == JSON_STRING || is_filled(w, value))
            walk_json(w, value);
    } else if (kind == JSON_STRING) {
        walk_string(w, value, as);
    } else if (kind == JSON_OBJECT) {
        sift_walk_object(w, value);
    } else if (kind == JSON_ARRAY) {
        walk_array(w, value, as);
    }
}
