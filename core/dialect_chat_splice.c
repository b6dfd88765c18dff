#include "dialect_chat_private.h"

static void cut_role(struct splice *s, uint32_t delta)
{
    struct splice_member m = {.object = delta};

    while (splice_next(&m, s->doc)) {
        if (json_string_is(s->doc, m.key, "role") &&
            json_string_is(s->doc, m.value, ""))
            splice_drop(&m, s);
    }
}

static void cut_roles(struct splice *s, uint32_t choices)
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
    struct splice *s, const struct completion_names *names, bool roles)
{
    struct splice_member m = {.object = 0};
    enum chat_top key;

    while (splice_next(&m, s->doc)) {
        key = chat_top_key(s->doc, m.key);
        if (key >= CHAT_TOP_OURS && key < CHAT_TOP_COUNT) {
            splice_drop(&m, s);
        } else if (key == CHAT_TOP_MODEL &&
                   completion_names_apply(names, s->doc, m.value)) {
            splice_value(s, m.value, "");
            completion_names_quote(names, s->out);
        } else if (key == CHAT_TOP_CHOICES && roles) {
            cut_roles(s, m.value);
        }
    }
    return m.kept;
}
