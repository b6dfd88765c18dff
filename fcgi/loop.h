#ifndef LOOP_H
#define LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One event loop: descriptors, timers, signals and work for the end of the
 * turn. Everything is intrusive: the caller owns the cookie structs, they must
 * stay where they are while they are armed, and they may be disarmed and freed
 * from any callback, their own included. Nothing here blocks but loop_run(). */

struct loop;

struct loop_fd {
    int fd;
    uint32_t events; /* EPOLL* asked for; 0: not watched */
    void (*ready)(void *cookie, uint32_t events);
    void *cookie;
    uint32_t turn; /* private */
};

struct loop_timer {
    uint64_t due; /* private */
    void (*fired)(void *cookie);
    void *cookie;
    struct loop_timer *child, *next; /* private */
    struct loop_timer **link;        /* private; NULL: not armed */
};

struct loop_task {
    void (*run)(void *cookie);
    void *cookie;
    struct loop_task *next;  /* private */
    struct loop_task **link; /* private; NULL: not queued */
};

/**
 * loop_create():
 * A new loop, or NULL with errno set. loop_free() takes NULL; whatever is
 * still armed is forgotten, not closed.
 */
struct loop *loop_create(void);
void loop_free(struct loop *loop);

/**
 * loop_watch(loop, w, events):
 * Watch w->fd for ${events}, or change what is watched; 0 stops watching.
 * w->ready is called with what happened (EPOLLERR and EPOLLHUP unasked).
 * Returns 0, or -1 with errno set.
 */
int loop_watch(struct loop *loop, struct loop_fd *w, uint32_t events);

/**
 * loop_close(loop, w):
 * Stop watching w->fd and close it. The kernel drops what is closed from epoll
 * by itself, so this is one system call less than doing both; but nobody may
 * hold a duplicate of the descriptor.
 */
void loop_close(struct loop *loop, struct loop_fd *w);

/**
 * loop_timer_set(loop, t, ms):
 * Arm or rearm ${t} to fire once in ${ms} milliseconds of CLOCK_MONOTONIC.
 */
void loop_timer_set(struct loop *loop, struct loop_timer *t, uint64_t ms);

/**
 * loop_timer_cancel(loop, t):
 * Disarm ${t}; harmless when it is not armed.
 */
void loop_timer_cancel(struct loop *loop, struct loop_timer *t);

/**
 * loop_timer_armed(t):
 * Whether ${t} is set and has not fired since; not in its own callback.
 */
bool loop_timer_armed(const struct loop_timer *t);

/**
 * loop_later(loop, task):
 * Run ${task} once at the end of this turn, before the loop sleeps. Asking
 * twice is asking once. A task that is queued while tasks run is run in the
 * same turn. loop_later_cancel() is harmless when it is not queued.
 */
void loop_later(struct loop *loop, struct loop_task *task);
void loop_later_cancel(struct loop *loop, struct loop_task *task);

/**
 * loop_signals(loop, mask, caught, cookie):
 * Block the signals in ${mask} and call ${caught} from the loop for each that
 * arrives. Once per loop, before threads are started. Returns 0 or -1.
 */
int loop_signals(struct loop *loop, const sigset_t *mask,
    void (*caught)(void *cookie, int signo), void *cookie);

/**
 * loop_now(loop):
 * Milliseconds of CLOCK_MONOTONIC as of the beginning of this turn.
 */
uint64_t loop_now(const struct loop *loop);

/**
 * loop_spin(loop, us):
 * Before it sleeps, look for ${us} microseconds at most whether something
 * happens at once, where that pays: see spin.h. 0, as at first: never.
 */
void loop_spin(struct loop *loop, uint32_t us);

/**
 * loop_run(loop):
 * Turn until loop_stop(). Returns 0, or -1 with errno set.
 */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
