#include "syncer.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

#include "thread.h"

struct syncer {
    struct store *store;
    void (*done)(void *cookie, struct store_verb *verb);
    void *cookie;
    pthread_t thread;
    sem_t more;             /* for the thread when it is asleep */
    pthread_mutex_t lock;   /* guards what follows */
    struct store_owed owed; /* by several batches of one generation */
    struct store_verb **end;
    bool asleep, stopping;
};

static void syncer_sleep(struct syncer *s)
{
    while (sem_wait(&s->more) == -1 && errno == EINTR)
        ;
}

/* False when it is time to go. */
static bool syncer_next(struct syncer *s, struct store_owed *owed)
{
    pthread_mutex_lock(&s->lock);
    s->asleep = s->owed.verbs == NULL && !s->stopping;
    if (s->asleep) {
        pthread_mutex_unlock(&s->lock);
        syncer_sleep(s);
        pthread_mutex_lock(&s->lock);
        s->asleep = false;
    }
    *owed = s->owed;
    s->owed.verbs = NULL;
    pthread_mutex_unlock(&s->lock);
    return owed->verbs != NULL;
}

static void *syncer_run(void *cookie)
{
    struct syncer *s = cookie;
    struct store_owed owed;

    while (syncer_next(s, &owed))
        store_harden(s->store, &owed, s->done, s->cookie);
    return NULL;
}

/* With the lock in hand, which it gives back. */
static void syncer_wake(struct syncer *s)
{
    bool wake = s->asleep;

    s->asleep = false;
    pthread_mutex_unlock(&s->lock);
    if (wake)
        sem_post(&s->more);
}

static void syncer_add(struct syncer *s, const struct store_owed *owed)
{
    if (s->owed.verbs == NULL)
        s->end = &s->owed.verbs;
    *s->end = owed->verbs;
    while (*s->end != NULL)
        s->end = &(*s->end)->next;
    s->owed.generation = owed->generation;
    s->owed.position = owed->position;
}

bool syncer_take(struct syncer *s, const struct store_owed *owed, bool busy)
{
    bool apart;

    pthread_mutex_lock(&s->lock);
    apart = s->owed.verbs != NULL && s->owed.generation != owed->generation;
    if (apart || (s->asleep && !busy)) {
        pthread_mutex_unlock(&s->lock);
        return false;
    }
    syncer_add(s, owed);
    syncer_wake(s);
    return true;
}

struct syncer *syncer_start(struct store *store,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    struct syncer *s = calloc(1, sizeof(*s));

    if (s == NULL)
        goto err0;
    s->store = store;
    s->done = done;
    s->cookie = cookie;
    sem_init(&s->more, 0, 0);
    pthread_mutex_init(&s->lock, NULL);
    if (thread_start(&s->thread, syncer_run, s) != 0)
        goto err1;
    return s;

err1:
    pthread_mutex_destroy(&s->lock);
    sem_destroy(&s->more);
    free(s);
err0:
    return NULL;
}

void syncer_stop(struct syncer *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    syncer_wake(s);
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    sem_destroy(&s->more);
    free(s);
}
