#undef _FORTIFY_SOURCE /* it would define these functions itself */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "syscalls.h"
#include "unseen.h"

/* What is called has no cookie. */
static const struct syscalls *hooks;

void syscalls_hook(const struct syscalls *h)
{
    hooks = h;
}

/* Whether to make the call; else errno is set, or 0 when it is skipped. */
static UNSEEN bool go(enum syscall_kind kind)
{
    int answer = SYSCALL_GO;

    if (hooks != NULL && hooks->before != NULL)
        answer = hooks->before(kind);
    if (answer != SYSCALL_GO)
        errno = answer == SYSCALL_SKIP ? 0 : answer;
    return answer == SYSCALL_GO;
}

/* How many of ${n} bytes there is room for; when it is none errno is set. */
static size_t fit(int fd, size_t n, off_t offset)
{
    size_t fits = n;

    if (hooks != NULL && hooks->room != NULL)
        fits = hooks->room(fd, n, offset);
    if (fits < n)
        errno = ENOSPC;
    return fits;
}

static int refused(void)
{
    return errno == 0 ? 0 : -1;
}

/* The C library's own; a pointer to a function comes out of dlsym() only by
 * way of its bytes. */
static UNSEEN void find(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    memcpy(function, &symbol, sizeof(symbol));
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
    static ssize_t (*real)(int, const void *, size_t, off_t);
    size_t fits;
    ssize_t done;

    if (real == NULL)
        find("pwrite", &real);
    if (!go(SYSCALL_WRITE))
        return -1;
    fits = fit(fd, n, offset);
    if (fits == 0 && n > 0)
        return -1;
    done = real(fd, data, fits, offset);
    if (done > 0 && hooks != NULL && hooks->wrote != NULL)
        hooks->wrote(fd, data, (size_t)done, offset);
    return done;
}

ssize_t write(int fd, const void *data, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);
    off_t offset;
    size_t fits;
    ssize_t done;

    if (real == NULL)
        find("write", &real);
    if (!go(SYSCALL_WRITE))
        return -1;
    offset = lseek(fd, 0, SEEK_CUR);
    fits = fit(fd, n, offset);
    if (fits == 0 && n > 0)
        return -1;
    done = real(fd, data, fits);
    if (done > 0 && hooks != NULL && hooks->wrote != NULL)
        hooks->wrote(fd, data, (size_t)done, offset);
    return done;
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
    static int (*real)(int, off_t, off_t);

    if (real == NULL)
        find("posix_fallocate", &real);
    if (!go(SYSCALL_ALLOCATE) || fit(fd, (size_t)n, offset) < (size_t)n)
        return errno;
    return real(fd, offset, n);
}

int statvfs(const char *path, struct statvfs *fs)
{
    static int (*real)(const char *, struct statvfs *);
    int rc;

    if (real == NULL)
        find("statvfs", &real);
    rc = real(path, fs);
    if (rc == 0 && hooks != NULL && hooks->told_room != NULL)
        hooks->told_room(path, fs);
    return rc;
}

static int sync_by(int (*real)(int), int fd)
{
    int rc = go(SYSCALL_SYNC) ? real(fd) : refused();

    if (rc == 0 && hooks != NULL && hooks->synced != NULL)
        hooks->synced(fd);
    return rc;
}

int fdatasync(int fd)
{
    static int (*real)(int);

    if (real == NULL)
        find("fdatasync", &real);
    return sync_by(real, fd);
}

int fsync(int fd)
{
    static int (*real)(int);

    if (real == NULL)
        find("fsync", &real);
    return sync_by(real, fd);
}

int ftruncate(int fd, off_t size)
{
    static int (*real)(int, off_t);
    int rc;

    if (real == NULL)
        find("ftruncate", &real);
    rc = go(SYSCALL_TRUNCATE) ? real(fd, size) : -1;
    if (rc == 0 && hooks != NULL && hooks->truncated != NULL)
        hooks->truncated(fd, size);
    return rc;
}

int openat(int dir, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    bool made = (flags & O_CREAT) != 0 &&
                faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
    mode_t mode;
    va_list ap;
    int fd;

    if (real == NULL)
        find("openat", &real);
    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    if (!go(SYSCALL_OPEN))
        return -1;
    fd = real(dir, path, flags, mode);
    if (fd >= 0 && made && hooks != NULL && hooks->created != NULL)
        hooks->created(fd, path);
    return fd;
}

int open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list ap;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return openat(AT_FDCWD, path, flags, mode);
}

UNSEEN void *mmap(
    void *at, size_t n, int access, int flags, int fd, off_t offset)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);

    if (real == NULL)
        find("mmap", &real);
    return go(SYSCALL_MAP) ? real(at, n, access, flags, fd, offset)
                           : MAP_FAILED;
}

int rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);
    int rc;

    if (real == NULL)
        find("rename", &real);
    rc = go(SYSCALL_NAME) ? real(from, to) : -1;
    if (rc == 0 && hooks != NULL && hooks->renamed != NULL)
        hooks->renamed(from, to);
    return rc;
}

int unlink(const char *path)
{
    static int (*real)(const char *);
    int rc;

    if (real == NULL)
        find("unlink", &real);
    if (hooks != NULL && hooks->unlinking != NULL)
        hooks->unlinking(path);
    rc = go(SYSCALL_NAME) ? real(path) : -1;
    if (rc == 0 && hooks != NULL && hooks->unlinked != NULL)
        hooks->unlinked(path);
    return rc;
}
