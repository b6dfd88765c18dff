#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch_child.h"

enum { QUICK_MS = 1000, DELAY_MS = 50, DELAY_MAX_MS = 400 };
enum { DESCRIPTORS = 65536, TAIL = 2048 };

uint64_t launch_child_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int log_open(const struct launch_child *c, const char *dir, int flags)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s.log", dir, c->name);

    if (n < 0 || n >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC, 0600);
}

/* A stream takes two descriptors: the usual soft limit of 1,024 is low. */
static void raise_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= DESCRIPTORS)
        return;
    r.rlim_cur = r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &r);
}

/* What happens between fork and exec; does not come back. */
static void become(
    const struct launch_child *c, pid_t parent, int in, int out, int err)
{
    sigset_t none;

    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
        _exit(126);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    for (const int *fd = c->lent; fd != NULL && *fd != -1; fd++)
        fcntl(*fd, F_SETFD, 0);
    raise_descriptors();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(c->argv[0], (char **)(uintptr_t)c->argv);
    dprintf(2, "%s: %s\n", c->argv[0], strerror(errno));
    _exit(127);
}

static int spawn(struct launch_child *c, int out, int err)
{
    pid_t parent = getpid(), pid;
    int in = c->in;

    assert(c->pid == 0);
    if (in == -1 && (in = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
        goto err0;
    if ((pid = fork()) == -1)
        goto err1;
    if (pid == 0)
        become(c, parent, in, out, err);
    c->pid = pid;
    c->started = launch_child_now();
    if (in != c->in)
        close(in);
    return 0;

err1:
    if (in != c->in)
        close(in);
err0:
    return -1;
}

int launch_child_start(struct launch_child *c, const char *log_dir, int out)
{
    int log, status;

    log = log_open(c, log_dir, O_WRONLY | O_CREAT | O_APPEND);
    if (log == -1)
        return -1;
    status = spawn(c, out == -1 ? log : out, log);
    close(log);
    return status;
}

void launch_child_died(struct launch_child *c)
{
    uint64_t now = launch_child_now(), delay = 0;

    /* The port of a web server is its processes', not only its leader's. */
    kill(-c->pid, SIGKILL);
    c->pid = 0;
    c->quick = now - c->started < QUICK_MS ? c->quick + 1 : 0;
    if (c->quick > 1)
        delay = (uint64_t)DELAY_MS << (c->quick > 8 ? 6 : c->quick - 2);
    c->due = now + (delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS);
}

static void drain(int fd, char *text, size_t size)
{
    char rest[256];
    size_t used = 0;
    ssize_t n;

    do {
        if (used + 1 < size)
            n = read(fd, text + used, size - used - 1);
        else
            n = read(fd, rest, sizeof(rest));
        if (n > 0 && used + 1 < size)
            used += (size_t)n;
    } while (n > 0 || (n == -1 && errno == EINTR));
    text[used] = '\0';
}

int launch_child_output(struct launch_child *c, char *text, size_t size)
{
    int ends[2], status;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        goto err0;
    if (spawn(c, ends[1], 2))
        goto err1;
    close(ends[1]);
    drain(ends[0], text, size);
    close(ends[0]);
    do {
        pid = waitpid(c->pid, &status, 0);
    } while (pid == -1 && errno == EINTR);
    c->pid = 0;
    return (pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1);

err1:
    close(ends[0]);
    close(ends[1]);
err0:
    return -1;
}

void launch_child_empty_log(const struct launch_child *c, const char *log_dir)
{
    int fd = log_open(c, log_dir, O_WRONLY | O_CREAT | O_TRUNC);

    if (fd != -1)
        close(fd);
}

void launch_child_tell_log(const struct launch_child *c, const char *log_dir)
{
    char text[TAIL];
    ssize_t n = 0;
    off_t size;
    int fd;

    if ((fd = log_open(c, log_dir, O_RDONLY)) == -1)
        return;
    size = lseek(fd, 0, SEEK_END);
    if (size >= 0)
        n = pread(fd, text, sizeof(text), size > TAIL ? size - TAIL : 0);
    if (n > 0)
        fprintf(stderr, "%.*s", (int)n, text);
    close(fd);
}
