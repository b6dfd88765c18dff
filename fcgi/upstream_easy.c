#include <stdlib.h>
#include <string.h>

#include "upstream_private.h"

/* Handles of libcurl, kept with the options of the calls that they were for. */

/* libcurl's, one for each call under way; there are many streams at a time, of
 * small frames. */
enum { READ_BUFFER = 4 << 10, READ_STREAM = 2 << 10 };

/* ---- what a handle is for ---- */

static void put_text(struct buf *out, const char *text)
{
    if (text != NULL)
        buf_puts(out, text);
    buf_put(out, "", 1);
}

/* All that the options are made from: handles are alike when this is. */
static void describe(const struct upstream_ask *ask, struct buf *out)
{
    const struct conf_upstream *target = ask->target;

    buf_reset(out);
    put_text(out, target->origin);
    put_text(out, ask->path);
    put_text(out, target->key);
    put_text(out, target->ca_file);
    buf_put(out, &target->connect_ms, sizeof(target->connect_ms));
    put_text(out, target->insecure_test_only ? "insecure" : "");
    put_text(out, ask->messages ? "messages" : "");
}

/* ---- options ---- */

static int add_header(
    void *cookie, const char *name, const char *before, const char *value)
{
    struct upstream_easy *easy = cookie;
    struct curl_slist *longer = NULL;
    struct buf line = {0};

    buf_puts(&line, name);
    buf_puts(&line, ": ");
    buf_puts(&line, before);
    buf_puts(&line, value);
    if (buf_terminate(&line) != NULL)
        longer = curl_slist_append(easy->headers, line.data);
    upstream_wipe(&line);
    if (longer == NULL)
        return -1;
    easy->headers = longer;
    return 0;
}

/* Without "Expect" libcurl would wait for leave to send a long body. */
static int set_headers(
    struct upstream_easy *easy, const struct upstream_ask *ask)
{
    return add_header(easy, "Expect", "", "") |
           upstream_ask_fields(ask, add_header, easy);
}

/* Parsed once, not for every call. */
static int set_url(struct upstream_easy *easy, const struct upstream_ask *ask)
{
    struct buf text = {0};
    int rc = -1;

    buf_puts(&text, ask->target->origin);
    buf_puts(&text, ask->path);
    if ((easy->url = curl_url()) != NULL && buf_terminate(&text) != NULL &&
        curl_url_set(easy->url, CURLUPART_URL, text.data, 0) == CURLUE_OK &&
        curl_easy_setopt(easy->curl, CURLOPT_CURLU, easy->url) == CURLE_OK)
        rc = 0;
    buf_free(&text);
    return rc;
}

/* A call that is paused lets libcurl read nothing for those that share its
 * connection, so they do so only where the operator wants it; then calls wait
 * for a connection that they may share: TLS settles whether they may when it is
 * made. */
static void set_version(CURL *curl, bool shared)
{
    long version = shared ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;

    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, version);
    curl_easy_setopt(curl, CURLOPT_PIPEWAIT, shared ? 1L : 0L);
}

/* "identity" asks for no compression, and makes libcurl decode it when it
 * comes all the same. */
static void set_protocol(CURL *curl, const struct upstream_ask *ask)
{
    const struct conf_upstream *target = ask->target;
    long verify = target->insecure_test_only ? 0 : 1;

    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "identity");
    set_version(curl, target->http2);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE,
        (long)(strcmp(ask->accept, "text/event-stream") == 0 ? READ_STREAM
                                                             : READ_BUFFER));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify * 2);
    if (target->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, target->ca_file);
}

static void easy_free(struct upstream_easy *easy)
{
    if (easy == NULL)
        return;
    curl_easy_cleanup(easy->curl);
    curl_url_cleanup(easy->url);
    for (struct curl_slist *line = easy->headers; line != NULL;
         line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(easy->headers);
    upstream_wipe(&easy->setup);
    free(easy);
}

static struct upstream_easy *easy_create(
    struct upstream_pool *pool, const struct upstream_ask *ask)
{
    struct upstream_easy *easy = calloc(1, sizeof(*easy));

    if (easy == NULL)
        goto err0;
    if ((easy->curl = curl_easy_init()) == NULL)
        goto err1;
    set_protocol(easy->curl, ask);
    upstream_answer_begin(easy->curl);
    if (upstream_socket_set(
            pool, easy->curl, "https", ask->target->connect_ms) != 0)
        goto err1;
    if (set_url(easy, ask) != 0 || set_headers(easy, ask) != 0)
        goto err1;
    buf_put(&easy->setup, pool->setup.data, pool->setup.len);
    if (easy->setup.failed)
        goto err1;
    return easy;

err1:
    easy_free(easy);
err0:
    return NULL;
}

/* ---- those that are kept ---- */

static bool is_for(const struct upstream_easy *easy, const struct buf *setup)
{
    return easy->setup.len == setup->len &&
           memcmp(easy->setup.data, setup->data, setup->len) == 0;
}

static struct upstream_easy *take_spare(struct upstream_pool *pool, size_t i)
{
    struct upstream_easy *easy = pool->spare[i];

    pool->n_spare--;
    memmove(pool->spare + i, pool->spare + i + 1,
        (pool->n_spare - i) * sizeof(pool->spare[0]));
    return easy;
}

static struct upstream_easy *easy_get(
    struct upstream_pool *pool, const struct upstream_ask *ask)
{
    describe(ask, &pool->setup);
    if (pool->setup.failed)
        return NULL;
    for (size_t i = pool->n_spare; i-- > 0;)
        if (is_for(pool->spare[i], &pool->setup))
            return take_spare(pool, i);
    return easy_create(pool, ask);
}

static void easy_put(struct upstream_pool *pool, struct upstream_easy *easy)
{
    if (pool->n_spare == UPSTREAM_SPARE)
        easy_free(take_spare(pool, 0));
    pool->spare[pool->n_spare++] = easy;
}

void upstream_easy_clear(struct upstream_pool *pool)
{
    while (pool->n_spare > 0)
        easy_free(pool->spare[--pool->n_spare]);
}

/* ---- in a call ---- */

/* A handle has the figures of its last call until libcurl begins the next. */
static bool has_begun(const struct upstream_call *call)
{
    return call->pool->runs > call->born;
}

void upstream_easy_count(struct upstream_call *call)
{
    struct upstream_meter *meter = call->meter;
    long made = 0;

    call->meter = NULL;
    if (meter == NULL || !has_begun(call))
        return;
    if (curl_easy_getinfo(call->easy->curl, CURLINFO_NUM_CONNECTS, &made) !=
        CURLE_OK)
        return;
    if (made > 0)
        __atomic_fetch_add(&meter->connects, (uint64_t)made, __ATOMIC_RELAXED);
    else if (call->head.status != 0)
        __atomic_fetch_add(&meter->reused, 1, __ATOMIC_RELAXED);
}

int upstream_easy_start(
    struct upstream_call *call, const struct upstream_ask *ask)
{
    struct upstream_pool *pool = call->pool;

    if ((call->easy = easy_get(pool, ask)) == NULL)
        goto err0;
    call->born = pool->runs;
    upstream_answer_set(call);
    if (upstream_ask_set(call, ask) != 0)
        goto err1;
    if (curl_multi_add_handle(pool->multi, call->easy->curl) != CURLM_OK)
        goto err1;
    return 0;

err1:
    easy_put(pool, call->easy);
err0:
    return -1;
}

void upstream_easy_leave(struct upstream_call *call)
{
    upstream_easy_count(call);
    curl_multi_remove_handle(call->pool->multi, call->easy->curl);
    easy_put(call->pool, call->easy);
}
