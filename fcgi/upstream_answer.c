#include <stdlib.h>
#include <string.h>

#include "upstream_private.h"

/* What libcurl has read: header lines and bytes of the body. */

enum { HEADER_MAX = 64 << 10 /* bytes of an answer's header block */ };

static bool header_is(const char *line, size_t n, const char *name)
{
    size_t len = strlen(name);

    return n > len && strncasecmp(line, name, len) == 0;
}

static void copy_value(char *out, size_t size, const char *value, size_t n)
{
    while (n > 0 && (*value == ' ' || *value == '\t'))
        value++, n--;
    while (n > 0 && (unsigned char)value[n - 1] <= ' ')
        n--;
    if (n >= size)
        n = size - 1;
    memcpy(out, value, n);
    out[n] = '\0';
}

static uint32_t read_seconds(const char *value, size_t n)
{
    char text[16], *end;
    unsigned long seconds;

    copy_value(text, sizeof(text), value, n);
    if (text[0] < '0' || text[0] > '9')
        return 0;
    seconds = strtoul(text, &end, 10);
    return *end == '\0' && seconds < 86400 ? (uint32_t)seconds : 0;
}

/* A server that has taken all of the request and agrees is not asked again:
 * libcurl has read the body for the last time. */
static void drop_body(struct upstream_call *call)
{
    curl_off_t sent = 0;

    if (call->status != 200 || call->body == NULL ||
        curl_easy_getinfo(call->easy->curl, CURLINFO_SIZE_UPLOAD_T, &sent) !=
            CURLE_OK ||
        (size_t)sent < call->body->bytes.len)
        return;
    upstream_body_release(call->body);
    call->body = NULL;
}

static void head_complete(struct upstream_call *call)
{
    struct upstream_head head = {.status = call->status,
        .content_type = call->content_type,
        .retry_after = call->retry_after};

    if (call->status < 200)
        return; /* 100 Continue and the like: the answer follows */
    call->phase = PHASE_BODY;
    upstream_call_count(call);
    drop_body(call);
    call->active = loop_now(call->pool->loop);
    upstream_call_arm(call);
    if (call->events != NULL)
        call->events->head(call->cookie, &head);
}

static size_t on_header(char *line, size_t one, size_t n, void *cookie)
{
    struct upstream_call *call = cookie;
    long status;

    (void)one;
    call->header_bytes += n;
    if (call->header_bytes > HEADER_MAX || call->doomed)
        return 0;
    if (header_is(line, n, "HTTP/")) {
        curl_easy_getinfo(call->easy->curl, CURLINFO_RESPONSE_CODE, &status);
        call->status = (int)status;
        call->content_type[0] = '\0';
        call->retry_after = 0;
    } else if (header_is(line, n, "content-type:")) {
        copy_value(
            call->content_type, sizeof(call->content_type), line + 13, n - 13);
    } else if (header_is(line, n, "retry-after:")) {
        call->retry_after = read_seconds(line + 12, n - 12);
    } else if (n <= 2 && (line[0] == '\r' || line[0] == '\n')) {
        head_complete(call);
    }
    return n;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *cookie)
{
    struct upstream_call *call = cookie;

    (void)one;
    if (call->doomed)
        return n == 0 ? 1 : 0; /* anything but n ends the transfer */
    if (call->events != NULL) {
        call->active = loop_now(call->pool->loop);
        call->events->body(call->cookie, (struct span){bytes, n});
    }
    return n;
}

void upstream_answer_begin(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
}

void upstream_answer_set(struct upstream_call *call)
{
    CURL *curl = call->easy->curl;

    curl_easy_setopt(curl, CURLOPT_PRIVATE, call);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
}
