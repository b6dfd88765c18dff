#include <assert.h>

#include "splice.h"

void splice_begin(struct splice *s, const struct json_doc *doc, struct buf *out)
{
    *s = (struct splice){doc, out, doc->nodes[0].begin};
}

void splice_at(struct splice *s, uint32_t begin, uint32_t end)
{
    assert(s->done <= begin && begin <= end);
    buf_put(s->out, s->doc->text + s->done, begin - s->done);
    s->done = end;
}

void splice_value(struct splice *s, uint32_t node, const char *text)
{
    const struct json_node *n = &s->doc->nodes[node];

    splice_at(s, n->begin, n->end);
    buf_puts(s->out, text);
}

void splice_end(struct splice *s)
{
    uint32_t end = s->doc->nodes[0].end;

    splice_at(s, end, end);
}

bool splice_next(struct splice_member *m, const struct json_doc *doc)
{
    if (m->key == JSON_NONE) {
        if (json_kind(doc, m->object) != JSON_OBJECT)
            return false;
        m->key = json_first(doc, m->object);
    } else {
        m->kept = m->kept || !m->dropped;
        m->dropped = false;
        m->behind = doc->nodes[m->value].end;
        m->key = json_after(doc, m->object, m->value);
    }
    if (m->key == JSON_NONE)
        return false;
    m->value = json_after(doc, m->object, m->key);
    return true;
}

/* The comma in front goes with the member; where no member stays in front, the
 * one behind. */
void splice_drop(struct splice_member *m, struct splice *s)
{
    const struct json_node *nodes = s->doc->nodes;
    uint32_t next = json_after(s->doc, m->object, m->value);

    m->dropped = true;
    if (m->kept)
        splice_at(s, m->behind, nodes[m->value].end);
    else if (next != JSON_NONE)
        splice_at(s, nodes[m->key].begin, nodes[next].begin);
    else
        splice_at(s, nodes[m->key].begin, nodes[m->value].end);
}
