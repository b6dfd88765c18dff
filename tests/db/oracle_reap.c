#include <string.h>

#include "core/id.h"
#include "fixture.h"
#include "oracle_private.h"

/* Where the hold of call ${n} lies: its time counts last. */
static void hold_place(unsigned n, uint8_t place[STORE_ID])
{
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    for (int i = 0; i < STORE_ID; i++)
        place[i] = id[(i + ID_LEAD) % STORE_ID];
}

/* The first open hold behind ${after}, or 0. */
static unsigned next_open(const struct oracle *o, const uint8_t *after)
{
    uint8_t best[STORE_ID], place[STORE_ID];
    unsigned found = 0;

    for (unsigned n = 1; n < o->calls; n++) {
        if (o->call[n].state != ORACLE_OPEN)
            continue;
        hold_place(n, place);
        if (memcmp(place, after, STORE_ID) <= 0 ||
            (found != 0 && memcmp(place, best, STORE_ID) >= 0))
            continue;
        memcpy(best, place, STORE_ID);
        found = n;
    }
    return found;
}

static void reap_call(
    struct oracle *o, unsigned n, const struct store_reap *v, int64_t *credits)
{
    struct oracle_call *c = &o->call[n];
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    oracle_end(o, c, id, !c->accepted,
        oracle_least(oracle_cost(c->rate, c->est_in + c->progress), c->held),
        LEDGER_EXPIRE, v->now);
    c->due = c->accepted;
    *credits += c->credits;
    o->count.reaped++;
    o->count.billed += c->accepted;
}

static void grow_old(struct oracle *o, int64_t now)
{
    for (size_t n = 0; n < o->calls; n++)
        if (o->call[n].state == ORACLE_ENDED &&
            now - o->call[n].time >= ORACLE_END_HOURS * ORACLE_HOUR)
            o->call[n].old = true;
    for (int a = 0; a < ORACLE_ACCOUNTS; a++)
        for (int n = 0; n <= ORACLE_NAMES; n++)
            if (now - o->name[a][n].time >= ORACLE_NAME_HOURS * ORACLE_HOUR)
                o->name[a][n].old = true;
}

const char *oracle_check_reap(struct oracle *o, const struct store_reap *before,
    const struct store_reap *v)
{
    uint8_t at[STORE_ID];
    uint32_t reaped = 0, looked;
    int64_t credits = 0;
    unsigned n;

    memcpy(at, before->after, STORE_ID);
    for (looked = 0; looked < v->most && (n = next_open(o, at)) != 0;
         looked++) {
        hold_place(n, at);
        if (o->alive[o->call[n].worker])
            continue;
        reap_call(o, n, v, &credits);
        reaped++;
    }
    n = next_open(o, at);
    grow_old(o, v->now);
    o->count.forgotten += v->purged;
    return v->reaped == reaped && v->credits == credits && v->more == (n != 0)
               ? NULL
               : "the reaper took the wrong holds";
}
