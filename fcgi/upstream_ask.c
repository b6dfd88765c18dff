#include <string.h>

#include "upstream_private.h"

/* A request as libcurl's options. */

enum { READ_BUFFER = 4 << 10 /* libcurl's, one for each call under way */ };

/* Header values are ours or the operator's; conf has checked them. */
static int add_header(
    struct upstream_call *call, const char *name, const char *value)
{
    struct curl_slist *longer;
    struct buf line = {0};

    buf_puts(&line, name);
    buf_puts(&line, ": ");
    buf_puts(&line, value);
    longer = buf_terminate(&line) == NULL
                 ? NULL
                 : curl_slist_append(call->headers, line.data);
    if (line.data != NULL)
        explicit_bzero(line.data, line.len); /* may be the upstream's key */
    buf_free(&line);
    if (longer == NULL)
        return -1;
    call->headers = longer;
    return 0;
}

static int set_headers(
    struct upstream_call *call, const struct upstream_ask *ask)
{
    struct buf bearer = {0};
    int failed = 0;

    failed |= add_header(call, "Content-Type", "application/json");
    failed |= add_header(call, "Accept", ask->accept);
    failed |= add_header(call, "x-request-id", ask->request_id);
    failed |= add_header(call, "Expect", "");
    if (ask->messages)
        failed |= add_header(call, "anthropic-version", "2023-06-01");
    if (ask->messages && ask->target->key != NULL)
        failed |= add_header(call, "x-api-key", ask->target->key);
    if (ask->target->key != NULL) {
        buf_puts(&bearer, "Bearer ");
        buf_puts(&bearer, ask->target->key);
        failed |= buf_terminate(&bearer) == NULL ||
                  add_header(call, "Authorization", bearer.data) != 0;
        explicit_bzero(bearer.data, bearer.len);
        buf_free(&bearer);
    }
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    return failed ? -1 : 0;
}

static int set_url(struct upstream_call *call, const struct upstream_ask *ask)
{
    struct buf url = {0};
    CURLcode code = CURLE_OUT_OF_MEMORY;

    buf_puts(&url, ask->target->origin);
    buf_puts(&url, ask->path);
    if (buf_terminate(&url) != NULL)
        code = curl_easy_setopt(call->easy, CURLOPT_URL, url.data);
    buf_free(&url);
    return code == CURLE_OK ? 0 : -1;
}

static void set_body(struct upstream_call *call, struct upstream_body *body)
{
    body->holders++;
    call->body = body;
    curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(
        call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->bytes.len);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, body->bytes.data);
}

/* Calls wait for a connection that they may share only where TLS settles that
 * when it is made. In the clear libcurl would keep them back until the first
 * answer of the server tells its version. */
static void set_version(CURL *easy, bool tls)
{
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
        tls ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
}

/* "identity" asks for no compression, and makes libcurl decode it when it
 * comes all the same. */
static void set_protocol(
    struct upstream_call *call, const struct conf_upstream *target)
{
    CURL *easy = call->easy;
    long verify = target->insecure_test_only ? 0 : 1;

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "identity");
    set_version(easy, strncmp(target->origin, "https:", 6) == 0);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_BUFFER);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "turnpike");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify * 2);
    if (target->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)target->connect_ms);
}

int upstream_ask_set(struct upstream_call *call, const struct upstream_ask *ask)
{
    set_protocol(call, ask->target);
    set_body(call, ask->body);
    return set_url(call, ask) != 0 || set_headers(call, ask) != 0 ? -1 : 0;
}

void upstream_ask_wipe(struct upstream_call *call)
{
    for (struct curl_slist *line = call->headers; line != NULL;
         line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(call->headers);
    call->headers = NULL;
}
