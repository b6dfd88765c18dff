#include "ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "figures.h"

/* ---- the upstreams, as the workers see them ---- */

/* What all workers have seen of one upstream. */
struct upstream {
    struct upstream *next;
    struct figures_row sum; /* times: the latest */
    unsigned workers, ejected, resting;
};

struct upstreams {
    struct upstream *list;
    uint64_t now;
    int error; /* errno of the first that failed; 0: all are here */
};

static struct upstream *upstream_of(struct upstreams *all, const char *name)
{
    struct upstream **at = &all->list;

    while (*at != NULL && strcmp((*at)->sum.name, name) != 0)
        at = &(*at)->next;
    if (*at == NULL && (*at = calloc(1, sizeof(**at))) != NULL)
        memcpy((*at)->sum.name, name, strlen(name));
    return *at;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void add_row(void *cookie, const struct figures_row *row)
{
    struct upstreams *all = cookie;
    struct upstream *u = upstream_of(all, row->name);

    if (u == NULL) {
        all->error = ENOMEM;
        return;
    }
    u->workers++;
    u->ejected += row->ejected_until != 0;
    u->resting += row->resting_until > all->now;
    u->sum.requests += row->requests;
    u->sum.failed += row->failed;
    u->sum.busy += row->busy;
    u->sum.active += row->active;
    u->sum.failures = later(u->sum.failures, row->failures);
    u->sum.ejected_until = later(u->sum.ejected_until, row->ejected_until);
    u->sum.resting_until = later(u->sum.resting_until, row->resting_until);
    u->sum.meter.connects += row->meter.connects;
    u->sum.meter.reused += row->meter.reused;
}

static struct json_object *upstream_json(const struct upstream *u)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "name", u->sum.name);
    ctl_add_int(row, "workers", u->workers);
    ctl_add_int(row, "requests", (int64_t)u->sum.requests);
    ctl_add_int(row, "failed", (int64_t)u->sum.failed);
    ctl_add_int(row, "busy", (int64_t)u->sum.busy);
    ctl_add_int(row, "active", (int64_t)u->sum.active);
    ctl_add_int(row, "connects", (int64_t)u->sum.meter.connects);
    ctl_add_int(row, "reused", (int64_t)u->sum.meter.reused);
    ctl_add_int(row, "failures_in_a_row", (int64_t)u->sum.failures);
    ctl_add_int(row, "ejected_by", u->ejected);
    ctl_add_time(row, "ejected_until", (int64_t)u->sum.ejected_until);
    ctl_add_int(row, "resting_at", u->resting);
    ctl_add_time(row, "resting_until",
        u->resting > 0 ? (int64_t)u->sum.resting_until : 0);
    return row;
}

static void free_upstreams(struct upstreams *all)
{
    struct upstream *next;

    for (; all->list != NULL; all->list = next) {
        next = all->list->next;
        free(all->list);
    }
}

static void append_line(struct json_object *array, const struct upstream *u)
{
    const struct figures_row *sum = &u->sum;
    struct buf line = {0};
    char until[CTL_TIME_TEXT];

    buf_printf(&line,
        "%s: requests %llu, failed %llu, busy %llu, active %llu, connects "
        "%llu, reused %llu",
        sum->name, (unsigned long long)sum->requests,
        (unsigned long long)sum->failed, (unsigned long long)sum->busy,
        (unsigned long long)sum->active,
        (unsigned long long)sum->meter.connects,
        (unsigned long long)sum->meter.reused);
    if (u->ejected > 0) {
        ctl_write_time((int64_t)sum->ejected_until, until);
        buf_printf(&line, "; ejected by %u of %u workers until %s", u->ejected,
            u->workers, until);
    }
    ctl_append(array, buf_terminate(&line) != NULL ? line.data : sum->name);
    buf_free(&line);
}

/* As objects, or as a line each for people. Returns 0 or an errno. */
static int add_upstreams(struct ctl *c, struct json_object *out)
{
    struct upstreams all = {.now = (uint64_t)clock_real()};
    struct json_object *array = ctl_array_new();
    int workers = figures_read(c->state.dir, add_row, &all);

    if (workers < 0)
        all.error = errno;
    ctl_add_int(out, "workers", workers);
    for (const struct upstream *u = all.list; u != NULL; u = u->next) {
        if (c->json)
            ctl_append_row(array, upstream_json(u));
        else
            append_line(array, u);
    }
    ctl_add(out, "upstreams", array);
    free_upstreams(&all);
    return all.error;
}

/* ---- the commands ---- */

int ctl_stat(struct ctl *c)
{
    struct store_stat stat;
    struct json_object *row = ctl_row_new();
    int error;

    store_stat(c->store, &stat);
    ctl_add_text(row, "state", c->state.dir);
    ctl_add_int(row, "generation", (int64_t)stat.generation);
    ctl_add_int(row, "members", stat.members);
    ctl_add_int(row, "log_written", (int64_t)stat.log_written);
    ctl_add_int(row, "log_synced", (int64_t)stat.log_synced);
    ctl_add_bool(row, "rate_broken", stat.rate_broken);
    ctl_add_text(
        row, "durability", c->conf->durability_full ? "full" : "relaxed");
    if ((error = add_upstreams(c, row)) != 0) {
        json_object_put(row);
        return ctl_fail(
            c, "%s/figures cannot be read: %s", c->state.dir, strerror(error));
    }
    return ctl_print(c, row);
}

int ctl_checkpoint(struct ctl *c)
{
    struct store_checkpoint verb = {.verb.kind = STORE_CHECKPOINT};
    enum store_status status = ctl_run(c, &verb.verb);
    struct store_stat stat;
    struct json_object *row;

    if (status != STORE_OK)
        return ctl_refused(c, status, "checkpoint");
    store_stat(c->store, &stat);
    row = ctl_row_new();
    ctl_add_bool(row, "done", true);
    ctl_add_int(row, "log_written", (int64_t)stat.log_written);
    return ctl_print(c, row);
}
