#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "db/file.h"

enum { PIECE = 256 << 10, LOG_DIGITS = 10 };

bool copy_is_table(const char *name)
{
    size_t n = strlen(name);

    return n > 3 && n < COPY_NAME && strcmp(name + n - 3, ".db") == 0;
}

bool copy_is_log(const char *name, uint32_t *number)
{
    if (strncmp(name, "log.", 4) != 0 || strlen(name) != 4 + LOG_DIGITS ||
        strspn(name + 4, "0123456789") != LOG_DIGITS)
        return false;
    *number = (uint32_t)strtoul(name + 4, NULL, 10);
    return true;
}

void copy_log_name(uint32_t number, char name[COPY_NAME])
{
    snprintf(name, COPY_NAME, "log.%0*u", LOG_DIGITS, (unsigned)number);
}

int copy_make(const char *dir)
{
    if (mkdir(dir, 0700) < 0 || chmod(dir, 0700) < 0)
        return -1;
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int copy_create(int dir, const char *name)
{
    return openat(
        dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int copy_finish(int fd)
{
    int rc = fsync(fd);
    int saved = errno;

    close(fd);
    errno = saved;
    return rc;
}

static int copy_bytes(int from, int to, uint64_t most, uint64_t *bytes)
{
    char *space = malloc(PIECE);
    uint64_t at = 0;
    ssize_t n = -1;

    if (space == NULL)
        return -1;
    do {
        n = pread(
            from, space, most - at < PIECE ? most - at : PIECE, (off_t)at);
        if (n > 0 && file_write(to, space, (size_t)n) < 0)
            n = -1;
        if (n > 0)
            at += (uint64_t)n;
    } while (n > 0 && at < most);
    free(space);
    *bytes += at;
    return n < 0 ? -1 : 0;
}

int copy_file(
    int from, int dir, const char *name, uint64_t most, uint64_t *bytes)
{
    int to = copy_create(dir, name);
    int rc;

    if (to < 0)
        return -1;
    rc = copy_bytes(from, to, most, bytes);
    return copy_finish(to) < 0 ? -1 : rc;
}

int copy_each(
    const char *dir, int (*visit)(void *cookie, const char *name), void *cookie)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    int rc = 0;
    int saved;

    if (d == NULL)
        return -1;
    while (rc == 0 && (entry = readdir(d)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = visit(cookie, entry->d_name);
    saved = errno;
    closedir(d);
    errno = saved;
    return rc;
}
