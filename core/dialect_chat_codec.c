#include "dialect_chat_private.h"

/* A comment is the one thing that every chat client ignores. */
void chat_beat(struct buf *out)
{
    buf_puts(out, ": keepalive\n\n");
}

static void chat_fail(
    const struct fault *fault, const char *request_id, struct buf *out)
{
    refusal_frame(fault, DIALECT_CHAT, request_id, out);
}

const struct codec codec_chat = {
    .dialect = DIALECT_CHAT,
    .read = chat_request_read,
    .turn_read = chat_turn_read,
    .writer = chat_writer,
    .beat = chat_beat,
    .fail = chat_fail,
    .path = "/v1/chat/completions",
    .turn_check = chat_turn_check,
    .turn_write = chat_turn_write,
    .reader = chat_reader,
    .answer_read = chat_answer_read,
    .answer_events = chat_answer_events,
    .write = chat_request_write,
    .answer_write = chat_answer_write,
    .stream = chat_stream,
    .sift = &chat_sift,
};
