#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "copy.h"
#include "db/store.h"
#include "spare.h"

/* The library's check of every page, its checksum included. */

enum { CACHE = 64 << 20 };

static int verify_fail(char error[256], const char *dir, const char *why)
{
    snprintf(error, 256, "%.120s: %.120s", dir, why);
    return -1;
}

/* What was said of a table. */
struct verdict {
    unsigned damages, tails;
};

/* The library frees pages at the end of a table without cutting the file, and
 * then finds fault with the file's length. These pages are nobody's. */
static bool verify_is_tail(const char *message)
{
    const char *at = strstr(message, "last_pgno is not correct: ");
    unsigned long last, in_file;

    return at != NULL &&
           sscanf(at, "last_pgno is not correct: %lu != %lu", &last,
               &in_file) == 2 &&
           last < in_file;
}

static void verify_on_message(
    const DB_ENV *library, const char *prefix, const char *message)
{
    struct verdict *v = library->app_private;

    (void)prefix;
    if (verify_is_tail(message)) {
        v->tails++;
    } else if (strstr(message, "DB_VERIFY_BAD") == NULL) {
        v->damages++;
        dprintf(STDOUT_FILENO, "%s\n", message);
    }
}

static int verify_table(void *cookie, const char *name)
{
    const char *dir = cookie;
    struct verdict v = {0, 0};
    char path[PATH_MAX];
    DB *db;
    int error;

    if (!copy_is_table(name))
        return 0;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    error = db_create(&db, NULL, 0);
    if (error == 0) {
        db->get_env(db)->app_private = &v;
        db->set_errcall(db, verify_on_message);
        db->set_cachesize(db, 0, CACHE, 1);
        error = db->verify(db, path, NULL, NULL, 0); /* also closes it */
    }
    if (error == DB_VERIFY_BAD && v.tails > 0 && v.damages == 0)
        error = 0;
    if (error != 0)
        dprintf(STDOUT_FILENO, "%s: %s\n", name, db_strerror(error));
    return 0;
}

/* The library may crash on what it reads: so it is a process of its own, which
 * tells by lines of text. */
static void verify_child(const char *dir, int out)
{
    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(2);
    spare_install();
    db_env_set_func_fsync(fsync);
    _exit(copy_each(dir, verify_table, (void *)(uintptr_t)dir) < 0 ? 2 : 0);
}

static void verify_collect(int fd, struct buf *report)
{
    ssize_t n;

    do {
        char *room = buf_reserve(report, 4096);

        if (room == NULL)
            break;
        n = read(fd, room, 4096);
        if (n > 0)
            buf_commit(report, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EINTR));
}

int store_verify(const char *dir, struct buf *report, char error[256])
{
    int ends[2];
    int status = 0;
    pid_t pid;

    if (!store_present(dir))
        return verify_fail(error, dir, "there is no store");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return verify_fail(error, dir, strerror(errno));
    pid = fork();
    if (pid == 0)
        verify_child(dir, ends[1]);
    close(ends[1]);
    if (pid > 0) {
        verify_collect(ends[0], report);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    if (pid < 0 || report->failed)
        return verify_fail(error, dir, "cannot be verified: out of memory");
    if (WIFSIGNALED(status))
        buf_printf(report, "the library crashed (%s) on these tables\n",
            strsignal(WTERMSIG(status)));
    else if (status != 0)
        return verify_fail(error, dir, "its tables cannot be listed");
    return report->failed ? verify_fail(error, dir, "out of memory") : 0;
}
