#include "upstream.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    HEADER_MAX = 64 << 10,  /* bytes of an answer's header block */
    RELEASE_MS = 2000,      /* grace of a released call */
    READ_BUFFER = 16 << 10, /* libcurl's, one for each call under way */
    CONNECTIONS_KEPT = 256
};

enum phase { PHASE_WAITING, PHASE_BODY };

struct upstream_pool {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's */
    struct upstream_call *calls;
    struct loop_task reaper; /* frees what was cancelled inside libcurl */
    unsigned inside;         /* depth of calls into libcurl */
};

struct upstream_call {
    struct upstream_pool *pool;
    struct upstream_call *next, **link;
    CURL *easy;
    struct curl_slist *headers;
    struct upstream_body *body;
    const struct upstream_events *events; /* NULL: nobody listens any more */
    void *cookie;
    struct loop_timer deadline;
    uint64_t started, active; /* loop_now() of the start, of the last byte */
    uint64_t paused_at;       /* 0: not paused */
    uint32_t first_byte_ms, idle_ms, total_ms;
    enum phase phase;
    bool doomed; /* the reaper frees it */
    size_t header_bytes;
    int status;
    uint32_t retry_after;
    char content_type[128];
};

struct upstream_body {
    struct buf bytes;
    unsigned holders;
};

/* A socket that libcurl asked us to watch. */
struct upstream_socket {
    struct loop_fd watch;
    struct upstream_pool *pool;
};

/* ---- the body ---- */

struct upstream_body *upstream_body_create(struct buf *bytes)
{
    struct upstream_body *body = malloc(sizeof(*body));

    if (body == NULL || bytes->failed) {
        buf_free(bytes);
        free(body);
        return NULL;
    }
    body->bytes = *bytes;
    body->holders = 1;
    *bytes = (struct buf){0};
    return body;
}

void upstream_body_release(struct upstream_body *body)
{
    if (body == NULL || --body->holders > 0)
        return;
    buf_free(&body->bytes);
    free(body);
}

/* ---- the end of a call ---- */

static void call_free(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;

    assert(pool->inside == 0);
    loop_timer_cancel(pool->loop, &call->deadline);
    curl_multi_remove_handle(pool->multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    upstream_body_release(call->body);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    free(call);
}

/* libcurl must not lose a handle while it runs: then the reaper does it at
 * the end of the turn. */
static void call_end(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;

    call->events = NULL;
    if (pool->inside == 0) {
        call_free(call);
        return;
    }
    call->doomed = true;
    loop_later(pool->loop, &pool->reaper);
}

static void reap(void *cookie)
{
    struct upstream_pool *pool = cookie;
    struct upstream_call *call, *next;

    for (call = pool->calls; call != NULL; call = next) {
        next = call->next;
        if (call->doomed)
            call_free(call);
    }
}

static void tell_ended(struct upstream_call *call, enum upstream_end how)
{
    const struct upstream_events *events = call->events;
    void *cookie = call->cookie;

    call_end(call);
    if (events != NULL)
        events->ended(cookie, how);
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
            tell_ended(call, judge(code));
    }
}

/* ---- deadlines ---- */

