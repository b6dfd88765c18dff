#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "spin.h"
#include "timers.h"

enum { READY_MAX = 256 };

struct loop {
    int epfd;
    bool stopped;
    uint64_t now;

    /* What epoll reported this turn; entries behind `at` are still to be
     * delivered, NULL ones belonged to a cookie that was disarmed since. */
    struct epoll_event ready[READY_MAX];
    size_t count, at;
    uint32_t turn;

    struct timers timers;
    struct loop_task *tasks, **tail;
    struct spin spin;

    struct loop_fd signals;
    void (*caught)(void *cookie, int signo);
    void *cookie;
};

static uint64_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        goto err0;
    if ((loop->epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
        goto err1;
    loop->signals.fd = -1;
    loop->tail = &loop->tasks;
    loop->turn = 1;
    loop->now = clock_ms();
    return loop;

err1:
    free(loop);
err0:
    return NULL;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    if (loop->signals.fd != -1)
        close(loop->signals.fd);
    close(loop->epfd);
    free(loop);
}

/* Forget what epoll already reported for ${w} this turn. */
static void unready(struct loop *loop, const struct loop_fd *w)
{
    if (w->turn != loop->turn)
        return;
    for (size_t i = loop->at; i < loop->count; i++)
        if (loop->ready[i].data.ptr == w)
            loop->ready[i].data.ptr = NULL;
}

static int unwatch(struct loop *loop, struct loop_fd *w)
{
    unready(loop, w);
    w->events = 0;

    /* A descriptor that its owner has closed already left epoll by itself. */
    if (epoll_ctl(loop->epfd, EPOLL_CTL_DEL, w->fd, NULL) == -1 &&
        errno != EBADF && errno != ENOENT)
        return -1;
    return 0;
}

/* Tell epoll, forgiving a guess of ${op} that was wrong: the number of a
 * closed descriptor may have come back as another one. */
static int control(
    struct loop *loop, int op, struct loop_fd *w, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = w};

    if (epoll_ctl(loop->epfd, op, w->fd, &ev) == 0)
        return 0;
    if (op == EPOLL_CTL_ADD && errno == EEXIST)
        return epoll_ctl(loop->epfd, EPOLL_CTL_MOD, w->fd, &ev);
    if (op == EPOLL_CTL_MOD && errno == ENOENT)
        return epoll_ctl(loop->epfd, EPOLL_CTL_ADD, w->fd, &ev);
    return -1;
}

int loop_watch(struct loop *loop, struct loop_fd *w, uint32_t events)
{
    int op = w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (events == w->events)
        return 0;
    if (events == 0)
        return unwatch(loop, w);

    /* The kernel refuses to modify an exclusive entry. */
    if (op == EPOLL_CTL_MOD && ((events | w->events) & EPOLLEXCLUSIVE) != 0) {
        if (unwatch(loop, w) == -1)
            return -1;
        op = EPOLL_CTL_ADD;
    }
    if (control(loop, op, w, events) == -1)
        return -1;
    w->events = events;
    return 0;
}

void loop_close(struct loop *loop, struct loop_fd *w)
{
    unready(loop, w);
    w->events = 0;
    close(w->fd);
    w->fd = -1;
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, uint64_t ms)
{
    loop_timer_cancel(loop, t);

    /* Measured from now, not from the beginning of the turn, so that a long
     * turn does not make the timers early that it arms. */
    timers_add(&loop->timers, t, ms == 0 ? loop->now : clock_ms() + ms);
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *t)
{
    if (loop_timer_armed(t))
        timers_remove(&loop->timers, t);
}

bool loop_timer_armed(const struct loop_timer *t)
{
    return t->link != NULL;
}

void loop_later(struct loop *loop, struct loop_task *task)
{
    if (task->link != NULL)
        return;
    task->next = NULL;
    task->link = loop->tail;
    *loop->tail = task;
    loop->tail = &task->next;
}

void loop_later_cancel(struct loop *loop, struct loop_task *task)
{
    if (task->link == NULL)
        return;
    *task->link = task->next;
    if (task->next != NULL)
        task->next->link = task->link;
    else
        loop->tail = task->link;
    task->next = NULL;
    task->link = NULL;
}

