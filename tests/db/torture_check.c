/* What tests/db/torture.c does with a store before and after: accounts are
 * made; the notes of the workers are compared with the journals. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

enum { PAGE_ROWS = 500 };

static void run(struct store *store, void *verb)
{
    struct store_verb *v = verb;

    scratch_do(store, v);
    if (v->status == STORE_CLOSED) {
        fprintf(stderr, "# a verb of kind %d was not done\n", (int)v->kind);
        _exit(98);
    }
}

/* ---- before and after ---- */

int torture_set_up(void *arg)
{
    struct store *store = torture_store();

    (void)arg;
    for (unsigned i = 0; i < TORTURE_ACCOUNTS; i++) {
        struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
        struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
        struct store_grant grant = {.verb.kind = STORE_GRANT,
            .credits = INT64_C(1) << 40,
            .idempotency_key = "first"};

        torture_account(i, add.account.id);
        snprintf(add.account.email, sizeof(add.account.email), "%u@test", i);
        memcpy(key.key.account, add.account.id, STORE_ID);
        memcpy(grant.account, add.account.id, STORE_ID);
        snprintf(key.key.id, sizeof(key.key.id), "key_%08u", i);
        torture_digest(i, key.key.digest);
        run(store, &add);
        run(store, &key);
        run(store, &grant);
    }
    store_close(store);
    return 0;
}

static void reap(struct store *store)
{
    struct store_reap r = {.verb.kind = STORE_REAP, .most = PAGE_ROWS};

    do {
        r.now = torture_now(CLOCK_REALTIME) / 1000;
        r.boot = torture_now(CLOCK_BOOTTIME) / 1000000000;
        run(store, &r);
        torture_shared->tally.reaped += r.reaped;
    } while (r.more);
    run(store, &r);
    torture_shared->tally.left += r.reaped;
}

static void look_at(const struct ledger_entry *e)
{
    struct torture_lane *lane =
        &torture_shared->lane[e->request[8] % TORTURE_WORKERS];
    uint32_t round;

    if (e->type != LEDGER_SETTLE)
        return;
    memcpy(&round, e->request + 9, sizeof(round));
    if (round >= TORTURE_ROUNDS || e->request[13] >= TORTURE_PAIRS)
        torture_shared->tally.unknown++;
    else if (atomic_fetch_add(&lane->settled[round][e->request[13]], 2) >= 2)
        torture_shared->tally.settles_twice++;
}

/* Afterwards a note is 0: never settled, 1: lost, 2: settled but never
 * acknowledged, 3: settled and acknowledged. */
static void read_journals(struct store *store)
{
    static struct ledger_entry rows[PAGE_ROWS];

    for (unsigned i = 0; i < TORTURE_ACCOUNTS; i++) {
        struct store_ledger l = {
            .verb.kind = STORE_LEDGER, .rows = rows, .max = PAGE_ROWS};

        torture_account(i, l.account);
        do {
            run(store, &l);
            for (size_t n = 0; n < l.count; n++)
                look_at(&l.rows[n]);
        } while (l.more);
    }
}

static void compare_lane(struct store *store, unsigned worker)
{
    struct torture_lane *lane = &torture_shared->lane[worker];

    for (uint32_t round = 0; round < lane->next && round < TORTURE_ROUNDS;
         round++) {
        struct store_grant g = torture_grant(worker, round);

        for (unsigned i = 0; i < TORTURE_PAIRS; i++) {
            torture_shared->tally.settles += lane->settled[round][i] & 1;
            torture_shared->tally.settles_lost += lane->settled[round][i] == 1;
        }
        if (!lane->granted[round])
            continue;
        run(store, &g);
        torture_shared->tally.grants++;
        torture_shared->tally.grants_lost +=
            g.verb.status != STORE_OK || !g.already;
    }
}

int torture_check(void *arg)
{
    struct store *store = torture_store();

    (void)arg;
    reap(store);
    read_journals(store);
    for (unsigned i = 0; i < torture_options.workers; i++)
        compare_lane(store, i);
    SCRATCH_CHECK(
        scratch_audit(store, scratch_boot(), &torture_shared->tally.breaches));
    store_close(store);
    return 0;
}
