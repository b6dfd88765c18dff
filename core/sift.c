#include "sift.h"

#include "sift_note.h"
#include "sift_way.h"

static bool repeats(const struct sift_walk *w, uint32_t key)
{
    const char *const *name = w->table->repeats;

    while (*name != NULL && !sift_walk_is_key(w, key, *name))
        name++;
    return *name != NULL;
}

/* An answer, as it is so far or whole: what it repeats of the request is not
 * what a model says. */
static void walk_answer(struct sift_walk *w, uint32_t object)
{
    const uint32_t type = sift_walk_type(w, object);
    struct splice_member m = {.object = object};

    while (w->state == SCREEN_GOES && splice_next(&m, w->splice.doc))
        if (!repeats(w, m.key))
            sift_walk_member(w, object, type, m.key, m.value);
}

static bool holds(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    if (json_kind(w->splice.doc, value) != JSON_OBJECT)
        return false;
    for (size_t i = 0; i < SIFT_HOLDERS; i++)
        if (sift_walk_is_key(w, key, w->table->holders[i]))
            return true;
    return false;
}

/* Whether the choice says why it ends; some say "" where they do not. */
static bool finishes(const struct sift_walk *w, uint32_t key, uint32_t value)
{
    return sift_walk_is_key(w, key, w->table->finish) &&
           json_kind(w->splice.doc, value) == JSON_STRING &&
           json_inside(w->splice.doc, value).n > 0;
}

static void walk_choice(struct sift_walk *w, uint32_t choice)
{
    struct splice_member m = {.object = choice};

    while (w->state == SCREEN_GOES && splice_next(&m, w->splice.doc)) {
        if (finishes(w, m.key, m.value))
            buf_put(&w->frame->ends, &w->where.at[SIFT_CHOICE],
                sizeof(w->where.at[SIFT_CHOICE]));
        w->says = holds(w, m.key, m.value);
        w->where.at[SIFT_PATH] = w->says ? SIFT_PATH_ROOT : -1;
        if (w->says)
            sift_walk_object(w, m.value);
        else
            sift_walk_member(w, choice, JSON_NONE, m.key, m.value);
        w->says = false;
    }
}

static void walk_choices(struct sift_walk *w, uint32_t choices)
{
    uint32_t choice;

    for (choice = json_first(w->splice.doc, choices); choice != JSON_NONE;
         choice = json_after(w->splice.doc, choices, choice)) {
        w->where.at[SIFT_CHOICE] = 0;
        if (sift_way_index(w->splice.doc, choice, &w->where.at[SIFT_CHOICE]) !=
            0)
            w->frame->broken = true;
        if (json_kind(w->splice.doc, choice) == JSON_OBJECT)
            walk_choice(w, choice);
        else
            sift_walk_value(w, choice, SIFT_TEXT);
    }
}

static void walk_frame(struct sift_walk *w)
{
    const uint32_t type = sift_walk_type(w, 0);
    struct splice_member m = {.object = 0};

    while (w->state == SCREEN_GOES && splice_next(&m, w->splice.doc)) {
        w->frame->note =
            w->frame->note || sift_walk_is_key(w, m.key, w->table->note);
        if (sift_walk_is_key(w, m.key, w->table->answer) &&
            json_kind(w->splice.doc, m.value) == JSON_OBJECT) {
            walk_answer(w, m.value);
            continue;
        }
        if (sift_walk_is_key(w, m.key, w->table->choices) &&
            json_kind(w->splice.doc, m.value) == JSON_ARRAY) {
            walk_choices(w, m.value);
            continue;
        }
        if (w->table->choices == NULL && holds(w, m.key, m.value))
            w->holder = m.value;
        sift_walk_member(w, 0, type, m.key, m.value);
        w->holder = SIFT_NOBODY;
    }
}

static enum screen_state finish(struct sift_walk *w)
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
        if (node != JSON_NONE && sift_way_place(doc, node, &where->at[i]) != 0)
            return -1;
    }
    return 0;
}

enum screen_state sift_frame(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc,
    const struct sift_where *where, struct sift_frame *frame)
{
    struct sift_walk w = {.table = table,
        .screen = screen,
        .frame = frame,
        .where = *where,
        .named = JSON_NONE,
        .holder = SIFT_NOBODY};

    splice_begin(&w.splice, doc, &frame->text);
    walk_frame(&w);
    if (frame->pieces.failed || frame->ends.failed)
        w.state = SCREEN_NO_MEMORY;
    return finish(&w);
}

void sift_frame_free(struct sift_frame *frame)
{
    buf_free(&frame->ends);
    buf_free(&frame->pieces);
    buf_free(&frame->text);
    *frame = (struct sift_frame){0};
}

enum screen_state sift_answer(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc, struct buf *out)
{
    struct sift_walk w = {.table = table,
        .screen = screen,
        .named = JSON_NONE,
        .holder = SIFT_NOBODY};

    splice_begin(&w.splice, doc, out);
    walk_answer(&w, 0);
    return finish(&w);
}

bool sift_is_frame(const struct sift_table *table, const struct json_doc *doc)
{
    return table->choices != NULL ? json_kind(doc, 0) == JSON_OBJECT
                                  : json_has(doc, 0, "type", JSON_STRING);
}

static uint32_t notes_of(const struct sift_walk *w, uint32_t choice)
{
    uint32_t said =
        json_kind(w->splice.doc, choice) == JSON_OBJECT
            ? json_member(w->splice.doc, choice, w->table->holders[0])
            : JSON_NONE;
    uint32_t notes =
        said != JSON_NONE && json_kind(w->splice.doc, said) == JSON_OBJECT
            ? json_member(w->splice.doc, said, w->table->notes)
            : JSON_NONE;

    return notes != JSON_NONE && json_kind(w->splice.doc, notes) == JSON_ARRAY
               ? notes
               : JSON_NONE;
}

void sift_move(const struct sift_table *table, const struct json_doc *doc,
    sift_noted *noted, void *cookie, struct buf *out)
{
    struct sift_walk w = {
        .table = table, .named = JSON_NONE, .holder = SIFT_NOBODY};
    uint32_t choices = json_member(doc, 0, table->choices);
    uint32_t choice, notes;
    struct sift_text *of;
    int64_t place;

    splice_begin(&w.splice, doc, out);
    for (choice = json_first(doc, choices); choice != JSON_NONE;
         choice = json_after(doc, choices, choice)) {
        notes = notes_of(&w, choice);
        if (notes == JSON_NONE)
            continue;
        place = 0;
        sift_way_index(doc, choice, &place);
        of = noted(cookie, place);
        if (of != NULL)
            sift_note_move(&w, notes, of);
    }
    finish(&w);
}

const struct sift_end *sift_end(const struct sift_table *table,
    const struct json_doc *doc, struct span type)
{
    static const struct sift_end all = {NULL, SIFT_END_ALL};
    const struct sift_end *end = table->ends;

    if (table->fault != NULL &&
        json_truthy(doc, json_member(doc, 0, table->fault)))
        return &all;
    for (; end->type != NULL; end++)
        if (end->type[0] == '.' ? span_ends(type, end->type)
                                : span_is(type, end->type))
            return end;
    return NULL;
}

bool sift_begins(const struct sift_table *table, struct span type)
{
    const char *const *name = table->begins;

    while (name != NULL && *name != NULL && !span_is(type, *name))
        name++;
    return name != NULL && *name != NULL;
}
