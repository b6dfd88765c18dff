#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "powercut.h"

static size_t record_size(size_t n)
{
    return (sizeof(struct powercut_record) + n + 15) & ~(size_t)15;
}

void powercut_note(enum powercut_kind kind, uint32_t file, uint64_t offset,
    const void *data, size_t n)
{
    struct powercut_record *r =
        (struct powercut_record *)(powercut->bytes + powercut->used);

    if (powercut->used + record_size(n) > POWERCUT_BYTES ||
        powercut->count == POWERCUT_RECORDS)
        _exit(95);
    *r = (struct powercut_record){
        .kind = kind, .file = file, .offset = offset, .n = n};
    if (n > 0)
        memcpy(r->data, data, n);
    powercut->at[powercut->count++] = powercut->used;
    powercut->used += record_size(n);
}

const struct powercut_record *powercut_record(uint32_t i)
{
    return (const struct powercut_record *)(powercut->bytes + powercut->at[i]);
}

static bool is_zero(const char *p, size_t n)
{
    return n > 0 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* A log file is filled with zeros in hundreds of writes, which are not as many
 * moments of interest. Returns whether this one was added to the last. */
static bool note_zeros(
    uint32_t file, uint64_t offset, const void *data, size_t n)
{
    struct powercut_record *r;

    if (powercut->count == 0 || !powercut->log[file] || !is_zero(data, n))
        return false;
    r = (struct powercut_record *)(powercut->bytes +
                                   powercut->at[powercut->count - 1]);
    if (r->kind != POWERCUT_WRITE || r->file != file ||
        r->offset + r->n != offset || !is_zero(r->data, r->n))
        return false;
    r->n += n;
    powercut->used = powercut->at[powercut->count - 1] + record_size(r->n);
    if (powercut->used > POWERCUT_BYTES)
        _exit(95);
    memset(r->data, 0, r->n);
    return true;
}

/* ---- system calls ---- */

/* Each call is a moment at which a worker may be killed. */
static int before(enum syscall_kind kind)
{
    if (powercut->count >= powercut->kill_at && powercut->pages == 0)
        kill(getpid(), SIGKILL);
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

/* The number of the file, or POWERCUT_FILES. An inode may be used again: the
 * newest counts. */
static uint32_t file_of(int fd)
{
    struct stat st;
    uint32_t i = powercut->files;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return POWERCUT_FILES;
    while (i > 0)
        if (powercut->inode[--i] == st.st_ino)
            return i;
    return POWERCUT_FILES;
}

static const char *name_of(const char *path)
{
    const char *name = strrchr(path, '/');
    size_t n = strlen(powercut->dir);

    if (name == NULL || strlen(name) > POWERCUT_NAME ||
        strncmp(path, powercut->dir, n) != 0 || path + n != name)
        return NULL;
    name++;
    return strncmp(name, "log.", 4) == 0 || strstr(name, "db") != NULL ? name
                                                                       : NULL;
}

static void wrote(int fd, const void *data, size_t n, off_t offset)
{
    uint32_t file = file_of(fd);

    if (file == POWERCUT_FILES)
        return;
    if (!note_zeros(file, (uint64_t)offset, data, n))
        powercut_note(POWERCUT_WRITE, file, (uint64_t)offset, data, n);
    if (powercut->count >= powercut->kill_at && powercut->pages > 0 &&
        !powercut->log[file])
        powercut->pages--;
}

static void truncated(int fd, off_t size)
{
    uint32_t file = file_of(fd);

    if (file < POWERCUT_FILES)
        powercut_note(POWERCUT_TRUNCATE, file, (uint64_t)size, NULL, 0);
}

static void synced(int fd)
{
    uint32_t file = file_of(fd);
    struct stat st;

    if (file < POWERCUT_FILES)
        powercut_note(POWERCUT_SYNC, file, 0, NULL, 0);
    else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        powercut_note(POWERCUT_SYNC_NAMES, 0, 0, NULL, 0);
}

static void created(int fd, const char *path)
{
    const char *name = name_of(path);
    struct stat st;

    if (name == NULL || fstat(fd, &st) < 0)
        return;
    if (powercut->files == POWERCUT_FILES)
        _exit(94);
    powercut->inode[powercut->files] = st.st_ino;
    powercut->log[powercut->files] = strncmp(name, "log.", 4) == 0;
    powercut_note(
        POWERCUT_CREATE, powercut->files++, 0, name, strlen(name) + 1);
}

static void renamed(const char *from, const char *to)
{
    char names[2][POWERCUT_NAME] = {{0}};

    if (name_of(from) == NULL || name_of(to) == NULL)
        return;
    snprintf(names[0], POWERCUT_NAME, "%s", name_of(from));
    snprintf(names[1], POWERCUT_NAME, "%s", name_of(to));
    powercut_note(POWERCUT_RENAME, 0, 0, names, sizeof(names));
}

static void unlinked(const char *path)
{
    const char *name = name_of(path);

    if (name != NULL)
        powercut_note(POWERCUT_UNLINK, 0, 0, name, strlen(name) + 1);
}

const struct syscalls powercut_recorder = {
    .before = before,
    .wrote = wrote,
    .synced = synced,
    .truncated = truncated,
    .created = created,
    .renamed = renamed,
    .unlinked = unlinked,
};
