/* What must hold: no kill of any worker at any moment wedges the store, loses
 * a verb that was acknowledged, or applies one twice.
 *
 *   torture DIR KILLS WORKERS SEED       TAP on standard output
 *   torture DIR bench SECONDS WORKERS    verbs a second, nobody is killed
 *   torture DIR POINT TIMES WORKERS      dies at a point of db/bdb/failpoint.h,
 *                                        or with "points" at each of them; for
 *                                        builds that have them compiled in
 *
 * DIR must not exist. Workers admit, settle and grant as fast as they can while
 * the parent kills one after the other; each notes what was acknowledged in
 * memory that it shares with the parent. Then a last process reaps what the
 * dead left behind and compares the notes with the journal. After
 * every hundred kills this begins anew with an empty store; the one that fails
 * is kept. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "failpoint.h"
#include "torture.h"
#include "verdict.h"

enum { KILLS_A_STORE = 100 };

struct torture_shared *torture_shared;
struct torture_options torture_options;

static const char *parent_dir;
static unsigned strange;   /* workers that ended in another way */
static unsigned unchecked; /* stores whose check did not end */
static unsigned kills;     /* done */

static unsigned draw(unsigned below)
{
    return (unsigned)rand_r(&torture_options.seed) % below;
}

static void nap(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

static void expect(int status, int wanted)
{
    if (status == wanted)
        return;
    printf("# a worker ended with status %d, not %d\n", status, wanted);
    strange++;
}

/* ---- the kills ---- */

static void shoot(pid_t *pid, unsigned *number)
{
    kill(*pid, SIGKILL);
    expect(scratch_wait(*pid), 1000 + SIGKILL);
    kills++;
    *pid = scratch_child(torture_work, number);
}

static void kill_them(pid_t *pid, unsigned *number, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        unsigned n = draw(torture_options.workers);

        nap(20 + draw(41));
        shoot(&pid[n], &number[n]);
    }
}

static pid_t start_victim(unsigned *number)
{
    char wish[64];
    pid_t pid;

    snprintf(wish, sizeof(wish), "%s:%u", torture_options.point, 1 + draw(3));
    setenv("TURNPIKE_FAILPOINT", wish, 1);
    pid = scratch_child(torture_work, number);
    unsetenv("TURNPIKE_FAILPOINT");
    return pid;
}

/* Some points lie in recoveries: so another worker dies now and then, until the
 * victim has met its fate. */
static void await_victim(pid_t *pid, unsigned *number)
{
    const unsigned other = torture_options.workers - 1;
    unsigned waited = 0;
    int status = 0;

    while (waitpid(pid[0], &status, WNOHANG) == 0) {
        nap(5);
        if (++waited % 16 == 0 && other != 0)
            shoot(&pid[other], &number[other]);
    }
    expect(WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status),
        1000 + SIGKILL);
    kills++;
}

static void kill_at_point(pid_t *pid, unsigned *number, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        kill(pid[0], SIGKILL);
        expect(scratch_wait(pid[0]), 1000 + SIGKILL);
        pid[0] = start_victim(&number[0]);
        await_victim(pid, number);
        pid[0] = scratch_child(torture_work, &number[0]);
    }
}

static void torture(unsigned times)
{
    unsigned number[TORTURE_WORKERS];
    pid_t pid[TORTURE_WORKERS];

    torture_shared->stop = false;
    torture_shared->last = 0;
    torture_note_life();
    for (unsigned i = 0; i < torture_options.workers; i++) {
        number[i] = i;
        pid[i] = scratch_child(torture_work, &number[i]);
    }
    if (torture_options.bench)
        nap(times * 1000);
    else if (torture_options.point != NULL)
        kill_at_point(pid, number, times);
    else
        kill_them(pid, number, times);
    torture_shared->stop = true;
    for (unsigned i = 0; i < torture_options.workers; i++)
        expect(scratch_wait(pid[i]), 0);
    torture_note_life();
}

/* ---- store after store ---- */

static bool is_sound(void)
{
    const struct torture_tally *t = &torture_shared->tally;

    return strange == 0 && unchecked == 0 && t->shot == 0 && t->wedges == 0 &&
           t->settles_lost + t->settles_twice + t->unknown == 0 &&
           t->grants_lost == 0 && t->left == 0 && t->breaches == 0;
}

static void forget_notes(void)
{
    for (unsigned i = 0; i < torture_options.workers; i++) {
        struct torture_lane *lane = &torture_shared->lane[i];
        uint32_t rounds = lane->next;

        if (rounds > TORTURE_ROUNDS)
            rounds = TORTURE_ROUNDS;
        memset((void *)lane->settled, 0, rounds * sizeof(lane->settled[0]));
        memset((void *)lane->granted, 0, rounds * sizeof(lane->granted[0]));
        lane->next = 0;
    }
}

/* Returns whether there is anything to go on for. */
static bool torture_a_store(unsigned times)
{
    static unsigned stores;

    snprintf(torture_options.dir, sizeof(torture_options.dir), "%s/%u",
        parent_dir, stores++);
    forget_notes();
    if (scratch_run(torture_set_up, NULL) != 0) {
        unchecked++;
        return false;
    }
    torture(times);
    unchecked += scratch_run(torture_check, NULL) != 0;
    scratch_sweep(torture_options.dir);
    if (!is_sound()) {
        printf("# the store is kept: %s\n", torture_options.dir);
        return false;
    }
    store_discard(torture_options.dir);
    rmdir(torture_options.dir);
    return true;
}

