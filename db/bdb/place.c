#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "place.h"

/* Locks, shared mappings or syncs of these are not what the store needs. */
static const struct {
    uint32_t magic;
    const char *name;
} unfit[] = {
    {0x6969, "NFS"},
    {0x517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},
    {0x65735546, "FUSE"},
    {0x01021997, "9p"},
    {0x5346414f, "AFS"},
    {0x00c36400, "Ceph"},
    {0x0bd00bd0, "Lustre"},
};

const char *place_refuses(uint32_t magic)
{
    for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
        if (unfit[i].magic == magic)
            return unfit[i].name;
    return NULL;
}

static int place_make(const char *dir)
{
    if (mkdir(dir, 0700) == 0)
        return chmod(dir, 0700);
    return errno == EEXIST ? 0 : -1;
}

static bool place_private(const struct stat *st)
{
    return st->st_uid == geteuid() && (st->st_mode & 077) == 0;
}

static int place_check(int fd, const char *dir, char error[256])
{
    struct stat st;
    struct statfs fs;
    const char *name;

    if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0) {
        snprintf(error, 256, "%.150s: %s", dir, strerror(errno));
    } else if (st.st_uid != geteuid()) {
        snprintf(error, 256, "%.150s belongs to user %u, not to us (user %u)",
            dir, (unsigned)st.st_uid, (unsigned)geteuid());
    } else if (!place_private(&st)) {
        snprintf(error, 256,
            "%.150s is open to other users (mode %03o): make it mode 0700", dir,
            (unsigned)st.st_mode & 0777);
    } else if ((name = place_refuses((uint32_t)fs.f_type)) != NULL) {
        snprintf(error, 256,
            "%.150s is on %s: the store needs a local file system", dir, name);
    } else if (faccessat(fd, "DB_CONFIG", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        snprintf(error, 256,
            "%.150s/DB_CONFIG would overrule our settings: remove it", dir);
    } else {
        return 0;
    }
    return -1;
}

int place_data(const char *dir, char path[PATH_MAX], char error[256])
{
    int fd;
    int rc;

    if (place_make(dir) < 0 || realpath(dir, path) == NULL ||
        (fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        snprintf(error, 256, "%.150s: %s", dir, strerror(errno));
        return -1;
    }
    rc = place_check(fd, path, error);
    close(fd);
    return rc;
}

/* FNV-1a. Short and stable is all that is asked of the name. */
static uint64_t place_hash(uint64_t dev, uint64_t ino)
{
    const uint64_t both[2] = {dev, ino};
    const uint8_t *p = (const uint8_t *)both;
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof(both); i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* Anybody may make a directory of this name first, or a link. */
static int place_ours(const char *path)
{
    struct stat st;
    int rc;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    rc = fstat(fd, &st) == 0 && place_private(&st) &&
                 faccessat(fd, "DB_CONFIG", F_OK, AT_SYMLINK_NOFOLLOW) < 0
             ? 0
             : -1;
    close(fd);
    return rc;
}

int place_region(enum place_region place, const char *data, char path[PATH_MAX])
{
    struct stat st;

    if (place == PLACE_DATA) {
        snprintf(path, PATH_MAX, "%s", data);
        return place_ours(path);
    }
    if (stat(data, &st) < 0)
        return -1;
    snprintf(path, PATH_MAX, "/dev/shm/turnpike-%u-%016llx",
        (unsigned)geteuid(),
        (unsigned long long)place_hash(st.st_dev, st.st_ino));
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -1;
    return place_ours(path);
}

enum place_region place_instead(enum place_region place)
{
    return place == PLACE_SHM ? PLACE_DATA : PLACE_UNDECIDED;
}
