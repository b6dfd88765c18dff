/* What must hold: of calls that run at once in several processes on a budget of
 * some of them, exactly these are admitted, also when processes are killed in
 * between; the others are refused for the quota; and no event that was
 * acknowledged is lost.
 *
 *   quota_races DIR RACES RACERS    TAP on standard output
 *
 * DIR must not exist. A race is a project with a budget of BUDGET requests and
 * CALLS calls, divided among the racers. Each writes an event for every call
 * that was refused, and settles the others with one. In every second race the
 * last racer dies wherever it happens to be. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "scratch.h"
#include "verdict.h"

enum { RACERS = 8, CALLS = 200, BUDGET = 50, CREDITS = 1000000 };

static struct shared {
    pthread_barrier_t start;
    _Atomic unsigned admitted, refused, odd;
    _Atomic unsigned acknowledged; /* events */
    uint64_t events, breaches, reserved, requests;
    unsigned inexact, lost;
} * shared;

static const char *dir;
static unsigned racers, race;
static bool killing;

static void number_id(unsigned a, unsigned b, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    memcpy(id, &b, sizeof(b));
    memcpy(id + 4, &a, sizeof(a));
    id[15] = 1;
}

static void project_name(char id[STORE_NAME_MAX + 1])
{
    snprintf(id, STORE_NAME_MAX + 1, "race%u", race);
}

/* ---- before ---- */

static int set_up(void *arg)
{
    struct store *store = scratch_store(dir);
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD,
        .account = {.email = "a@test", .plan = PLAN_POLICY}};
    struct store_key_add key = {
        .verb.kind = STORE_KEY_ADD, .key.id = "key_00000001"};
    struct store_grant grant = {.verb.kind = STORE_GRANT,
        .credits = CREDITS,
        .idempotency_key = "first",
        .now = scratch_now()};
    struct store_project_add project = {.verb.kind = STORE_PROJECT_ADD,
        .project = {.budget = {BUDGET, 0, QUOTA_MONTHLY}, .created = 1}};

    (void)arg;
    number_id(1, 1, add.account.id);
    number_id(1, 1, key.key.account);
    number_id(1, 1, grant.account);
    number_id(1, 1, project.project.account);
    memset(key.key.digest, 7, MAC_SIZE);
    project_name(project.project.id);
    SCRATCH_CHECK(scratch_do(store, &add) == STORE_OK);
    SCRATCH_CHECK(scratch_do(store, &key) == STORE_OK);
    SCRATCH_CHECK(scratch_do(store, &grant) == STORE_OK);
    SCRATCH_CHECK(scratch_do(store, &project) == STORE_OK);
    store_close(store);
    return 0;
}

/* ---- a racer ---- */

static struct store_event_add event_of(unsigned call, unsigned kind)
{
    static const char text[] = "{\"event_type\":\"enforcement\"}";
    struct store_event_add e = {.text = {text, sizeof(text) - 1}};

    number_id(race * 4 + kind, call, e.id);
    project_name(e.project);
    return e;
}

static void call_once(struct store *store, unsigned call)
{
    struct store_govern govern = {.brings_policy = true};
    struct store_admit a = {.verb.kind = STORE_ADMIT,
        .caller = CALLER_KEY,
        .depth = ADMIT_HOLD,
        .govern = &govern,
        .ask = {100, 400, 1, 0, {5000000, 500}},
        .now = scratch_now(),
        .boot = scratch_boot(),
        .lease = 60};
    struct store_settle s = {.verb.kind = STORE_SETTLE,
        .usage = {true, 100, 400},
        .now = a.now,
        .boot = a.boot};
    struct store_event_add told = event_of(call, 1);
    struct store_event refused = {
        .verb.kind = STORE_EVENT, .now = a.now, .event = event_of(call, 2)};

    number_id(race, call, a.request);
    memcpy(s.request, a.request, STORE_ID);
    memset(a.digest, 7, MAC_SIZE);
    memset(a.nonce, 1, sizeof(a.nonce));
    project_name(govern.project);
    number_id(1, 1, refused.account);
    s.event = &told;
    if (scratch_do(store, &a) == STORE_OK) {
        shared->admitted++;
        shared->odd += scratch_do(store, &s) != STORE_OK;
    } else {
        shared->odd +=
            a.refusal != REFUSE_PROJECT_QUOTA_EXCEEDED || a.retry_after == 0;
        shared->refused++;
        shared->odd += scratch_do(store, &refused) != STORE_OK;
    }
    shared->acknowledged++;
}

