/* What must hold: when any one system call of a store fails, with whatever
 * error, or any one allocation, nothing that was acknowledged is lost, the
 * books stay right, nobody crashes but by the SIGBUS handler, and nobody hangs.
 * After a failed allocation, which is over when it has failed, a verb that was
 * refused is done when it is run again.
 *
 *   failcalls DIR STRIDE           TAP on standard output
 *   failcalls DIR STRIDE allocs
 *
 * DIR must not exist. A little scenario is played once for each of its calls,
 * in which that call fails, on a new store and on one that must be recovered;
 * STRIDE 1 tries all of them with every error, STRIDE n each nth with one. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "allocs.h"
#include "busfault.h"
#include "customer.h"
#include "scratch.h"
#include "syscalls.h"
#include "verdict.h"

enum { CALLS = 4, CREDITS = 1000, FORGOTTEN = 20, AGAIN = 4, AGAIN_MS = 400 };

static struct shared {
    char dir[PATH_MAX];
    bool allocs;             /* fail, not system calls */
    uint32_t calls, fail_at; /* so far; the one to fail */
    int error;
    bool failed;

    bool granted, settled[CALLS]; /* acknowledged */
    bool refused;                 /* something was not done */
    uint32_t lost, breaches, wrong, stubborn;
} * shared;

/* ---- the system ---- */

