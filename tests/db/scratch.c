#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "scratch.h"
#include "tree.h"

enum { CHILD_SECONDS = 60 };

/* ThreadSanitizer reads the symbols of every library before it lets a lock of
 * Berkeley DB be: that takes seconds, inside and without a sign of life. */
#ifdef __SANITIZE_THREAD__
enum { STUCK_MS = 10000 };
#else
enum { STUCK_MS = 500 };
#endif

static void insist(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

void scratch_open(struct scratch *s)
{
    snprintf(s->root, sizeof(s->root), "/tmp/turnpike-test-XXXXXX");
    insist(mkdtemp(s->root) != NULL, "mkdtemp");
    snprintf(s->dir, sizeof(s->dir), "%s/store", s->root);
}

void scratch_sweep(const char *dir)
{
    char path[PATH_MAX];

    if (access(dir, F_OK) == 0 && place_region(PLACE_SHM, dir, path) == 0)
        tree_drop(path);
}

void scratch_drop(struct scratch *s)
{
    scratch_sweep(s->dir);
    tree_drop(s->root);
}

void *scratch_shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    insist(p != MAP_FAILED, "mmap");
    return p;
}

void scratch_barrier(pthread_barrier_t *barrier, unsigned n)
{
    pthread_barrierattr_t attr;

    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(barrier, &attr, n);
    pthread_barrierattr_destroy(&attr);
}

pid_t scratch_child(int (*body)(void *arg), void *arg)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    insist(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    alarm(CHILD_SECONDS);
    _exit(body(arg));
}

int scratch_wait(pid_t pid)
{
    int status;

    insist(waitpid(pid, &status, 0) == pid, "waitpid");
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

void scratch_wait_stopped(pid_t pid)
{
    int status;

    insist(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status),
        "waiting for a child to stop");
}

int scratch_run(int (*body)(void *arg), void *arg)
{
    return scratch_wait(scratch_child(body, arg));
}

static void on_line(void *cookie, const char *line)
{
    (void)cookie;
    if (getenv("VERBOSE") != NULL)
        fprintf(stderr, "# [%d] %s\n", (int)getpid(), line);
}

struct store_options scratch_options(const char *dir)
{
    return (struct store_options){.dir = dir,
        .ledger_key = {1, 2, 3},
        .stuck_ms = STUCK_MS,
        .cache_bytes = 2 << 20,
        .log_bytes = 1 << 20,
        .checkpoint_bytes = 1 << 20,
        .log = on_line};
}

struct store *scratch_store_with(const struct store_options *options)
{
    struct store *store;
    char error[256];

    if (store_open(options, &store, error) == 0)
        return store;
    fprintf(stderr, "# %s\n", error);
    _exit(99);
}

struct store *scratch_store(const char *dir)
{
    const struct store_options options = scratch_options(dir);

    return scratch_store_with(&options);
}

static void on_done(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    (void)verb;
}

enum store_status scratch_do(struct store *store, void *verb)
{
    struct store_verb *v = verb;

    store_run(store, v, on_done, NULL);
    return v->status;
}

bool scratch_audit(struct store *store, int64_t boot, uint64_t *breaches)
{
    struct store_audit a = {
        .verb.kind = STORE_AUDIT, .boot = boot, .most = 500};

    while (!a.done && scratch_do(store, &a) == STORE_OK)
        ;
    *breaches += a.breaches;
    if (a.report.len > 0)
        fprintf(stderr, "%.*s", (int)a.report.len, a.report.data);
    buf_free(&a.report);
    buf_free(&a.cursor);
    return a.done;
}

int64_t scratch_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t scratch_boot(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec;
}
