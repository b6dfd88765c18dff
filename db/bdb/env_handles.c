#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env_private.h"
#include "failpoint.h"
#include "gather.h"
#include "spare.h"

enum {
    PAGE = 4096,
    LOG_BUFFER = 256 << 10,
    /* The library notes there every table that any process has open; its own
     * default is used up by some eight hundred that have them all, for good:
     * recovering needs as much. It grows as needed. */
    LOG_REGION = 8 << 20,
    TRANSACTIONS = 64
};

static const char *const file[TABLE_COUNT] = {
    [TABLE_META] = "meta.db",
    [TABLE_ACCOUNT] = "account.db",
    [TABLE_EMAIL] = "email.db",
    [TABLE_KEY] = "key.db",
    [TABLE_KEY_ID] = "key_id.db",
    [TABLE_KEY_NAME] = "key_name.db",
    [TABLE_HOLD] = "hold.db",
    [TABLE_DONE] = "done.db",
    [TABLE_LEDGER] = "ledger.db",
    [TABLE_DEVICE] = "device.db",
    [TABLE_IDEM] = "idem.db",
    [TABLE_BOOK] = "book.db",
    [TABLE_PROJECT] = "project.db",
    [TABLE_POLICY] = "policy.db",
    [TABLE_QUOTA] = "quota.db",
    [TABLE_EVENT] = "event.db",
};

/* The library's hook for syncs is one for the whole process and brings no
 * cookie: the one mutable static that this store can not do without. */
static struct members *syncing_for;

static int env_sync(int fd)
{
    if (syncing_for != NULL)
        members_beat(syncing_for);
    if (fdatasync(fd) < 0)
        return -1;
    if (syncing_for != NULL)
        members_beat(syncing_for);
    return 0;
}

/* A log file may have been made since the last time: its name must be on disk
 * before any page that depends on it, which the library does not see to. */
static int env_sync_name(int fd)
{
    char link[64], path[PATH_MAX];
    char *name;
    ssize_t n;
    int dir, rc;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    if (n < 0)
        return -1;
    path[n] = '\0';
    name = strrchr(path, '/');
    if (name == NULL || strncmp(name + 1, "log.", 4) != 0)
        return 0;
    *name = '\0';
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -1;
    rc = fsync(dir);
    close(dir);
    return rc;
}

/* The library's own syncs inside the gate: at log switches, in checkpoints and
 * in recoveries. */
static int env_library_sync(int fd)
{
    failpoint(FAILPOINT_CKPT_MIDDLE);
    if (gather_flush() < 0)
        return -1;
    return env_sync(fd) == 0 ? env_sync_name(fd) : -1;
}

/* The library lets a region grow by writing its last byte. What is left out
 * before it would be looked for when the mapping is touched, and SIGBUS is the
 * answer of a full disk; asked for now, the answer is an error. */
static int env_fill_gap(int fd)
{
    struct stat st;
    off_t at = lseek(fd, 0, SEEK_CUR);

    if (at <= 0 || fstat(fd, &st) < 0 || at <= st.st_size)
        return 0;
    do {
        errno = posix_fallocate(fd, st.st_size, at + 1 - st.st_size);
    } while (errno == EINTR);
    return errno == 0 ? 0 : -1;
}

static ssize_t env_library_write(int fd, const void *bytes, size_t n)
{
    return n > 1 || env_fill_gap(fd) == 0 ? gather_write(fd, bytes, n) : -1;
}

static void env_on_message(
    const DB_ENV *library, const char *prefix, const char *message)
{
    const struct env *e = library->app_private;

    (void)prefix;
    report_line(e->o.report, "Berkeley DB: %s", message);
}

/* Called all the way through a recovery, which may take longer than anybody
 * would wait for a silent process. */
static void env_on_progress(DB_ENV *library, int what, int percent)
{
    const struct env *e = library->app_private;

    (void)what;
    (void)percent;
    members_beat(e->o.members);
    failpoint(FAILPOINT_RECOVER_MIDDLE);
}

static void env_on_nothing(
    const DB_ENV *library, const char *prefix, const char *message)
{
    (void)library;
    (void)prefix;
    (void)message;
}

int env_fail(struct env *e, const char *what, int error)
{
    snprintf(e->why, sizeof(e->why), "%.80s: %.100s", what, db_strerror(error));
    return -1;
}

