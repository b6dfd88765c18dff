/* What must hold: wherever a disk gets full, to the page, nobody falls, what
 * was acknowledged is there once, and when there is room again the store serves
 * as if nothing had been.
 *
 *   fulldisk DIR STRIDE           TAP on standard output
 *
 * DIR must not exist. A store whose log is about to go on in a new file is
 * copied for each step. A step has a page of 4 KiB, or STRIDE, more room than
 * that before it, from none at all to enough for everything. In it a recovery,
 * calls, a checkpoint and the new log file come; then whoever did all that goes
 * on with room, or leaves, or is killed, and another one comes without room
 * first. Once what the store gives up is free for it, once it is taken by
 * others at once. */

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allowance.h"
#include "customer.h"
#include "engine.h"
#include "scratch.h"
#include "verdict.h"

enum { ROUNDS = 8, CREDITS = 1000, PLENTY = 1 << 20, BEFORE_SWITCH = 12 << 10 };

enum end { LIVE, LEAVE, DIE, ENDS };

static struct shared {
    char model[PATH_MAX], dir[PATH_MAX]; /* to copy; its copy */
    struct allowance allowance;
    enum end end;
    int64_t filled; /* credits */

    bool granted[ROUNDS], settled[ROUNDS]; /* acknowledged */
    bool refused;                          /* something, for want of room */
    bool switched;                         /* to a new log file */
    unsigned lost, breaches, wrong, stubborn, strange, unchecked;
    unsigned steps, odd;
} * shared;

/* ---- what is done ---- */

static struct store *open_store(const char *dir)
{
    struct store_options o = scratch_options(dir);
    struct store *store;
    char error[256];

    o.checkpoint_bytes = 128 << 10;
    return store_open(&o, &store, error) < 0 ? NULL : store;
}

/* A long name takes pages. */
static struct store_grant long_grant(unsigned n)
{
    char key[256];

    memset(key, 'x', sizeof(key));
    snprintf(key + 240, 16, "%u", n);
    return customer_grant(key, CREDITS);
}

/* As if the pause of a closed store were over each time. */
static bool run(struct store *store, void *verb)
{
    store->closed_until = 0;
    store->mended = INT64_MIN / 2;
    return customer_run(store, verb);
}

static bool run_round(struct store *store, unsigned n)
{
    struct store_grant grant = long_grant(n);
    struct store_admit admit = customer_admit(n);
    struct store_settle settle = customer_settle(n);
    bool granted = run(store, &grant);
    bool settled;

    if (!shared->settled[n])
        run(store, &admit);
    settled = run(store, &settle);
    shared->granted[n] |= granted;
    shared->settled[n] |= settled;
    return granted && settled;
}

static bool run_script(struct store *store)
{
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};
    bool done = true;

    for (unsigned n = 0; n < ROUNDS; n++) {
        done &= run_round(store, n);
        if (n == ROUNDS / 2)
            done &= run(store, &checkpoint);
    }
    return done;
}

static uint64_t log_end(struct store *store)
{
    struct store_stat stat;

    store_stat(store, &stat);
    return stat.log_written;
}

static int make_model(void *arg)
{
    struct store_options o = scratch_options(shared->model);
    struct store_account_add add = customer_account();
    struct store_key_add key = customer_key();
    struct store_grant grant = customer_grant("first", CREDITS);
    struct store *store = open_store(shared->model);

    (void)arg;
    SCRATCH_CHECK(store != NULL && customer_run(store, &add) &&
                  customer_run(store, &key) && customer_run(store, &grant));
    shared->filled = CREDITS;
    for (unsigned n = ROUNDS;
         (uint32_t)log_end(store) < o.log_bytes - BEFORE_SWITCH; n++) {
        grant = long_grant(n);
        SCRATCH_CHECK(customer_run(store, &grant));
        shared->filled += CREDITS;
    }
    store_close(store);
    return 0;
}

/* ---- a step ---- */

static int fill_up(void *arg)
{
    struct store *store;
    uint64_t begun;

    (void)arg;
    allowance_hook(&shared->allowance);
    store = open_store(shared->dir);
    shared->refused |= store == NULL;
    if (store == NULL && shared->end == LIVE) {
        shared->allowance.limit = PLENTY;
        store = open_store(shared->dir);
        SCRATCH_CHECK(store != NULL);
    }
    if (store == NULL)
        return 0;
    begun = log_end(store) >> 32;
    shared->refused |= !run_script(store);
    shared->switched |= log_end(store) >> 32 > begun;
    if (shared->end == DIE)
        kill(getpid(), SIGKILL);
    if (shared->end == LIVE) {
        shared->allowance.limit = PLENTY;
        shared->stubborn += !run_script(store);
    }
    store_close(store);
    return 0;
}

static bool still_there(struct store *store, unsigned n)
{
    struct store_grant grant = long_grant(n);
    struct store_settle settle = customer_settle(n);
    bool there = true;

    if (shared->granted[n])
        there &= run(store, &grant) && grant.already;
    if (shared->settled[n])
        there &= run(store, &settle) && settle.already &&
                 settle.charge.credits == 1 + (int64_t)n;
    return there;
}

