#include <string.h>

#include "db/bdb/verbs.h"
#include "simulator.h"

enum { BATCH = 8, NEVER = 1 << 30 };

/* Half of the requests are given their number by their worker, the others by
 * somebody who may deliver them again. */
static bool is_delivered_once(unsigned request)
{
    return request % 2 == 0;
}

void simulator_meddle(struct simulator *s)
{
    struct simulator_job *j;
    unsigned request =
        s->requests - simulator_draw(s, s->requests < 40 ? s->requests : 40);

    if (!oracle_is_recent(s->o, request, s->now))
        return;
    j = simulator_job(s, simulator_draw(s, s->workers), NULL);
    if (j == NULL)
        return;
    if (simulator_draw(s, 3) == 0 && !is_delivered_once(request))
        simulator_make_admit(s, &j->verb.admit, request);
    else
        simulator_make_settle(s, &j->verb.settle, request);
}

void simulator_go_on(
    struct simulator *s, unsigned worker, struct simulator_lane *l)
{
    struct simulator_job *j;

    if (l->state == SIMULATOR_ADMIT || l->state == SIMULATOR_WAIT ||
        l->state == SIMULATOR_END)
        return;
    j = simulator_job(s, worker, l);
    if (j == NULL)
        return;
    if (l->state == SIMULATOR_IDLE) {
        *l = (struct simulator_lane){
            .state = SIMULATOR_ADMIT, .request = ++s->requests};
        simulator_make_admit(s, &j->verb.admit, l->request);
        j->verb.admit.unseen = is_delivered_once(l->request);
    } else if (simulator_draw(s, 3) != 0) {
        l->state = SIMULATOR_WAIT;
        simulator_make_extend(s, &j->verb.extend, l);
    } else {
        l->state = SIMULATOR_END;
        simulator_make_settle(s, &j->verb.settle, l->request);
    }
}

static void answer(struct simulator *s, const struct simulator_job *j)
{
    bool good = j->verb.head.status == STORE_OK;

    if (j->verb.head.kind == STORE_REAP)
        s->reap = j->verb.reap;
    if (j->lane == NULL)
        return;
    j->lane->state = good && j->lane->state != SIMULATOR_END ? SIMULATOR_OPEN
                                                             : SIMULATOR_IDLE;
}

/* ---- batches ---- */

enum fate { FATE_COMMIT, FATE_UNKNOWN, FATE_LOST, FATE_FAIL };

static enum fate draw_fate(struct simulator *s)
{
    unsigned n = simulator_draw(s, 100);

    return n < 70   ? FATE_COMMIT
           : n < 80 ? FATE_UNKNOWN
           : n < 88 ? FATE_LOST
                    : FATE_FAIL;
}

/* Any of the jobs in any order, to the front. */
static size_t choose(struct simulator *s)
{
    size_t n = 1 + simulator_draw(s, BATCH);

    if (n > s->jobs)
        n = s->jobs;
    for (size_t i = 0; i < n; i++) {
        size_t other = i + simulator_draw(s, (unsigned)(s->jobs - i));
        struct simulator_job swap = s->job[i];

        s->job[i] = s->job[other];
        s->job[other] = swap;
    }
    return n;
}

static void run_bodies(struct simulator *s, size_t n)
{
    for (size_t i = 0; i < n && !trail_failed(s->t); i++) {
        fake_trail_become(s->t, 1 + s->job[i].worker,
            s->worker[s->job[i].worker].incarnation);
        verbs_run(s->t, &s->job[i].verb.head);
    }
}

static void check_batch(
    struct simulator *s, const union simulator_verb *before, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *what =
            oracle_check(s->o, s->worker[s->job[i].worker].incarnation,
                &before[i].head, &s->job[i].verb.head);

        if (what != NULL)
            simulator_wrong(
                s, "%s (kind %d)", what, (int)s->job[i].verb.head.kind);
    }
}

void simulator_run_batch(struct simulator *s)
{
    union simulator_verb before[BATCH];
    enum fate fate = draw_fate(s);
    size_t n = choose(s);

    for (size_t i = 0; i < n; i++)
        before[i] = s->job[i].verb;
    fake_trail_begin(s->t);
    fake_trail_fail_after(
        s->t, fate == FATE_FAIL ? simulator_draw(s, 60) : NEVER);
    run_bodies(s, n);
    if (trail_failed(s->t) && fate != FATE_FAIL)
        simulator_wrong(s, "a verb failed: %s", fake_trail_why(s->t));
    if (trail_failed(s->t) || fate == FATE_LOST) {
        fake_trail_abort(s->t);
        fake_trail_fail_after(s->t, NEVER);
        ++*s->reruns;
        return; /* all of them are run again, some day */
    }
    fake_trail_commit(s->t);
    fake_trail_fail_after(s->t, NEVER);
    check_batch(s, before, n);
    if (fate == FATE_UNKNOWN) {
        ++*s->reruns;
        return;
    }
    for (size_t i = 0; i < n; i++)
        answer(s, &s->job[i]);
    s->jobs -= n;
    memmove(s->job, s->job + n, s->jobs * sizeof(s->job[0]));
}
