#include "request.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MEMFD_STEP = 64 << 10, MEMFD_KEPT = 1 << 20 };

struct request_parser {
    int fd;      /* -1: to be made */
    char *bytes; /* of the file */
    size_t size; /* how many they are */
};

struct variable {
    const char *text; /* NAME=VALUE */
    size_t name_n;    /* so that few need be compared to find one */
};

struct request {
    struct variable *variables; /* and their texts behind the last */
    size_t count;
    struct buf body;
    bool params_over, body_over, timed_out;
};

/* What FCGX_Init() takes over when nobody else has. */
static const int taken[] = {SIGPIPE, SIGTERM, SIGUSR1};

enum { TAKEN = sizeof(taken) / sizeof(taken[0]) };

static int start_library(void)
{
    struct sigaction before[TAKEN];
    int error;

    for (size_t i = 0; i < TAKEN; i++)
        sigaction(taken[i], NULL, &before[i]);
    error = FCGX_Init();
    for (size_t i = 0; i < TAKEN; i++)
        sigaction(taken[i], &before[i], NULL);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}

struct request_parser *request_parser_create(void)
{
    struct request_parser *p = malloc(sizeof(*p));

    if (p == NULL)
        goto err0;
    if (start_library() == -1)
        goto err1;
    if ((p->fd = memfd_create("request", MFD_CLOEXEC)) == -1)
        goto err1;
    p->bytes = NULL;
    p->size = 0;
    return p;

err1:
    free(p);
err0:
    return NULL;
}

static void forget_bytes(struct request_parser *p)
{
    if (p->bytes != NULL)
        munmap(p->bytes, p->size);
    p->bytes = NULL;
    p->size = 0;
}

void request_parser_free(struct request_parser *p)
{
    if (p == NULL)
        return;
    forget_bytes(p);
    if (p->fd != -1)
        close(p->fd);
    free(p);
}

/* The PARAMS of a spool as libfcgi may see them. libfcgi allocates what a
 * length claims before it looks for the bytes, asserts that it got them, and
 * takes a NUL for the end of a value; so the lengths are checked here. */
struct params {
    struct buf bytes; /* content of the records, put together */
    size_t whole;     /* bytes of pairs that are complete and permitted */
    bool over;
};

static void next_record(const struct spool *s, size_t *at, struct record *r)
{
    record_decode((const uint8_t *)s->bytes.data + *at, r);
    *at += RECORD_HEADER + r->content;
}

static int collect_params(const struct spool *s, struct buf *out)
{
    struct record r;
    size_t at = 0;

    while (at < s->head) {
        next_record(s, &at, &r);
        if (r.type == RECORD_PARAMS)
            buf_put(out, s->bytes.data + at - r.content, r.content);
    }
    return out->failed ? -1 : 0;
}

static int check_params(const struct spool *s, struct params *params)
{
    struct record_pair pair;
    const uint8_t *p = (const uint8_t *)params->bytes.data;
    size_t n, left = params->bytes.len, count = 0;

    params->over = s->params_over;
    for (; left > 0; p += n, left -= n) {
        if ((n = record_pair(p, left, &pair)) == 0)
            break;
        if (memchr(pair.name, 0, pair.name_n + pair.value_n) != NULL)
            return -1;
        if (++count > SPOOL_PARAMS_COUNT) {
            params->over = true;
            break;
        }
    }
    params->whole = params->bytes.len - left;
    return left > 0 && !params->over ? -1 : 0;
}

static void put_record(
    struct buf *out, uint8_t type, uint16_t id, struct span content)
{
    const struct record r = {
        .version = 1, .type = type, .id = id, .content = (uint16_t)content.n};
    uint8_t header[RECORD_HEADER];

    record_encode(&r, header);
    buf_put(out, header, sizeof(header));
    buf_put(out, content.p, content.n);
}

/* The spool with only the permitted variables. */
static int rebuild(
    const struct spool *s, const struct params *params, struct buf *out)
{
    struct span left = {params->bytes.data, params->whole};

    buf_put(out, s->bytes.data, RECORD_HEADER + 8);
    while (left.n > 0) {
        struct span part = {left.p, left.n};

        if (part.n > RECORD_CONTENT_MAX)
            part.n = RECORD_CONTENT_MAX;
        put_record(out, RECORD_PARAMS, s->id, part);
        left = (struct span){left.p + part.n, left.n - part.n};
    }
    put_record(out, RECORD_PARAMS, s->id, (struct span){"", 0});
    buf_put(out, s->bytes.data + s->head, s->bytes.len - s->head);
    return out->failed ? -1 : 0;
}

/* Older kernels begin again from nothing when a signal comes, as it does to a
 * process that is stopped and goes on. */
static int allocate(int fd, size_t size)
{
    int rc;

    do
        rc = fallocate(fd, 0, 0, (off_t)size);
    while (rc == -1 && errno == EINTR);
    return rc;
}

/* Let the file have at least ${n} bytes, with memory for each of them: who
 * writes to a mapping is not told that there is none. */
static int make_room(struct request_parser *p, size_t n)
{
    const size_t size = (n / MEMFD_STEP + 1) * MEMFD_STEP;
    void *bytes;

    if (n <= p->size)
        return 0;
    forget_bytes(p);
    if (allocate(p->fd, size) == -1)
        return -1;
    bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
    if (bytes == MAP_FAILED)
        return -1;
    p->bytes = bytes;
    p->size = size;
    return 0;
}

