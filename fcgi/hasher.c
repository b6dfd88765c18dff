#include "hasher.h"

#include <errno.h>
#include <stdlib.h>

struct hasher {
    struct throttle *throttle;
    struct aside *aside;
    unsigned count; /* of jobs that nobody has been told about */
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

static void run(void *cookie)
{
    struct hasher_job *job = cookie;

    job->answer = compare(job->hasher->throttle, job);
}

static void done(void *cookie)
{
    struct hasher_job *job = cookie;

    job->hasher->count--;
    job->done(job->cookie);
}

struct hasher *hasher_start(struct loop *loop, struct throttle *throttle)
{
    struct hasher *h = calloc(1, sizeof(*h));

    if (h == NULL)
        goto err0;
    h->throttle = throttle;
    h->aside = aside_start(loop);
    if (h->aside == NULL)
        goto err1;
    return h;

err1:
    free(h);
err0:
    return NULL;
}

bool hasher_submit(struct hasher *h, struct hasher_job *job)
{
    if (h->count > HASHER_QUEUE)
        return false;
    h->count++;
    job->hasher = h;
    job->aside = (struct aside_job){run, done, job, NULL};
    aside_submit(h->aside, &job->aside);
    return true;
}

void hasher_stop(struct hasher *h)
{
    if (h == NULL)
        return;
    aside_stop(h->aside);
    free(h);
}
