#include "jobs.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "spin.h"
#include "syncer.h"
#include "thread.h"

enum { TICK_MS = 1000, HANDFUL = 8 };

/* A list of jobs in order of arrival. */
struct job_list {
    struct job *first;
    struct job **end;
};

/* Where one thread gathers what it is given back, to tell of it at once. */
struct ender {
    struct jobs *jobs;
    struct job_list ended;
};

struct jobs {
    struct loop *loop;
    struct store *store;
    struct store_options options;
    pthread_t thread;
    pthread_mutex_t lock;      /* guards the lists and the flags */
    sem_t opened;              /* the store, or not */
    sem_t more;                /* for the store thread when it is asleep */
    struct job_list asked;     /* in this turn of the loop; the loop's alone */
    int handful;               /* how many of those there are */
    struct loop_task turn_end; /* what they come to */
    struct job_list waiting;
    struct job_list finished;
    struct loop_fd wake;           /* eventfd: finished is not empty */
    struct ender storing, syncing; /* of the store thread, of the sync thread */
    struct syncer *syncer;
    bool threaded;
    struct loop_timer tick; /* without a thread: looks after the store */
    bool closed;            /* so the newest verb says; the loop's alone */
    bool asleep, stopping;
    struct spin spin;        /* of the store thread */
    _Atomic unsigned handed; /* how often it was given something */
    unsigned taken;          /* of those, what it has seen */
    int open_result;
    char *error;
};

static void list_clear(struct job_list *l)
{
    l->first = NULL;
    l->end = &l->first;
}

static void list_add(struct job_list *l, struct job *job)
{
    job->next = NULL;
    *l->end = job;
    l->end = &job->next;
}

/* Move all of ${from} to the end of ${l}. */
static void list_join(struct job_list *l, struct job_list *from)
{
    if (from->first == NULL)
        return;
    *l->end = from->first;
    l->end = from->end;
    list_clear(from);
}

static struct job *list_take(struct job_list *l)
{
    struct job *all = l->first;

    list_clear(l);
    return all;
}

/* From the store, in either thread: one verb may be acknowledged. The loop is
 * told of all that come together at once, else it would be woken for the first
 * of them. */
static void verb_done(void *cookie, struct store_verb *verb)
{
    struct ender *ender = cookie;
    struct jobs *jobs = ender->jobs;
    uint64_t one = 1;
    bool wake;

    list_add(&ender->ended, verb->owner);
    if (verb->next != NULL)
        return;
    pthread_mutex_lock(&jobs->lock);
    wake = jobs->finished.first == NULL;
    list_join(&jobs->finished, &ender->ended);
    pthread_mutex_unlock(&jobs->lock);
    if (wake && write(jobs->wake.fd, &one, sizeof(one)) != sizeof(one))
        abort(); /* an eventfd that takes no byte is no eventfd */
}

static time_t seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Wait to be woken, at most a second. */
static void sleep_until_more(struct jobs *jobs)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    while (sem_clockwait(&jobs->more, CLOCK_MONOTONIC, &until) == -1 &&
           errno == EINTR)
        ;
}

/* Without the lock, which the loop may want. */
static int more_handed(void *cookie)
{
    struct jobs *jobs = cookie;

    return jobs->handed != jobs->taken;
}

static struct job *take_waiting(struct jobs *jobs, bool *stopping)
{
    struct job *all;

    spin_look(&jobs->spin, UINT64_MAX, more_handed, jobs);
    pthread_mutex_lock(&jobs->lock);
    jobs->asleep = jobs->waiting.first == NULL && !jobs->stopping;
    if (jobs->asleep) {
        pthread_mutex_unlock(&jobs->lock);
        sleep_until_more(jobs);
        pthread_mutex_lock(&jobs->lock);
        jobs->asleep = false;
    }
    all = list_take(&jobs->waiting);
    jobs->taken = jobs->handed;
    *stopping = jobs->stopping;
    pthread_mutex_unlock(&jobs->lock);
    spin_over(&jobs->spin, all != NULL);
    return all;
}

/* With the lock in hand, which it gives back. Not a condition variable: who
 * wakes from one finds its mutex marked as contended, and pays for a system
 * call to unlock it. */
