#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "db/file.h"
#include "failpoint.h"
#include "gate.h"

enum { TURNSTILE = 0, GATE = 1 };
enum { TICK_MS = 100, LOOKS = 4 };

struct gate {
    int fd;
    struct members *members;
    uint32_t stuck_ms;
    const struct report *report;
    timer_t timer;      /* sends SIGRTMIN to the thread that waits */
    pid_t timer_thread; /* 0: no timer yet */
};

/* The patience of one wait. */
struct patience {
    off_t byte;
    int64_t tick_ms; /* between two looks */
    pid_t suspect;
    uint64_t beat;
    int64_t waited_ms;
    int64_t looked; /* when, in milliseconds */
};

static int64_t gate_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int gate_lock(const struct gate *g, int cmd, short type, off_t byte)
{
    struct flock f = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

    return fcntl(g->fd, cmd, &f);
}

static pid_t gate_holder(const struct gate *g, off_t byte)
{
    struct flock f = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

    if (fcntl(g->fd, F_GETLK, &f) < 0 || f.l_type == F_UNLCK)
        return 0;
    return f.l_pid;
}

static void gate_on_tick(int sig)
{
    (void)sig;
}

struct gate *gate_open(const char *dir, struct members *m, uint32_t stuck_ms,
    const struct report *report)
{
    struct sigaction tick = {.sa_handler = gate_on_tick}; /* no SA_RESTART */
    struct gate *g = calloc(1, sizeof(*g));

    if (g == NULL)
        goto err0;
    g->members = m;
    g->stuck_ms = stuck_ms;
    g->report = report;
    if (sigaction(SIGRTMIN, &tick, NULL) < 0)
        goto err1;
    g->fd = file_open(dir, "gate");
    if (g->fd < 0)
        goto err1;
    return g;

err1:
    free(g);
err0:
    return NULL;
}

/* The store is opened by one thread and used by another, so the timer may have
 * to be made anew. */
static int gate_make_timer(struct gate *g)
{
    struct sigevent to = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};

    if (g->timer_thread == gettid())
        return 0;
    if (g->timer_thread != 0)
        timer_delete(g->timer);
    g->timer_thread = 0;
    to._sigev_un._tid = gettid();
    if (timer_create(CLOCK_MONOTONIC, &to, &g->timer) < 0)
        return -1;
    g->timer_thread = gettid();
    return 0;
}

static void gate_set_tick(struct gate *g, int64_t ms)
{
    const struct timespec tick = {ms / 1000, ms % 1000 * 1000000};

    timer_settime(g->timer, 0, &(struct itimerspec){tick, tick}, NULL);
}

/* Before the gate only one waits at a time. But a thousand may stand in the
 * turnstile, and for each that looks up the kernel queues all behind it anew:
 * these do so as seldom as they can. */
static int64_t gate_tick(const struct gate *g, off_t byte)
{
    const int64_t seldom = g->stuck_ms / LOOKS;

    return byte == TURNSTILE && seldom > TICK_MS ? seldom : TICK_MS;
}

/* A pidfd names one process for ever. Where there are none, a number has to
 * do. */
static void gate_shoot(pid_t holder, int fd)
{
    if (fd < 0 || pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0)
        kill(holder, SIGKILL);
}

/* Between the look and the shot the holder may leave, die and be replaced: so
 * look again with its pidfd in hand. */
static void gate_kill(struct gate *g, pid_t holder, const struct patience *p)
{
    int fd = pidfd_open(holder, 0);

    if (gate_holder(g, p->byte) == holder &&
        members_table(g->members)->beat == p->beat) {
        report_line(g->report,
            "killing process %d: it held the store for %lld ms without a sign "
            "of life",
            (int)holder, (long long)p->waited_ms);
        gate_shoot(holder, fd);
    }
    if (fd >= 0)
        close(fd);
}

/* Only time in which we ourselves ran counts, so that nobody is shot when the
 * whole machine was asleep. A new holder or a beat starts the clock again: of
 * several who lose patience together only the first shoots. */
static void gate_look(struct gate *g, struct patience *p)
{
    const int64_t limit = (int64_t)g->stuck_ms * (p->byte == TURNSTILE ? 2 : 1);
    uint64_t beat = members_table(g->members)->beat;
    pid_t holder = gate_holder(g, p->byte);
    int64_t now = gate_now();
    int64_t passed = now - p->looked;

    p->looked = now;
    if (holder != p->suspect || beat != p->beat) {
        p->suspect = holder;
        p->beat = beat;
        p->waited_ms = 0;
        return;
    }
    p->waited_ms += passed < 2 * p->tick_ms ? passed : 2 * p->tick_ms;
    if (holder > 0 && p->waited_ms >= limit) {
        gate_kill(g, holder, p);
        p->waited_ms = 0;
    }
}

static int gate_wait(struct gate *g, struct patience *p)
{
    while (gate_lock(g, F_SETLKW, F_WRLCK, p->byte) < 0) {
        if (errno != EINTR)
            return -1;
        gate_look(g, p);
    }
    return 0;
}

static int gate_acquire(struct gate *g, off_t byte)
{
    struct patience p = {
        .byte = byte, .tick_ms = gate_tick(g, byte), .looked = gate_now()};
    sigset_t tick;
    sigset_t before;
    int rc;
    int saved;

    if (gate_lock(g, F_SETLK, F_WRLCK, byte) == 0)
        return 0;
    if (gate_make_timer(g) < 0)
        return -1;
    sigemptyset(&tick);
    sigaddset(&tick, SIGRTMIN);
    pthread_sigmask(SIG_UNBLOCK, &tick, &before);
    gate_set_tick(g, p.tick_ms);
    rc = gate_wait(g, &p);
    saved = errno;
    gate_set_tick(g, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return rc;
}

int gate_enter(struct gate *g)
{
    if (gate_acquire(g, TURNSTILE) < 0)
        return -1;
    failpoint(FAILPOINT_TURNSTILE);
    if (gate_acquire(g, GATE) < 0) {
        gate_lock(g, F_SETLK, F_UNLCK, TURNSTILE);
        return -1;
    }
    gate_lock(g, F_SETLK, F_UNLCK, TURNSTILE);
    members_beat(g->members);
    failpoint(FAILPOINT_GATE);
    return 0;
}

void gate_leave(struct gate *g)
{
    gate_lock(g, F_SETLK, F_UNLCK, GATE);
}

void gate_close(struct gate *g)
{
    if (g == NULL)
        return;
    if (g->timer_thread != 0)
        timer_delete(g->timer);
    close(g->fd);
    free(g);
}
