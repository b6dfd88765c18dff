#include "dialect_messages_private.h"

void messages_beat(struct buf *out)
{
    buf_puts(out, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}

void messages_fail(
    const struct fault *fault, const char *request_id, struct buf *out)
{
    refusal_frame(fault, DIALECT_MESSAGES, request_id, out);
}

const struct codec codec_messages = {
    .dialect = DIALECT_MESSAGES,
    .read = messages_request_read,
    .memo = messages_memo,
    .turn_read = messages_turn_read,
    .writer = messages_writer,
    .beat = messages_beat,
    .fail = messages_fail,
    .path = "/v1/messages",
    .turn_check = messages_turn_check,
    .turn_write = messages_turn_write,
    .reader = messages_reader,
    .answer_read = messages_answer_read,
    .answer_events = messages_answer_events,
    .write = messages_request_write,
    .answer_write = messages_answer_write,
    .stream = messages_stream,
    .sift = &messages_sift,
};
