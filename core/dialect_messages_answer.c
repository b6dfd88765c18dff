#include <string.h>

#include "dialect_messages_private.h"
#include "estimate.h"
#include "passage.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- reading ---- */

/* Cached tokens are counted beside input_tokens in this dialect, and either may
 * be said without the other. */
unsigned messages_usage_read(
    const struct json_doc *doc, uint32_t node, struct turn_usage *usage)
{
    uint64_t in = usage->in - usage->cached - usage->written;
    unsigned said = 0;

    if (!json_is(doc, node, JSON_OBJECT))
        return 0;
    completion_tokens(doc, node, "cache_read_input_tokens", &usage->cached);
    completion_tokens(
        doc, node, "cache_creation_input_tokens", &usage->written);
    if (completion_tokens(doc, node, "input_tokens", &in) == 0)
        said |= MESSAGES_SAID_IN;
    usage->in = in + usage->cached + usage->written;
    if (completion_tokens(doc, node, "output_tokens", &usage->out) == 0)
        said |= MESSAGES_SAID_OUT;
    return said;
}

uint64_t messages_block_quarters(
    const struct json_doc *doc, uint32_t block, struct buf *scratch)
{
    static const char *const texts[] = {
        "text", "thinking", "name", "partial_json"};
    uint32_t input = json_member(doc, block, "input");
    uint64_t quarters = 0;

    for (size_t i = 0; i < COUNT(texts); i++)
        quarters += completion_quarters(
            doc, json_member(doc, block, texts[i]), scratch);
    if (input != JSON_NONE && json_size(doc, input) > 0)
        quarters += estimate_text(json_raw(doc, input));
    return quarters;
}

int messages_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out)
{
    uint32_t content = json_member(doc, 0, "content");
    struct turn_usage said = {0};
    struct buf scratch = {0};
    uint64_t quarters = 0;
    uint32_t block;
    int rc;

    if (!json_is(doc, content, JSON_ARRAY) ||
        json_truthy(doc, json_member(doc, 0, "error")))
        return -1;
    for (block = json_first(doc, content); block != JSON_NONE;
         block = json_after(doc, content, block)) {
        if (json_kind(doc, block) == JSON_OBJECT)
            quarters += messages_block_quarters(doc, block, &scratch);
    }
    *usage = (struct usage){0};
    if (messages_usage_read(doc, json_member(doc, 0, "usage"), &said) ==
        MESSAGES_SAID_BOTH)
        *usage = (struct usage){true, said.in, said.out};
    *est_out = estimate_tokens(quarters);
    rc = scratch.failed ? -1 : 0;
    buf_free(&scratch);
    return rc;
}

/* ---- writing ---- */

void messages_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out)
{
    struct splice s;

    splice_begin(&s, doc, out);
    passage_close(&s, passage_splice(&s, names, 0, "message"), credits);
}

/* ---- why it stopped ---- */

static const char *const stop_words[] = {
    [TURN_STOP_END] = "end_turn",
    [TURN_STOP_SEQUENCE] = "stop_sequence",
    [TURN_STOP_LENGTH] = "max_tokens",
    [TURN_STOP_CALLS] = "tool_use",
    [TURN_STOP_FILTER] = "refusal",
};

enum turn_stop messages_stop(const struct json_doc *doc, uint32_t node)
{
    size_t which = json_which(doc, node, stop_words, COUNT(stop_words));

    if (json_string_is(doc, node, "model_context_window_exceeded"))
        return TURN_STOP_LENGTH;
    return which < COUNT(stop_words) ? (enum turn_stop)which : TURN_STOP_END;
}

const char *messages_stop_word(enum turn_stop stop)
{
    return stop_words[stop];
}
