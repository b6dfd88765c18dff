/* How long a process takes to join a store that many others have open, and
 * whether it can: N processes open it one after the other, run a verb and stay;
 * then all are killed, and as many come at once, of whom one has to recover.
 * Prints the milliseconds that opening took: median, 99th percentile and most
 * of the N; and until the first and the last of those who came back had their
 * verb.
 *
 * Usage: joiners DIR N */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "db/store.h"

enum { MOST = 1022 };

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void done(void *cookie, struct store_verb *verb)
{
    *(enum store_status *)cookie = verb->status;
}

/* An account of its own, so that it writes to several tables. */
static int work(struct store *s, int number)
{
    enum store_status status = STORE_CLOSED;
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};

    memcpy(add.account.id, &number, sizeof(number));
    add.account.id[15] = 1;
    snprintf(add.account.email, sizeof(add.account.email), "a%d@example.org",
        number);
    store_run(s, &add.verb, done, &status);
    if (status == STORE_OK)
        return 0;
    fprintf(stderr, "joiners: number %d: status %d\n", number, (int)status);
    return -1;
}

static void say(void *cookie, const char *line)
{
    (void)cookie;
    fprintf(stderr, "joiners: %s\n", line);
}

/* Open, work, and say how long the opening took, or -1. */
static struct store *join(const char *dir, int number, double *ms)
{
    const struct store_options options = {.dir = dir, .log = say};
    struct store *s = NULL;
    char error[256];
    double begun = now_ms();

    *ms = -1;
    if (store_open(&options, &s, error) != 0) {
        fprintf(stderr, "joiners: number %d: %s\n", number, error);
        return NULL;
    }
    *ms = now_ms() - begun;
    if (work(s, number) != 0)
        *ms = -1;
    return s;
}

/* Join, tell, and stay. */
static void be_one(const char *dir, int number, int tell)
{
    double ms;

    join(dir, number, &ms);
    if (write(tell, &ms, sizeof(ms)) != sizeof(ms) || ms < 0)
        _exit(1);
    for (;;)
        pause();
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void kill_all(const pid_t *pids, int n)
{
    for (int i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
}

/* The first makes the store and is not counted. Returns how many came in. */
static int bring_in(const char *dir, int n, pid_t *pids, double *took)
{
    int tell[2];

    if (pipe(tell) != 0)
        return 0;
    for (int i = 0; i <= n; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            be_one(dir, i, tell[1]);
        if (pids[i] < 0)
            return i;
        if (read(tell[0], &took[i], sizeof(*took)) != sizeof(*took) ||
            took[i] < 0)
            return i + 1;
    }
    return n + 1;
}

/* All at once. Returns how many had their verb, and when the first and the last
 * had it. */
static int bring_back(
    const char *dir, int n, pid_t *pids, double *first, double *last)
{
    const double begun = now_ms();
    int tell[2], started = 0, came = 0;
    double ms;

    if (pipe(tell) != 0)
        return 0;
    while (started < n && (pids[started] = fork()) > 0)
        started++;
    if (started < n && pids[started] == 0)
        be_one(dir, n + 1 + started, tell[1]);
    close(tell[1]);
    while (came < n && read(tell[0], &ms, sizeof(ms)) == sizeof(ms) && ms >= 0)
        if (came++ == 0)
            *first = now_ms() - begun;
    *last = now_ms() - begun;
    kill_all(pids, started);
    return came;
}

int main(int argc, char **argv)
{
    static double took[MOST + 1], first, last;
    static pid_t pids[MOST + 1];
    int n = argc == 3 ? atoi(argv[2]) : 0, came;

    if (n <= 0 || n > MOST)
        return 2;
    came = bring_in(argv[1], n, pids, took);
    kill_all(pids, came);
    if (came <= n || took[n] < 0)
        return 1;
    came = bring_back(argv[1], n, pids, &first, &last);
    qsort(took + 1, (size_t)n, sizeof(*took), by_size);
    printf("%.1f %.1f %.1f %.1f %.1f\n", took[1 + n / 2],
        took[1 + n * 99 / 100], took[n], first, last);
    return came != n;
}