static void wake_thread(struct jobs *jobs)
{
    bool wake = jobs->asleep;

    jobs->asleep = false;
    jobs->handed++;
    pthread_mutex_unlock(&jobs->lock);
    if (wake)
        sem_post(&jobs->more);
}

static struct store_verb *batch_of(struct job *all)
{
    struct store_verb *first = NULL, **end = &first;

    for (struct job *job = all; job != NULL; job = job->next) {
        job->verb->owner = job;
        *end = job->verb;
        end = &job->verb->next;
    }
    *end = NULL;
    return first;
}

static bool more_waits(struct jobs *jobs)
{
    bool more;

    pthread_mutex_lock(&jobs->lock);
    more = jobs->waiting.first != NULL;
    pthread_mutex_unlock(&jobs->lock);
    return more;
}

static void run_batch(struct jobs *jobs, struct job *all)
{
    struct store_owed owed;
    bool busy = all->next != NULL; /* and others will come as well */

    store_commit(jobs->store, batch_of(all), verb_done, &jobs->storing, &owed);
    if (owed.verbs != NULL &&
        !syncer_take(jobs->syncer, &owed, busy || more_waits(jobs)))
        store_harden(jobs->store, &owed, verb_done, &jobs->storing);
}

static void run_store(struct jobs *jobs)
{
    struct job *all;
    time_t ticked = seconds_now();
    bool stopping = false;

    while (!stopping) {
        all = take_waiting(jobs, &stopping);
        if (all != NULL) {
            run_batch(jobs, all);
            stopping = false; /* look again before leaving */
        }
        if (all == NULL || seconds_now() != ticked) {
            store_tick(jobs->store);
            ticked = seconds_now();
        }
    }
}

static int open_store(struct jobs *jobs)
{
    if (store_open(&jobs->options, &jobs->store, jobs->error) != 0)
        return -1;
    jobs->syncer = syncer_start(jobs->store, verb_done, &jobs->syncing);
    if (jobs->syncer != NULL)
        return 0;
    strcpy(jobs->error, "the sync thread cannot be started");
    store_close(jobs->store);
    return -1;
}

static void *store_thread(void *cookie)
{
    struct jobs *jobs = cookie;
    int result = open_store(jobs);

    jobs->open_result = result;
    sem_post(&jobs->opened);
    if (result != 0)
        return NULL;
    run_store(jobs);
    syncer_stop(jobs->syncer);
    store_close(jobs->store);
    return NULL;
}

/* From the loop: tell the owners. The eventfd is watched for edges, of which
 * every write to it is one; so it need not be read. */
static void finished_ready(void *cookie, uint32_t events)
{
    struct jobs *jobs = cookie;
    struct job *job, *next;

    (void)events;
    pthread_mutex_lock(&jobs->lock);
    job = list_take(&jobs->finished);
    pthread_mutex_unlock(&jobs->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        jobs->closed = job->verb->status == STORE_CLOSED;
        job->done(job->cookie);
    }
}

/* ---- without a thread ---- */

static void batch_due(void *cookie)
{
    struct jobs *jobs = cookie;
    struct job *all = list_take(&jobs->asked);

    if (all != NULL)
        store_run(jobs->store, batch_of(all), verb_done, &jobs->storing);
    if (!loop_timer_armed(&jobs->tick))
        loop_timer_set(jobs->loop, &jobs->tick, TICK_MS);
}

/* A store that we did not use needs nothing of us. */
static void tick_due(void *cookie)
{
    struct jobs *jobs = cookie;

    store_tick(jobs->store);
}

/* ---- start and stop ---- */

static int wait_opened(struct jobs *jobs)
{
    while (sem_wait(&jobs->opened) == -1 && errno == EINTR)
        ;
    return jobs->open_result;
}

/* What one turn of the loop asks for goes over together: the store thread is
 * woken for it once, and has more for one batch. */
static void hand_over(void *cookie)
{
    struct jobs *jobs = cookie;

    if (jobs->handful == 0)
        return;
    jobs->handful = 0;
    pthread_mutex_lock(&jobs->lock);
    list_join(&jobs->waiting, &jobs->asked);
    wake_thread(jobs);
}

static void init_locks(struct jobs *jobs)
{
    sem_init(&jobs->opened, 0, 0);
    sem_init(&jobs->more, 0, 0);
    pthread_mutex_init(&jobs->lock, NULL);
}

