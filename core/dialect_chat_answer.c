#include "dialect_chat_private.h"
#include "estimate.h"
#include "passage.h"

int chat_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out)
{
    uint32_t at[CHAT_TOP_COUNT], choices, choice, message;
    struct buf scratch = {0};
    uint64_t quarters = 0;
    int rc;

    chat_top_read(doc, at);
    choices = at[CHAT_TOP_CHOICES];
    if (!json_is(doc, choices, JSON_ARRAY))
        return -1;
    if (json_truthy(doc, at[CHAT_TOP_ERROR]))
        return -1;
    for (choice = json_first(doc, choices); choice != JSON_NONE;
         choice = json_after(doc, choices, choice)) {
        message = json_member(doc, choice, "message");
        if (message != JSON_NONE)
            quarters += chat_output_quarters(doc, message, &scratch);
    }
    *usage = (struct usage){0};
    chat_usage_read(doc, at[CHAT_TOP_USAGE], usage);
    *est_out = estimate_tokens(quarters);
    rc = scratch.failed ? -1 : 0;
    buf_free(&scratch);
    return rc;
}

void chat_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out)
{
    struct splice s;

    splice_begin(&s, doc, out);
    passage_close(&s, chat_splice_top(&s, names, false), credits);
}
