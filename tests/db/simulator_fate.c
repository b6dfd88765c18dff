#include "simulator.h"

enum { DEATHS_MAX = 200 }; /* of one seed */

#define HOUR (3600 * SIMULATOR_SECOND)

void simulator_be_born(struct simulator *s, unsigned worker)
{
    s->worker[worker] =
        (struct simulator_worker){.incarnation = ++s->incarnations};
    oracle_open(s->o, s->incarnations);
}

/* What a worker still knew of its calls may reach the ledger after its death,
 * by way of another. */
static void leave_late_settlements(struct simulator *s, unsigned worker)
{
    for (int i = 0; i < SIMULATOR_LANES; i++) {
        const struct simulator_lane *l = &s->worker[worker].lane[i];
        struct simulator_job *j;

        if (l->state == SIMULATOR_IDLE || simulator_draw(s, 2) == 0)
            continue;
        j = simulator_job(s, (worker + 1) % s->workers, NULL);
        if (j != NULL)
            simulator_make_settle(s, &j->verb.settle, l->request);
    }
}

static void die(struct simulator *s, unsigned worker)
{
    size_t left = 0;

    if (s->deaths == DEATHS_MAX)
        return;
    s->deaths++;
    for (size_t i = 0; i < s->jobs; i++)
        if (s->job[i].worker != worker)
            s->job[left++] = s->job[i];
    s->jobs = left;
    fake_trail_kill(s->t, s->worker[worker].incarnation);
    oracle_kill(s->o, s->worker[worker].incarnation);
    if (simulator_draw(s, 2) == 0)
        simulator_reap_all(s);
    if (s->workers > 1)
        leave_late_settlements(s, worker);
    simulator_be_born(s, worker);
}

void simulator_restart_machine(struct simulator *s)
{
    for (unsigned i = 0; i < s->workers; i++)
        die(s, i);
    s->boot = FIXTURE_BOOT;
}

/* No delivery of a request waits until the request is forgotten. */
static void drop_admissions(struct simulator *s)
{
    size_t left = 0;

    for (size_t i = 0; i < s->jobs; i++) {
        if (s->job[i].verb.head.kind != STORE_ADMIT)
            s->job[left++] = s->job[i];
        else if (s->job[i].lane != NULL)
            s->job[i].lane->state = SIMULATOR_IDLE;
    }
    s->jobs = left;
}

static void leap(struct simulator *s)
{
    static const int64_t hours[] = {1, 25, 26, 24 * 8, -1, -30, -24 * 8};

    drop_admissions(s);
    s->now += hours[simulator_draw(s, 7)] * HOUR;
    if (s->now < FIXTURE_NOW)
        s->now = FIXTURE_NOW;
}

void simulator_befall(struct simulator *s)
{
    unsigned n = simulator_draw(s, 1000);
    struct simulator_job *j;
    bool low;

    if (n < 10) {
        die(s, simulator_draw(s, s->workers));
    } else if (n < 12) {
        simulator_restart_machine(s);
    } else if (n < 30) {
        leap(s);
    } else if (n < 60) {
        low = simulator_draw(s, 6) == 0;
        fake_trail_set_storage(s->t, low);
        oracle_storage(s->o, low);
    } else if (n < 120) {
        j = simulator_job(s, simulator_draw(s, s->workers), NULL);
        if (j != NULL)
            simulator_make_operator(s, &j->verb);
    } else if (n < 400) {
        j = simulator_job(s, simulator_draw(s, s->workers), NULL);
        if (j != NULL)
            simulator_make_grant(s, &j->verb.grant);
    } else if (n < 520) {
        simulator_add_reap(s);
    } else if (s->requests > 0) {
        simulator_meddle(s);
    }
}
