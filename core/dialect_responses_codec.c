#include <string.h>

#include "dialect_responses_private.h"

/* The stream's own way to say that nothing has happened; it has no place in
 * the count of frames. The official package's helper takes it for a fault
 * before response.created: until then it is a comment. */
void responses_beat(struct responses_pen *pen)
{
    if (pen->sequence == 0) {
        buf_puts(pen->out, ": keepalive\n\n");
        return;
    }
    buf_printf(pen->out,
        "event: keepalive\ndata: {\"type\":\"keepalive\","
        "\"sequence_number\":%llu}\n\n",
        (unsigned long long)pen->sequence);
}

static void put_quoted(struct buf *out, const char *text)
{
    json_quote(out, (struct span){text, strlen(text)});
}

static void put_error(const struct fault *fault, struct buf *out)
{
    buf_puts(out, "\"code\":");
    put_quoted(out, refusal_code(fault->code));
    buf_puts(out, ",\"message\":");
    put_quoted(out, refusal_message(fault));
}

/* Some clients look for the one, some for the other. */
void responses_fail(struct responses_pen *pen, struct span response,
    const struct fault *fault, const char *request_id)
{
    responses_pen_begin(pen, "error");
    buf_puts(pen->out, ",");
    put_error(fault, pen->out);
    buf_puts(pen->out, ",\"param\":null");
    responses_pen_end(pen);
    responses_pen_begin(pen, "response.failed");
    buf_puts(pen->out, ",\"response\":{");
    if (response.n > 0) {
        buf_put(pen->out, response.p, response.n);
    } else {
        buf_puts(pen->out, "\"id\":\"resp_");
        buf_puts(pen->out, request_id);
        buf_puts(pen->out, "\",\"object\":\"response\",\"created_at\":0,"
                           "\"model\":\"\"");
    }
    buf_puts(pen->out, ",\"status\":\"failed\",\"error\":{");
    put_error(fault, pen->out);
    buf_puts(pen->out, "},\"incomplete_details\":null,\"output\":[]}");
    responses_pen_end(pen);
}

static void beat(struct buf *out)
{
    struct responses_pen pen = {.out = out};

    responses_beat(&pen);
}

static void fail(
    const struct fault *fault, const char *request_id, struct buf *out)
{
    struct responses_pen pen = {.out = out};

    responses_fail(&pen, (struct span){0}, fault, request_id);
}

const struct codec codec_responses = {
    .dialect = DIALECT_RESPONSES,
    .read = responses_request_read,
    .memo = responses_memo,
    .turn_read = responses_turn_read,
    .writer = responses_writer,
    .beat = beat,
    .fail = fail,
    .path = "/v1/responses",
    .turn_check = responses_turn_check,
    .turn_write = responses_turn_write,
    .reader = responses_reader,
    .answer_read = responses_answer_read,
    .answer_events = responses_answer_events,
    .write = responses_request_write,
    .answer_write = responses_answer_write,
    .stream = responses_stream,
    .sift = &responses_sift,
};
