#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "logsync.h"

enum { KEPT = 2 };

struct logsync {
    char dir[PATH_MAX];
    struct members *members;
    _Atomic uint64_t count;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t failed; /* the generation of which a write was lost; 0: none */
    /* A descriptor must be older than the write of which it is to report the
     * error: so the newest two stay open. */
    struct {
        uint32_t file; /* 0: none */
        int fd;
    } kept[KEPT];
};

struct logsync *logsync_open(const char *dir, struct members *m)
{
    struct logsync *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    snprintf(s->dir, sizeof(s->dir), "%s", dir);
    s->members = m;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

/* Once for each file, as its name must be on disk too. */
static int logsync_directory(const struct logsync *s)
{
    int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return -1;
    rc = fsync(fd);
    close(fd);
    return rc;
}

static int logsync_descriptor(struct logsync *s, uint32_t file)
{
    const unsigned place = file % KEPT;
    char path[PATH_MAX + 16];
    int fd;

    if (s->kept[place].file == file)
        return s->kept[place].fd;
    snprintf(path, sizeof(path), "%s/log.%010u", s->dir, (unsigned)file);
    fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (logsync_directory(s) < 0) {
        close(fd);
        return -1;
    }
    if (s->kept[place].file != 0)
        close(s->kept[place].fd);
    s->kept[place].file = file;
    s->kept[place].fd = fd;
    return fd;
}

/* A file that is gone was checkpointed and removed while we slept. */
static bool logsync_is_past(const struct logsync *s, uint32_t file)
{
    return errno == ENOENT && logsync_synced(s->members) >> 32 > file;
}

/* An error is told once: the next sync of the file succeeds, over a hole. So
 * what the same generation wrote behind it is not on disk either. */
static int logsync_file(struct logsync *s, uint64_t generation, uint32_t file)
{
    int fd = logsync_descriptor(s, file);

    if (fd < 0)
        return logsync_is_past(s, file) ? 0 : -1;
    if (fdatasync(fd) < 0) {
        s->failed = generation;
        return -1;
    }
    s->count++;
    return 0;
}

static int logsync_files(
    struct logsync *s, uint64_t generation, uint64_t synced, uint64_t position)
{
    uint32_t file = synced >> 32 > 0 ? (uint32_t)(synced >> 32) : 1;

    if (generation == s->failed) {
        errno = EIO;
        return -1;
    }
    for (; file <= position >> 32; file++)
        if (logsync_file(s, generation, file) < 0)
            return -1;
    logsync_publish(s->members, generation, position);
    return 0;
}

int logsync_to(struct logsync *s, uint64_t generation, uint64_t position)
{
    const struct members_table *t = members_table(s->members);
    const _Atomic uint64_t *synced =
        &t->log_synced[generation % MEMBERS_SYNCED];
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    if (*synced < position)
        rc = logsync_files(s, generation, *synced, position);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

void logsync_publish(struct members *m, uint64_t generation, uint64_t position)
{
    _Atomic uint64_t *synced =
        &members_table(m)->log_synced[generation % MEMBERS_SYNCED];
    uint64_t old = *synced;

    while (
        old < position && !atomic_compare_exchange_weak(synced, &old, position))
        ;
}

uint64_t logsync_synced(const struct members *m)
{
    const struct members_table *t = members_table(m);

    return t->log_synced[t->generation % MEMBERS_SYNCED];
}

uint64_t logsync_count(const struct logsync *s)
{
    return s->count;
}

void logsync_close(struct logsync *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < KEPT; i++)
        if (s->kept[i].file != 0)
            close(s->kept[i].fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
