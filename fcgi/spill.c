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
#include "spill_bill.h"

enum { NAMES = 8, ROOM_BYTES = 512 << 10 };

/* A name that no bills are looked for under. */
static const char room_prefix[] = ".room.";

struct bill {
    struct bill *next; /* of the same file */
    struct replay *replay;
    struct spill_bill of;
    struct job job;
};

/* A file that is being brought in: it goes when all of its bills are in. */
struct replay {
    struct replay *next, **link; /* spill->replays */
    struct spill *spill;
    int fd; /* locked: nobody else brings it in */
    char path[1400];
    struct bill *bills;
    size_t waiting; /* for so many answers, and ourselves meanwhile */
    bool failed;
};

struct spill {
    struct jobs *jobs;
    char dir[1100];
    int fd;     /* our own file, locked; -1: nothing was put */
    bool named; /* its name is on disk */
    int room;   /* the next one, its bytes allocated; -1: none */
    char room_path[1400];
    bool left;        /* there may be files that nobody has locked */
    time_t failed_at; /* once a second is often enough */
    struct replay *replays;
};

/* ---- records: a line each ---- */

/* Half a line would spoil the next one. */
static int write_whole(int fd, const char *line, size_t n)
{
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t written = write(fd, line, n);
    int error = written < 0 ? errno : ENOSPC;

    if (written == (ssize_t)n)
        return 0;
    if (size >= 0 && ftruncate(fd, size) != 0)
        error = errno;
    errno = error;
    return -1;
}

static int write_plain(int fd, const struct store_settle *b)
{
    char line[SPILL_BILL_PLAIN];

    return write_whole(fd, line, spill_bill_plain(b, line));
}

static int write_full(int fd, const struct store_settle *b)
{
    struct buf line = {0};
    int result = -1;

    spill_bill_full(b, &line);
    if (!line.failed)
        result = write_whole(fd, line.data, line.len);
    buf_free(&line);
    return result;
}

/* A bill without its event is better than none. */
static int write_bill(int fd, const struct store_settle *b)
{
    const bool tells = b->event != NULL;

    if (!tells || write_full(fd, b) != 0) {
        if (write_plain(fd, b) != 0)
            return -1;
        if (tells)
            log_event("event_lost", "there is no room for a bill's event");
    }
    return fdatasync(fd);
}

/* ---- bringing in ---- */

static void replay_free(struct replay *r)
{
    struct bill *bill, *next;

    for (bill = r->bills; bill != NULL; bill = next) {
        next = bill->next;
        spill_bill_free(&bill->of);
        free(bill);
    }
    *r->link = r->next;
    if (r->next != NULL)
        r->next->link = r->link;
    close(r->fd);
    free(r);
}

/* What could not be brought in is anybody's to try again. */
static void replay_end(struct replay *r)
{
    if (r->failed) {
        r->spill->left = true;
        r->spill->failed_at = time(NULL);
    } else {
        unlink(r->path);
    }
    replay_free(r);
}

/* The file goes, so here is all that can be known of the bill. */
static void tell_lost(const char *id, const struct store_settle *settle)
{
    log_event("settle_failed",
        "request %s: %llu tokens in, %llu out: a spilled bill has no hold", id,
        (unsigned long long)settle->usage.tokens_in,
        (unsigned long long)settle->usage.tokens_out);
}

static void bill_over(const struct store_settle *settle)
{
    char id[4 + 2 * STORE_ID + 1] = "req_";

    mac_hex(settle->request, STORE_ID, id + 4);
    if (settle->verb.status == STORE_OK)
        log_uncollected(id, &settle->charge);
    else
        tell_lost(id, settle);
}

static void bill_done(void *cookie)
{
    struct bill *bill = cookie;
    struct replay *r = bill->replay;
    const struct store_settle *settle = &bill->of.settle;

    if (settle->verb.status == STORE_CLOSED)
        r->failed = true;
    else
        bill_over(settle);
    if (--r->waiting == 0)
        replay_end(r);
}

/* Its beginning has the request's id, if anything does. */
static void tell_unreadable(struct span line)
{
    while (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    if (line.n > 0)
        log_event("settle_lost", "a spilled bill can not be read: %.*s",
            (int)(line.n < SPILL_BILL_PLAIN ? line.n : SPILL_BILL_PLAIN),
            line.p);
}

static void submit_bill(struct replay *r, struct span line)
{
    struct bill *bill = calloc(1, sizeof(*bill));
    int read = bill != NULL ? spill_bill_read(line, &bill->of) : 1;
    struct timespec boot;

    if (read != 0) {
        r->failed |= read > 0;
        if (read < 0)
            tell_unreadable(line);
        free(bill);
        return;
    }
    clock_gettime(CLOCK_BOOTTIME, &boot);
    bill->of.settle.boot = boot.tv_sec; /* the windows live in the present */
    bill->next = r->bills;
    r->bills = bill;
    bill->replay = r;
    bill->job = (struct job){
        .verb = &bill->of.settle.verb, .done = bill_done, .cookie = bill};
    r->waiting++;
    jobs_submit(r->spill->jobs, &bill->job);
}

static void submit_all(struct replay *r)
{
    int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    size_t size = 0;
    ssize_t n;
    char *line = NULL;

    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        r->failed = true;
        return;
    }
    while ((n = getline(&line, &size, file)) > 0)
        submit_bill(r, (struct span){line, (size_t)n});
    r->failed |= !feof(file);
    free(line);
    fclose(file);
}

