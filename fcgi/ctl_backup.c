#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "state_file.h"

static const char keep_apart[] =
    "the secrets are not in it: keep a copy of the secret directory apart";

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool go_on(void *cookie)
{
    (void)cookie;
    return !ctl_told();
}

/* "a/b/" is a/b. */
static int read_dir(struct ctl *c, const char *text, char dir[1000])
{
    size_t n = strlen(text);

    while (n > 1 && text[n - 1] == '/')
        n--;
    if (n == 0 || n >= 1000)
        return ctl_fail(c, "the name of the directory is too short or long");
    memcpy(dir, text, n);
    dir[n] = 0;
    return CTL_OK;
}

static void add_copy(struct json_object *row, const struct store_copy *copy)
{
    ctl_add_int(row, "files", copy->files);
    ctl_add_int(row, "bytes", (int64_t)copy->bytes);
}

/* Copy the open store to c->unfinished and close it. */
static int copy_store(struct ctl *c, struct json_object *row)
{
    struct store_copy copy;
    char error[256] = "";
    int rc = store_backup(c->store, c->unfinished, go_on, c, &copy, error);

    ctl_store_close(c);
    if (rc)
        return ctl_fail(c, "%s", error);
    add_copy(row, &copy);
    ctl_add_int(row, "gate_visits", copy.slices);
    ctl_add_int(row, "gate_longest_us", copy.longest_us);
    return CTL_OK;
}

/* ---- backup and restore ---- */

int ctl_backup(struct ctl *c)
{
    char dir[1000], partial[1100];
    struct json_object *row;
    int result;

    if (read_dir(c, c->words[0], dir))
        return CTL_FAILED;
    /* An empty directory gives way when the copy is renamed to it. */
    if (state_file_exists(dir) && rmdir(dir) < 0)
        return ctl_fail(c, "%s: %s", dir,
            errno == ENOTEMPTY || errno == EEXIST ? "is not empty"
                                                  : strerror(errno));
    snprintf(partial, sizeof(partial), "%s.partial", dir);
    if (ctl_copy_begin(c, partial))
        return CTL_FAILED;
    row = ctl_row_new();
    ctl_add_text(row, "backup", dir);
    result = ctl_copy_finish(c, copy_store(c, row), dir, row);
    ctl_add_text(row, "note", keep_apart);
    return ctl_print_if(c, result, row);
}

static int run_restore(
    struct ctl *c, const char *from, const char *to, struct json_object *row)
{
    struct store_copy copy;
    char error[256] = "";
    int result = CTL_OK;

    if (store_copy(from, c->unfinished, &copy, error))
        result = ctl_fail(c, "%s", error);
    else
        add_copy(row, &copy);
    return ctl_copy_finish(c, result, to, row);
}

/* What a process that has it open needs, and a backup does not have. */
static bool in_use(const char *dir)
{
    char path[1100];

    snprintf(path, sizeof(path), "%s/members", dir);
    return state_file_exists(path);
}

int ctl_restore(struct ctl *c)
{
    char from[1000], to[1100], partial[1100];
    struct json_object *row;

    if (read_dir(c, c->words[0], from))
        return CTL_FAILED;
    if (!store_present(from))
        return ctl_fail(c, "%s is no backup", from);
    if (in_use(from))
        return ctl_fail(c, "%s is a store in use and no backup", from);
    if (ctl_copy_begin_store(c, to, partial))
        return CTL_FAILED;
    row = ctl_row_new();
    ctl_add_text(row, "restored", to);
    return ctl_print_if(c, run_restore(c, from, to, row), row);
}

/* ---- verify ---- */

static int show_damage(struct ctl *c, const char *dir, struct json_object *row)
{
    const int64_t begun = milliseconds();
    int n = ctl_copy_damage(c, dir, row);

    if (n < 0)
        return CTL_FAILED;
    ctl_add_int(row, "verify_ms", milliseconds() - begun);
    return n > 0 ? CTL_FAILED : CTL_OK;
}

/* What is known of a damage is printed, although it is a failure. */
static int tell_damage(struct ctl *c, int result, struct json_object *row)
{
    if (!json_object_object_get_ex(row, "damage", NULL))
        return ctl_print_if(c, result, row);
    return ctl_print(c, row) == CTL_OK ? result : CTL_FAILED;
}

static int verify_backup(struct ctl *c)
{
    char dir[1000];
    struct json_object *row;
    int result;

    if (read_dir(c, c->options.copy, dir))
        return CTL_FAILED;
    if (in_use(dir))
        return ctl_fail(c,
            "%s is a store in use; verify without --copy makes a copy of it",
            dir);
    row = ctl_row_new();
    ctl_add_text(row, "copy", dir);
    result = show_damage(c, dir, row);
    return tell_damage(c, result, row);
}

/* The library's check would keep the gate closed for as long as it takes, so
 * it looks at a copy. */
static int verify_store(struct ctl *c)
{
    char partial[1100], error[256] = "";
    struct json_object *row;
    int result;

    ctl_store_path(c, "verify.partial", partial);
    if (ctl_open(c, false) || ctl_copy_begin(c, partial))
        return CTL_FAILED;
    row = ctl_row_new();
    ctl_add_text(row, "state", c->state.dir);
    result = copy_store(c, row);
    if (result == CTL_OK && store_mend(partial, error))
        result = ctl_fail(c, "its copy cannot be recovered: %s", error);
    if (result == CTL_OK)
        result = show_damage(c, partial, row);
    ctl_copy_drop(c);
    return tell_damage(c, result, row);
}

int ctl_verify(struct ctl *c)
{
    return c->options.copy ? verify_backup(c) : verify_store(c);
}

/* ---- recover ---- */

int ctl_recover(struct ctl *c)
{
    char dir[1100], aside[64] = "", error[256] = "";
    struct store_stat stat;
    struct json_object *row;
    int64_t begun;

    if (c->options.yes != c->options.skip_last_log)
        return ctl_usage(c,
            "--skip-last-log loses what only the newest log file knows: it "
            "needs --yes, and nothing else does");
    ctl_store_path(c, "store", dir);
    if (c->options.skip_last_log && store_skip_last_log(dir, aside, error))
        return ctl_fail(c, "%s", error);
    begun = milliseconds();
    if (ctl_open(c, false))
        return CTL_FAILED;
    if (!c->options.skip_last_log && store_recover(c->store, error))
        return ctl_fail(c, "%s", error);
    store_stat(c->store, &stat);
    row = ctl_row_new();
    ctl_add_int(row, "generation", (int64_t)stat.generation);
    ctl_add_int(row, "recovery_ms", milliseconds() - begun);
    ctl_add_text(row, "set_aside", aside);
    return ctl_print(c, row);
}
