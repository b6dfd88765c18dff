#include "ctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "db/file.h"
#include "state_file.h"

/* A copy is made under a name of its own and gets its last name when it has
 * been proved, so that a half-made one is never taken for a store. */

int ctl_copy_begin(struct ctl *c, const char *dir)
{
    if (state_file_exists(dir))
        return ctl_fail(c,
            "%s is there: another turnpikectl is at work, or was interrupted; "
            "then remove it",
            dir);
    ctl_hold_signals();
    c->unfinished = dir;
    return CTL_OK;
}

int ctl_copy_begin_store(struct ctl *c, char to[1100], char partial[1100])
{
    ctl_store_path(c, "store", to);
    ctl_store_path(c, "store.partial", partial);
    if (state_file_exists(to) && rmdir(to) < 0)
        return ctl_fail(c, "there is a store in %s", to);
    return ctl_copy_begin(c, partial);
}

void ctl_copy_drop(struct ctl *c)
{
    const char *dir = c->unfinished;

    c->unfinished = NULL;
    if (!dir)
        return;
    ctl_store_close(c);
    store_discard(dir);
}

/* ---- what is in it ---- */

static int add_lines(struct json_object *array, struct buf *text)
{
    char *rest = NULL, *line;
    int n = 0;

    if (!buf_terminate(text))
        return 0;
    for (line = strtok_r(text->data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        ctl_append(array, line);
        n++;
    }
    return n;
}

int ctl_copy_damage(struct ctl *c, const char *dir, struct json_object *row)
{
    struct json_object *array;
    struct buf report = {0};
    char error[256] = "";
    int n = -1;

    if (store_verify(dir, &report, error)) {
        ctl_fail(c, "%s", error);
    } else {
        array = ctl_array_new();
        n = add_lines(array, &report);
        ctl_add(row, "damage", array);
    }
    buf_free(&report);
    return n;
}

static int prove_books(struct ctl *c, struct json_object *row)
{
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};
    struct store_audit audit = {0};
    struct ctl_reaped reaped;
    enum store_status status = ctl_reap_run(c, &reaped);
    int result = CTL_OK;

    if (status == STORE_OK)
        status = ctl_audit_run(c, &audit);
    if (status == STORE_OK)
        status = ctl_run(c, &checkpoint.verb);
    if (status != STORE_OK) {
        result = ctl_refused(c, status, "audit of the copy");
    } else if (audit.breaches > 0) {
        result = ctl_fail(c, "the audit found %llu breaches: %.300s",
            (unsigned long long)audit.breaches, buf_terminate(&audit.report));
    } else {
        ctl_add_int(row, "accounts", (int64_t)audit.accounts);
        ctl_add_int(row, "entries", (int64_t)audit.entries);
        ctl_add_int(row, "holds_ended", reaped.holds);
    }
    buf_free(&audit.report);
    buf_free(&audit.cursor);
    return result;
}

static int prove_tables(struct ctl *c, struct json_object *row)
{
    struct json_object *array;
    int n = ctl_copy_damage(c, c->unfinished, row);

    if (n < 0)
        return CTL_FAILED;
    if (n == 0) {
        json_object_object_del(row, "damage");
        return CTL_OK;
    }
    array = json_object_object_get(row, "damage");
    return ctl_fail(c, "%s is damaged: %.300s", c->unfinished,
        json_object_get_string(json_object_array_get_idx(array, 0)));
}

/* Recover it, end the holds in it, whose workers are not its own, audit and
 * verify it, and leave nothing but data. */
static int prove(struct ctl *c, struct json_object *row)
{
    char error[256] = "";
    int result;

    if (ctl_told())
        return ctl_fail(c, "interrupted");
    if (store_mend(c->unfinished, error))
        return ctl_fail(c, "the copy cannot be recovered: %s", error);
    if (ctl_store_open(c, c->unfinished, error))
        return ctl_fail(c, "the copy cannot be opened: %s", error);
    result = prove_books(c, row);
    ctl_store_close(c);
    store_strip(c->unfinished);
    if (result == CTL_OK)
        result = prove_tables(c, row);
    return result;
}

/* ---- its end ---- */

static int keep(struct ctl *c, const char *to)
{
    if (file_rename(c->unfinished, to) < 0)
        return ctl_fail(c, "%s: %s", to, strerror(errno));
    c->unfinished = NULL;
    return CTL_OK;
}

int ctl_copy_finish(
    struct ctl *c, int result, const char *to, struct json_object *row)
{
    if (result == CTL_OK)
        result = prove(c, row);
    if (result == CTL_OK)
        result = keep(c, to);
    ctl_copy_drop(c);
    return result;
}