/* Put ${bytes} into the memfd. What earlier requests have left behind them
 * begins with what is no record. */
static int load(struct request_parser *p, struct span bytes)
{
    if (p->fd == -1) {
        forget_bytes(p);
        if ((p->fd = memfd_create("request", MFD_CLOEXEC)) == -1)
            return -1;
    }
    if (make_room(p, bytes.n + RECORD_HEADER) == -1)
        return -1;
    memcpy(p->bytes, bytes.p, bytes.n);
    memset(p->bytes + bytes.n, 0, RECORD_HEADER);
    return lseek(p->fd, 0, SEEK_SET) == -1 ? -1 : 0;
}

static int read_body(struct request *r, FCGX_Stream *in, size_t most)
{
    char *p;
    int n;

    if (most >= INT_MAX || (p = buf_reserve(&r->body, most + 1)) == NULL)
        return -1;

    /* One byte more than there is, so that the end is seen, too. */
    n = FCGX_GetStr(p, (int)(most + 1), in);
    if (n < 0 || FCGX_GetError(in) != 0)
        return -1;
    buf_commit(&r->body, (size_t)n);
    return 0;
}

/* libfcgi has a piece of memory for each variable. One for all of them lets
 * libfcgi have the same pieces again for the next request, however long this
 * one lives. */
static int keep_variables(struct request *r, char **envp)
{
    size_t count = 0, size = 0;
    char *text;

    for (; envp[count] != NULL; count++)
        size += strlen(envp[count]) + 1;
    r->variables = malloc(count * sizeof(r->variables[0]) + size);
    if (r->variables == NULL)
        return -1;
    text = (char *)(r->variables + count);
    for (size_t i = 0; i < count; i++) {
        r->variables[i].text = text;
        r->variables[i].name_n = (size_t)(strchrnul(envp[i], '=') - envp[i]);
        text = stpcpy(text, envp[i]) + 1;
    }
    r->count = count;
    return 0;
}

/* Let libfcgi read from the memfd. It closes the descriptor when it refuses. */
static int accept_request(
    struct request_parser *p, struct request *r, size_t body)
{
    FCGX_Request fcgx;
    int result = -1;

    FCGX_InitRequest(&fcgx, -1, 0);
    fcgx.ipcFd = p->fd;
    fcgx.keepConnection = 1;
    if (FCGX_Accept_r(&fcgx) != 0)
        p->fd = -1;
    else if (FCGX_GetError(fcgx.in) == 0 && read_body(r, fcgx.in, body) == 0)
        result = keep_variables(r, fcgx.envp);
    fcgx.ipcFd = -1;
    FCGX_Free(&fcgx, 0);
    return result;
}

static int parse(struct request_parser *p, const struct spool *s,
    struct span bytes, struct request *r)
{
    /* Headers of records are a little more than the body. */
    size_t most = s->bytes.len - s->head;

    if (load(p, bytes) == -1)
        return -1;
    if (s->body < most)
        most = s->body;
    if (accept_request(p, r, most) == -1)
        return -1;
    if (p->size <= MEMFD_KEPT)
        return 0;
    forget_bytes(p);
    return ftruncate(p->fd, 0);
}

struct request *request_parse(
    struct request_parser *p, const struct spool *spool)
{
    struct request *r = calloc(1, sizeof(*r));
    struct params params = {.over = false};
    struct buf rebuilt = {.failed = false};
    struct span bytes = {spool->bytes.data, spool->bytes.len};

    if (r == NULL)
        goto err0;
    r->body_over = spool->body_over;
    r->timed_out = spool->cut;
    if (collect_params(spool, &params.bytes) == -1)
        goto err1;
    if (check_params(spool, &params) == -1)
        goto err1;
    if ((r->params_over = params.over)) {
        if (rebuild(spool, &params, &rebuilt) == -1)
            goto err1;
        bytes = (struct span){rebuilt.data, rebuilt.len};
    }
    if (parse(p, spool, bytes, r) == -1)
        goto err1;
    buf_free(&rebuilt);
    buf_free(&params.bytes);
    return r;

err1:
    buf_free(&rebuilt);
    buf_free(&params.bytes);
    request_free(r);
err0:
    return NULL;
}

void request_free(struct request *r)
{
    if (r == NULL)
        return;
    free(r->variables);
    buf_free(&r->body);
    free(r);
}

static bool is_named(
    const struct request *r, size_t i, const char *name, size_t n)
{
    const struct variable *v = &r->variables[i];

    return v->name_n == n && memcmp(v->text, name, n) == 0;
}

const char *request_param(const struct request *r, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < r->count; i++)
        if (is_named(r, i, name, n))
            return r->variables[i].text + n + 1;
    return NULL;
}

size_t request_param_count(const struct request *r, const char *name)
{
    size_t n = strlen(name), count = 0;

    for (size_t i = 0; i < r->count; i++)
        count += is_named(r, i, name, n);
    return count;
}

bool request_params_over(const struct request *r)
{
    return r->params_over;
}

bool request_timed_out(const struct request *r)
{
    return r->timed_out;
}

struct span request_body(const struct request *r)
{
    return (struct span){r->body.data, r->body.len};
}

bool request_body_over(const struct request *r)
{
    return r->body_over;
}
