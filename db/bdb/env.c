#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "env_private.h"
#include "failpoint.h"
#include "gather.h"
#include "logsync.h"

enum { TRIES = 2, OTHER_REGIONS = 4 << 20 };

static int64_t env_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct env *env_open(const struct env_options *options)
{
    struct env *e = calloc(1, sizeof(*e));

    if (e == NULL)
        return NULL;
    e->o = *options;
    snprintf(e->dir, sizeof(e->dir), "%s", options->dir);
    return e;
}

/* ---- where the regions are ---- */

static int env_stat_regions(const struct env *e, struct stat *st)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/__db.001", e->regions);
    return stat(path, st);
}

/* Whether the regions that we would join are those that the last recovery
 * made, and not swept away or hidden by a /dev/shm of our own. */
static bool env_find_regions(struct env *e)
{
    const struct members_table *t = members_table(e->o.members);
    struct stat st;

    if (t->region_place == PLACE_UNDECIDED ||
        place_region((enum place_region)t->region_place, e->dir, e->regions) <
            0 ||
        env_stat_regions(e, &st) < 0)
        return false;
    return st.st_dev == t->region_dev && st.st_ino == t->region_ino;
}

/* What the regions come to: the library adds a quarter to a cache, and its
 * other regions. */
static uint64_t env_region_bytes(const struct env *e)
{
    return (uint64_t)e->o.cache_bytes * 5 / 4 + OTHER_REGIONS;
}

static bool env_regions_lie_with_data(const struct env *e)
{
    return strcmp(e->regions, e->dir) == 0;
}

/* Asked only when there are no regions: later ones take the room of those
 * before. */
static bool env_has_room(const struct env *e)
{
    struct statvfs fs;

    return statvfs(e->regions, &fs) == 0 &&
           (uint64_t)fs.f_bavail * fs.f_frsize >= env_region_bytes(e);
}

/* On the disk of the data they are materialised at once, which must not be
 * tried in vain. Old ones are gone by now, except those that somebody has yet
 * to let go of; then a later try will do. */
static int env_fit_regions(struct env *e)
{
    if (!env_regions_lie_with_data(e) ||
        disk_has(e->o.disk, env_region_bytes(e)))
        return 0;
    return env_fail(e, "making the regions", ENOSPC);
}

static void env_keep_ballast(const struct env *e)
{
    disk_keep_ballast(
        e->o.disk, env_regions_lie_with_data(e) ? env_region_bytes(e) : 0);
}

/* As they are ours to remove, nobody who misses them is to think that he looks
 * at another directory. */
static int env_forget_regions(struct env *e)
{
    struct members_table *t = members_table(e->o.members);

    t->region_dev = t->region_ino = 0;
    return env_remove_regions(e);
}

static bool env_see_the_same(struct env *e)
{
    return members_table(e->o.members)->region_ino == 0 ||
           env_find_regions(e) || !members_others(e->o.members);
}

/* A place that did not work, or that not all of us see as the same, is given
 * up for the data directory, which all have in common. */
static int env_choose_regions(struct env *e)
{
    struct members_table *t = members_table(e->o.members);
    uint32_t before = t->region_place;

    t->region_place = PLACE_SHM;
    if (before == PLACE_UNDECIDED &&
        place_region(PLACE_SHM, e->dir, e->regions) == 0 && env_has_room(e))
        return 0;
    if (before == PLACE_SHM && env_see_the_same(e) &&
        place_region(PLACE_SHM, e->dir, e->regions) == 0)
        return 0;
    t->region_place = PLACE_DATA;
    if (place_region(PLACE_DATA, e->dir, e->regions) == 0)
        return 0;
    return env_fail(e, "no directory is fit for the regions", EACCES);
}

static int env_note_regions(struct env *e)
{
    struct members_table *t = members_table(e->o.members);
    struct stat st;

    if (env_stat_regions(e, &st) < 0)
        return env_fail(e, "looking at the regions", errno);
    t->region_dev = st.st_dev;
    t->region_ino = st.st_ino;
    return 0;
}

/* ---- recover and join ---- */

static int env_take_slot(struct env *e)
{
    if (members_claim(e->o.members) == 0)
        return 0;
    return env_fail(e, "no slot is free", EAGAIN);
}

