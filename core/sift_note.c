#include "sift_note.h"

#include "sift_judge.h"

/* Leave out the element at, behind the one before it, or before the first that
 * stays. */
static void drop_element(
    struct sift_walk *w, uint32_t array, uint32_t kept, uint32_t at)
{
    const struct json_node *nodes = w->splice.doc->nodes;
    uint32_t next = json_after(w->splice.doc, array, at);

    if (kept != JSON_NONE)
        splice_at(&w->splice, w->splice.done, nodes[at].end);
    else if (next != JSON_NONE)
        splice_at(&w->splice, nodes[at].begin, nodes[next].begin);
    else
        splice_at(&w->splice, nodes[at].begin, nodes[at].end);
}

void sift_note_move(struct sift_walk *w, uint32_t array, struct sift_text *of)
{
    uint32_t kept = JSON_NONE, note;

    for (note = json_first(w->splice.doc, array); note != JSON_NONE;
         note = json_after(w->splice.doc, array, note)) {
        if (!sift_text_note(of, w->splice.doc, note)) {
            drop_element(w, array, kept, note);
            continue;
        }
        w->of = of;
        sift_walk_value(w, note, SIFT_TEXT);
        w->of = NULL;
        splice_at(&w->splice, w->splice.doc->nodes[note].end,
            w->splice.doc->nodes[note].end);
        kept = note;
    }
}

/* The text beside the notes may stand behind them: it is judged first, and kept
 * until its turn. */
void sift_note_beside(struct sift_walk *w, uint32_t object, uint32_t array)
{
    uint32_t text = json_member(w->splice.doc, object, w->table->text);
    struct sift_text of = {0};
    struct buf shown;
    bool touched;

    if (text == JSON_NONE || json_kind(w->splice.doc, text) != JSON_STRING) {
        sift_walk_value(w, array, SIFT_TEXT);
        return;
    }
    sift_judge_string(w, text, false);
    of = w->seen;
    shown = w->shown;
    touched = w->touched;
    w->seen = (struct sift_text){0};
    w->shown = (struct buf){0};
    sift_note_move(w, array, &of);
    if (w->splice.doc->nodes[text].begin > w->splice.done) {
        buf_free(&w->shown);
        w->shown = shown;
        w->touched = touched;
        w->ahead = text;
    } else {
        buf_free(&shown);
    }
    sift_text_free(&of);
}
