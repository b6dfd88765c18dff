#include <stdlib.h>

#include "upstream_plain.h"

/* libcurl's multi interface on our loop. */

/* ---- calls that have ended ---- */

static void reap(void *cookie)
{
    struct upstream_pool *pool = cookie;
    struct upstream_call *call, *next;

    for (call = pool->calls; call != NULL; call = next) {
        next = call->next;
        if (call->doomed)
            upstream_call_free(call);
    }
}

static enum upstream_end judge(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return UPSTREAM_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OPERATION_TIMEDOUT: /* only its connect timeout is in use */
        return UPSTREAM_UNREACHABLE;
    default:
        return UPSTREAM_CUT;
    }
}

static void collect_ended(struct upstream_pool *pool)
{
    struct upstream_call *call;
    CURLMsg *message;
    CURLcode code;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        if (call->doomed)
            continue;
        if (call->easy == NULL)
            upstream_connect_ended(call, code);
        else
            upstream_call_ended(call, judge(code));
    }
}

/* ---- the loop's side ---- */

void upstream_pool_run(struct upstream_pool *pool, curl_socket_t fd, int what)
{
    int running;

    pool->runs++;
    pool->inside++;
    curl_multi_socket_action(pool->multi, fd, what, &running);
    pool->inside--;
    collect_ended(pool);
}

static void multi_timer_fired(void *cookie)
{
    upstream_pool_run(cookie, CURL_SOCKET_TIMEOUT, 0);
}

/* An error from here would end every transfer of the pool. */
static int on_timer(CURLM *multi, long ms, void *cookie)
{
    struct upstream_pool *pool = cookie;

    (void)multi;
    if (ms < 0)
        loop_timer_cancel(pool->loop, &pool->timer);
    else
        loop_timer_set(pool->loop, &pool->timer, (uint64_t)ms);
    return 0;
}

/* ---- the pool ---- */

struct upstream_pool *upstream_pool_create(struct loop *loop)
{
    struct upstream_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        goto err0;
    pool->loop = loop;
    pool->timer.fired = multi_timer_fired;
    pool->timer.cookie = pool;
    pool->reaper.run = reap;
    pool->reaper.cookie = pool;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        goto err1;
    if ((pool->multi = curl_multi_init()) == NULL)
        goto err2;
    upstream_socket_begin(pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)UPSTREAM_KEPT);
    curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    return pool;

err2:
    curl_global_cleanup();
err1:
    free(pool);
err0:
    return NULL;
}

void upstream_pool_free(struct upstream_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->calls != NULL)
        upstream_call_free(pool->calls);
    upstream_kept_clear(pool);
    upstream_easy_clear(pool);
    loop_later_cancel(pool->loop, &pool->reaper);
    curl_multi_cleanup(pool->multi);
    upstream_socket_end(pool);
    buf_free(&pool->setup);
    loop_timer_cancel(pool->loop, &pool->timer);
    curl_global_cleanup();
    free(pool);
}
