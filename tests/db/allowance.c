#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allowance.h"

/* Hooks have no cookie. */
static struct allowance *hooked;

/* ---- pages ---- */

static struct allowance_file *allowance_find(struct allowance *q, uint64_t ino)
{
    for (int i = 0; i < QUOTA_FILES; i++)
        if (q->file[i].ino == ino)
            return &q->file[i];
    return NULL;
}

/* A file that is counted, or is from now on; NULL: none of ours. */
static struct allowance_file *allowance_file(
    struct allowance *q, const struct stat *st)
{
    struct allowance_file *f;

    if (st->st_dev != q->dev || !S_ISREG(st->st_mode) || st->st_nlink == 0)
        return NULL;
    f = allowance_find(q, st->st_ino);
    if (f == NULL && (f = allowance_find(q, 0)) != NULL)
        f->ino = st->st_ino;
    return f;
}

static bool allowance_take(
    struct allowance *q, struct allowance_file *f, uint64_t page, bool beyond)
{
    const uint8_t bit = (uint8_t)(1u << page % 8);

    if (page >= QUOTA_PAGES)
        return false;
    if (f->page[page / 8] & bit)
        return true;
    if (q->used >= q->limit && !beyond)
        return false;
    f->page[page / 8] |= bit;
    q->used++;
    return true;
}

static void allowance_give_back(
    struct allowance *q, struct allowance_file *f, uint64_t from)
{
    for (uint64_t page = from; page < QUOTA_PAGES; page++) {
        const uint8_t bit = (uint8_t)(1u << page % 8);

        if ((f->page[page / 8] & bit) == 0)
            continue;
        f->page[page / 8] &= (uint8_t)~bit;
        q->used--;
        if (q->greedy && q->limit > 0)
            q->limit--;
    }
}

/* ---- between us and the system ---- */

static size_t on_room(int fd, size_t n, off_t offset)
{
    struct allowance_file *f;
    struct stat st;
    uint64_t at = (uint64_t)offset;

    if (fd <= STDERR_FILENO || n == 0 || fstat(fd, &st) < 0 ||
        (f = allowance_file(hooked, &st)) == NULL)
        return n;
    while (at < (uint64_t)offset + n &&
           allowance_take(hooked, f, at / QUOTA_PAGE, false))
        at = (at / QUOTA_PAGE + 1) * QUOTA_PAGE;
    at -= (uint64_t)offset;
    return at < n ? at : n;
}

static void on_told_room(const char *path, struct statvfs *fs)
{
    struct stat st;
    uint64_t left = hooked->limit - hooked->used;

    if (stat(path, &st) < 0 || st.st_dev != hooked->dev)
        return;
    if (hooked->limit < hooked->used)
        left = 0;
    fs->f_bsize = fs->f_frsize = QUOTA_PAGE;
    fs->f_blocks = hooked->limit;
    fs->f_bfree = fs->f_bavail = left;
}

static void on_unlinking(const char *path)
{
    struct allowance_file *f;
    struct stat st;

    if (lstat(path, &st) < 0 || st.st_dev != hooked->dev ||
        (f = allowance_find(hooked, st.st_ino)) == NULL)
        return;
    allowance_give_back(hooked, f, 0);
    f->ino = 0;
}

static void on_truncated(int fd, off_t size)
{
    struct allowance_file *f;
    struct stat st;

    if (fstat(fd, &st) == 0 && (f = allowance_file(hooked, &st)) != NULL)
        allowance_give_back(
            hooked, f, ((uint64_t)size + QUOTA_PAGE - 1) / QUOTA_PAGE);
}

static int on_before(enum syscall_kind kind)
{
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

static const struct syscalls hooks = {.before = on_before,
    .room = on_room,
    .told_room = on_told_room,
    .unlinking = on_unlinking,
    .truncated = on_truncated};

void allowance_hook(struct allowance *q)
{
    hooked = q;
    syscalls_hook(q == NULL ? NULL : &hooks);
}

/* ---- what is there ---- */

static int allowance_count(struct allowance *q, int dir, const char *name)
{
    struct allowance_file *f;
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (!S_ISREG(st.st_mode))
        return 0;
    f = allowance_file(q, &st);
    if (f == NULL)
        return -1;
    for (off_t at = 0; at < st.st_size; at += QUOTA_PAGE)
        if (!allowance_take(q, f, (uint64_t)at / QUOTA_PAGE, true))
            return -1;
    return 0;
}

int allowance_begin(struct allowance *q, const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    struct stat st;
    int rc = 0;

    if (dir == NULL)
        return -1;
    memset(q, 0, sizeof(*q));
    if (fstat(dirfd(dir), &st) < 0)
        rc = -1;
    q->dev = st.st_dev;
    while (rc == 0 && (entry = readdir(dir)) != NULL)
        rc = allowance_count(q, dirfd(dir), entry->d_name);
    closedir(dir);
    q->limit = q->used;
    return rc;
}
