#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"
#include "db/file.h"
#include "engine.h"

/* A copy of a store in use. The library's own DB_ENV->backup() and dbbackup()
 * copy at least a whole table in one call, and would keep the gate closed all
 * that time. But pages and log are written only by whoever is inside the gate,
 * so a page read inside it is never torn, and we can do it in slices:
 *
 * 1. Inside: a checkpoint. From here on the log tells every change of a page
 *    that the tables do not have yet.
 * 2. Tables, a slice of pages at a time, read inside, written outside. Pages of
 *    one table may be of different moments, all after the checkpoint. Between
 *    two batches no transaction is open, so no page has what was not committed.
 * 3. In every slice: open the log files that are new. An open file is not lost
 *    when a later checkpoint removes it. What lies before the log's end never
 *    changes and is copied outside.
 * 4. At last: the log up to its end of that moment, which is behind every page.
 *
 * The recovery of the copy (store_mend()) begins with its oldest log file and
 * not with the newest checkpoint in it, as that is younger than some pages. */

enum {
    SLICE_US = 15000, /* to read in; a piece more may follow */
    PIECE = 128 << 10,
    SLICE = 4 << 20,
    LOGS = 64
};

struct backup {
    struct store *s;
    const char *dir;
    int to; /* the directory of the copy */
    bool (*go_on)(void *cookie);
    void *cookie;
    struct store_copy *copy;
    char *error;
    char *space; /* SLICE bytes */
    struct {
        uint32_t number;
        int fd;
    } log[LOGS]; /* that are not copied yet, without a gap */
    size_t logs;
    uint32_t next;     /* number of the log file to come */
    uint64_t position; /* where the log ended in the last slice */
    int64_t entered;
};

static int64_t backup_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int backup_fail(struct backup *b, const char *what, const char *why)
{
    snprintf(b->error, 256, "%.80s: %.150s", what, why);
    return -1;
}

/* ---- the gate ---- */

static int backup_enter(struct backup *b)
{
    if (!b->go_on(b->cookie))
        return backup_fail(b, b->dir, "interrupted");
    if (env_enter(b->s->env) < 0)
        return backup_fail(b, "entering the store", env_why(b->s->env));
    b->entered = backup_now_us();
    return 0;
}

static void backup_leave(struct backup *b)
{
    int64_t held;

    env_leave(b->s->env);
    held = backup_now_us() - b->entered;
    b->copy->slices++;
    if (held > b->copy->longest_us)
        b->copy->longest_us = (uint32_t)held;
}

/* ---- the log ---- */

static int backup_open_log(struct backup *b, uint32_t number)
{
    char path[PATH_MAX + COPY_NAME];
    char name[COPY_NAME];

    copy_log_name(number, name);
    snprintf(path, sizeof(path), "%s/%s", b->s->dir, name);
    if (b->logs == LOGS)
        return backup_fail(b, name, "too much log at once");
    b->log[b->logs].number = number;
    b->log[b->logs].fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (b->log[b->logs].fd < 0)
        return backup_fail(b, name,
            errno == ENOENT ? "removed before it was copied: the store is too "
                              "busy, try again"
                            : strerror(errno));
    b->logs++;
    b->next = number + 1;
    return 0;
}

/* Inside. */
static int backup_note_log(struct backup *b)
{
    int rc = 0;

    b->position = env_position(b->s->env);
    if (b->position == ENV_UNKNOWN)
        return backup_fail(b, "the log", "its end is not known");
    while (rc == 0 && b->next <= b->position >> 32)
        rc = backup_open_log(b, b->next);
    return rc;
}

static int backup_copy_log(struct backup *b, uint64_t most)
{
    char name[COPY_NAME];
    int rc;

    copy_log_name(b->log[0].number, name);
    rc = copy_file(b->log[0].fd, b->to, name, most, &b->copy->bytes);
    if (rc < 0)
        backup_fail(b, name, strerror(errno));
    close(b->log[0].fd);
    memmove(b->log, b->log + 1, --b->logs * sizeof(b->log[0]));
    b->copy->files++;
    return rc;
}

/* Outside: all files but the newest are complete. */
static int backup_copy_old_logs(struct backup *b)
{
    int rc = 0;

    while (rc == 0 && b->logs > 1)
        rc = backup_copy_log(b, UINT64_MAX);
    return rc;
}

static int backup_lowest_log(void *cookie, const char *name)
{
    struct backup *b = cookie;
    uint32_t number;

    if (copy_is_log(name, &number) && (b->next == 0 || number < b->next))
        b->next = number;
    return 0;
}

static int backup_begin(struct backup *b)
{
    int rc = -1;

    if (backup_enter(b) < 0)
        return -1;
    if (env_checkpoint(b->s->env) < 0)
        backup_fail(b, b->s->dir, "the checkpoint failed");
    else if (copy_each(b->s->dir, backup_lowest_log, b) < 0)
        backup_fail(b, b->s->dir, strerror(errno));
    else
        rc = backup_note_log(b);
    backup_leave(b);
    return rc;
}

