#include <string.h>

#include "core/http_answer.h"
#include "upstream_private.h"

/* What libcurl has read: header lines and bytes of the body. */

/* All of the request has left. */
static bool all_sent(const struct upstream_call *call)
{
    curl_off_t sent = 0;

    return call->body != NULL &&
           curl_easy_getinfo(call->easy->curl, CURLINFO_SIZE_UPLOAD_T, &sent) ==
               CURLE_OK &&
           (size_t)sent >= call->body->bytes.len;
}

static void begin_head(struct upstream_call *call)
{
    long status = 0;

    curl_easy_getinfo(call->easy->curl, CURLINFO_RESPONSE_CODE, &status);
    http_head_begin(&call->head, (int)status);
}

/* 100 Continue and the like are not it; trailers come when it has been told. */
static void head_complete(struct upstream_call *call)
{
    if (call->head.status < 200 || call->phase == PHASE_BODY)
        return;
    upstream_easy_count(call);
    upstream_call_head(call, &call->head, all_sent(call));
}

static size_t on_header(char *line, size_t one, size_t n, void *cookie)
{
    struct upstream_call *call = cookie;
    const char *colon = memchr(line, ':', n);
    size_t name = colon == NULL ? 0 : (size_t)(colon - line);

    (void)one;
    call->header_bytes += n;
    if (call->header_bytes > HTTP_HEAD_MAX || call->doomed)
        return 0;
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
        begin_head(call);
    else if (n <= 2 && (line[0] == '\r' || line[0] == '\n'))
        head_complete(call);
    else if (colon != NULL)
        http_head_field(&call->head, (struct span){line, name},
            (struct span){colon + 1, n - name - 1});
    return n;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *cookie)
{
    struct upstream_call *call = cookie;

    (void)one;
    if (call->doomed)
        return n == 0 ? 1 : 0; /* anything but n ends the transfer */
    upstream_call_body(call, (struct span){bytes, n});
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
