#include "sift_walk.h"

#include <string.h>

#include "sift_judge.h"
#include "sift_note.h"
#include "sift_way.h"

/* Most names are others, and their first letter says so. */
bool sift_walk_is_key(const struct sift_walk *w, uint32_t key, const char *name)
{
    const struct json_doc *doc = w->splice.doc;

    return name != NULL &&
           (doc->nodes[key].escaped ||
               doc->text[doc->nodes[key].begin + 1] == name[0]) &&
           json_string_is(doc, key, name);
}

/* ---- texts ---- */

/* A piece of a text is judged with the others of that text: it stays, or what
 * is left of it. */
static void take_piece(struct sift_walk *w, const struct sift_where *where,
    uint32_t value, enum sift_as as)
{
    struct span raw = json_raw(w->splice.doc, value);
    struct sift_piece piece = {.where = *where, .json = as == SIFT_JSON};

    w->touched = false;
    if (as == SIFT_BOTH)
        sift_judge_string(w, value, false);
    splice_value(&w->splice, value, "");
    piece.begin = w->splice.out->len;
    if (w->touched)
        json_quote(w->splice.out, (struct span){w->shown.data, w->shown.len});
    else
        buf_put(w->splice.out, raw.p, raw.n);
    piece.end = w->splice.out->len;
    buf_put(&w->frame->pieces, &piece, sizeof(piece));
}

/* ---- objects ---- */

/* The type of an object, if it states one. */
uint32_t sift_walk_type(const struct sift_walk *w, uint32_t object)
{
    uint32_t type = json_member(w->splice.doc, object, "type");

    return type != JSON_NONE && json_kind(w->splice.doc, type) == JSON_STRING
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
    return span_ends(json_inside(w->splice.doc, key), "_id") ? SIFT_MARK
                                                             : rule->as;
}

static bool has_parts(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    return w->table->choices != NULL && w->screen != NULL && w->parts == NULL &&
           sift_walk_is_key(w, key, w->table->text) &&
           json_kind(w->splice.doc, value) == JSON_ARRAY;
}

static bool goes_on(const struct sift_walk *w, uint32_t value, enum sift_as as)
{
    return w->frame != NULL && json_kind(w->splice.doc, value) == JSON_STRING &&
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
        where.name = json_inside(w->splice.doc, key);
    return where;
}

static bool is_notes(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    return sift_walk_is_key(w, key, w->table->notes) &&
           json_kind(w->splice.doc, value) == JSON_ARRAY &&
           json_size(w->splice.doc, value) > 0;
}

static void walk_named(
    struct sift_walk *w, uint32_t key, uint32_t value, enum sift_as as)
{
    w->named = json_kind(w->splice.doc, value) == JSON_OBJECT ? key : JSON_NONE;
    sift_walk_value(w, value, as);
    w->named = JSON_NONE;
}

/* ---- ways to what a choice says ---- */

static void enter_member(struct sift_walk *w, uint32_t key, uint32_t value)
{
    struct span name;

    if (json_first(w->splice.doc, value) == JSON_NONE)
        return;
    name = json_view(w->splice.doc, key, &w->plain);
    if (w->plain.failed)
        w->state = SCREEN_NO_MEMORY;
    else
        sift_way_member(&w->where, name);
}

/* Who reads a list may take an index that is none for any. Lists in lists are
 * one. */
static void enter_element(struct sift_walk *w, uint32_t element, int64_t place)
{
    if (json_kind(w->splice.doc, element) != JSON_OBJECT ||
        json_first(w->splice.doc, element) == JSON_NONE)
        return;
    if (sift_way_index(w->splice.doc, element, &place) != 0)
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
    w->says = !notes || sift_way_is_stated(w->splice.doc, value);
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

    if (json_kind(w->splice.doc, value) < JSON_STRING) {
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
        sift_note_beside(w, object, value);
    } else if (has_parts(w, key, value)) {
        sift_judge_parts(w, value, as);
    } else {
        walk_named(w, key, value, as);
    }
}

void sift_walk_object(struct sift_walk *w, uint32_t object)
{
    const uint32_t stated = sift_walk_type(w, object);
    const uint32_t type = stated != JSON_NONE ? stated : w->named;
    struct splice_member m = {.object = object};

    w->named = JSON_NONE;
    while (w->state == SCREEN_GOES && splice_next(&m, w->splice.doc))
        sift_walk_member(w, object, type, m.key, m.value);
}

static void walk_array(struct sift_walk *w, uint32_t array, enum sift_as as)
{
    const struct sift_where here = w->where;
    int64_t place = 0;
    uint32_t at;

    for (at = json_first(w->splice.doc, array);
         at != JSON_NONE && w->state == SCREEN_GOES;
         at = json_after(w->splice.doc, array, at), place++) {
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
    return json_first(w->splice.doc, value) != JSON_NONE;
}

/* Returns whether there is nothing else to do with it. */
static bool drop(struct sift_walk *w, uint32_t value)
{
    enum json_kind kind = json_kind(w->splice.doc, value);

    if (kind <= JSON_STRING)
        return false;
    if (is_filled(w, value) && w->screen != NULL && !screen_watches(w->screen))
        splice_value(&w->splice, value, kind == JSON_ARRAY ? "[]" : "null");
    return true;
}

void sift_walk_value(struct sift_walk *w, uint32_t value, enum sift_as as)
{
    enum json_kind kind = json_kind(w->splice.doc, value);

    if (as == SIFT_MARK || (as == SIFT_NONE && drop(w, value)) ||
        (w->screen == NULL && kind == JSON_STRING))
        return;
    if ((as == SIFT_VALUE && kind >= JSON_STRING) ||
        (as == SIFT_JSON && kind > JSON_STRING)) {
        if (kind == JSON_STRING || is_filled(w, value))
            sift_judge_json(w, value);
    } else if (kind == JSON_STRING) {
        sift_judge_value(w, value, as);
    } else if (kind == JSON_OBJECT) {
        sift_walk_object(w, value);
    } else if (kind == JSON_ARRAY) {
        walk_array(w, value, as);
    }
}
