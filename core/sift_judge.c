#include "sift_judge.h"

#include <string.h>

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

void sift_judge_string(struct sift_walk *w, uint32_t node, bool json)
{
    struct span text = json_view(w->splice.doc, node, &w->plain);

    if (w->plain.failed)
        w->state = SCREEN_NO_MEMORY;
    else
        judge(w, text, json);
}

static void put(struct sift_walk *w, uint32_t node)
{
    if (!w->touched)
        return;
    splice_value(&w->splice, node, "");
    json_quote(w->splice.out, (struct span){w->shown.data, w->shown.len});
}

/* What is JSON stays JSON when it is judged so; but two keys may have become
 * the same, or one too long. */
void sift_judge_json(struct sift_walk *w, uint32_t node)
{
    static const char *const empty[] = {
        [JSON_STRING] = "\"\"", [JSON_ARRAY] = "[]", [JSON_OBJECT] = "{}"};
    struct json_doc shown = {0};
    bool readable;

    judge(w, json_raw(w->splice.doc, node), true);
    if (!w->touched)
        return;
    readable = json_parse(&shown, w->shown.data, w->shown.len) == JSON_OK;
    splice_value(&w->splice, node,
        readable ? "" : empty[json_kind(w->splice.doc, node)]);
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

/* ---- parts ---- */

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
    struct span text = json_view(w->splice.doc, node, &w->plain);
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
    struct span text = json_view(w->splice.doc, node, &w->plain);
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
void sift_judge_parts(struct sift_walk *w, uint32_t array, enum sift_as as)
{
    const struct json_doc *doc = w->splice.doc;
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

/* ---- strings ---- */

void sift_judge_value(struct sift_walk *w, uint32_t node, enum sift_as as)
{
    if (as == SIFT_LINK && is_sealed(json_inside(w->splice.doc, node)))
        return;
    if (is_part(w, node))
        take_part(w, node);
    else if (node != w->ahead)
        sift_judge_string(w, node, as == SIFT_JSON);
    w->ahead = JSON_NONE;
    put(w, node);
}
