#include <stdlib.h>
#include <sys/epoll.h>

#include "upstream_private.h"

/* libcurl's multi interface on our loop. */

enum { CONNECTIONS_KEPT = 256 };

/* A socket that libcurl asked us to watch. */
struct upstream_socket {
    struct loop_fd watch;
    struct upstream_pool *pool;
};

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
        if (!call->doomed)
            upstream_call_ended(call, judge(code));
    }
}

/* ---- the loop's side ---- */

static void run_multi(struct upstream_pool *pool, curl_socket_t fd, int what)
{
    int running;

    pool->inside++;
    curl_multi_socket_action(pool->multi, fd, what, &running);
    pool->inside--;
    collect_ended(pool);
}

static void socket_ready(void *cookie, uint32_t events)
{
    struct upstream_socket *s = cookie;
    int what = 0;

    if (events & EPOLLIN)
        what |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        what |= CURL_CSELECT_IN | CURL_CSELECT_OUT;
    run_multi(s->pool, s->watch.fd, what);
}

static void multi_timer_fired(void *cookie)
{
    run_multi(cookie, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *cookie)
{
    struct upstream_pool *pool = cookie;

    (void)multi;
    if (ms < 0)
        loop_timer_cancel(pool->loop, &pool->timer);
    else if (loop_timer_set(pool->loop, &pool->timer, (uint64_t)ms) != 0)
        return -1;
    return 0;
}

static struct upstream_socket *socket_watch(
    struct upstream_pool *pool, curl_socket_t fd)
{
    struct upstream_socket *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->pool = pool;
    s->watch.fd = fd;
    s->watch.ready = socket_ready;
    s->watch.cookie = s;
    curl_multi_assign(pool->multi, fd, s);
    return s;
}

static int on_socket(
    CURL *easy, curl_socket_t fd, int what, void *cookie, void *known)
{
    struct upstream_pool *pool = cookie;
    struct upstream_socket *s = known;
    uint32_t events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s != NULL)
            loop_watch(pool->loop, &s->watch, 0);
        free(s);
        return 0;
    }
    /* An error from here would end every transfer of the pool. A call whose
     * socket is not watched ends at its deadline. */
    if (s == NULL && (s = socket_watch(pool, fd)) == NULL)
        return 0;
    if (what & CURL_POLL_IN)
        events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        events |= EPOLLOUT;
    loop_watch(pool->loop, &s->watch, events);
    return 0;
}

/* ---- handles ---- */

CURL *upstream_easy_get(struct upstream_pool *pool)
{
    return pool->n_spare > 0 ? pool->spare[--pool->n_spare] : curl_easy_init();
}

void upstream_easy_put(struct upstream_pool *pool, CURL *easy)
{
    if (pool->n_spare == UPSTREAM_SPARE) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    pool->spare[pool->n_spare++] = easy;
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
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(
        pool->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
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
    while (pool->n_spare > 0)
        curl_easy_cleanup(pool->spare[--pool->n_spare]);
    loop_later_cancel(pool->loop, &pool->reaper);
    curl_multi_cleanup(pool->multi);
    loop_timer_cancel(pool->loop, &pool->timer);
    curl_global_cleanup();
    free(pool);
}