static int run_race(void *arg)
{
    const unsigned racer = *(unsigned *)arg;
    struct store *store = scratch_store(dir);
    const struct itimerval soon = {
        .it_value.tv_usec = 500 + (race * 1103) % 9000};

    pthread_barrier_wait(&shared->start);
    if (killing && racer == racers - 1)
        setitimer(ITIMER_REAL, &soon, NULL); /* SIGALRM ends it anywhere */
    for (unsigned call = racer; call < CALLS; call += racers)
        call_once(store, call);
    store_close(store);
    return 0;
}

/* ---- after ---- */

static int judge(void *arg)
{
    struct store *store = scratch_store(dir);
    struct store_project_get get = {
        .verb.kind = STORE_PROJECT_GET, .now = scratch_now()};
    struct store_reap reap = {.verb.kind = STORE_REAP, .most = 100};

    (void)arg;
    do {
        reap.now = scratch_now();
        reap.boot = scratch_boot();
        SCRATCH_CHECK(scratch_do(store, &reap) == STORE_OK);
    } while (reap.more);
    project_name(get.id);
    SCRATCH_CHECK(scratch_do(store, &get) == STORE_OK);
    shared->events = get.project.events.seq;
    shared->requests = get.used.requests;
    shared->reserved = get.used.reserved;
    SCRATCH_CHECK(scratch_audit(store, scratch_boot(), &shared->breaches));
    buf_free(&get.web_tools);
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

/* What a racer left open when it was killed is given back in the end, perhaps
 * too late for the others; what it wrote may be more than it knew of. */
static bool is_exact(void)
{
    if (killing)
        return shared->admitted <= BUDGET && shared->requests <= BUDGET &&
               shared->requests + 1 >= BUDGET && shared->reserved == 0;
    return shared->admitted == BUDGET && shared->requests == BUDGET &&
           shared->reserved == 0;
}

static unsigned run_one(void)
{
    unsigned number[RACERS], bad = 0;
    pid_t pid[RACERS];

    shared->admitted = shared->refused = shared->acknowledged = 0;
    killing = race % 2 == 1;
    bad += scratch_run(set_up, NULL) != 0;
    for (unsigned i = 0; i < racers; i++) {
        number[i] = i;
        pid[i] = scratch_child(run_race, &number[i]);
    }
    for (unsigned i = 0; i < racers; i++)
        bad += scratch_wait(pid[i]) != 0 && !(killing && i == racers - 1);
    bad += scratch_run(judge, NULL) != 0;
    shared->inexact += !is_exact();
    shared->lost += killing ? shared->events < shared->acknowledged
                            : shared->events != shared->acknowledged;
    return bad;
}

int main(int argc, char **argv)
{
    const unsigned races = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
    unsigned bad = 0;

    racers = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
    if (races == 0 || racers < 2 || racers > RACERS) {
        fprintf(stderr, "usage: quota_races DIR RACES RACERS\n");
        return 2;
    }
    dir = argv[1];
    shared = scratch_shared(sizeof(*shared));
    scratch_barrier(&shared->start, racers);
    for (race = 0; race < races && bad == 0; race++)
        bad = run_one();
    printf("1..5\n");
    verdict_tell(bad == 0, "all races were run", race);
    verdict_tell(shared->inexact == 0,
        "a budget of 50 admits exactly 50 of 200 calls; other than that",
        shared->inexact);
    verdict_tell(shared->odd == 0,
        "every other call was refused for the quota; other than that",
        shared->odd);
    verdict_tell(shared->lost == 0,
        "there are as many events as were acknowledged; other than that",
        shared->lost);
    verdict_tell(
        shared->breaches == 0, "audits find no breach", shared->breaches);
    scratch_sweep(dir);
    return verdict_status();
}
