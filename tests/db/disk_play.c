#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "disk_play.h"
#include "fake_verbs.h"

struct scratch disk_play;

int disk_play_set_up(void **state)
{
    (void)state;
    scratch_open(&disk_play);
    return 0;
}

int disk_play_tear_down(void **state)
{
    (void)state;
    scratch_sweep(disk_play.dir);
    umount(disk_play.root); /* where a test has mounted something */
    scratch_drop(&disk_play);
    return 0;
}

enum store_status disk_play_grant(struct store *s, unsigned n)
{
    struct store_grant g;
    char key[24];

    snprintf(key, sizeof(key), "grant %u", n);
    g = fake_grant(key, "");
    scratch_do(s, &g.verb);
    return g.verb.status;
}

/* The store has only keys of 255 bytes to offer. */
enum store_status disk_play_grant_long(struct store *s, unsigned n)
{
    struct store_grant g;
    char key[256];

    memset(key, 'x', sizeof(key));
    snprintf(key + 240, 16, "%u", n);
    g = fake_grant(key, "");
    scratch_do(s, &g.verb);
    return g.verb.status;
}

bool disk_play_exists(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", disk_play.dir, name);
    return access(path, F_OK) == 0;
}

int disk_play_open_and_close(void *none)
{
    (void)none;
    store_close(scratch_store(disk_play.dir));
    return 0;
}

void disk_play_mount_or_skip(const char *options)
{
    if (mount("none", disk_play.root, "tmpfs", 0, options) < 0)
        skip();
}

struct store *disk_play_small(uint64_t reserve)
{
    struct store_options options = scratch_options(disk_play.dir);

    options.reserve_bytes = reserve;
    options.checkpoint_bytes = 128 << 10;
    return scratch_store_with(&options);
}

int disk_play_filler(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/filler", disk_play.root);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

bool disk_play_fill(int fd, size_t bytes)
{
    static const char zeros[64 << 10];

    while (bytes > 0) {
        size_t n = bytes < sizeof(zeros) ? bytes : sizeof(zeros);

        if (write(fd, zeros, n) != (ssize_t)n)
            return false;
        bytes -= n;
    }
    return true;
}