static int before(enum syscall_kind kind)
{
    if (++shared->calls == shared->fail_at) {
        shared->failed = true;
        return shared->error;
    }
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

static int before_check(enum syscall_kind kind)
{
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

static bool may_allocate(void)
{
    if (++shared->calls != shared->fail_at)
        return true;
    shared->failed = true;
    return false;
}

static const struct syscalls failing = {.before = before};
static const struct syscalls sound = {.before = before_check};

/* ---- the scenario ---- */

/* One that was refused for want of memory, once more. A store that could not
 * recover stays closed for a moment. */
static bool run_again(struct store *store, void *verb)
{
    const struct timespec pause = {0, AGAIN_MS * 1000000L};
    bool done = customer_run(store, verb);

    for (int i = 0; shared->allocs && !done && i < AGAIN; i++) {
        shared->refused = true;
        if (i > 0)
            nanosleep(&pause, NULL);
        done = customer_run(store, verb);
        shared->stubborn += !done && i == AGAIN - 1;
    }
    return done;
}

static bool add_account(struct store *store)
{
    struct store_account_add add = customer_account();
    struct store_key_add key = customer_key();

    return run_again(store, &add) && run_again(store, &key);
}

static bool admit(struct store *store, unsigned n)
{
    struct store_admit a = customer_admit(n);

    return run_again(store, &a);
}

static bool extend(struct store *store, unsigned n)
{
    struct store_extend e = customer_extend(n);

    return run_again(store, &e);
}

/* Looks for holds of the dead, of which a store that is recovered has one. */
static bool reap(struct store *store)
{
    struct store_reap r = {
        .verb.kind = STORE_REAP, .most = FORGOTTEN, .now = customer_now()};

    return run_again(store, &r);
}

static int scenario(void *arg)
{
    struct store_options o = scratch_options(shared->dir);
    struct store_grant grant = customer_grant("first", CREDITS);
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};
    struct store *store;
    char error[256];

    (void)arg;
    o.cache_bytes = 1 << 20;
    if (shared->allocs)
        allocs_hook(may_allocate);
    syscalls_hook(shared->allocs ? &sound : &failing);
    shared->refused = true;
    if (store_open(&o, &store, error) < 0)
        return 0;
    shared->refused = false;
    shared->refused |= !add_account(store);
    shared->granted = run_again(store, &grant);
    for (unsigned n = 0; n < CALLS; n++) {
        struct store_settle settle = customer_settle(n);

        shared->refused |= !admit(store, n) || !extend(store, n);
        shared->settled[n] = run_again(store, &settle);
        shared->refused |= !shared->settled[n];
        if (n == CALLS / 2)
            shared->refused |= !run_again(store, &checkpoint);
    }
    shared->refused |= !reap(store);
    store_close(store);
    return 0;
}

/* Leaves a store behind that the next one must recover. */
static int die(void *arg)
{
    struct store_grant grant = customer_grant("first", CREDITS);
    struct store *store;

    (void)arg;
    syscalls_hook(&sound);
    store = scratch_store(shared->dir);
    if (add_account(store) && customer_run(store, &grant) &&
        admit(store, CALLS) && extend(store, CALLS))
        kill(getpid(), SIGKILL);
    return 1;
}

/* ---- the check ---- */

static void check_settlement(struct store *store, unsigned n)
{
    struct store_settle s = customer_settle(n);

    if (!shared->settled[n])
        return;
    shared->lost += !customer_run(store, &s) || !s.already;
    shared->wrong += s.charge.credits != 1 + (int64_t)n;
}

static void check_books(struct store *store)
{
    struct store_reap r = {
        .verb.kind = STORE_REAP, .most = 500, .now = customer_now()};

    do {
        shared->wrong += !customer_run(store, &r);
    } while (r.more);
    shared->breaches += !customer_audit(store);
}

static int check(void *arg)
{
    struct store_grant grant = customer_grant("first", CREDITS);
    struct store *store;

    (void)arg;
    syscalls_hook(&sound);
    store = scratch_store(shared->dir);
    check_books(store);
    if (shared->granted)
        shared->lost += !customer_run(store, &grant) || !grant.already;
    for (unsigned n = 0; n < CALLS; n++)
        check_settlement(store, n);
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

struct tally {
    uint32_t plays, refused, strange, unchecked;
};

/* Play with the call ${n} failing. Returns whether there was such a call. */
static bool play(uint32_t n, int error, bool again, struct tally *tally)
{
    int status;

    if (again)
        tally->strange += scratch_run(die, NULL) != 1000 + SIGKILL;
    shared->calls = 0;
    shared->fail_at = n;
    shared->error = error;
    shared->failed = shared->granted = false;
    memset(shared->settled, 0, sizeof(shared->settled));
    status = scratch_run(scenario, NULL);
    tally->plays++;
    tally->refused += shared->refused;
    if (status != 0 && status != BUSFAULT_STATUS) {
        printf("# call %u, %s: ended with status %d\n", (unsigned)n,
            strerror(error), status);
        tally->strange++;
    }
    status = scratch_run(check, NULL);
    if (status != 0) {
        printf("# call %u, %s: the check ended with status %d\n", (unsigned)n,
            strerror(error), status);
        tally->unchecked++;
    }
    scratch_sweep(shared->dir);
    store_discard(shared->dir);
    return shared->failed;
}

/* Every call, or each nth, as far as the scenario goes. */
static void play_all(uint32_t stride, bool again, struct tally *tally)
{
    static const int errors[] = {EIO, ENOSPC, EINTR};
    uint32_t n = 1;

    while (play(n, errors[n / stride % 3], again, tally)) {
        for (uint32_t i = 1; stride == 1 && !shared->allocs && i < 3; i++)
            play(n, errors[(n + i) % 3], again, tally);
        n += stride;
    }
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    uint32_t stride;
    bool allocs, whole;

    allocs = argc == 4 && strcmp(argv[3], "allocs") == 0;
    stride = argc == 3 || allocs ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (stride == 0) {
        fprintf(stderr, "usage: failcalls DIR STRIDE [allocs]\n");
        return 2;
    }
    shared = scratch_shared(sizeof(*shared));
    shared->allocs = allocs;
    if (mkdir(argv[1], 0700) < 0 || realpath(argv[1], shared->dir) == NULL)
        return 1;
    strcat(shared->dir, "/store");
    printf("1..6\n");
    play_all(stride, false, &tally);
    whole = !shared->refused;
    play_all(stride, true, &tally);
    whole = whole && !shared->refused;
    verdict_tell(tally.strange == 0, "calls failed, and nobody crashed or hung",
        tally.plays);
    verdict_tell(tally.unchecked == 0, "every store could be opened again",
        tally.plays - tally.unchecked);
    verdict_tell(shared->lost == 0, "nothing that was acknowledged is lost",
        shared->lost);
    verdict_tell(shared->breaches + shared->wrong == 0, "the books are right",
        shared->breaches + shared->wrong);
    verdict_tell(tally.plays > 2 && whole,
        "without a failure nothing is refused", tally.refused);
    verdict_tell(shared->stubborn == 0,
        "what was refused for want of memory is done when it is run again",
        shared->stubborn);
    return verdict_status();
}
