#include "reaper.h"

#include "clock.h"
#include "log.h"
#include "worker.h"

enum { REAP_MS = 5000, REAP_MOST = 64 };

static void reap_done(void *cookie)
{
    struct worker *w = cookie;
    struct reaper *r = &w->reaper;

    r->under_way = false;
    if (r->reap.reaped > 0)
        log_event("reaped", "%u holds of dead workers, %lld credits",
            r->reap.reaped, (long long)r->reap.credits);
    if (!w->fcgid)
        loop_timer_set(w->loop, &r->timer,
            r->reap.verb.status == STORE_OK ? r->reap.wait_ms : REAP_MS);
}

/* Events from before that time may be forgotten; 0: none. */
static int64_t events_before(const struct worker *w, int64_t now)
{
    const uint32_t days = w->settings->conf->events_keep_days;

    return days == 0 ? 0 : now - days * (86400 * INT64_C(1000000));
}

static void reap(struct worker *w, int64_t boot)
{
    struct reaper *r = &w->reaper;

    spill_sweep(w->spill);
    r->reap.verb.kind = STORE_REAP;
    r->reap.most = REAP_MOST;
    r->reap.now = clock_real();
    r->reap.boot = boot;
    r->reap.events_before = events_before(w, r->reap.now);
    r->under_way = true;
    jobs_submit(w->jobs, &r->job);
}

static void reap_fired(void *cookie)
{
    struct worker *w = cookie;

    if (w->phase != WORKER_SERVING)
        return;
    reap(w, clock_boot());
}

void reaper_start(struct worker *w)
{
    struct reaper *r = &w->reaper;

    r->timer = (struct loop_timer){.fired = reap_fired, .cookie = w};
    r->job =
        (struct job){.verb = &r->reap.verb, .done = reap_done, .cookie = w};
    if (!w->fcgid)
        loop_timer_set(w->loop, &r->timer, REAP_MS);
}

void reaper_ride(struct worker *w)
{
    int64_t boot = clock_boot();

    if (w->fcgid && !w->reaper.under_way && w->phase == WORKER_SERVING &&
        jobs_reap_due(w->jobs, boot))
        reap(w, boot);
}
