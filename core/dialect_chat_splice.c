#include <assert.h>
#include <string.h>

#include "dialect_chat_private.h"

void chat_splice_begin(
    struct chat_splice *s, const struct json_doc *doc, struct buf *out)
{
    *s = (struct chat_splice){doc, out, doc->nodes[0].begin};
}

void chat_splice_at(struct chat_splice *s, uint32_t begin, uint32_t end)
{
    assert(s->done <= begin && begin <= end);
    buf_put(s->out, s->doc->text + s->done, begin - s->done);
    s->done = end;
}

void chat_splice_value(struct chat_splice *s, uint32_t node, const char *text)
{
    const struct json_node *n = &s->doc->nodes[node];

    chat_splice_at(s, n->begin, n->end);
    buf_puts(s->out, text);
}

void chat_splice_end(struct chat_splice *s)
{
    uint32_t end = s->doc->nodes[0].end;

    chat_splice_at(s, end, end);
}

bool chat_members_next(struct chat_members *m, const struct json_doc *doc)
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
void chat_members_drop(struct chat_members *m, struct chat_splice *s)
{
    const struct json_node *nodes = s->doc->nodes;
    uint32_t next = json_after(s->doc, m->object, m->value);

    m->dropped = true;
    if (m->kept)
        chat_splice_at(s, m->behind, nodes[m->value].end);
    else if (next != JSON_NONE)
        chat_splice_at(s, nodes[m->key].begin, nodes[next].begin);
    else
        chat_splice_at(s, nodes[m->key].begin, nodes[m->value].end);
}

bool chat_names_apply(
    const struct chat_names *names, const struct json_doc *doc, uint32_t node)
{
    return strcmp(names->model, names->upstream_model) != 0 &&
           json_string_is(doc, node, names->upstream_model);
}

static void cut_role(struct chat_splice *s, uint32_t delta)
{
    struct chat_members m = {.object = delta};

    while (chat_members_next(&m, s->doc)) {
        if (json_string_is(s->doc, m.key, "role") &&
            json_string_is(s->doc, m.value, ""))
            chat_members_drop(&m, s);
    }
}

static void cut_roles(struct chat_splice *s, uint32_t choices)
{
    uint32_t choice, delta;

    for (choice = json_first(s->doc, choices); choice != JSON_NONE;
         choice = json_after(s->doc, choices, choice)) {
        delta = json_member(s->doc, choice, "delta");
        if (delta != JSON_NONE)
            cut_role(s, delta);
    }
}

bool chat_splice_top(
    struct chat_splice *s, const struct chat_names *names, bool roles)
{
    struct chat_members m = {.object = 0};
    enum chat_top key;

    while (chat_members_next(&m, s->doc)) {
        key = chat_top_key(s->doc, m.key);
        if (key >= CHAT_TOP_OURS && key < CHAT_TOP_COUNT) {
            chat_members_drop(&m, s);
        } else if (key == CHAT_TOP_MODEL &&
                   chat_names_apply(names, s->doc, m.value)) {
            chat_splice_value(s, m.value, "");
            json_quote(
                s->out, (struct span){names->model, strlen(names->model)});
        } else if (key == CHAT_TOP_CHOICES && roles) {
            cut_roles(s, m.value);
        }
    }
    return m.kept;
}

void chat_credits_write(const struct chat_credits *c, struct buf *out)
{
    if (c->remaining < 0)
        buf_puts(out, "\"remaining_credits\":null");
    else
        buf_printf(out, "\"remaining_credits\":%lld", (long long)c->remaining);
    buf_printf(out, ",\"estimated_credits_used\":%lld", (long long)c->used);
    buf_puts(out, ",\"estimated_cost_usd\":");
    price_cost(&c->price, c->tokens, out);
}
