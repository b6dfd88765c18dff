#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "busfault.h"
#include "place.h"
#include "verbs.h"

enum { MIB = 1 << 20 };

int64_t engine_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void engine_trail(struct store *s, struct trail *t)
{
    *t = (struct trail){.env = s->env,
        .members = s->members,
        .ledger_key = s->ledger_key,
        .rate = s->rate,
        .desk = s->desk,
        .storage_low = disk_low(s->disk, engine_now())};
}

int engine_sync(struct store *s, uint64_t generation, uint64_t position)
{
    if (logsync_to(s->logsync, generation, position) == 0)
        return 0;
    report_line(&s->report, "syncing the log failed: %s", strerror(errno));
    env_distrust(s->env);
    return -1;
}

/* ---- opening ---- */

static uint32_t store_default(uint32_t wish, uint32_t usual, uint32_t least)
{
    if (wish == 0)
        return usual;
    return wish < least ? least : wish;
}

static uint32_t store_log_bytes(const struct store_options *o)
{
    return store_default(o->log_bytes, 8 * MIB, MIB);
}

static void store_configure(struct store *s, const struct store_options *o)
{
    s->report = (struct report){o->log, o->log_cookie};
    s->durability = o->durability;
    s->checkpoint_bytes = store_default(o->checkpoint_bytes, 16 * MIB, 65536);
    s->mended = INT64_MIN / 2;
    memcpy(s->ledger_key, o->ledger_key, sizeof(s->ledger_key));
}

static struct env *store_open_env(
    struct store *s, const struct store_options *o)
{
    const struct env_options options = {
        .dir = s->dir,
        .members = s->members,
        .gate = s->gate,
        .report = &s->report,
        .disk = s->disk,
        .cache_bytes = store_default(o->cache_bytes, 64 * MIB, MIB),
        .log_bytes = store_log_bytes(o),
    };

    return env_open(&options);
}

static struct disk *store_open_disk(
    const struct store *s, const struct store_options *o)
{
    const struct disk_options options = {
        .dir = s->dir,
        .report = &s->report,
        .reserve = o->reserve_bytes,
        .log_bytes = store_log_bytes(o),
        .checkpoint_bytes = s->checkpoint_bytes,
    };

    return disk_open(&options);
}

/* Everything that needs no library. */
static int store_open_files(
    struct store *s, const struct store_options *o, char error[256])
{
    s->disk = store_open_disk(s, o);
    s->desk = desk_create();
    if (s->disk == NULL || s->desk == NULL)
        goto err0;
    s->members = members_open(s->dir);
    if (s->members == NULL || busfault_catch(s->members) < 0)
        goto err0;
    s->gate = gate_open(
        s->dir, s->members, store_default(o->stuck_ms, 10000, 100), &s->report);
    if (s->gate == NULL)
        goto err0;
    s->env = store_open_env(s, o);
    if (s->env == NULL)
        goto err0;
    s->logsync = logsync_open(s->dir, s->members);
    if (s->logsync == NULL)
        goto err0;
    return 0;

err0:
    snprintf(error, 256, "%.150s: %s", s->dir, strerror(errno));
    return -1;
}

/* Inside: the windows, and the rows that a store begins with. */
static int store_prepare(struct store *s, char error[256])
{
    struct trail t;

    s->rate = rate_open(s->dir, members_table(s->members)->boot_id);
    if (s->rate == NULL) {
        snprintf(error, 256, "out of memory");
        return -1;
    }
    s->rate_broken = rate_broken(s->rate);
    engine_trail(s, &t);
    trail_begin(&t);
    if (!trail_failed(&t) && verbs_prepare(&t) < 0)
        trail_fail(&t, "not a store of ours");
    if (trail_end(&t) == 0)
        return 0;
    if (t.cause == TRAIL_LIBRARY)
        env_distrust(s->env);
    snprintf(error, 256, "%.80s: %.160s", s->dir, t.why);
    return -1;
}

static int store_join(struct store *s, char error[256])
{
    uint64_t generation = 0;
    uint64_t position = 0;
    int rc;

    if (env_enter(s->env) < 0) {
        snprintf(error, 256, "the store in %.80s can not be opened: %.130s",
            s->dir, env_why(s->env));
        return -1;
    }
    rc = store_prepare(s, error);
    if (rc == 0) {
        generation = env_generation(s->env);
        position = env_position(s->env);
    }
    env_leave(s->env);
    if (rc < 0)
        return -1;
    if (position != ENV_UNKNOWN && engine_sync(s, generation, position) == 0)
        return 0;
    snprintf(error, 256, "the log in %.150s can not be synced", s->dir);
    return -1;
}

int store_open(
    const struct store_options *options, struct store **store, char error[256])
{
    struct store *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        snprintf(error, 256, "out of memory");
        return -1;
    }
    store_configure(s, options);
    if (place_data(options->dir, s->dir, error) < 0 ||
        store_open_files(s, options, error) < 0 || store_join(s, error) < 0) {
        store_close(s);
        return -1;
    }
    *store = s;
    return 0;
}

/* ---- using ---- */

void store_run(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    batch_run(store, batch, done, cookie);
}

void store_commit(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed)
{
    batch_commit(store, batch, done, cookie, owed);
}

void store_harden(struct store *store, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    batch_harden(store, owed, done, cookie);
}

void store_tick(struct store *store)
{
    uint64_t position = store->unsynced;

    if (position != 0) {
        store->unsynced = 0;
        engine_sync(store, store->unsynced_generation, position);
    }
    batch_idle(store);
}

bool store_reap_due(struct store *store, int64_t boot)
{
    return members_first_in(store->members, (uint32_t)boot);
}

void store_stat(struct store *store, struct store_stat *stat)
{
    const struct members_table *t = members_table(store->members);
    const uint64_t written = t->log_written;
    const uint64_t synced = logsync_synced(store->members);

    /* A checkpoint, which is of no batch, writes and syncs. */
    *stat = (struct store_stat){
        .generation = t->generation,
        .batches = store->batches,
        .verbs = store->verbs,
        .syncs = logsync_count(store->logsync),
        .log_written = written > synced ? written : synced,
        .log_synced = synced,
        .members = members_count(store->members),
        .rate_broken = store->rate_broken,
    };
}

/* ---- closing ---- */

/* Also of a store that is open in part only. */
void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->unsynced != 0)
        engine_sync(store, store->unsynced_generation, store->unsynced);
    env_close(store->env);
    rate_close(store->rate);
    desk_free(store->desk);
    logsync_close(store->logsync);
    gate_close(store->gate);
    busfault_forget();
    members_close(store->members);
    disk_close(store->disk);
    explicit_bzero(store->ledger_key, sizeof(store->ledger_key));
    free(store);
}
