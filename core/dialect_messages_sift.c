#include "dialect_messages_private.h"
#include "sift.h"

/* What of a Messages answer is text. */

static const struct sift_rule rules[] = {
    {NULL, "type", SIFT_MARK},
    {NULL, "id", SIFT_MARK},
    {NULL, "role", SIFT_MARK},
    {NULL, "model", SIFT_MARK},
    {NULL, "usage", SIFT_MARK},
    {NULL, "stop_reason", SIFT_MARK},
    {NULL, "stop_sequence", SIFT_MARK},
    {NULL, "media_type", SIFT_MARK},
    {NULL, "error_code", SIFT_MARK},
    {NULL, "expires_at", SIFT_MARK},
    {NULL, "signature", SIFT_MARK},
    {NULL, "encrypted_content", SIFT_MARK},
    {NULL, "encrypted_index", SIFT_MARK},
    {NULL, "encrypted_stdout", SIFT_MARK},
    {"redacted_thinking", "data", SIFT_MARK},
    {"base64", "data", SIFT_MARK},
    {NULL, "name", SIFT_WHOLE},
    {NULL, "input", SIFT_VALUE},
    {NULL, "partial_json", SIFT_JSON},
    {0},
};

static const char *const repeats[] = {NULL};

static const struct sift_end ends[] = {
    {"content_block_stop", SIFT_END_PLACE},
    {"message_delta", SIFT_END_ALL},
    {"message_stop", SIFT_END_ALL},
    {"error", SIFT_END_ALL},
    {0},
};

static const char *const begins[] = {"content_block_start", NULL};

const struct sift_table messages_sift = {
    .rules = rules,
    .answer = "message",
    .repeats = repeats,
    .holders = {"content_block", "delta"},
    .places = {"index"},
    .ends = ends,
    .begins = begins,
};
