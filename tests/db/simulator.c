/* What must hold: whatever N workers do to the ledger in whatever order - calls
 * that are admitted, extended, settled once, twice or late, workers that die,
 * transactions that fail, that are of unknown fate and run again, machines that
 * restart, clocks that leap - every answer, every balance and every journal
 * entry is what the oracle says, and an audit finds nothing.
 *
 *   simulator STEPS WORKERS SEEDS [FIRST]    TAP on standard output
 *
 * One process and no disk: what is tried is the order of things. A seed that
 * fails fails again. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "oracle.h"
#include "simulator.h"

enum { AUDIT_STEPS = 400 };

void simulator_wrong(const struct simulator *s, const char *fmt, ...)
{
    va_list ap;

    printf("not ok 1 - seed %u, step %u: ", s->seed, s->step);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    exit(1);
}

unsigned simulator_draw(struct simulator *s, unsigned below)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (unsigned)((s->random >> 11) % below);
}

static void step(struct simulator *s)
{
    unsigned worker = simulator_draw(s, s->workers);
    unsigned what = simulator_draw(s, 100);

    s->now += simulator_draw(s, 2000) * INT64_C(1000);
    s->boot += simulator_draw(s, 3);
    if (what < 15)
        simulator_befall(s);
    else if (what < 68)
        simulator_go_on(s, worker,
            &s->worker[worker].lane[simulator_draw(s, SIMULATOR_LANES)]);
    else if (s->jobs > 0)
        simulator_run_batch(s);
    if (s->step % AUDIT_STEPS == AUDIT_STEPS - 1)
        simulator_audit(s);
    else if (what >= 68)
        simulator_compare(s);
}

/* ---- seeds ---- */

static void begin(struct simulator *s, unsigned seed, unsigned workers)
{
    *s = (struct simulator){.seed = seed,
        .workers = workers,
        .reruns = s->reruns,
        .folded = s->folded};
    s->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    s->now = FIXTURE_NOW;
    s->boot = FIXTURE_BOOT;
    s->t = fake_trail_new();
    s->o = oracle_new();
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++)
        fixture_account(s->t, n, 0);
    for (unsigned i = 0; i < workers; i++)
        simulator_be_born(s, i);
}

/* All die, and nothing is held any more. */
static void end(struct simulator *s)
{
    s->deaths = 0;
    simulator_restart_machine(s);
    s->jobs = 0;
    simulator_audit(s);
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++)
        if (oracle_account(s->o, n)->balance.held != 0)
            simulator_wrong(s, "account %u holds credits for nobody", n);
    fake_trail_free(s->t);
}

static void add_counts(struct oracle_count *sum, const struct oracle_count *c)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)c;

    for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
        to[i] += from[i];
}

/* Whether everything was tried that is to be tried. */
static bool happened(const struct oracle_count *c)
{
    const uint64_t *n = (const uint64_t *)c;
    bool all = true;

    for (size_t i = 0; i < sizeof(*c) / sizeof(*n); i++)
        all = all && n[i] > 0;
    return all;
}

static void tell_counts(
    const struct oracle_count *c, uint64_t reruns, uint64_t folded)
{
    printf("# admitted %llu, broke %llu, duplicate %llu, repeated %llu, barred "
           "%llu, extended %llu, capped %llu\n",
        (unsigned long long)c->admitted, (unsigned long long)c->broke,
        (unsigned long long)c->duplicate, (unsigned long long)c->repeated,
        (unsigned long long)c->barred, (unsigned long long)c->extended,
        (unsigned long long)c->capped);
    printf("# settled %llu, again %llu, overrun %llu, uncollected %llu, "
           "corrected %llu, reaped %llu, billed %llu\n",
        (unsigned long long)c->settled, (unsigned long long)c->again,
        (unsigned long long)c->overrun, (unsigned long long)c->uncollected,
        (unsigned long long)c->corrected, (unsigned long long)c->reaped,
        (unsigned long long)c->billed);
    printf("# granted %llu, regranted %llu, forgotten %llu, batches run again "
           "%llu, slices folded %llu\n",
        (unsigned long long)c->granted, (unsigned long long)c->regranted,
        (unsigned long long)c->forgotten, (unsigned long long)reruns,
        (unsigned long long)folded);
}

static unsigned argument(int argc, char **argv, int i, unsigned otherwise)
{
    return i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    static struct simulator s;
    unsigned steps = argument(argc, argv, 1, 2000);
    unsigned workers = argument(argc, argv, 2, 4);
    unsigned seeds = argument(argc, argv, 3, 200);
    unsigned first = argument(argc, argv, 4, 1);
    struct oracle_count count = {0};
    uint64_t reruns = 0, folded = 0;
    bool all;

    if (workers < 1 || workers > SIMULATOR_WORKERS || steps < 1 || seeds < 1) {
        fprintf(stderr, "usage: simulator [STEPS [WORKERS [SEEDS [FIRST]]]]\n");
        return 2;
    }
    printf("1..2\n");
    s.reruns = &reruns;
    s.folded = &folded;
    for (unsigned seed = first; seed < first + seeds; seed++) {
        begin(&s, seed, workers);
        for (s.step = 0; s.step < steps; s.step++)
            step(&s);
        end(&s);
        add_counts(&count, oracle_count(s.o));
        oracle_free(s.o);
    }
    tell_counts(&count, reruns, folded);
    all = happened(&count) && folded > 0;
    printf("ok 1 - %u seeds of %u steps by %u workers agree with the oracle\n",
        seeds, steps, workers);
    printf("%s 2 - everything that may happen has happened\n",
        all ? "ok" : "not ok");
    return all ? 0 : 1;
}
