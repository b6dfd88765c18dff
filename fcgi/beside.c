#include "beside.h"

#include <stdlib.h>

#include "call.h"

/* What is done at once: it takes a millisecond. */
enum { AT_ONCE = 32 << 10 };

/* A call that the thread has: nobody else touches it. */
struct beside {
    struct aside_job job;
    int (*work)(struct call *call);
    enum walk_next (*then)(struct call *call, int rc);
    int rc;
};

static void work(void *cookie)
{
    struct call *call = cookie;
    struct beside *b = call->beside;

    b->rc = b->work(call);
}

static void done(void *cookie)
{
    struct call *call = cookie;
    struct beside b = *call->beside;

    free(call->beside);
    call->beside = NULL;
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

enum walk_next beside_run(struct call *call, int (*run)(struct call *call),
    enum walk_next (*then)(struct call *call, int rc))
{
    struct aside *thread = NULL;
    struct beside *b;

    if (json_raw(&call->doc, 0).n > AT_ONCE)
        thread = thread_of(call->worker);
    if (thread == NULL || (b = malloc(sizeof(*b))) == NULL)
        return then(call, run(call));
    *b = (struct beside){{work, done, call, NULL}, run, then, 0};
    call->beside = b;
    aside_submit(thread, &b->job);
    return WALK_WAIT;
}
