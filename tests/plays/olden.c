/* Calls of long ago: a process that joins the store as any other does, and has
 * an account make so many calls on each of so many days, the first of them so
 * many days ago.
 *
 *   olden DIR EMAIL DIGEST-OF-A-KEY DAYS-AGO DAYS CALLS-A-DAY
 *
 * DIR is the state, the digest is hexadecimal, as in a dump. The first call of
 * all is preceded by a grant that pays for them. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db/store.h"

enum { BATCH = 64 };

#define DAY (86400 * INT64_C(1000000))

struct pair {
    struct store_admit admit;
    struct store_settle settle;
};

static void give_up(const char *what)
{
    fprintf(stderr, "olden: %s\n", what);
    exit(1);
}

static struct store *join(const char *dir)
{
    struct store_options o = {.stuck_ms = 10000,
        .cache_bytes = 64 << 20,
        .log_bytes = 8 << 20,
        .checkpoint_bytes = 4 << 20,
        .durability = STORE_RELAXED};
    char path[1100], error[256] = "";
    struct store *store = NULL;
    int fd;

    snprintf(path, sizeof(path), "%s/secret/ledger", dir);
    fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, o.ledger_key, MAC_KEY) != MAC_KEY)
        give_up("no ledger key");
    close(fd);
    snprintf(path, sizeof(path), "%s/store", dir);
    o.dir = path;
    if (store_open(&o, &store, error))
        give_up(error);
    return store;
}

static void done(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    if (verb->status != STORE_OK)
        give_up("a verb was refused");
}

static int64_t boot_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec;
}

static void fill_pair(
    struct pair *p, const uint8_t digest[MAC_SIZE], int64_t now, uint64_t n)
{
    const int64_t boot = boot_seconds();

    *p = (struct pair){
        .admit = {.verb.kind = STORE_ADMIT,
            .caller = CALLER_KEY,
            .depth = ADMIT_HOLD,
            .ask = {10, 10, 1, 0, {5000000, 500}},
            .now = now,
            .boot = boot,
            .lease = 60},
        .settle = {.verb.kind = STORE_SETTLE,
            .usage = {true, 10, 10},
            .now = now,
            .boot = boot},
    };
    memcpy(p->admit.digest, digest, MAC_SIZE);
    memcpy(p->admit.request, &now, sizeof(now));
    memcpy(p->admit.request + 8, &n, sizeof(n));
    memcpy(p->settle.request, p->admit.request, STORE_ID);
}

/* One day's calls, in batches. */
static void live(struct store *store, const uint8_t digest[MAC_SIZE],
    int64_t day, uint64_t calls)
{
    static struct pair pairs[BATCH];

    for (uint64_t n = 0; n < calls;) {
        struct store_verb *batch = NULL;
        size_t count = 0;

        for (; count < BATCH && n < calls; count++, n++)
            fill_pair(&pairs[count], digest, day * DAY + (int64_t)n, n);
        for (size_t i = count; i > 0; i--) {
            pairs[i - 1].settle.verb.next = batch;
            pairs[i - 1].admit.verb.next = &pairs[i - 1].settle.verb;
            batch = &pairs[i - 1].admit.verb;
        }
        store_run(store, batch, done, NULL);
    }
}

static void grant(
    struct store *store, const char *email, int64_t credits, int64_t now)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = credits,
        .idempotency_key = "long ago",
        .now = now};

    snprintf(get.email, sizeof(get.email), "%s", email);
    store_run(store, &get.verb, done, NULL);
    memcpy(g.account, get.account.id, STORE_ID);
    store_run(store, &g.verb, done, NULL);
}

int main(int argc, char **argv)
{
    uint8_t digest[MAC_SIZE];
    struct store *store;
    int64_t first, days, calls;

    if (argc != 7 || mac_unhex(argv[3], MAC_SIZE, digest) < 0)
        give_up("DIR EMAIL DIGEST DAYS-AGO DAYS CALLS");
    first = time(NULL) / 86400 - atoll(argv[4]);
    days = atoll(argv[5]);
    calls = atoll(argv[6]);
    store = join(argv[1]);
    grant(store, argv[2], days * calls + 1, first * DAY);
    for (int64_t day = 0; day < days; day++)
        live(store, digest, first + day, (uint64_t)calls);
    store_close(store);
    return 0;
}
