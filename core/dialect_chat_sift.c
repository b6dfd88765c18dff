#include "dialect_chat_private.h"
#include "sift.h"

/* What of a chat answer is text. */

static const struct sift_rule rules[] = {
    {NULL, "type", SIFT_MARK},
    {NULL, "id", SIFT_MARK},
    {NULL, "object", SIFT_MARK},
    {NULL, "model", SIFT_MARK},
    {NULL, "role", SIFT_MARK},
    {NULL, "usage", SIFT_MARK},
    {NULL, "finish_reason", SIFT_MARK},
    {NULL, "system_fingerprint", SIFT_MARK},
    {NULL, "service_tier", SIFT_MARK},
    {NULL, "signature", SIFT_MARK},
    {NULL, "obfuscation", SIFT_MARK},
    {"audio", "data", SIFT_MARK},
    {"reasoning.encrypted", "data", SIFT_MARK},
    {NULL, "logprobs", SIFT_NONE},
    {"image_url", "url", SIFT_LINK},
    {NULL, "image_url", SIFT_LINK},
    {NULL, "arguments", SIFT_JSON},
    {NULL, "name", SIFT_TEXT},
    {NULL, "content", SIFT_TEXT},
    {NULL, "refusal", SIFT_TEXT},
    {NULL, "reasoning", SIFT_TEXT},
    {NULL, "reasoning_content", SIFT_TEXT},
    {NULL, "text", SIFT_TEXT},
    {NULL, "transcript", SIFT_TEXT},
    {NULL, "input", SIFT_TEXT},
    {NULL, NULL, SIFT_BOTH},
};

static const char *const repeats[] = {NULL};

static const struct sift_end ends[] = {{0}};

static uint64_t said(const struct json_doc *frame, struct buf *scratch)
{
    uint32_t choices = json_member(frame, 0, "choices");
    uint32_t choice, delta;
    uint64_t quarters = 0;

    if (json_kind(frame, choices) != JSON_ARRAY)
        return 0;
    for (choice = json_first(frame, choices); choice != JSON_NONE;
         choice = json_after(frame, choices, choice)) {
        delta = json_member(frame, choice, "delta");
        if (delta != JSON_NONE)
            quarters += chat_output_quarters(frame, delta, scratch);
    }
    return quarters;
}

const struct sift_table chat_sift = {
    .rules = rules,
    .repeats = repeats,
    .holders = {"delta"},
    .ends = ends,
    .choices = "choices",
    .finish = "finish_reason",
    .fault = "error",
    .said = said,
    .text = "content",
    .notes = "annotations",
};
