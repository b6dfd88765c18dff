#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/file.h"

static int fail(char error[256], const char *what, const char *path)
{
    snprintf(error, 256, "cannot %s %.150s: %s", what, path, strerror(errno));
    return -1;
}

bool state_file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/* A file without a name, or, where there is no such thing, with the name that
 * is left in ${draft}. */
static int open_draft(const char *path, int dir, char draft[1200])
{
    int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

    draft[0] = '\0';
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    snprintf(draft, 1200, "%s.XXXXXX", path);
    return mkostemp(draft, O_CLOEXEC);
}

/* Neither call replaces the file of whoever was faster. */
static int publish(int fd, const char *draft, const char *path)
{
    char self[64];

    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    if (draft[0] ? link(draft, path)
                 : linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW))
        return errno == EEXIST ? 0 : -1;
    return 0;
}

int state_file_create(
    const char *path, const void *data, size_t n, mode_t mode, char error[256])
{
    char draft[1200] = "";
    int dir, fd = -1, result;

    if (state_file_exists(path))
        return 0;
    dir = file_parent(path);
    if (dir < 0 || (fd = open_draft(path, dir, draft)) < 0) {
        result = fail(error, "create", path);
        goto out;
    }
    result = file_write(fd, data, n);
    if (result == 0)
        result = fchmod(fd, mode);
    if (result == 0)
        result = fsync(fd);
    if (result == 0)
        result = publish(fd, draft, path);
    if (result == 0)
        result = fsync(dir);
    if (result)
        fail(error, "write", path);
    if (draft[0])
        unlink(draft);
    close(fd);
out:
    if (dir >= 0)
        close(dir);
    return result;
}

static int check_secret(
    const char *path, const struct stat *st, char error[256])
{
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        snprintf(error, 256, "%.150s belongs to another user; run as that user",
            path);
        return -1;
    }
    if (st->st_mode & 077) {
        snprintf(error, 256,
            "%.150s is a secret that others may read; make its mode 0400",
            path);
        return -1;
    }
    return 0;
}

static int read_all(int fd, size_t n, struct buf *out)
{
    while (n > 0) {
        char *at = buf_reserve(out, n);
        ssize_t got = at ? read(fd, at, n) : -1;

        if (got < 0 && at && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return 0;
        buf_commit(out, (size_t)got);
        n -= (size_t)got;
    }
    return 0;
}

int state_file_read(
    const char *path, size_t max, bool secret, struct buf *out, char error[256])
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    struct stat st;
    int fd = open(path, secret ? flags | O_NOFOLLOW : flags);

    if (fd < 0)
        return fail(error, "read", path);
    if (fstat(fd, &st)) {
        fail(error, "read", path);
        goto err1;
    }
    if (!S_ISREG(st.st_mode) || (uintmax_t)st.st_size > max) {
        snprintf(
            error, 256, "%.150s is no file of at most %zu bytes", path, max);
        goto err1;
    }
    if (secret && check_secret(path, &st, error))
        goto err1;
    if (read_all(fd, (size_t)st.st_size, out)) {
        fail(error, "read", path);
        goto err1;
    }
    close(fd);
    return 0;

err1:
    close(fd);
    return -1;
}