static void free_locks(struct jobs *jobs)
{
    sem_destroy(&jobs->opened);
    sem_destroy(&jobs->more);
    pthread_mutex_destroy(&jobs->lock);
}

static void destroy(struct jobs *jobs)
{
    loop_watch(jobs->loop, &jobs->wake, 0);
    loop_later_cancel(jobs->loop, &jobs->turn_end);
    loop_timer_cancel(jobs->loop, &jobs->tick);
    close(jobs->wake.fd);
    free_locks(jobs);
    explicit_bzero(&jobs->options, sizeof(jobs->options));
    free(jobs);
}

static void init_ender(struct ender *ender, struct jobs *jobs)
{
    ender->jobs = jobs;
    list_clear(&ender->ended);
}

static struct jobs *create(
    struct loop *loop, const struct store_options *options, char *error)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));

    if (jobs == NULL)
        goto err0;
    jobs->loop = loop;
    jobs->options = *options;
    jobs->error = error;
    list_clear(&jobs->asked);
    list_clear(&jobs->waiting);
    init_ender(&jobs->storing, jobs);
    init_ender(&jobs->syncing, jobs);
    list_clear(&jobs->finished);
    init_locks(jobs);
    jobs->wake.ready = finished_ready;
    jobs->wake.cookie = jobs;
    jobs->tick = (struct loop_timer){.fired = tick_due, .cookie = jobs};
    jobs->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (jobs->wake.fd < 0)
        goto err1;
    if (loop_watch(loop, &jobs->wake, EPOLLIN | EPOLLET) != 0)
        goto err2;
    return jobs;

err2:
    close(jobs->wake.fd);
err1:
    free_locks(jobs);
    free(jobs);
err0:
    strcpy(error, "the store's jobs cannot be started");
    return NULL;
}

struct jobs *jobs_start(
    struct loop *loop, const struct store_options *options, char error[256])
{
    struct jobs *jobs = create(loop, options, error);

    if (jobs == NULL)
        goto err0;
    jobs->threaded = true;
    jobs->turn_end = (struct loop_task){.run = hand_over, .cookie = jobs};
    if (thread_start(&jobs->thread, store_thread, jobs) != 0) {
        strcpy(error, "the store thread cannot be started");
        goto err1;
    }
    if (wait_opened(jobs) != 0)
        goto err2;
    return jobs;

err2:
    pthread_join(jobs->thread, NULL);
err1:
    destroy(jobs);
err0:
    return NULL;
}

struct jobs *jobs_start_inline(
    struct loop *loop, const struct store_options *options, char error[256])
{
    struct jobs *jobs = create(loop, options, error);

    if (jobs == NULL)
        goto err0;
    jobs->turn_end = (struct loop_task){.run = batch_due, .cookie = jobs};
    if (store_open(options, &jobs->store, error) != 0)
        goto err1;
    return jobs;

err1:
    destroy(jobs);
err0:
    return NULL;
}

void jobs_submit(struct jobs *jobs, struct job *job)
{
    assert(job->verb != NULL && job->done != NULL);
    list_add(&jobs->asked, job);
    loop_later(jobs->loop, &jobs->turn_end);

    /* A long turn does not keep the store thread idle until it ends. */
    if (jobs->threaded && ++jobs->handful >= HANDFUL)
        hand_over(jobs);
}

bool jobs_hurry(struct jobs *jobs)
{
    if (jobs->threaded)
        hand_over(jobs);
    return jobs->threaded;
}

bool jobs_reap_due(struct jobs *jobs, int64_t boot)
{
    return store_reap_due(jobs->store, boot);
}

bool jobs_closed(const struct jobs *jobs)
{
    return jobs->closed;
}

void jobs_spin(struct jobs *jobs, uint32_t us)
{
    spin_limit(&jobs->spin, us);
}

static void stop_thread(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    list_join(&jobs->waiting, &jobs->asked);
    jobs->stopping = true;
    wake_thread(jobs);
    pthread_join(jobs->thread, NULL);
}

static void stop_inline(struct jobs *jobs)
{
    batch_due(jobs);
    store_close(jobs->store);
}

void jobs_stop(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    if (jobs->threaded)
        stop_thread(jobs);
    else
        stop_inline(jobs);
    destroy(jobs);
}