static void callback_signal(void *cookie, uint32_t events)
{
    struct loop *loop = cookie;
    struct signalfd_siginfo info;

    (void)events;
    while (read(loop->signals.fd, &info, sizeof(info)) == sizeof(info))
        loop->caught(loop->cookie, (int)info.ssi_signo);
}

int loop_signals(struct loop *loop, const sigset_t *mask,
    void (*caught)(void *cookie, int signo), void *cookie)
{
    int fd;

    assert(loop->signals.fd == -1);
    if (sigprocmask(SIG_BLOCK, mask, NULL) == -1)
        goto err0;
    if ((fd = signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC)) == -1)
        goto err0;
    loop->signals = (struct loop_fd){
        .fd = fd,
        .ready = callback_signal,
        .cookie = loop,
    };
    if (loop_watch(loop, &loop->signals, EPOLLIN) == -1)
        goto err1;
    loop->caught = caught;
    loop->cookie = cookie;
    return 0;

err1:
    close(fd);
    loop->signals.fd = -1;
err0:
    return -1;
}

uint64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

void loop_spin(struct loop *loop, uint32_t us)
{
    spin_limit(&loop->spin, us);
}

/* How long epoll may sleep, in its unit. */
static int patience(struct loop *loop)
{
    const struct loop_timer *first = loop->timers.first;

    if (loop->tasks != NULL)
        return 0;
    if (first == NULL)
        return -1;
    loop->now = clock_ms();
    if (first->due <= loop->now)
        return 0;
    return first->due - loop->now > 60000 ? 60000
                                          : (int)(first->due - loop->now);
}

/* When the loop has something to do by itself, in microseconds. */
static uint64_t next_due(const struct loop *loop)
{
    const struct loop_timer *first = loop->timers.first;

    if (loop->tasks != NULL)
        return 0;
    return first == NULL ? UINT64_MAX : first->due * 1000;
}

static int poll_ready(void *cookie)
{
    struct loop *loop = cookie;

    return epoll_wait(loop->epfd, loop->ready, READY_MAX, 0);
}

/* Start a turn: wait for something to happen. */
static int wait_ready(struct loop *loop)
{
    int n = spin_look(&loop->spin, next_due(loop), poll_ready, loop);

    if (n == 0)
        n = epoll_wait(loop->epfd, loop->ready, READY_MAX, patience(loop));
    if (n == -1 && errno != EINTR)
        return -1;
    spin_over(&loop->spin, n > 0);
    loop->now = clock_ms();
    loop->turn++;
    loop->at = 0;
    loop->count = n == -1 ? 0 : (size_t)n;
    for (size_t i = 0; i < loop->count; i++)
        ((struct loop_fd *)loop->ready[i].data.ptr)->turn = loop->turn;
    return 0;
}

static void run_ready(struct loop *loop)
{
    while (loop->at < loop->count) {
        struct epoll_event *ev = &loop->ready[loop->at++];
        struct loop_fd *w = ev->data.ptr;
        uint32_t events;

        if (w == NULL)
            continue;
        events = ev->events & (w->events | EPOLLERR | EPOLLHUP);
        if (events != 0)
            w->ready(w->cookie, events);
    }
}

/* As many as were armed when it began, so that a timer which rearms itself for
 * at once does not keep the descriptors waiting. */
static void run_timers(struct loop *loop)
{
    for (size_t n = loop->timers.count; n > 0; n--) {
        struct loop_timer *t = loop->timers.first;

        if (t == NULL || t->due > loop->now)
            return;
        loop_timer_cancel(loop, t);
        t->fired(t->cookie);
    }
}

static void run_tasks(struct loop *loop)
{
    struct loop_task *task;

    while ((task = loop->tasks) != NULL) {
        loop_later_cancel(loop, task);
        task->run(task->cookie);
    }
}

int loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        if (wait_ready(loop) == -1)
            return -1;
        run_ready(loop);
        run_timers(loop);
        run_tasks(loop);
    }
    loop->stopped = false;
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
