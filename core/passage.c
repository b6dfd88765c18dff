#include "passage.h"

#include "frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool passage_splice(struct splice *s, const struct completion_names *names,
    uint32_t object, const char *inner)
{
    static const char *const ours[] = {"remaining_credits",
        "estimated_credits_used", "estimated_cost_usd", "policy"};
    struct splice_member m = {.object = object};

    while (splice_next(&m, s->doc)) {
        if (json_which(s->doc, m.key, ours, COUNT(ours)) < COUNT(ours)) {
            splice_drop(&m, s);
        } else if (object == 0 && json_string_is(s->doc, m.key, inner)) {
            passage_splice(s, names, m.value, inner);
        } else if (json_string_is(s->doc, m.key, "model") &&
                   completion_names_apply(names, s->doc, m.value)) {
            splice_value(s, m.value, "");
            completion_names_quote(names, s->out);
        }
    }
    return m.kept;
}

void passage_frame(const struct json_doc *doc,
    const struct completion_names *names, const char *inner, struct buf *out)
{
    struct splice splice;
    size_t from = out->len;

    splice_begin(&splice, doc, out);
    passage_splice(&splice, names, 0, inner);
    splice_end(&splice);
    frame_join(out, from);
}

void passage_close(struct splice *s, bool kept, const struct credits *credits)
{
    uint32_t last = s->doc->nodes[0].end - 1;

    splice_at(s, last, last);
    if (kept)
        buf_puts(s->out, ",");
    credits_write(credits, s->out);
    splice_end(s);
}
