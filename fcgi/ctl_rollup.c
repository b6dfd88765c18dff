#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

/* Entries go to DIR/archive/YYYY-MM-DD.jsonl, and are on disk there before a
 * slice of them leaves the store. Whoever is interrupted between leaves lines
 * that will be there twice, which is no harm. */

enum { SLICE = 500, LINE_MOST = 4096 };

#define DAY (86400 * INT64_C(1000000))

struct archive {
    struct ctl *c;
    int dir; /* locked: one at a time writes */
    int file;
    int64_t day;
    char name[CTL_TIME_TEXT]; /* of the file */
};

static int archive_fail(const struct archive *a, const char *what)
{
    return ctl_fail(
        a->c, "%s/archive/%s: %s", a->c->state.dir, what, strerror(errno));
}

/* Also when it is not new: who made it may have been killed before. */
static int sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0)
        close(fd);
    return rc;
}

/* When there is something to be written. */
static int archive_open(struct archive *a)
{
    char path[1100];

    if (a->dir >= 0)
        return CTL_OK;
    ctl_store_path(a->c, "archive", path);
    if ((mkdir(path, 0700) < 0 && errno != EEXIST) ||
        sync_directory(a->c->state.dir) < 0)
        return archive_fail(a, "");
    a->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (a->dir < 0)
        return archive_fail(a, "");
    if (flock(a->dir, LOCK_EX | LOCK_NB) == 0)
        return CTL_OK;
    return errno == EWOULDBLOCK ? ctl_fail(a->c, "another turnpikectl rolls up")
                                : archive_fail(a, "");
}

static void archive_close(struct archive *a)
{
    if (a->file >= 0)
        close(a->file);
    if (a->dir >= 0)
        close(a->dir);
}

/* A line that was cut off tells of an entry that is still in the store. */
static int cut_half_a_line(int fd)
{
    char tail[LINE_MOST];
    struct stat st;
    ssize_t n;
    off_t from;

    if (fstat(fd, &st) < 0)
        return -1;
    from = st.st_size > LINE_MOST ? st.st_size - LINE_MOST : 0;
    n = pread(fd, tail, sizeof(tail), from);
    if (n < 0)
        return -1;
    while (n > 0 && tail[n - 1] != '\n')
        n--;
    if (n == 0 && from > 0) {
        errno = EBADMSG; /* no line of ours is so long */
        return -1;
    }
    return from + n == st.st_size ? 0 : ftruncate(fd, from + n);
}

static int archive_day(struct archive *a, int64_t day)
{
    if (a->file >= 0 && a->day == day)
        return CTL_OK;
    if (a->file >= 0)
        close(a->file);
    ctl_archive_name(day, a->name);
    a->day = day;
    a->file = openat(a->dir, a->name,
        O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (a->file < 0 || cut_half_a_line(a->file) < 0 || fsync(a->dir) < 0)
        return archive_fail(a, a->name);
    return CTL_OK;
}

static int archive_write(struct archive *a, const struct buf *lines)
{
    size_t done = 0;

    while (done < lines->len) {
        ssize_t n = write(a->file, lines->data + done, lines->len - done);

        if (n < 0 && errno != EINTR)
            return archive_fail(a, a->name);
        done += n > 0 ? (size_t)n : 0;
    }
    return fsync(a->file) < 0 ? archive_fail(a, a->name) : CTL_OK;
}

/* ---- slices ---- */

struct sums {
    int64_t entries, days, accounts;
    struct store_slice last;
};

static void count_slice(struct sums *sums, const struct store_slice *slice)
{
    const struct store_slice *last = &sums->last;
    bool same =
        memcmp(slice->account, last->account, STORE_ID) == 0 && last->last != 0;

    sums->entries += (int64_t)(slice->last - slice->first + 1);
    sums->accounts += !same;
    sums->days += !same || slice->day != last->day;
    sums->last = *slice;
}

static int fold_slice(struct archive *a, struct store_rollup *r)
{
    struct ctl *c = a->c;
    enum store_status status;
    int result = archive_open(a);

    if (result == CTL_OK)
        result = archive_day(a, r->next.day);
    if (result == CTL_OK)
        result = archive_write(a, &r->lines);
    if (result != CTL_OK)
        return result;
    r->fold = true;
    r->now = clock_real();
    status = ctl_run(c, &r->verb);
    r->fold = false;
    if (status == STORE_REFUSED)
        return ctl_fail(c, "%s", r->why);
    return status == STORE_OK ? CTL_OK : ctl_refused(c, status, "roll-up");
}

/* A journal that is not sound is noted and left alone, and the others go on. */
static int next_slice(struct archive *a, struct store_rollup *r,
    struct sums *sums, struct json_object *unsound)
{
    enum store_status status;
    int result = CTL_OK;

    r->now = clock_real();
    status = ctl_run(a->c, &r->verb);
    if (status == STORE_REFUSED)
        ctl_append(unsound, r->why);
    else if (status != STORE_OK)
        return ctl_refused(a->c, status, "roll-up");
    else if (r->next.last != 0 && !a->c->options.dry_run)
        result = fold_slice(a, r);
    if (result == CTL_OK && r->next.last != 0)
        count_slice(sums, &r->next);
    r->mark = r->next;
    return result;
}

static int run_rollup(struct ctl *c, struct store_rollup *r, struct sums *sums,
    struct json_object *unsound)
{
    struct archive a = {.c = c, .dir = -1, .file = -1};
    int result = CTL_OK;

    while (result == CTL_OK && !r->done)
        result = next_slice(&a, r, sums, unsound);
    archive_close(&a);
    buf_free(&r->lines);
    return result;
}

/* ---- the command ---- */

/* A day stands for its beginning. */
static int read_before(struct ctl *c, int64_t now, int64_t *before)
{
    const char *text = c->options.before;
    const int64_t days = c->conf->ledger_keep_days;
    char day[CTL_TIME_TEXT];

    if (!text) {
        *before = days > 0 ? now - days * DAY : INT64_MIN;
        return CTL_OK;
    }
    if (*text != '-' && strlen(text) == strlen("2030-01-31")) {
        snprintf(day, sizeof(day), "%sT00:00:00Z", text);
        text = day;
    }
    if (ctl_read_time(text, now, before))
        return ctl_usage(c, "--before is a time such as 2030-01-31 or -400d");
    if (*before > now - STORE_ROLLUP_LEAST * DAY)
        return ctl_usage(
            c, "--before is at least %d days ago", STORE_ROLLUP_LEAST);
    return CTL_OK;
}

int ctl_rollup(struct ctl *c)
{
    struct store_rollup rollup = {.verb.kind = STORE_ROLLUP, .most = SLICE};
    struct json_object *row, *unsound;
    struct sums sums = {0};
    bool sound;
    int result = read_before(c, clock_real(), &rollup.before);

    if (result != CTL_OK)
        return result;
    row = ctl_row_new();
    unsound = ctl_array_new();
    result = run_rollup(c, &rollup, &sums, unsound);
    sound = json_object_array_length(unsound) == 0;
    ctl_add_bool(row, "dry_run", c->options.dry_run);
    ctl_add_int(row, "accounts", sums.accounts);
    ctl_add_int(row, "days", sums.days);
    ctl_add_int(row, "entries", sums.entries);
    ctl_add(row, "unsound", unsound);
    result = ctl_print_if(c, result, row);
    return sound ? result : CTL_FAILED;
}
