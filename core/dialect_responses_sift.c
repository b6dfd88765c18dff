#include "dialect_responses_private.h"
#include "sift.h"

/* What of a Responses answer is text. */

static const struct sift_rule rules[] = {
    {NULL, "type", SIFT_MARK},
    {NULL, "id", SIFT_MARK},
    {NULL, "object", SIFT_MARK},
    {NULL, "role", SIFT_MARK},
    {NULL, "status", SIFT_MARK},
    {NULL, "phase", SIFT_MARK},
    {NULL, "obfuscation", SIFT_MARK},
    {NULL, "encrypted_content", SIFT_MARK},
    {"image_generation_call", "result", SIFT_MARK},
    {NULL, "partial_image_b64", SIFT_MARK},
    {"response.audio.delta", "delta", SIFT_MARK},
    {NULL, "logprobs", SIFT_NONE},
    {NULL, "arguments", SIFT_JSON},
    {"response.function_call_arguments.delta", "delta", SIFT_JSON},
    {"response.mcp_call_arguments.delta", "delta", SIFT_JSON},
    {"response.mcp_call.arguments.delta", "delta", SIFT_JSON},
    {"image", "url", SIFT_LINK},
    {NULL, "image_url", SIFT_LINK},
    {0},
};

static const char *const repeats[] = {"id", "object", "status", "model",
    "instructions", "prompt", "tools", "tool_choice", "text", "reasoning",
    "metadata", "user", "safety_identifier", "prompt_cache_key",
    "prompt_cache_retention", "service_tier", "truncation", "conversation",
    "usage", "incomplete_details", "previous_response_id", NULL};

static const struct sift_end ends[] = {
    {".done", SIFT_END_PLACE},
    {"response.completed", SIFT_END_ALL},
    {"response.incomplete", SIFT_END_ALL},
    {"response.failed", SIFT_END_ALL},
    {"error", SIFT_END_ALL},
    {0},
};

static const char *const begins[] = {"response.output_item.added",
    "response.content_part.added", "response.reasoning_summary_part.added",
    NULL};

const struct sift_table responses_sift = {
    .rules = rules,
    .answer = "response",
    .repeats = repeats,
    .piece = "delta",
    .holders = {"delta"},
    .places = {"output_index", "content_index", "summary_index"},
    .ends = ends,
    .begins = begins,
    .number = "sequence_number",
    .text = "text",
    .notes = "annotations",
    .note = "annotation",
    .note_of = "response.output_text.delta",
    .note_number = "annotation_index",
};