/* All of it done again comes to what it is when it is done once. */
static bool is_sum(struct store *store)
{
    struct store_grant last = customer_grant("last", 1);
    int64_t sum = shared->filled + 1;

    for (unsigned n = 0; n < ROUNDS; n++)
        sum += CREDITS - (1 + (int64_t)n);
    return run(store, &last) && last.posted == sum;
}

static int check(void *arg)
{
    struct store *store;

    (void)arg;
    allowance_hook(&shared->allowance);
    shared->allowance.limit = PLENTY;
    store = open_store(shared->dir);
    SCRATCH_CHECK(store != NULL);
    for (unsigned n = 0; n < ROUNDS; n++)
        shared->lost += !still_there(store, n);
    shared->stubborn += !run_script(store);
    shared->wrong += !is_sum(store);
    shared->breaches += !customer_audit(store);
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

struct sweep {
    enum end end;
    bool greedy;
    uint64_t room; /* pages */
};

static void expect(
    int (*body)(void *), int status, const struct sweep *w, unsigned *tally)
{
    int ended = scratch_run(body, NULL);

    if (ended == 0 || ended == status)
        return;
    printf("# end %d, greedy %d, %llu pages: ended with status %d\n",
        (int)w->end, w->greedy, (unsigned long long)w->room, ended);
    ++*tally;
}

static int copy_model(void)
{
    char command[2 * PATH_MAX + 16];

    snprintf(command, sizeof(command), "cp -a '%s' '%s'", shared->model,
        shared->dir);
    return system(command) == 0 &&
                   allowance_begin(&shared->allowance, shared->dir) == 0
               ? 0
               : -1;
}

/* Returns whether there was room for everything. */
static bool step(const struct sweep *w)
{
    bool refused;

    if (copy_model() < 0)
        abort();
    shared->allowance.limit += w->room;
    shared->allowance.greedy = w->greedy;
    shared->end = w->end;
    shared->refused = shared->switched = false;
    memset(shared->granted, 0, sizeof(shared->granted));
    memset(shared->settled, 0, sizeof(shared->settled));
    expect(fill_up, w->end == DIE ? 1000 + SIGKILL : 0, w, &shared->strange);
    refused = shared->refused;
    if (w->end != LIVE) {
        shared->end = LEAVE;
        expect(fill_up, 0, w, &shared->strange);
    }
    expect(check, 0, w, &shared->unchecked);
    scratch_sweep(shared->dir);
    store_discard(shared->dir);
    return !refused;
}

/* Until nothing is refused any more, or, if that is known already, as far.
 * Returns how many pages that takes. */
static uint64_t sweep(struct sweep w, uint64_t enough, uint64_t stride)
{
    static const char *const how[ENDS] = {"lives on", "leaves", "is killed"};
    unsigned steps = 0, refusing = 0;
    bool fits;

    do {
        w.room = stride * steps++;
        fits = step(&w);
        refusing += !fits;
    } while (enough > 0 ? w.room < enough : !fits && w.room < PLENTY / 2);
    printf("# who %s, room is %s: %u steps to %llu KiB, %u with refusals\n",
        how[w.end], w.greedy ? "taken" : "free", steps,
        (unsigned long long)w.room * 4, refusing);
    shared->steps += steps;
    shared->odd += !fits || !shared->switched || (w.greedy && refusing == 0);
    return w.room;
}

int main(int argc, char **argv)
{
    uint64_t stride = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t enough;

    if (stride == 0) {
        fprintf(stderr, "usage: fulldisk DIR STRIDE\n");
        return 2;
    }
    shared = scratch_shared(sizeof(*shared));
    if (mkdir(argv[1], 0700) < 0 || realpath(argv[1], shared->dir) == NULL)
        return 1;
    snprintf(
        shared->model, sizeof(shared->model), "%.4000s/model", shared->dir);
    strcat(shared->dir, "/store");
    printf("1..7\n");
    if (scratch_run(make_model, NULL) != 0)
        return 1;
    for (int end = 0; end < ENDS; end++) {
        enough = sweep((struct sweep){(enum end)end, true, 0}, 0, stride);
        sweep((struct sweep){(enum end)end, false, 0}, enough, stride);
    }
    scratch_sweep(shared->model);
    verdict_tell(shared->strange == 0, "the disk was full, and nobody fell",
        shared->steps);
    verdict_tell(shared->unchecked == 0, "every store could be opened again",
        shared->unchecked);
    verdict_tell(shared->lost == 0, "nothing that was acknowledged is lost",
        shared->lost);
    verdict_tell(shared->wrong == 0, "nothing was done twice", shared->wrong);
    verdict_tell(
        shared->breaches == 0, "no audit found a breach", shared->breaches);
    verdict_tell(shared->stubborn == 0, "with room again all was served",
        shared->stubborn);
    verdict_tell(shared->odd == 0,
        "from no room to enough of it, a new log file included", shared->odd);
    return verdict_status();
}