static int env_configure(struct env *e, DB_ENV *library)
{
    int error = 0;

    library->app_private = e;
    library->set_errcall(library, env_on_message);
    library->set_feedback(library, env_on_progress);
    /* What the library gives away is ours to free. */
    error |= library->set_alloc(library, malloc, realloc, free);
    error |= library->set_cachesize(library, 0, e->o.cache_bytes, 1);
    error |= library->set_lg_bsize(library, LOG_BUFFER);
    error |= library->set_lg_regionmax(library, LOG_REGION);
    error |= library->set_lg_max(library, e->o.log_bytes);
    error |= library->set_tx_max(library, TRANSACTIONS);
    error |= library->add_data_dir(library, e->dir);
    error |= library->set_create_dir(library, e->dir);
    error |= library->set_lg_dir(library, e->dir);
    error |= library->set_flags(library, DB_TXN_WRITE_NOSYNC, 1);
    /* A full disk shows when a log file is made, not in a commit. */
    error |= library->log_set_config(library, DB_LOG_ZERO, 1);
    return error == 0 ? 0 : env_fail(e, "configuring", error);
}

static bool env_find_mapping(
    const char *prefix, unsigned long *from, unsigned long *to)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t size = 0;
    bool found = false;

    if (maps == NULL)
        return false;
    while (!found && getline(&line, &size, maps) > 0)
        found = strstr(line, prefix) != NULL &&
                sscanf(line, "%lx-%lx", from, to) == 2;
    free(line);
    fclose(maps);
    return found;
}

/* close() of an environment in panic leaves its regions mapped: the whole
 * cache, once more with every recovery. */
static void env_unmap_regions(const struct env *e)
{
    char prefix[PATH_MAX + 8];
    unsigned long from;
    unsigned long to;

    snprintf(prefix, sizeof(prefix), " %s/__db.", e->regions);
    while (env_find_mapping(prefix, &from, &to))
        if (munmap((void *)from, to - from) < 0)
            break;
}

/* Only the gate decides who is inside. The library's own mutexes, a tenth of
 * its work, could keep out nobody but the heirs of a dead holder. Taken while
 * the regions are opened, as these get theirs all the same. */
static int env_open_regions(struct env *e, DB_ENV *library, uint32_t flags)
{
    int error = library->open(library, e->regions,
        flags | DB_INIT_LOG | DB_INIT_MPOOL | DB_INIT_TXN, 0600);

    return error == 0 ? library->set_flags(library, DB_NOLOCKING, 1) : error;
}

static int env_open_library(struct env *e, uint32_t flags)
{
    DB_ENV *library;
    int error;

    syncing_for = e->o.members;
    spare_install();
    db_env_set_func_fsync(env_library_sync);
    db_env_set_func_seek(gather_seek);
    db_env_set_func_write(env_library_write);
    error = db_env_create(&library, 0);
    if (error != 0)
        return env_fail(e, "creating an environment", error);
    if (env_configure(e, library) < 0)
        goto err0;
    error = env_open_regions(e, library, flags);
    if (error != 0) {
        env_fail(e,
            flags == 0 ? "joining the environment"
                       : "recovering the environment",
            error);
        goto err0;
    }
    e->library = library;
    e->log_file = 0;
    return 0;

    /* What a recovery that failed half way has in its log buffer must not be
     * written: it would hit the live log. */
err0:
    library->set_errcall(library, env_on_nothing);
    library->set_flags(library, DB_PANIC_ENVIRONMENT, 1);
    library->close(library, 0);
    env_unmap_regions(e);
    return -1;
}

/* Holds keep the pages that they once had: row_hold.h. */
static uint32_t env_table_flags(enum table table)
{
    return table == TABLE_HOLD ? DB_CHKSUM | DB_REVSPLITOFF : DB_CHKSUM;
}

/* Returns 0, or the library's error. */
static int env_open_table(struct env *e, enum table table, uint32_t flags)
{
    DB *db;
    int error = db_create(&db, e->library, 0);

    if (error != 0)
        goto err0;
    error = db->set_pagesize(db, PAGE);
    if (error == 0)
        error = db->set_flags(db, env_table_flags(table));
    if (error == 0)
        error = db->open(db, NULL, file[table], NULL, DB_BTREE,
            (flags & DB_CREATE) | DB_AUTO_COMMIT, 0600);
    if (error != 0)
        goto err1;
    e->table[table] = db;
    return 0;

err1:
    db->close(db, DB_NOSYNC);
err0:
    env_fail(e, file[table], error);
    return error;
}

