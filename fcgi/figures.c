#include "figures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/mapped.h"

enum { FIGURES_VERSION = 1 };

static const char magic[8] = "turnfigs";

/* What lies in the file. */
struct table {
    char magic[8];
    uint32_t version;
    uint32_t count; /* rows in use */
    struct figures_row rows[FIGURES_ROWS];
};

struct figures {
    struct table *table;
    int fd; /* -1: nobody sees it */
    char path[1200];
};

/* ---- files of others ---- */

/* Returns a descriptor of the file ${name}, or -1 when it belongs to nobody
 * any more; then it is gone. The lock is shared, so that of two who look at
 * the same time neither takes the other for the worker. */
static int open_living(int dirfd, const char *name)
{
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) != 0)
        return fd;
    unlinkat(dirfd, name, 0);
    close(fd);
    return -1;
}

static void read_table(int fd,
    void (*each)(void *cookie, const struct figures_row *row), void *cookie)
{
    struct table *t = calloc(1, sizeof(*t));
    uint32_t count;

    if (t != NULL && pread(fd, t, sizeof(*t), 0) == (ssize_t)sizeof(*t) &&
        memcmp(t->magic, magic, sizeof(magic)) == 0 &&
        t->version == FIGURES_VERSION) {
        count = t->count < FIGURES_ROWS ? t->count : FIGURES_ROWS;
        for (uint32_t i = 0; i < count; i++) {
            t->rows[i].name[FIGURES_NAME - 1] = '\0';
            each(cookie, &t->rows[i]);
        }
    }
    free(t);
}

static void ignore(void *cookie, const struct figures_row *row)
{
    (void)cookie;
    (void)row;
}

int figures_read(const char *dir,
    void (*each)(void *cookie, const struct figures_row *row), void *cookie)
{
    char path[1100];
    struct dirent *entry;
    int fd, workers = 0;
    DIR *d;

    snprintf(path, sizeof(path), "%s/figures", dir);
    if ((d = opendir(path)) == NULL)
        return errno == ENOENT ? 0 : -1;
    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.' ||
            (fd = open_living(dirfd(d), entry->d_name)) < 0)
            continue;
        read_table(fd, each, cookie);
        close(fd);
        workers++;
    }
    closedir(d);
    return workers;
}

/* ---- our own ---- */

/* It is locked before it has the name under which others look at it, so that
 * nobody takes it for a dead one's. */
static int create_file(struct figures *f, const char *dir)
{
    uint32_t a = randombytes_random(), b = randombytes_random();
    char draft[sizeof(f->path)];
    int fd;

    snprintf(draft, sizeof(draft), "%s/figures", dir);
    if (mkdir(draft, 0700) != 0 && errno != EEXIST)
        return -1;
    snprintf(draft, sizeof(draft), "%.1100s/figures/.%08x%08x", dir, a, b);
    snprintf(f->path, sizeof(f->path), "%.1100s/figures/%08x%08x", dir, a, b);
    fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && rename(draft, f->path) == 0)
        return fd;
    unlink(draft);
    close(fd);
    return -1;
}

static struct table *map_memory(void)
{
    void *p = mmap(NULL, sizeof(struct table), PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static void drop_file(struct figures *f)
{
    if (f->fd < 0)
        return;
    unlink(f->path);
    close(f->fd);
    f->fd = -1;
}

struct figures *figures_open(const char *dir)
{
    struct figures *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return NULL;
    figures_read(dir, ignore, NULL);
    f->fd = create_file(f, dir);
    if (f->fd >= 0 &&
        (f->table = mapped_table(f->fd, sizeof(*f->table))) == NULL)
        drop_file(f);
    if (f->table == NULL && (f->table = map_memory()) == NULL) {
        free(f);
        return NULL;
    }
    memcpy(f->table->magic, magic, sizeof(magic));
    f->table->version = FIGURES_VERSION;
    return f;
}

void figures_close(struct figures *f)
{
    if (f == NULL)
        return;
    munmap(f->table, sizeof(*f->table));
    drop_file(f);
    free(f);
}

bool figures_shared(const struct figures *f)
{
    return f->fd >= 0;
}

struct figures_row *figures_row(struct figures *f, const char *name)
{
    uint32_t count = f->table->count;
    struct figures_row *row = &f->table->rows[count];

    if (count >= FIGURES_ROWS)
        return NULL;
    snprintf(row->name, sizeof(row->name), "%s", name);
    __atomic_store_n(&f->table->count, count + 1, __ATOMIC_RELEASE);
    return row;
}

void figures_set(uint64_t *at, uint64_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
