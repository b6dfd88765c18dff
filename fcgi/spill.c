#include "spill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { LINE_MAX_BYTES = 160 };

/* A file that is being brought in: it goes when all of its bills are in. */
struct replay {
    struct spill *spill;
    int fd; /* locked: nobody else brings it in */
    char path[1200];
    size_t waiting;
    bool failed;
};

struct bill {
    struct store_settle settle;
    struct job job;
    struct replay *replay;
};

struct spill {
    struct jobs *jobs;
    char dir[1100];
    int fd; /* our own file; -1: nothing was put */
    char path[1200];
    time_t failed_at; /* once a second is often enough */
};

/* ---- records: a line each ---- */

static int write_line(int fd, const struct store_settle *b)
{
    char id[2 * STORE_ID + 1], line[LINE_MAX_BYTES];
    int n;

    mac_hex(b->request, STORE_ID, id);
    n = snprintf(line, sizeof(line), "%s %d %llu %llu %d %u %lld\n", id,
        b->usage.known, (unsigned long long)b->usage.tokens_in,
        (unsigned long long)b->usage.tokens_out, b->free_of_charge, b->flags,
        (long long)b->now);
    if (write(fd, line, (size_t)n) != n)
        return -1;
    return fdatasync(fd);
}

/* A line that was not written to its end is not a bill. */
static int read_line(const char *line, struct store_settle *b)
{
    char id[2 * STORE_ID + 1], end;
    unsigned long long in, out;
    unsigned known, free_of_charge, flags;
    long long now;

    if (sscanf(line, "%32s %u %llu %llu %u %u %lld%c", id, &known, &in, &out,
            &free_of_charge, &flags, &now, &end) != 8 ||
        end != '\n' || mac_unhex(id, STORE_ID, b->request) != 0)
        return -1;
    b->verb.kind = STORE_SETTLE;
    b->usage = (struct usage){known != 0, in, out};
    b->free_of_charge = free_of_charge != 0;
    b->flags = (uint8_t)flags;
    b->now = now;
    return 0;
}

/* ---- bringing in ---- */

/* What could not be brought in is ours to try again. */
static void replay_end(struct replay *r)
{
    struct spill *s = r->spill;

    if (r->failed && s->fd < 0) {
        s->fd = r->fd;
        snprintf(s->path, sizeof(s->path), "%s", r->path);
        s->failed_at = time(NULL);
    } else {
        if (!r->failed)
            unlink(r->path);
        close(r->fd);
    }
    free(r);
}

static void bill_done(void *cookie)
{
    struct bill *bill = cookie;
    struct replay *r = bill->replay;

    if (bill->settle.verb.status == STORE_CLOSED)
        r->failed = true;
    else if (bill->settle.verb.status != STORE_OK)
        log_event("settle_failed", "a spilled bill has no hold");
    free(bill);
    if (--r->waiting == 0)
        replay_end(r);
}

static void submit_bill(struct replay *r, const char *line)
{
    struct bill *bill = calloc(1, sizeof(*bill));

    if (bill == NULL || read_line(line, &bill->settle) != 0) {
        r->failed |= bill == NULL;
        free(bill);
        return;
    }
    bill->replay = r;
    bill->job = (struct job){
        .verb = &bill->settle.verb, .done = bill_done, .cookie = bill};
    r->waiting++;
    jobs_submit(r->spill->jobs, &bill->job);
}

/* ${fd} is open and locked, and becomes the replay's. */
static void replay_begin(struct spill *s, int fd, const char *path)
{
    struct replay *r = calloc(1, sizeof(*r));
    FILE *file = fdopen(dup(fd), "r");
    char line[LINE_MAX_BYTES];

    if (r == NULL || file == NULL) {
        free(r);
        close(fd);
        return;
    }
    r->spill = s;
    r->fd = fd;
    snprintf(r->path, sizeof(r->path), "%s", path);
    r->waiting = 1; /* ours, until all are submitted */
    rewind(file);
    while (fgets(line, sizeof(line), file) != NULL)
        submit_bill(r, line);
    fclose(file);
    if (--r->waiting == 0)
        replay_end(r);
}

/* What a worker left that is gone: nobody holds its lock. */
static void adopt(struct spill *s, const char *name)
{
    char path[1200 + 256];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        close(fd);
    else
        replay_begin(s, fd, path);
}

static void adopt_all(struct spill *s)
{
    DIR *dir = opendir(s->dir);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, "bills.", 6) == 0)
            adopt(s, entry->d_name);
    if (dir != NULL)
        closedir(dir);
}

void spill_replay(struct spill *s)
{
    int fd = s->fd;

    if (fd < 0 || time(NULL) == s->failed_at)
        return;
    s->fd = -1;
    replay_begin(s, fd, s->path);
}

/* ---- putting ---- */

static int sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

static int open_file(struct spill *s)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(s->path, sizeof(s->path), "%s/bills.%d.%lld%09ld", s->dir,
        (int)getpid(), (long long)now.tv_sec, now.tv_nsec);
    s->fd =
        open(s->path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (s->fd < 0)
        return -1;
    flock(s->fd, LOCK_EX | LOCK_NB);
    return sync_directory(s->dir);
}

int spill_put(struct spill *s, const struct store_settle *settle)
{
    if (s->fd < 0 && open_file(s) != 0)
        return -1;
    return write_line(s->fd, settle);
}

/* ---- the whole ---- */

struct spill *spill_open(const char *dir, struct jobs *jobs)
{
    struct spill *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->jobs = jobs;
    s->fd = -1;
    snprintf(s->dir, sizeof(s->dir), "%s/spill", dir);
    if (mkdir(s->dir, 0700) != 0 && errno != EEXIST) {
        free(s);
        return NULL;
    }
    adopt_all(s);
    return s;
}

void spill_close(struct spill *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