static int backup_end(struct backup *b)
{
    int rc;

    if (backup_enter(b) < 0)
        return -1;
    rc = backup_note_log(b);
    backup_leave(b);
    if (rc < 0 || backup_copy_old_logs(b) < 0)
        return -1;
    return b->logs == 0 ? 0 : backup_copy_log(b, (uint32_t)b->position);
}

/* ---- the tables ---- */

/* Inside: as many pages from ${at} to ${end} as the time allows. Returns their
 * bytes, or -1. */
static ssize_t backup_read(
    struct backup *b, int from, uint64_t at, uint64_t end)
{
    const size_t most = end - at < SLICE ? (size_t)(end - at) : SLICE;
    size_t n = 0;
    ssize_t got;

    do {
        members_beat(b->s->members);
        got = pread(from, b->space + n, most - n < PIECE ? most - n : PIECE,
            (off_t)(at + n));
        if (got <= 0)
            return -1;
        n += (size_t)got;
    } while (n < most && backup_now_us() < b->entered + SLICE_US);
    return (ssize_t)n;
}

static ssize_t backup_slice(struct backup *b, const char *name, int from,
    int to, uint64_t at, uint64_t end)
{
    ssize_t n;
    int rc;

    if (backup_enter(b) < 0)
        return -1;
    rc = backup_note_log(b);
    n = backup_read(b, from, at, end);
    backup_leave(b);
    if (rc < 0 || backup_copy_old_logs(b) < 0)
        return -1;
    if (n < 0 || file_write(to, b->space, (size_t)n) < 0)
        return backup_fail(b, name, n < 0 ? "short read" : strerror(errno));
    b->copy->bytes += (uint64_t)n;
    return n;
}

/* Up to where the table ended after the checkpoint: what it grows by is in the
 * log, and a table that grows all the time would have no end. */
static int backup_pages(struct backup *b, const char *name, int from)
{
    int to = copy_create(b->to, name);
    struct stat st = {0};
    uint64_t at = 0;
    ssize_t n = 0;

    if (to < 0 || fstat(from, &st) < 0)
        n = backup_fail(b, name, strerror(errno));
    while (n >= 0 && at < (uint64_t)st.st_size) {
        n = backup_slice(b, name, from, to, at, (uint64_t)st.st_size);
        at += n > 0 ? (uint64_t)n : 0;
    }
    if (to >= 0 && copy_finish(to) < 0 && n >= 0)
        n = backup_fail(b, name, strerror(errno));
    b->copy->files++;
    return n < 0 ? -1 : 0;
}

static int backup_table(void *cookie, const char *name)
{
    struct backup *b = cookie;
    char path[PATH_MAX + COPY_NAME];
    int from;
    int rc;

    if (!copy_is_table(name))
        return 0;
    snprintf(path, sizeof(path), "%s/%s", b->s->dir, name);
    from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0)
        return backup_fail(b, name, strerror(errno));
    rc = backup_pages(b, name, from);
    close(from);
    return rc;
}

/* ---- the whole ---- */

static int backup_run(struct backup *b)
{
    if (backup_begin(b) < 0 || backup_copy_old_logs(b) < 0)
        return -1;
    errno = 0;
    if (copy_each(b->s->dir, backup_table, b) < 0) {
        if (b->error[0] == 0)
            backup_fail(b, b->s->dir, strerror(errno));
        return -1;
    }
    if (backup_end(b) < 0)
        return -1;
    return fsync(b->to) < 0 ? backup_fail(b, b->dir, strerror(errno)) : 0;
}

int store_backup(struct store *store, const char *dir,
    bool (*go_on)(void *cookie), void *cookie, struct store_copy *copy,
    char error[256])
{
    struct backup b = {.s = store,
        .dir = dir,
        .go_on = go_on,
        .cookie = cookie,
        .copy = copy,
        .error = error};
    int rc = -1;

    *copy = (struct store_copy){0};
    error[0] = 0;
    b.to = copy_make(dir);
    if (b.to < 0)
        return backup_fail(&b, dir, strerror(errno));
    b.space = malloc(SLICE);
    if (b.space == NULL)
        backup_fail(&b, dir, "out of memory");
    else
        rc = backup_run(&b);
    for (size_t i = 0; i < b.logs; i++)
        close(b.log[i].fd);
    free(b.space);
    close(b.to);
    return rc;
}

int store_recover(struct store *store, char error[256])
{
    env_distrust(store->env);
    if (env_enter(store->env) < 0) {
        snprintf(error, 256, "%.255s", env_why(store->env));
        return -1;
    }
    env_leave(store->env);
    return 0;
}