static bool torture_stores(unsigned times)
{
    const unsigned most = torture_options.bench ? times : KILLS_A_STORE;
    unsigned now;

    for (; times > 0; times -= now) {
        now = times < most ? times : most;
        if (!torture_a_store(now))
            return false;
    }
    return true;
}

#ifdef TURNPIKE_FAILPOINTS
static bool has_points(void)
{
    return true;
}

static void torture_points(void)
{
    for (int i = 0; i < FAILPOINT_COUNT; i++) {
        unsigned before = kills;

        torture_options.point = failpoint_name((enum failpoint)i);
        if (!torture_stores(torture_options.kills))
            return;
        printf("# %s: %u kills\n", torture_options.point, kills - before);
    }
}
#else
static bool has_points(void)
{
    return false;
}

static void torture_points(void)
{
}
#endif

/* ---- the results ---- */

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void print_recoveries(const struct torture_tally *t)
{
    static uint32_t us[TORTURE_TIMES];
    uint32_t n = t->recoveries < TORTURE_TIMES ? t->recoveries : TORTURE_TIMES;

    for (uint32_t i = 0; i < n; i++)
        us[i] = t->recovery_us[i];
    qsort(us, n, sizeof(us[0]), compare_u32);
    if (n > 0)
        printf("# %u recoveries: p50 %.1f ms, p99 %.1f ms, max %.1f ms\n",
            (unsigned)n, us[n / 2] / 1e3, us[n * 99 / 100] / 1e3,
            us[n - 1] / 1e3);
}

static void print_figures(int64_t begun)
{
    const struct torture_tally *t = &torture_shared->tally;
    double seconds = (double)(torture_now(CLOCK_MONOTONIC) - begun) / 1e9;

    printf("# %u kills, %llu acknowledged settles, %llu lost, %llu doubled\n",
        kills, (unsigned long long)t->settles,
        (unsigned long long)t->settles_lost,
        (unsigned long long)t->settles_twice);
    printf("# %u wedges of %d s, longest silence %.1f ms\n",
        (unsigned)t->wedges, TORTURE_SILENCE_MS / 1000,
        (double)t->silence / 1e6);
    print_recoveries(t);
    printf("# %u workers, %.1f s, %.0f verbs/s\n", torture_options.workers,
        seconds, (double)t->verbs / seconds);
}

static void print_results(void)
{
    const struct torture_tally *t = &torture_shared->tally;

    printf("1..9\n");
    verdict_tell(
        strange == 0, "workers ended by our kills alone; kills", kills);
    verdict_tell(unchecked == 0, "every store could be checked", unchecked);
    verdict_tell(t->shot == 0, "nobody was shot as stuck", t->shot);
    verdict_tell(t->wedges == 0,
        "nothing stood still for 2 s; longest silence in ms",
        (uint64_t)t->silence / 1000000);
    verdict_tell(t->settles > 0 && t->settles_lost == 0,
        "every acknowledged settlement is in the journal", t->settles);
    verdict_tell(t->settles_twice + t->unknown == 0, "none is there twice",
        t->settles_twice);
    verdict_tell(t->grants > 0 && t->grants_lost == 0,
        "every acknowledged grant is there", t->grants);
    verdict_tell(
        t->left == 0, "no hold of the dead is left; reaped", t->reaped);
    verdict_tell(t->breaches == 0, "an audit finds no breach", t->breaches);
}

/* ---- the whole ---- */

static int read_options(int argc, char **argv)
{
    if (argc != 5)
        return -1;
    parent_dir = argv[1];
    torture_options.bench = strcmp(argv[2], "bench") == 0;
    torture_options.seed = 1;
    if (strspn(argv[2], "0123456789") == strlen(argv[2])) {
        torture_options.kills = (unsigned)atoi(argv[2]);
        torture_options.workers = (unsigned)atoi(argv[3]);
        torture_options.seed = (unsigned)atoi(argv[4]);
    } else {
        torture_options.point = torture_options.bench ? NULL : argv[2];
        torture_options.kills = (unsigned)atoi(argv[3]);
        torture_options.workers = (unsigned)atoi(argv[4]);
    }
    return torture_options.workers >= 1 &&
                   torture_options.workers <= TORTURE_WORKERS
               ? 0
               : -1;
}

int main(int argc, char **argv)
{
    int64_t begun = torture_now(CLOCK_MONOTONIC);

    if (read_options(argc, argv) < 0) {
        fprintf(stderr, "usage: torture DIR KILLS WORKERS SEED\n"
                        "       torture DIR bench SECONDS WORKERS\n"
                        "       torture DIR POINT TIMES WORKERS\n"
                        "       torture DIR points TIMES WORKERS\n");
        return 2;
    }
    if (torture_options.point != NULL && !has_points()) {
        printf("1..0 # SKIP this build has no failpoints\n");
        return 0;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    torture_shared = scratch_shared(sizeof(*torture_shared));
    if (mkdir(parent_dir, 0700) < 0) {
        fprintf(stderr, "torture: %s: %s\n", parent_dir, strerror(errno));
        return 1;
    }
    if (torture_options.point != NULL &&
        strcmp(torture_options.point, "points") == 0)
        torture_points();
    else
        torture_stores(torture_options.kills);
    print_figures(begun);
    print_results();
    rmdir(parent_dir);
    return verdict_status();
}
