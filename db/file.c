#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int file_write(int fd, const void *data, size_t n)
{
    const char *p = data;

    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

int file_standard(int flags)
{
    /* Whatever is opened gets the lowest that is free. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", flags) != fd)
            return -1;
    return 0;
}

int file_open(const char *dir, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(
        path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

int file_parent(const char *path)
{
    char dir[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');

    /* The slash stays, as it may be all. */
    if (slash != NULL && snprintf(dir, sizeof(dir), "%.*s",
                             (int)(slash - path) + 1, path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int file_rename(const char *from, const char *to)
{
    int dir = file_parent(to);
    int rc, saved;

    if (dir < 0)
        return -1;
    rc = rename(from, to) < 0 ? -1 : fsync(dir);
    saved = errno;
    close(dir);
    errno = saved;
    return rc;
}
