#include "beside.h"

#include <stdlib.h>

#include "call.h"

enum {
    AT_ONCE = 32 << 10,     /* takes a millisecond */
    WAITING_MOST = 64 << 20 /* bytes: some seconds */
};

/* A call that the thread has: nobody else touches it. */
struct beside {
    struct aside_job job;
    int (*work)(struct call *call);
    enum walk_next (*then)(struct call *call, int rc);
    int rc;
    size_t size; /* of the request */
};

static void work(void *cookie)
{
    struct call *call = cookie;
    struct beside *b = call->beside;

    b->rc = b->work(call);
}

/* The thread is through with the call, or never began. */
static void take_back(struct call *call)
{
    call->worker->beside_bytes -= call->beside->size;
    free(call->beside);
    call->beside = NULL;
}

static void done(void *cookie)
{
    struct call *call = cookie;
    struct beside b = *call->beside;

    take_back(call);
    if (b.then(call, b.rc) == WALK_ON)
        walk_on(call);
}

/* The thread; NULL: there is none, and the loop has to wait. */
static struct aside *thread_of(struct worker *worker)
{
    if (worker->beside == NULL)
        worker->beside = aside_start(worker->loop);
    return worker->beside;
}

/* Each that waits keeps its body and its hold, and all behind it waiting. What
 * has been weighed already may wait for the rest. */
static bool is_crowded(const struct call *call, size_t size)
{
    const size_t waiting = call->worker->beside_bytes;

    return waiting > 0 && waiting + size > WAITING_MOST &&
           call->step != STEP_JUDGE;
}

enum walk_next beside_run(struct call *call, int (*run)(struct call *call),
    enum walk_next (*then)(struct call *call, int rc))
{
    const size_t size = json_raw(&call->doc, 0).n;
    struct aside *thread = NULL;
    struct beside *b;

    if (size > AT_ONCE)
        thread = thread_of(call->worker);
    if (thread != NULL && is_crowded(call, size))
        return then(call, -1);
    if (thread == NULL || (b = malloc(sizeof(*b))) == NULL)
        return then(call, run(call));
    *b = (struct beside){{work, done, call, NULL}, run, then, 0, size};
    call->beside = b;
    call->worker->beside_bytes += size;
    aside_submit(thread, &b->job);
    return WALK_WAIT;
}

static bool withdraw(struct call *call)
{
    if (!aside_cancel(call->worker->beside, &call->beside->job))
        return false;
    take_back(call);
    return true;
}

void beside_gone(struct call *call)
{
    if (withdraw(call))
        moderate_gone(call);
}

void beside_drain(struct call *call)
{
    if (withdraw(call))
        moderate_drain(call);
}
