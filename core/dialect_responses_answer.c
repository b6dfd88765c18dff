#include <string.h>

#include "dialect_responses_private.h"
#include "estimate.h"
#include "passage.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum responses_item_kind responses_item_kind(
    const struct json_doc *doc, uint32_t item)
{
#define RESPONSES_TYPE(name, type, prefix) type,
    static const char *const types[] = {RESPONSES_ITEMS(RESPONSES_TYPE)};
#undef RESPONSES_TYPE
    uint32_t type = json_member(doc, item, "type");

    if (!json_is(doc, type, JSON_STRING))
        return RESPONSES_OTHER;
    return (enum responses_item_kind)json_which(doc, type, types, COUNT(types));
}

/* ---- usage ---- */

int responses_usage_read(
    const struct json_doc *doc, uint32_t node, struct turn_usage *usage)
{
    struct turn_usage said = {0};

    if (!json_is(doc, node, JSON_OBJECT))
        return -1;
    if (completion_tokens(doc, node, "input_tokens", &said.in) != 0 ||
        completion_tokens(doc, node, "output_tokens", &said.out) != 0)
        return -1;
    said.cached =
        completion_detail(doc, node, "input_tokens_details", "cached_tokens");
    said.reasoning = completion_detail(
        doc, node, "output_tokens_details", "reasoning_tokens");
    *usage = said;
    return 0;
}

void responses_usage_write(const struct turn_usage *u, struct buf *out)
{
    buf_printf(out,
        "{\"input_tokens\":%llu,\"input_tokens_details\":{\"cached_tokens\":"
        "%llu},\"output_tokens\":%llu,\"output_tokens_details\":{"
        "\"reasoning_tokens\":%llu},\"total_tokens\":%llu}",
        (unsigned long long)u->in, (unsigned long long)u->cached,
        (unsigned long long)u->out, (unsigned long long)u->reasoning,
        (unsigned long long)(u->in + u->out));
}

/* ---- output ---- */

static uint64_t parts_quarters(const struct json_doc *doc, uint32_t item,
    const char *list, struct buf *scratch)
{
    uint32_t parts = json_member(doc, item, list);
    uint64_t quarters = 0;
    uint32_t part;

    if (!json_is(doc, parts, JSON_ARRAY))
        return 0;
    for (part = json_first(doc, parts); part != JSON_NONE;
         part = json_after(doc, parts, part))
        quarters +=
            completion_quarters(doc, json_member(doc, part, "text"), scratch) +
            completion_quarters(
                doc, json_member(doc, part, "refusal"), scratch);
    return quarters;
}

/* What the texts of the items of an output make, as estimate_text() counts. */
static uint64_t output_quarters(
    const struct json_doc *doc, uint32_t output, struct buf *scratch)
{
    static const char *const texts[] = {"name", "arguments", "input"};
    uint64_t quarters = 0;
    uint32_t item;

    for (item = json_first(doc, output); item != JSON_NONE;
         item = json_after(doc, output, item)) {
        quarters += parts_quarters(doc, item, "content", scratch) +
                    parts_quarters(doc, item, "summary", scratch);
        for (size_t i = 0; i < COUNT(texts); i++)
            quarters += completion_quarters(
                doc, json_member(doc, item, texts[i]), scratch);
    }
    return quarters;
}

enum turn_stop responses_stop(const struct json_doc *doc, uint32_t response)
{
    uint32_t details = json_present(doc, response, "incomplete_details");
    uint32_t output = json_member(doc, response, "output");
    uint32_t item;

    if (json_has(doc, response, "status", JSON_STRING) &&
        json_string_is(
            doc, json_member(doc, response, "status"), "incomplete")) {
        if (details != JSON_NONE &&
            span_is(json_text(doc, details, "reason"), "content_filter"))
            return TURN_STOP_FILTER;
        return TURN_STOP_LENGTH;
    }
    if (output == JSON_NONE)
        return TURN_STOP_END;
    for (item = json_first(doc, output); item != JSON_NONE;
         item = json_after(doc, output, item))
        if (responses_item_kind(doc, item) == RESPONSES_CALL ||
            responses_item_kind(doc, item) == RESPONSES_CUSTOM)
            return TURN_STOP_CALLS;
    return TURN_STOP_END;
}

/* ---- whole answers ---- */

int responses_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out)
{
    uint32_t output = json_member(doc, 0, "output");
    struct buf scratch = {0};
    struct turn_usage said;
    int rc;

    if (!json_is(doc, output, JSON_ARRAY) ||
        json_truthy(doc, json_member(doc, 0, "error")) ||
        span_is(json_text(doc, 0, "status"), "failed"))
        return -1;
    *usage = (struct usage){0};
    if (responses_usage_read(doc, json_member(doc, 0, "usage"), &said) == 0)
        *usage = (struct usage){true, said.in, said.out};
    *est_out = estimate_tokens(output_quarters(doc, output, &scratch));
    rc = scratch.failed ? -1 : 0;
    buf_free(&scratch);
    return rc;
}

void responses_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out)
{
    struct splice s;

    splice_begin(&s, doc, out);
    passage_close(&s, passage_splice(&s, names, 0, "response"), credits);
}
