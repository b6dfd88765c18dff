#include "reply.h"

#include <string.h>
#include <time.h>

#include "core/stamp.h"

/* Bytes of a head with all its fields. */
enum { HEAD_USUAL = 1024 };

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* The window counts its partial oldest second whole, so a wait may be one
 * second longer than the minute; clients ignore what is longer than that. */
static uint32_t within_minute(uint32_t seconds)
{
    return seconds > WINDOW_SPAN ? WINDOW_SPAN : seconds;
}

/* Until a quota is there again it may take a month, until somebody may sign in
 * a quarter of an hour, and who asks before asks in vain. */
static uint32_t wait_of(const struct call *call)
{
    if (call->fault.code == REFUSE_USER_QUOTA_EXCEEDED ||
        call->fault.code == REFUSE_PROJECT_QUOTA_EXCEEDED ||
        call->fault.code == REFUSE_LOGIN_LIMITED)
        return call->retry_after;
    return within_minute(call->retry_after);
}

/* NAME: VALUE, or more of a value when the name has no colon. */
static void put_field(struct buf *out, const char *name, const char *value)
{
    buf_puts(out, name);
    buf_puts(out, value);
    buf_puts(out, "\r\n");
}

static void put_number(struct buf *out, const char *name, uint64_t value)
{
    buf_puts(out, name);
    buf_int(out, (long long)value);
}

static void put_rate(struct buf *out, const struct store_admit *admit)
{
    const struct window_state *r = &admit->requests, *t = &admit->tokens;
    uint32_t wait = within_minute(r->reset);
    time_t reset = (time_t)(admit->now / 1000000 + wait);
    char when[32];
    struct tm tm;

    gmtime_r(&reset, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    put_number(out, "x-ratelimit-limit-requests: ", r->limit);
    put_number(out, "\r\nx-ratelimit-remaining-requests: ", r->remaining);
    put_field(out, "\r\nx-ratelimit-reset-requests: ", when);
    put_number(out, "x-ratelimit-limit-tokens: ", t->limit);
    put_number(out, "\r\nx-ratelimit-remaining-tokens: ", t->remaining);
    put_number(out, "\r\nRateLimit-Policy: \"req\";q=", r->limit);
    put_number(out, ";w=", WINDOW_SPAN);
    put_number(out, "\r\nRateLimit: \"req\";r=", r->remaining);
    put_number(out, ";t=", wait);
    buf_puts(out, "\r\n");
}

static void put_cors(struct buf *out, const struct call *call)
{
    const char *origin = call->settings->conf->cors_origin;

    if (!call->cors || origin == NULL || origin[0] == '\0')
        return;
    put_field(out, "Access-Control-Allow-Origin: ", origin);
    buf_puts(out, "Access-Control-Expose-Headers: x-request-id, request-id, "
                  "retry-after, x-ratelimit-limit-requests, "
                  "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
                  "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, "
                  "x-should-retry\r\n");
}

static void put_head(struct buf *out, struct call *call, int status)
{
    call->answered = status;
    buf_reserve(out, HEAD_USUAL);
    put_number(out, "Status: ", (uint64_t)status);
    put_field(out, " ", reason_of(status));
    put_field(out, "x-request-id: ", call->request_id);
    put_field(out, "request-id: ", call->request_id);
    buf_puts(out, "X-Content-Type-Options: nosniff\r\n");
    put_cors(out, call);
    if (call->admitted && !call->admit.rate_broken &&
        call->admit.requests.limit > 0)
        put_rate(out, &call->admit);
}

/* Better no answer than one with a hole. */
static void drop_client(struct call *call)
{
    if (call->conn != NULL)
        conn_abort(call->conn);
    call->conn = NULL;
}

/* Send what was built: header block, body. */
static void send(struct call *call, struct buf *head, struct span body)
{
    if (head->failed) {
        drop_client(call);
    } else if (call->conn != NULL) {
        conn_write(call->conn, head->data, head->len);
        if (body.n > 0)
            conn_write(call->conn, body.p, body.n);
    }
    buf_free(head);
}

static void put_json_type(struct buf *head, size_t length)
{
    buf_puts(
        head, "Content-Type: application/json\r\nCache-Control: no-store\r\n");
    put_number(head, "Content-Length: ", length);
    buf_puts(head, "\r\n\r\n");
}

void reply_json(struct call *call, int status, struct span body)
{
    struct buf head = {0};

    put_head(&head, call, status);
    put_json_type(&head, body.n);
    if (call->head_only)
        body.n = 0;
    send(call, &head, body);
}

static void put_allow(struct buf *head, const struct route *route)
{
    const char *methods = route->methods == METHOD_POST  ? "POST"
                          : route->methods == METHOD_GET ? "GET, HEAD"
                                                         : "GET, HEAD, POST";

    buf_printf(
        head, "Allow: %s%s\r\n", methods, route->cors ? ", OPTIONS" : "");
}

static void put_fault_head(struct buf *head, struct call *call, int status)
{
    put_head(head, call, status);
    if (status == 401)
        buf_puts(head, "WWW-Authenticate: Bearer\r\n");
    if (status == 405 && call->route != NULL)
        put_allow(head, call->route);
    if (call->retry_after == 0 && status == 503)
        call->retry_after = 1;
    if (call->retry_after > 0)
        buf_printf(head, "Retry-After: %u\r\n", wait_of(call));
    if (!refusal_retry(call->fault.code))
        buf_puts(head, "x-should-retry: false\r\n");
}

static void put_fault(const struct call *call, struct buf *body)
{
    struct span metadata = judge_metadata(call);
    struct buf plain = {0};

    refusal_body(&call->fault, call->dialect, call->request_id,
        metadata.n > 0 ? &plain : body);
    if (metadata.n > 0)
        stamp_object((struct span){plain.data, plain.len}, metadata, body);
    body->failed = body->failed || plain.failed;
    buf_free(&plain);
}

void reply_fault(struct call *call)
{
    int status = refusal_status(call->fault.code);
    struct buf head = {0}, body = {0};

    put_fault(call, &body);
    put_fault_head(&head, call, status);
    put_json_type(&head, body.len);
    head.failed |= body.failed;
    send(call, &head, (struct span){body.data, call->head_only ? 0 : body.len});
    buf_free(&body);
}

void reply_empty(struct call *call, int status)
{
    struct buf head = {0};

    put_head(&head, call, status);
    buf_puts(&head, "Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"
                    "Access-Control-Allow-Headers: *, Authorization\r\n"
                    "Access-Control-Max-Age: 86400\r\n\r\n");
    send(call, &head, (struct span){NULL, 0});
}

void reply_stream(struct call *call)
{
    struct buf head = {0};

    put_head(&head, call, 200);
    buf_puts(&head, "Content-Type: text/event-stream; charset=utf-8\r\n"
                    "Cache-Control: no-cache, no-transform\r\n"
                    "X-Accel-Buffering: no\r\n\r\n");
    send(call, &head, (struct span){NULL, 0});
}

void reply_frames(struct call *call, struct buf *frames)
{
    struct span metadata = judge_metadata(call);
    struct buf stamped = {0};

    if (metadata.n == 0 || frames->failed) {
        reply_buf(call, frames);
        return;
    }
    stamp_frames((struct span){frames->data, frames->len}, metadata, &stamped);
    reply_buf(call, &stamped);
    buf_free(&stamped);
}

void reply_buf(struct call *call, const struct buf *bytes)
{
    if (bytes->failed)
        drop_client(call);
    else if (call->conn != NULL && bytes->len > 0)
        conn_write(call->conn, bytes->data, bytes->len);
}