/* All files up to the one at the end are on disk; of that one nobody knows. */
static int env_publish(struct env *e, uint64_t position)
{
    struct members_table *t = members_table(e->o.members);
    uint64_t next = t->generation + 1;

    if (members_boot_id(t->boot_id) < 0)
        return env_fail(e, "reading the boot id", errno);
    t->log_synced[next % MEMBERS_SYNCED] = position & ~UINT64_C(0xffffffff);
    t->log_written = position;
    t->checkpointed = position;
    t->checkpoint_time = env_now_us() / 1000000;
    t->force_recover = 0;
    t->generation = next;
    e->generation = next;
    return 0;
}

static int env_try_recovery(struct env *e)
{
    uint64_t position;

    failpoint(FAILPOINT_RECOVER_BEGIN);
    if (env_choose_regions(e) < 0 || env_forget_regions(e) < 0 ||
        env_fit_regions(e) < 0 || env_sync_files(e) < 0 ||
        env_open_handles(e, DB_CREATE | DB_RECOVER) < 0)
        return -1;
    /* The names of what was just made. */
    if (env_sync_directory(e) < 0 || env_note_regions(e) < 0)
        return -1;
    failpoint(FAILPOINT_RECOVER_END);
    position = env_position(e);
    if (position == ENV_UNKNOWN)
        return env_fail(e, "reading the log's position", EIO);
    members_forget_dead(e->o.members);
    return env_publish(e, position);
}

/* Shared memory is at fault only when it is full: mostly it is the disk of the
 * data, on which regions would be worse off. What was made so far is of no use
 * to anybody, and not to be counted. */
static void env_blame_place(struct env *e)
{
    struct members_table *t = members_table(e->o.members);
    const enum place_region place = (enum place_region)t->region_place;

    if (place == PLACE_UNDECIDED || place_region(place, e->dir, e->regions) < 0)
        return;
    env_forget_regions(e);
    if (!env_has_room(e))
        t->region_place = place_instead(place);
}

/* The one inside word is set all the while: a death in here lets the next one
 * through the gate start again. */
static int env_recover(struct env *e)
{
    const int64_t begun = env_now_us();

    for (int i = 0; i < TRIES; i++) {
        env_drop_handles(e);
        if (i > 0)
            disk_drop_ballast(e->o.disk);
        if (env_try_recovery(e) == 0) {
            env_keep_ballast(e);
            e->recoveries++;
            if (e->generation > 1) /* the first one made the store */
                report_line(e->o.report,
                    "store recovered in %lld us (number %llu)",
                    (long long)(env_now_us() - begun),
                    (unsigned long long)e->generation);
            return 0;
        }
        report_line(e->o.report, "recovery failed: %s", e->why);
        env_blame_place(e);
    }
    env_drop_handles(e);
    env_distrust(e);
    return -1;
}

static int env_join(struct env *e)
{
    env_drop_handles(e);
    if (!env_find_regions(e) || env_open_handles(e, 0) < 0)
        return env_recover(e);
    failpoint(FAILPOINT_JOIN);
    e->generation = members_table(e->o.members)->generation;
    env_keep_ballast(e);
    return 0;
}

static int env_make_sound(struct env *e, bool died_inside)
{
    const struct members_table *t = members_table(e->o.members);

    if (died_inside || t->force_recover || t->generation == 0 ||
        members_found_dead(e->o.members))
        return env_recover(e);
    if (e->library == NULL || e->generation != t->generation)
        return env_join(e);
    return 0;
}

/* ---- in and out ---- */

/* Nobody is in the gate without a beat, and nobody beats outside of it. */
static bool env_was_left_alone(const struct env *e)
{
    return members_table(e->o.members)->beat == e->left + 1;
}

