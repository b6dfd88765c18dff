#include "aside.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "thread.h"

struct aside {
    struct loop *loop;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows, wake aside */
    pthread_cond_t more;
    struct aside_job *waiting, **waiting_end;
    struct aside_job *finished, **finished_end;
    bool stopping;
    struct loop_fd wake; /* eventfd: finished is not empty */
};

/* The first job that waits, or NULL when it is time to go. */
static struct aside_job *take(struct aside *a)
{
    struct aside_job *job = NULL;

    pthread_mutex_lock(&a->lock);
    while (a->waiting == NULL && !a->stopping)
        pthread_cond_wait(&a->more, &a->lock);
    if (!a->stopping) {
        job = a->waiting;
        if ((a->waiting = job->next) == NULL)
            a->waiting_end = &a->waiting;
    }
    pthread_mutex_unlock(&a->lock);
    return job;
}

static void finish(struct aside *a, struct aside_job *job)
{
    uint64_t one = 1;

    job->next = NULL;
    pthread_mutex_lock(&a->lock);
    *a->finished_end = job;
    a->finished_end = &job->next;
    pthread_mutex_unlock(&a->lock);
    if (write(a->wake.fd, &one, sizeof(one)) != sizeof(one))
        abort(); /* an eventfd that takes no byte is no eventfd */
}

static void *run(void *cookie)
{
    struct aside *a = cookie;
    struct aside_job *job;

    while ((job = take(a)) != NULL) {
        job->run(job->cookie);
        finish(a, job);
    }
    return NULL;
}

/* The eventfd is watched for edges, of which every write to it is one; so it
 * need not be read. */
static void finished_ready(void *cookie, uint32_t events)
{
    struct aside *a = cookie;
    struct aside_job *job, *next;

    (void)events;
    pthread_mutex_lock(&a->lock);
    job = a->finished;
    a->finished = NULL;
    a->finished_end = &a->finished;
    pthread_mutex_unlock(&a->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        job->done(job->cookie);
    }
}

static void destroy(struct aside *a)
{
    loop_watch(a->loop, &a->wake, 0);
    close(a->wake.fd);
    pthread_cond_destroy(&a->more);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

struct aside *aside_start(struct loop *loop)
{
    struct aside *a = calloc(1, sizeof(*a));

    if (a == NULL)
        goto err0;
    a->loop = loop;
    a->waiting_end = &a->waiting;
    a->finished_end = &a->finished;
    a->wake.ready = finished_ready;
    a->wake.cookie = a;
    a->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a->wake.fd < 0)
        goto err1;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->more, NULL);
    if (loop_watch(loop, &a->wake, EPOLLIN | EPOLLET) != 0 ||
        thread_start(&a->thread, run, a) != 0)
        goto err2;
    return a;

err2:
    destroy(a);
    return NULL;
err1:
    free(a);
err0:
    return NULL;
}

void aside_submit(struct aside *a, struct aside_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&a->lock);
    *a->waiting_end = job;
    a->waiting_end = &job->next;
    pthread_mutex_unlock(&a->lock);
    pthread_cond_signal(&a->more);
}

bool aside_cancel(struct aside *a, struct aside_job *job)
{
    struct aside_job **at;
    bool found;

    pthread_mutex_lock(&a->lock);
    for (at = &a->waiting; *at != NULL && *at != job;)
        at = &(*at)->next;
    found = *at != NULL;
    if (found && (*at = job->next) == NULL)
        a->waiting_end = at;
    pthread_mutex_unlock(&a->lock);
    return found;
}

void aside_stop(struct aside *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    a->stopping = true;
    pthread_cond_signal(&a->more);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    destroy(a);
}