static uint64_t min_due(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the call is late, by what is running out; UINT64_MAX: never. */
static uint64_t call_due(const struct upstream_call *call)
{
    uint64_t due = UINT64_MAX;

    if (call->events == NULL)
        return call->active + RELEASE_MS;
    if (call->phase == PHASE_WAITING)
        due = call->started + call->first_byte_ms;
    else if (call->paused_at == 0)
        due = call->active + call->idle_ms;
    if (call->total_ms != 0 && call->paused_at == 0)
        due = min_due(due, call->started + call->total_ms);
    return due;
}

static void call_arm(struct upstream_call *call)
{
    uint64_t now = loop_now(call->pool->loop), due = call_due(call);

    if (due != UINT64_MAX)
        loop_timer_set(
            call->pool->loop, &call->deadline, due > now ? due - now : 1);
}

/* The timer is not moved with every byte: it looks again when it fires. */
static void deadline_fired(void *cookie)
{
    struct upstream_call *call = cookie;
    uint64_t now = loop_now(call->pool->loop);

    if (now < call_due(call))
        call_arm(call);
    else if (call->phase == PHASE_WAITING &&
             now >= call->started + call->first_byte_ms)
        tell_ended(call, UPSTREAM_SILENT);
    else if (call->phase == PHASE_BODY && now >= call->active + call->idle_ms)
        tell_ended(call, UPSTREAM_STALLED);
    else
        tell_ended(call, UPSTREAM_OVERDUE);
}

/* ---- libcurl's callbacks ---- */

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

static void head_complete(struct upstream_call *call)
{
    struct upstream_head head = {.status = call->status,
        .content_type = call->content_type,
        .retry_after = call->retry_after};

    if (call->status < 200)
        return; /* 100 Continue and the like: the answer follows */
    call->phase = PHASE_BODY;
    call->active = loop_now(call->pool->loop);
    call_arm(call);
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
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
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
        call_free(pool->calls);
    loop_later_cancel(pool->loop, &pool->reaper);
    curl_multi_cleanup(pool->multi);
    loop_timer_cancel(pool->loop, &pool->timer);
    curl_global_cleanup();
    free(pool);
}

/* ---- a call ---- */

/* Header values are ours or the operator's; conf has checked them. */
static int add_header(
    struct upstream_call *call, const char *name, const char *value)
{
    struct curl_slist *longer;
    struct buf line = {0};

    buf_printf(&line, "%s: %s", name, value);
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
    if (ask->target->key != NULL) {
        buf_printf(&bearer, "Bearer %s", ask->target->key);
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

    buf_printf(&url, "%s%s", ask->target->origin, ask->path);
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

static void set_callbacks(struct upstream_call *call)
{
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
}

static struct upstream_call *call_create(struct upstream_pool *pool,
    const struct conf_upstream *target, const struct upstream_events *events,
    void *cookie)
{
    struct upstream_call *call = calloc(1, sizeof(*call));

    if (call == NULL || (call->easy = curl_easy_init()) == NULL) {
        free(call);
        return NULL;
    }
    call->pool = pool;
    call->events = events;
    call->cookie = cookie;
    call->deadline.fired = deadline_fired;
    call->deadline.cookie = call;
    call->first_byte_ms = target->first_byte_ms;
    call->idle_ms = target->idle_ms;
    call->total_ms = target->total_ms;
    call->started = call->active = loop_now(pool->loop);
    return call;
}

struct upstream_call *upstream_start(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie)
{
    struct upstream_call *call = call_create(pool, ask->target, events, cookie);

    if (call == NULL)
        goto err0;
    set_protocol(call, ask->target);
    set_callbacks(call);
    set_body(call, ask->body);
    if (set_url(call, ask) != 0 || set_headers(call, ask) != 0)
        goto err1;
    if (curl_multi_add_handle(pool->multi, call->easy) != CURLM_OK)
        goto err1;
    call->link = &pool->calls;
    call->next = pool->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    pool->calls = call;
    call_arm(call);
    return call;

err1:
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    upstream_body_release(call->body);
    free(call);
err0:
    return NULL;
}

void upstream_pause(struct upstream_call *call)
{
    if (call->paused_at != 0)
        return;
    call->paused_at = loop_now(call->pool->loop) + 1;
    curl_easy_pause(call->easy, CURLPAUSE_RECV);
}

/* What was asked for before the pause is not late because of it. */
void upstream_resume(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    uint64_t now = loop_now(pool->loop), slept;

    if (call->paused_at == 0)
        return;
    slept = now + 1 - call->paused_at;
    call->started += slept;
    call->active = now;
    call->paused_at = 0;
    call_arm(call);
    pool->inside++;
    curl_easy_pause(call->easy, CURLPAUSE_CONT);
    pool->inside--;
}

void upstream_cancel(struct upstream_call *call)
{
    call_end(call);
}

void upstream_release(struct upstream_call *call)
{
    call->events = NULL;
    call->active = loop_now(call->pool->loop);
    if (call->paused_at != 0) {
        upstream_cancel(call);
        return;
    }
    call_arm(call);
}