int env_table(struct env *e, enum table table, DB **db)
{
    int error = e->table[table] == NULL ? env_open_table(e, table, 0) : 0;

    *db = e->table[table];
    return error;
}

static int env_open_tables(struct env *e, uint32_t flags)
{
    for (int i = 0; i < TABLE_COUNT; i++) {
        members_beat(e->o.members);
        if (env_open_table(e, (enum table)i, flags) != 0)
            return -1;
    }
    return 0;
}

int env_open_handles(struct env *e, uint32_t flags)
{
    assert(e->library == NULL);
    if (env_open_library(e, flags) < 0)
        return -1;
    if (flags == 0 || env_open_tables(e, flags) == 0)
        return 0;
    env_drop_handles(e);
    return -1;
}

#ifdef __SANITIZE_ADDRESS__
/* The library does not free everything when an environment in panic is closed,
 * below. Leaks of our own do not begin in it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libdb-5.3.so\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

#ifdef __SANITIZE_THREAD__
/* Its latches are taken in any order; only one thread is inside at a time. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "deadlock:libdb-5.3.so\n";
}
#endif

/* The panic flag first: from then on the library neither waits for a mutex
 * that a dead process holds nor writes (a record in a stale log buffer would
 * hit the live log). */
void env_drop_handles(struct env *e)
{
    if (e->library == NULL)
        return;
    e->library->set_errcall(e->library, env_on_nothing);
    e->library->set_flags(e->library, DB_PANIC_ENVIRONMENT, 1);
    for (int i = 0; i < TABLE_COUNT; i++) {
        if (e->table[i] != NULL)
            e->table[i]->close(e->table[i], DB_NOSYNC);
        e->table[i] = NULL;
    }
    e->library->close(e->library, 0);
    e->library = NULL;
    env_unmap_regions(e);
}

void env_close_handles(struct env *e)
{
    int error = 0;

    for (int i = 0; i < TABLE_COUNT; i++) {
        if (e->table[i] != NULL)
            error |= e->table[i]->close(e->table[i], DB_NOSYNC);
        e->table[i] = NULL;
    }
    error |= e->library->close(e->library, 0);
    e->library = NULL;
    if (error != 0)
        env_distrust(e);
}

static bool env_is_region(const char *name)
{
    return strncmp(name, "__db.", 5) == 0 && strlen(name) == 8 &&
           strspn(name + 5, "0123456789") == 3;
}

/* The library would attach to them first, and they may be half made. Whoever
 * still has them mapped will see the generation before it touches them. */
int env_remove_regions(struct env *e)
{
    DIR *dir = opendir(e->regions);
    struct dirent *entry;
    int rc = 0;

    if (dir == NULL)
        return env_fail(e, "listing the regions", errno);
    while (rc == 0 && (entry = readdir(dir)) != NULL)
        if (env_is_region(entry->d_name))
            rc = unlinkat(dirfd(dir), entry->d_name, 0);
    if (rc < 0)
        env_fail(e, "removing old regions", errno);
    closedir(dir);
    return rc;
}

static bool env_is_ours(const char *name)
{
    size_t n = strlen(name);

    return strncmp(name, "log.", 4) == 0 ||
           (n > 3 && strcmp(name + n - 3, ".db") == 0);
}

static int env_sync_file(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return -1;
    rc = env_sync(fd);
    close(fd);
    return rc;
}

int env_sync_directory(struct env *e)
{
    int fd = open(e->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return env_fail(e, "opening the data directory", errno);
    rc = fsync(fd);
    if (rc < 0)
        env_fail(e, "syncing the data directory", errno);
    close(fd);
    return rc;
}

/* Recovery takes what it reads for durable. After a mere kill much of that is
 * only in the page cache, and nobody would ever sync it again. */
int env_sync_files(struct env *e)
{
    DIR *dir = opendir(e->dir);
    struct dirent *entry;
    int rc = 0;

    syncing_for = e->o.members;
    if (dir == NULL)
        return env_fail(e, "listing the data directory", errno);
    while (rc == 0 && (entry = readdir(dir)) != NULL)
        if (env_is_ours(entry->d_name))
            rc = env_sync_file(dirfd(dir), entry->d_name);
    if (rc < 0)
        env_fail(e, "syncing before recovery", errno);
    closedir(dir);
    return rc == 0 ? env_sync_directory(e) : rc;
}
