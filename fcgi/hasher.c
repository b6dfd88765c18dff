#include "hasher.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "thread.h"

struct hasher {
    struct loop *loop;
    struct throttle *throttle;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows, wake aside */
    pthread_cond_t more;
    struct hasher_job *waiting, **waiting_end;
    struct hasher_job *finished, **finished_end;
    unsigned count; /* of waiting, with the one under way */
    bool stopping;
    struct loop_fd wake; /* eventfd: finished is not empty */
};

static enum hasher_answer compare(
    struct throttle *throttle, const struct hasher_job *job)
{
    int place = throttle_enter(throttle);
    enum password_verdict verdict;

    if (place < 0)
        return errno == EAGAIN ? HASHER_BUSY : HASHER_FAILED;
    verdict = password_check(job->hash, job->password);
    throttle_leave(throttle, place);
    switch (verdict) {
    case PASSWORD_RIGHT:
        return HASHER_RIGHT;
    case PASSWORD_WRONG:
        return HASHER_WRONG;
    default:
        return HASHER_FAILED;
    }
}

/* The first job that waits, or NULL when it is time to go. */
static struct hasher_job *take(struct hasher *h)
{
    struct hasher_job *job = NULL;

    pthread_mutex_lock(&h->lock);
    while (h->waiting == NULL && !h->stopping)
        pthread_cond_wait(&h->more, &h->lock);
    if (!h->stopping) {
        job = h->waiting;
        if ((h->waiting = job->next) == NULL)
            h->waiting_end = &h->waiting;
    }
    pthread_mutex_unlock(&h->lock);
    return job;
}

static void finish(struct hasher *h, struct hasher_job *job)
{
    uint64_t one = 1;

    job->next = NULL;
    pthread_mutex_lock(&h->lock);
    *h->finished_end = job;
    h->finished_end = &job->next;
    h->count--;
    pthread_mutex_unlock(&h->lock);
    if (write(h->wake.fd, &one, sizeof(one)) != sizeof(one))
        abort(); /* an eventfd that takes no byte is no eventfd */
}

static void *run(void *cookie)
{
    struct hasher *h = cookie;
    struct hasher_job *job;

    while ((job = take(h)) != NULL) {
        job->answer = compare(h->throttle, job);
        finish(h, job);
    }
    return NULL;
}

/* The eventfd is watched for edges, of which every write to it is one; so it
 * need not be read. */
static void finished_ready(void *cookie, uint32_t events)
{
    struct hasher *h = cookie;
    struct hasher_job *job, *next;

    (void)events;
    pthread_mutex_lock(&h->lock);
    job = h->finished;
    h->finished = NULL;
    h->finished_end = &h->finished;
    pthread_mutex_unlock(&h->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        job->done(job->cookie);
    }
}

static void destroy(struct hasher *h)
{
    loop_watch(h->loop, &h->wake, 0);
    close(h->wake.fd);
    pthread_cond_destroy(&h->more);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

struct hasher *hasher_start(struct loop *loop, struct throttle *throttle)
{
    struct hasher *h = calloc(1, sizeof(*h));

    if (h == NULL)
        goto err0;
    h->loop = loop;
    h->throttle = throttle;
    h->waiting_end = &h->waiting;
    h->finished_end = &h->finished;
    h->wake.ready = finished_ready;
    h->wake.cookie = h;
    h->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (h->wake.fd < 0)
        goto err1;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->more, NULL);
    if (loop_watch(loop, &h->wake, EPOLLIN | EPOLLET) != 0 ||
        thread_start(&h->thread, run, h) != 0)
        goto err2;
    return h;

err2:
    destroy(h);
    return NULL;
err1:
    free(h);
err0:
    return NULL;
}

bool hasher_submit(struct hasher *h, struct hasher_job *job)
{
    bool room;

    job->next = NULL;
    pthread_mutex_lock(&h->lock);
    room = h->count <= HASHER_QUEUE;
    if (room) {
        *h->waiting_end = job;
        h->waiting_end = &job->next;
        h->count++;
    }
    pthread_mutex_unlock(&h->lock);
    if (room)
        pthread_cond_signal(&h->more);
    return room;
}

void hasher_stop(struct hasher *h)
{
    if (h == NULL)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->more);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    destroy(h);
}