/* ${fd} is open and locked, and becomes the replay's. */
static void replay_begin(struct spill *s, int fd, const char *path)
{
    struct replay *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        close(fd);
        s->left = true;
        return;
    }
    r->spill = s;
    r->fd = fd;
    snprintf(r->path, sizeof(r->path), "%s", path);
    r->link = &s->replays;
    r->next = s->replays;
    if (r->next != NULL)
        r->next->link = &r->next;
    s->replays = r;
    r->waiting = 1;
    submit_all(r);
    if (--r->waiting == 0)
        replay_end(r);
}

/* What a worker left that is gone: nobody holds its lock. */
static void adopt(struct spill *s, const char *name)
{
    char path[1400];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        s->left |= errno != ENOENT; /* another was faster */
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        close(fd);
    else
        replay_begin(s, fd, path);
}

/* The room of a worker that is gone is nobody's. */
static void give_back(const struct spill *s, const char *name)
{
    char path[1400];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

static int adopt_all(struct spill *s)
{
    DIR *dir = opendir(s->dir);
    struct dirent *entry;

    if (dir == NULL)
        return -1;
    while ((entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, "bills.", 6) == 0)
            adopt(s, entry->d_name);
        else if (strncmp(entry->d_name, room_prefix, strlen(room_prefix)) == 0)
            give_back(s, entry->d_name);
    closedir(dir);
    return 0;
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

/* Between its making and our lock another worker may have taken the empty file
 * for one that was left, and removed it. */
static bool is_ours(int fd)
{
    struct stat st;

    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
           st.st_nlink > 0;
}

static void name_file(
    const struct spill *s, const char *prefix, char path[1400])
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(path, 1400, "%s/%s%d.%lld%09ld", s->dir, prefix, (int)getpid(),
        (long long)now.tv_sec, now.tv_nsec);
}

/* Open and locked. */
static int make_file(const struct spill *s, const char *prefix, char path[1400])
{
    int fd;

    name_file(s, prefix, path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || is_ours(fd))
        return fd;
    unlink(path);
    close(fd);
    return -1;
}

static void drop_room(struct spill *s)
{
    if (s->room < 0)
        return;
    unlink(s->room_path);
    close(s->room);
    s->room = -1;
}

/* The store is closed most of all when the disk is full, and then it is too
 * late to ask for room. Without it a bill may still find some. */
static void keep_room(struct spill *s)
{
    if (s->room >= 0)
        return;
    s->room = make_file(s, room_prefix, s->room_path);
    if (s->room >= 0 &&
        fallocate(s->room, FALLOC_FL_KEEP_SIZE, 0, ROOM_BYTES) != 0)
        drop_room(s);
}

static int take_room(struct spill *s)
{
    char path[1400];
    int fd = s->room;

    name_file(s, "bills.", path);
    if (fd < 0 || rename(s->room_path, path) != 0)
        return -1;
    s->room = -1;
    return fd;
}

static int open_file(struct spill *s)
{
    char path[1400];
    int fd = take_room(s);

    for (int i = 0; i < NAMES && fd < 0; i++)
        fd = make_file(s, "bills.", path);
    if (fd < 0)
        return -1;
    s->fd = fd;
    s->named = false;
    return 0;
}

int spill_put(struct spill *s, const struct store_settle *settle)
{
    if (s->fd < 0 && open_file(s) != 0)
        return -1;
    if (!s->named && sync_directory(s->dir) != 0)
        return -1;
    s->named = true;
    return write_bill(s->fd, settle);
}

/* Our own file is from now on like one that was left. */
void spill_replay(struct spill *s)
{
    if ((s->fd < 0 && !s->left) || time(NULL) == s->failed_at)
        return;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->left = false;
    if (adopt_all(s) != 0)
        s->left = true;
    keep_room(s);
}

void spill_sweep(struct spill *s)
{
    s->left = true;
    spill_replay(s);
}

/* ---- the whole ---- */

static int make_directory(const struct spill *s, const char *parent)
{
    if (mkdir(s->dir, 0700) == 0)
        return sync_directory(parent);
    return errno == EEXIST ? 0 : -1;
}

struct spill *spill_open(const char *dir, struct jobs *jobs)
{
    struct spill *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->jobs = jobs;
    s->fd = s->room = -1;
    snprintf(s->dir, sizeof(s->dir), "%s/spill", dir);
    if (make_directory(s, dir) != 0 || adopt_all(s) != 0) {
        free(s);
        return NULL;
    }
    keep_room(s);
    return s;
}

/* The store thread has ended: what it did not bring in is for the next start,
 * and what it did is written once. */
void spill_close(struct spill *s)
{
    if (s == NULL)
        return;
    while (s->replays != NULL)
        replay_free(s->replays);
    if (s->fd >= 0)
        close(s->fd);
    drop_room(s);
    free(s);
}
