#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db/file.h"
#include "disk.h"

/* A busy store writes some megabytes of log a second. */
enum { LOOK_MS = 100, BLOCK = 512 };

static const char ballast[] = "ballast";

struct disk {
    struct disk_options o;
    int64_t looked; /* milliseconds; when low was found out */
    bool low;
    bool given_up; /* the ballast, by us */
};

struct room {
    uint64_t size;
    uint64_t free; /* to us */
};

uint64_t disk_threshold(uint64_t size, uint64_t reserve)
{
    uint64_t share = size / 20;

    if (share / 16 > reserve)
        share = reserve * 16;
    if (share < reserve)
        share = reserve;
    return share < size / 8 ? share : size / 8;
}

static int disk_look(const struct disk *d, struct room *room)
{
    struct statvfs fs;

    if (statvfs(d->o.dir, &fs) < 0)
        return -1;
    *room = (struct room){.size = (uint64_t)fs.f_blocks * fs.f_frsize,
        .free = (uint64_t)fs.f_bavail * fs.f_frsize};
    return 0;
}

struct disk *disk_open(const struct disk_options *options)
{
    struct disk *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return NULL;
    d->o = *options;
    d->looked = INT64_MIN / 2;
    return d;
}

static void disk_tell(const struct disk *d, bool low, const struct room *room)
{
    const unsigned long long left = room->free >> 10;

    if (low)
        report_line(d->o.report,
            "storage is low, %llu KiB are left: new paid work is refused",
            left);
    else
        report_line(
            d->o.report, "storage is no more low, %llu KiB are free", left);
}

bool disk_low(struct disk *d, int64_t now)
{
    struct room room;
    bool low;

    if (d->o.reserve == 0)
        return false;
    if (now >= d->looked && now < d->looked + LOOK_MS)
        return d->low;
    d->looked = now;
    if (disk_look(d, &room) < 0)
        return d->low = false;
    low = room.free < disk_threshold(room.size, d->o.reserve);
    if (low != d->low)
        disk_tell(d, low, &room);
    return d->low = low;
}

bool disk_has(const struct disk *d, uint64_t bytes)
{
    struct room room;

    return disk_look(d, &room) == 0 && room.free >= bytes;
}

bool disk_full(const struct disk *d)
{
    return !disk_has(d, d->o.log_bytes);
}

/* ---- the ballast ---- */

static bool disk_has_room_for(const struct disk *d, uint64_t bytes)
{
    struct room room;
    uint64_t rest;

    if (disk_look(d, &room) < 0)
        return false;
    rest = disk_threshold(room.size, d->o.reserve);
    if (rest < d->o.log_bytes)
        rest = d->o.log_bytes;
    return room.free >= bytes && room.free - bytes >= rest;
}

static void disk_unlink(const struct disk *d)
{
    char path[PATH_MAX + sizeof(ballast)];

    snprintf(path, sizeof(path), "%s/%s", d->o.dir, ballast);
    unlink(path);
}

/* A half made one is of no use to anybody. */
static void disk_fill(struct disk *d, int fd, uint64_t had, uint64_t bytes)
{
    if (!disk_has_room_for(d, bytes > had ? bytes - had : 0) ||
        posix_fallocate(fd, 0, (off_t)bytes) != 0) {
        if (had == 0)
            disk_unlink(d);
        return;
    }
    if (d->given_up)
        report_line(d->o.report, "%llu KiB are kept as ballast again",
            (unsigned long long)bytes >> 10);
    d->given_up = false;
}

void disk_keep_ballast(struct disk *d, uint64_t regions)
{
    const uint64_t bytes =
        2 * (d->o.log_bytes + d->o.checkpoint_bytes) + regions;
    struct stat st;
    int fd = file_open(d->o.dir, ballast);

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && ((uint64_t)st.st_size < bytes ||
                                   (uint64_t)st.st_blocks * BLOCK < bytes))
        disk_fill(d, fd, (uint64_t)st.st_blocks * BLOCK, bytes);
    close(fd);
}

void disk_drop_ballast(struct disk *d)
{
    disk_unlink(d);
    d->given_up = true;
}

void disk_close(struct disk *d)
{
    free(d);
}