int env_enter(struct env *e)
{
    struct members_table *t = members_table(e->o.members);
    const uint64_t generation = e->generation;
    bool left_alone;
    uint64_t incarnation;
    uint32_t slot;
    bool died_inside;

    if (gate_enter(e->o.gate) < 0)
        return env_fail(e, "locking the gate", errno);
    left_alone = env_was_left_alone(e);
    if (members_prepare(e->o.members) < 0) {
        env_fail(e, "another version of us has the store open", EBUSY);
        goto err0;
    }
    /* On every entry, before any call into the library: whoever died inside
     * may have left mutexes that never come free. */
    died_inside = t->inside != MEMBERS_NOBODY;
    t->inside = members_self(e->o.members, &slot, &incarnation)
                    ? 1 + slot
                    : MEMBERS_STRANGER;
    if (env_make_sound(e, died_inside) < 0 || env_take_slot(e) < 0)
        goto err1;
    if (!left_alone || e->generation != generation)
        e->epoch++;
    return 0;

err1:
    t->inside = MEMBERS_NOBODY;
err0:
    gate_leave(e->o.gate);
    return -1;
}

void env_leave(struct env *e)
{
    struct members_table *t = members_table(e->o.members);

    e->left = t->beat;
    t->inside = MEMBERS_NOBODY;
    gate_leave(e->o.gate);
}

void env_distrust(struct env *e)
{
    members_table(e->o.members)->force_recover = 1;
}

const char *env_why(const struct env *e)
{
    return e->why;
}

/* ---- inside ---- */

DB_ENV *env_library(const struct env *e)
{
    return e->library;
}

uint64_t env_generation(const struct env *e)
{
    return e->generation;
}

uint64_t env_epoch(const struct env *e)
{
    return e->epoch;
}

/* After a switch of files the new one may exist in the library's buffer alone:
 * records of no commit, as of an opening or an abort, stay there. Nobody could
 * sync it, and a recovery would lead to the same place again. */
static int env_have_log_file(struct env *e, uint32_t file)
{
    char path[PATH_MAX + 16];

    if (file == e->log_file)
        return 0;
    snprintf(path, sizeof(path), "%s/log.%010u", e->dir, (unsigned)file);
    if (access(path, F_OK) < 0 && e->library->log_flush(e->library, NULL) != 0)
        return -1;
    e->log_file = file;
    return 0;
}

uint64_t env_position(struct env *e)
{
    DB_LOG_STAT *stat;
    uint64_t position;

    if (e->library->log_stat(e->library, &stat, 0) != 0)
        return ENV_UNKNOWN;
    position = (uint64_t)stat->st_cur_file << 32 | stat->st_cur_offset;
    free(stat);
    if (env_have_log_file(e, (uint32_t)(position >> 32)) < 0)
        return ENV_UNKNOWN;
    return position;
}

int env_flush(struct env *e)
{
    return e->library->log_flush(e->library, NULL) == 0 ? 0 : -1;
}

uint64_t env_log_grown(const struct env *e, uint64_t position)
{
    uint64_t from = members_table(e->o.members)->checkpointed;
    uint64_t files = (position >> 32) - (from >> 32);

    return files * e->o.log_bytes + (uint32_t)position - (uint32_t)from;
}

int env_checkpoint(struct env *e)
{
    struct members_table *t = members_table(e->o.members);
    DB_ENV *library = e->library;
    uint64_t position;
    int error;

    gather_begin();
    error = library->txn_checkpoint(library, 0, 0, 0);
    if (gather_end() < 0 || error != 0 ||
        (position = env_position(e)) == ENV_UNKNOWN) {
        env_distrust(e);
        return -1;
    }
    failpoint(FAILPOINT_CKPT_END);
    /* The library has synced the log up to here. Said before files go, as who
     * misses one must be able to see why. */
    logsync_publish(e->o.members, e->generation, position);
    t->checkpointed = position;
    t->checkpoint_time = env_now_us() / 1000000;
    library->log_archive(library, NULL, DB_ARCH_REMOVE);
    env_keep_ballast(e);
    return 0;
}

uint64_t env_recoveries(const struct env *e)
{
    return e->recoveries;
}

/* Not by env_enter(): a process that leaves does not stop to recover. */
void env_close(struct env *e)
{
    struct members_table *t;

    if (e == NULL)
        return;
    t = members_table(e->o.members);
    if (gate_enter(e->o.gate) < 0)
        goto out;
    if (e->library != NULL && t->inside == MEMBERS_NOBODY &&
        !t->force_recover && t->generation == e->generation) {
        t->inside = MEMBERS_STRANGER;
        env_close_handles(e);
        t->inside = MEMBERS_NOBODY;
    }
    env_drop_handles(e);
    members_release(e->o.members);
    gate_leave(e->o.gate);
out:
    free(e);
}
