#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "db/store.h"
#include "gate.h"
#include "place.h"
#include "spare.h"

/* What is done to a store that nobody has open, most often a copy. */

enum { CACHE = 64 << 20, TRANSACTIONS = 64 };

static int mend_fail(char error[256], const char *what, const char *why)
{
    snprintf(error, 256, "%.120s: %.120s", what, why);
    return -1;
}

/* ---- what is there ---- */

static int mend_is_data(void *cookie, const char *name)
{
    uint32_t number;

    (void)cookie;
    return copy_is_table(name) || copy_is_log(name, &number);
}

bool store_present(const char *dir)
{
    return copy_each(dir, mend_is_data, NULL) == 1;
}

/* ---- copying ---- */

struct copying {
    const char *from;
    int to;
    struct store_copy *copy;
    char *error;
};

static int copying_one(void *cookie, const char *name)
{
    struct copying *c = cookie;
    char path[PATH_MAX];
    int fd;
    int rc;

    if (!mend_is_data(NULL, name))
        return 0;
    snprintf(path, sizeof(path), "%s/%s", c->from, name);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return mend_fail(c->error, path, strerror(errno));
    rc = copy_file(fd, c->to, name, UINT64_MAX, &c->copy->bytes);
    if (rc < 0)
        mend_fail(c->error, name, strerror(errno));
    close(fd);
    c->copy->files++;
    return rc;
}

int store_copy(
    const char *from, const char *to, struct store_copy *copy, char error[256])
{
    struct copying c = {from, copy_make(to), copy, error};
    int rc;

    *copy = (struct store_copy){0};
    error[0] = 0;
    if (c.to < 0)
        return mend_fail(error, to, strerror(errno));
    rc = copy_each(from, copying_one, &c);
    if (rc < 0 && error[0] == 0)
        mend_fail(error, from, strerror(errno));
    if (rc == 0 && fsync(c.to) < 0)
        rc = mend_fail(error, to, strerror(errno));
    close(c.to);
    return rc;
}

/* ---- recovering ---- */

struct mending {
    char *error;
};

static void mend_on_message(
    const DB_ENV *library, const char *prefix, const char *message)
{
    const struct mending *m = library->app_private;

    (void)prefix;
    if (m->error[0] == 0) /* the first one says most */
        snprintf(m->error, 256, "%.250s", message);
}

/* Regions in this process's own memory: nobody else may come in. */
static int mend_open(DB_ENV *library, struct mending *m, const char *dir)
{
    int error = 0;

    library->app_private = m;
    library->set_errcall(library, mend_on_message);
    error |= library->set_cachesize(library, 0, CACHE, 1);
    error |= library->set_tx_max(library, TRANSACTIONS);
    error |= library->add_data_dir(library, dir);
    error |= library->set_create_dir(library, dir);
    error |= library->set_lg_dir(library, dir);
    if (error != 0)
        return error;
    return library->open(library, dir,
        DB_CREATE | DB_RECOVER_FATAL | DB_INIT_LOG | DB_INIT_MPOOL |
            DB_INIT_TXN | DB_PRIVATE,
        0600);
}

int store_mend(const char *dir, char error[256])
{
    struct mending m = {error};
    char path[PATH_MAX];
    DB_ENV *library;
    int rc;
    int closed;

    error[0] = 0;
    if (realpath(dir, path) == NULL)
        return mend_fail(error, dir, strerror(errno));
    /* The hook for syncs is the whole process's, and a store that was open
     * before has left its own. */
    spare_install();
    db_env_set_func_fsync(fsync);
    rc = db_env_create(&library, 0);
    if (rc != 0)
        return mend_fail(error, dir, db_strerror(rc));
    rc = mend_open(library, &m, path);
    if (rc == 0)
        rc = library->txn_checkpoint(library, 0, 0, DB_FORCE);
    closed = library->close(library, 0);
    if (rc == 0)
        rc = closed;
    if (rc == 0)
        return 0;
    return error[0] != 0 ? -1 : mend_fail(error, dir, db_strerror(rc));
}

/* ---- removing ---- */

static int mend_unlink(void *cookie, const char *name)
{
    const char *dir = cookie;
    char path[PATH_MAX];

    if (!mend_is_data(NULL, name) &&
        snprintf(path, sizeof(path), "%s/%s", dir, name) < PATH_MAX)
        unlink(path);
    return 0;
}

static int mend_remove(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void store_strip(const char *dir)
{
    char regions[PATH_MAX];

    copy_each(dir, mend_unlink, (void *)(uintptr_t)dir);
    if (place_region(PLACE_SHM, dir, regions) == 0)
        nftw(regions, mend_remove, 8, FTW_DEPTH | FTW_PHYS);
}

void store_discard(const char *dir)
{
    store_strip(dir);
    nftw(dir, mend_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- a log that cannot be read ---- */

struct newest {
    uint32_t number, logs;
};

static int newest_log(void *cookie, const char *name)
{
    struct newest *w = cookie;
    uint32_t number;

    if (copy_is_log(name, &number)) {
        w->logs++;
        if (number > w->number)
            w->number = number;
    }
    return 0;
}

/* In the gate. The new name is none that the library takes for a log file. */
static int skip_log(
    struct members *m, const char *dir, char name[64], char error[256])
{
    char from[PATH_MAX + COPY_NAME], to[PATH_MAX + COPY_NAME];
    char log[COPY_NAME];
    struct newest newest = {0};

    if (members_others(m))
        return mend_fail(error, dir, "workers are running: stop them first");
    if (members_prepare(m) < 0 || copy_each(dir, newest_log, &newest) < 0)
        return mend_fail(error, dir, strerror(errno));
    if (newest.logs < 2)
        return mend_fail(
            error, dir, "there is but one log file, and none to go on with");
    copy_log_name(newest.number, log);
    snprintf(name, 64, "aside.%.40s", log);
    snprintf(from, sizeof(from), "%s/%s", dir, log);
    snprintf(to, sizeof(to), "%s/%s", dir, name);
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
        return mend_fail(error, to, strerror(errno));
    members_table(m)->force_recover = 1;
    return 0;
}

int store_skip_last_log(const char *dir, char name[64], char error[256])
{
    const struct report report = {NULL, NULL};
    struct members *m;
    struct gate *g;
    int rc = -1;

    if (!store_present(dir))
        return mend_fail(error, dir, "there is no store");
    m = members_open(dir);
    if (m == NULL)
        return mend_fail(error, dir, strerror(errno));
    g = gate_open(dir, m, UINT32_MAX, &report);
    if (g == NULL || gate_enter(g) < 0) {
        mend_fail(error, dir, strerror(errno));
    } else {
        rc = skip_log(m, dir, name, error);
        gate_leave(g);
    }
    gate_close(g);
    members_close(m);
    return rc;
}
