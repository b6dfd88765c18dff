#ifndef SYSCALLS_H
#define SYSCALLS_H

#include <stdbool.h>
#include <sys/statvfs.h>
#include <sys/types.h>

/* A program that is linked with syscalls.c comes between the store, Berkeley DB
 * included, and the system: its definitions of write() and the like are found
 * before those of the C library. Calls inside of that library go past it. */

enum syscall_kind {
    SYSCALL_WRITE,
    SYSCALL_SYNC, /* fdatasync(), fsync() */
    SYSCALL_TRUNCATE,
    SYSCALL_ALLOCATE, /* posix_fallocate() */
    SYSCALL_OPEN,
    SYSCALL_MAP,
    SYSCALL_NAME /* rename(), unlink() */
};

enum { SYSCALL_GO = 0, SYSCALL_SKIP = -1 };

/* Any may be NULL. */
struct syscalls {
    /* Before each: SYSCALL_GO, SYSCALL_SKIP (succeed without doing it), or the
     * errno to fail with. */
    int (*before)(enum syscall_kind kind);
    /* Before bytes are written or allocated: for how many of them, from the
     * first on, there is room. */
    size_t (*room)(int fd, size_t n, off_t offset);
    /* For statvfs(), which tells of the file system of path: what is free. */
    void (*told_room)(const char *path, struct statvfs *fs);
    void (*unlinking)(const char *path);
    /* After each that succeeded. */
    void (*wrote)(int fd, const void *data, size_t n, off_t offset);
    void (*synced)(int fd);
    void (*truncated)(int fd, off_t size);
    void (*created)(int fd, const char *path);
    void (*renamed)(const char *from, const char *to);
    void (*unlinked)(const char *path);
};

/**
 * syscalls_hook(hooks):
 * From now on tell ${hooks}, or nobody when it is NULL.
 */
void syscalls_hook(const struct syscalls *hooks);

#endif
