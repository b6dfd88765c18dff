#include "sift_text.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t count_chars(const char *p, size_t n)
{
    uint64_t chars = 0;

    for (size_t i = 0; i < n; i++)
        chars += ((unsigned char)p[i] & 0xc0) != 0x80;
    return chars;
}

static struct sift_edit *edits_of(const struct sift_text *t, size_t *count)
{
    *count = t->edits.len / sizeof(struct sift_edit);
    return (struct sift_edit *)(void *)t->edits.data;
}

/* How much longer the text is now, to behind the first ${count} edits. */
static int64_t moved_behind(const struct sift_edit *edits, size_t count)
{
    const struct sift_edit *last;

    if (count == 0)
        return 0;
    last = &edits[count - 1];
    return last->moved + (int64_t)last->shown -
           (int64_t)(last->end - last->begin);
}

/* How many edits end at that place or before it. */
static size_t edits_before(
    const struct sift_edit *edits, size_t count, uint64_t place)
{
    size_t low = 0, middle;

    while (low < count) {
        middle = low + (count - low) / 2;
        if (edits[middle].end <= place)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* ---- pieces ---- */

static void pass(
    struct sift_text *t, const char *p, uint64_t to, struct buf *out)
{
    size_t n = (size_t)(to - t->at);

    buf_put(out, p, n);
    t->chars += count_chars(p, n);
    t->at = to;
}

static void cut(struct sift_text *t, const char *p, uint64_t to,
    const struct policy_cut *c, struct buf *out)
{
    size_t n = (size_t)(to - t->at), count;
    struct sift_edit *edits = edits_of(t, &count);
    const struct sift_edit edit = {t->chars, t->chars,
        count_chars(c->by, strlen(c->by)), moved_behind(edits, count)};

    if (t->told <= t->cut) {
        buf_puts(out, c->by);
        buf_put(&t->edits, &edit, sizeof(edit));
        t->told = t->cut + 1;
    }
    out->failed = out->failed || t->edits.failed;
    t->chars += count_chars(p, n);
    t->at = to;
    t->cut += to == c->end;
    edits = edits_of(t, &count);
    if (count > 0)
        edits[count - 1].end = t->chars;
}

bool sift_text_take(struct sift_text *t, struct span piece,
    const struct policy_cut *cuts, size_t count, struct buf *out)
{
    const uint64_t begin = t->at, end = begin + piece.n;
    const struct policy_cut *c;
    bool touched = false;
    const char *p;

    while (t->at < end) {
        c = t->cut < count ? &cuts[t->cut] : NULL;
        p = piece.p + (t->at - begin);
        if (c != NULL && c->end <= t->at) {
            t->cut++;
            continue;
        }
        if (c == NULL || c->begin >= end) {
            pass(t, p, end, out);
        } else if (t->at < c->begin) {
            pass(t, p, c->begin, out);
        } else {
            cut(t, p, c->end < end ? c->end : end, c, out);
            touched = true;
        }
    }
    return touched;
}

void sift_text_free(struct sift_text *t)
{
    buf_free(&t->edits);
    *t = (struct sift_text){0};
}

/* ---- places ---- */

static const char *const begins[] = {"start_index", "index"};
static const char *const ends[] = {"end_index", "index"};

static int64_t stated(
    const struct json_doc *doc, uint32_t note, const char *const *keys)
{
    uint32_t node;
    int64_t value;

    for (size_t i = 0; i < COUNT(begins); i++) {
        node = json_member(doc, note, keys[i]);
        if (node != JSON_NONE && json_int(doc, node, &value) == 0)
            return value;
    }
    return -1;
}

/* A note may have what it says in an object of its own. */
static int64_t number(
    const struct json_doc *doc, uint32_t note, const char *const *keys)
{
    struct splice_member m = {.object = note};
    int64_t value = stated(doc, note, keys);

    if (json_kind(doc, note) != JSON_OBJECT)
        return value;
    while (value < 0 && splice_next(&m, doc))
        if (json_kind(doc, m.value) == JSON_OBJECT)
            value = stated(doc, m.value, keys);
    return value;
}

bool sift_text_note(
    const struct sift_text *t, const struct json_doc *doc, uint32_t note)
{
    int64_t begin = number(doc, note, begins), end = number(doc, note, ends);
    size_t count, at;
    const struct sift_edit *e = edits_of(t, &count);

    if (begin < 0 || end < begin)
        return true;
    at = edits_before(e, count, (uint64_t)begin);
    return at == count || e[at].begin >= (uint64_t)end;
}

void sift_text_place(
    const struct sift_text *t, struct splice *s, uint32_t key, uint32_t value)
{
    size_t count;
    const struct sift_edit *e = edits_of(t, &count);
    int64_t was, is;

    if ((json_which(s->doc, key, begins, COUNT(begins)) == COUNT(begins) &&
            json_which(s->doc, key, ends, COUNT(ends)) == COUNT(ends)) ||
        json_int(s->doc, value, &was) != 0)
        return;
    is = was + moved_behind(e, edits_before(e, count, (uint64_t)was));
    if (is == was)
        return;
    splice_value(s, value, "");
    buf_int(s->out, is);
}
