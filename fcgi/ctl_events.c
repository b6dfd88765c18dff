#include "ctl.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

enum { VERIFY_SLICE = 1000 };

static const struct ctl_column columns[] = {
    {"created_at", 20},
    {"project_id", 20},
    {"seq", 8},
    {"policy_target", 20},
    {"event", 0},
    {NULL, 0},
};

/* How far an owner's events have been shown. */
struct reader {
    struct store_owner owner;
    uint64_t after;
};

struct entry {
    int64_t time;
    struct json_object *row;
};

/* The newest events of all, the newest first. */
struct history {
    struct entry *of; /* NULL: all events are shown as they come */
    size_t most, count;
};

struct readers {
    struct ctl *c;
    struct reader *rows;
    size_t count;
    int64_t since;
    struct history history;
};

/* ---- whose events ---- */

static struct reader *find_reader(
    struct readers *r, const struct store_owner *owner)
{
    struct reader *rows;

    for (size_t i = 0; i < r->count; i++) {
        if (memcmp(&r->rows[i].owner, owner, sizeof(*owner)) == 0)
            return &r->rows[i];
    }
    rows = realloc(r->rows, (r->count + 1) * sizeof(*rows));
    if (!rows)
        return NULL;
    r->rows = rows;
    rows[r->count] = (struct reader){.owner = *owner};
    return &rows[r->count++];
}

/* Of two of one time the one that comes first is taken for the older. */
static void keep_entry(struct history *h, int64_t time, struct json_object *row)
{
    size_t i = h->count;

    if (h->count == h->most && time < h->of[h->count - 1].time) {
        json_object_put(row);
        return;
    }
    if (h->count == h->most)
        json_object_put(h->of[--i].row);
    else
        h->count++;
    for (; i > 0 && h->of[i - 1].time <= time; i--)
        h->of[i] = h->of[i - 1];
    h->of[i] = (struct entry){time, row};
}

static void show_entries(struct readers *r)
{
    for (size_t i = 0; i < r->history.count; i++)
        ctl_row(r->c, columns, r->history.of[i].row);
    r->history.count = 0;
}

static void show_event(struct readers *r, const struct store_events *page,
    const struct store_event_row *e)
{
    struct json_object *row = ctl_row_new();
    struct buf text = {0};

    buf_put(&text, page->texts.data + e->text, e->text_n);
    ctl_add_time(row, "created_at", e->time);
    ctl_add_text(row, "project_id", page->owner.project);
    if (page->owner.project[0] == 0)
        ctl_add_id(row, "account_id", "acct_", page->owner.account);
    ctl_add_int(row, "seq", (int64_t)e->seq);
    ctl_add_text(row, "policy_target", e->target);
    ctl_add(row, "event",
        buf_terminate(&text) ? json_tokener_parse(text.data) : NULL);
    if (r->history.of)
        keep_entry(&r->history, e->time, row);
    else
        ctl_row(r->c, columns, row);
    buf_free(&text);
}

/* Where to begin: a history needs no more of an owner than it shows. */
static uint64_t begin(
    const struct readers *r, const struct reader *reader, uint64_t newest)
{
    const uint64_t most = r->history.most;

    if (r->history.of && !r->c->options.target && newest > most)
        return newest - most;
    return reader->after;
}

/* All that ${owner}, whose newest event is ${newest}, has and was not shown. */
static int show_owner(
    struct readers *r, const struct store_owner *owner, uint64_t newest)
{
    static struct store_event_row rows[CTL_SLICE];
    struct store_events page = {.verb.kind = STORE_EVENTS,
        .owner = *owner,
        .since = r->since,
        .rows = rows,
        .max = CTL_SLICE};
    struct reader *reader = find_reader(r, owner);
    enum store_status status = STORE_OK;

    if (!reader)
        return ctl_fail(r->c, "out of memory");
    if (r->c->options.target)
        snprintf(page.target, sizeof(page.target), "%s", r->c->options.target);
    page.after = begin(r, reader, newest);
    while (status == STORE_OK && page.after < newest) {
        status = ctl_run(r->c, &page.verb);
        for (size_t i = 0; status == STORE_OK && i < page.count; i++)
            show_event(r, &page, &rows[i]);
        if (!page.more)
            break;
    }
    reader->after = page.after;
    buf_free(&page.texts);
    return status == STORE_OK ? CTL_OK
                              : ctl_refused(r->c, status, "such events");
}

static int show_projects(struct readers *r)
{
    static struct store_project rows[CTL_SLICE];
    struct store_project_list list = {
        .verb.kind = STORE_PROJECT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = CTL_OK;

    do {
        status = ctl_run(r->c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(r->c, status, "list of projects");
        for (size_t i = 0; i < list.count && result == CTL_OK; i++) {
            struct store_owner owner = {0};

            memcpy(owner.project, rows[i].id, sizeof(rows[i].id));
            result = show_owner(r, &owner, rows[i].events.seq);
        }
    } while (list.more && result == CTL_OK);
    return result;
}

static int show_accounts(struct readers *r)
{
    static struct store_account rows[CTL_SLICE];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = CTL_OK;

    do {
        status = ctl_run(r->c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(r->c, status, "list of accounts");
        for (size_t i = 0; i < list.count && result == CTL_OK; i++) {
            struct store_owner owner = {0};

            memcpy(owner.account, rows[i].id, STORE_ID);
            result = show_owner(r, &owner, rows[i].events.seq);
        }
    } while (list.more && result == CTL_OK);
    return result;
}

static int show_project(struct readers *r)
{
    struct store_project_get get;
    struct store_owner owner = {0};
    int result = ctl_project_find(r->c, r->c->options.project, &get);

    if (result != CTL_OK)
        return result;
    buf_free(&get.web_tools);
    memcpy(owner.project, get.id, sizeof(get.id));
    return show_owner(r, &owner, get.project.events.seq);
}

static int show_all(struct readers *r)
{
    int result;

    if (r->c->options.project)
        return show_project(r);
    result = show_projects(r);
    return result == CTL_OK ? show_accounts(r) : result;
}

/* A second, or less when it is time to leave. */
static void wait_a_second(void)
{
    const struct timespec second = {.tv_sec = 1};
    struct timespec rest = second;

    while (!ctl_told() && nanosleep(&rest, &rest) < 0)
        ;
}

static int begin_history(struct readers *r)
{
    r->history.most = r->c->conf->events_history;
    r->history.of = calloc(r->history.most, sizeof(*r->history.of));
    return r->history.of ? CTL_OK : ctl_fail(r->c, "out of memory");
}

int ctl_events(struct ctl *c)
{
    struct readers r = {.c = c, .since = INT64_MIN};
    int result;

    if (c->options.since &&
        ctl_read_time(c->options.since, clock_real(), &r.since))
        return ctl_usage(
            c, "--since is a time such as 2030-01-31T00:00:00Z or -24h");
    if (c->options.target && strlen(c->options.target) > STORE_TARGET_MAX)
        return ctl_usage(c, "--target is up to %d bytes", STORE_TARGET_MAX);
    if (c->options.history && c->options.follow)
        return ctl_usage(c, "--history has an end, --follow has none");
    if (c->options.history && begin_history(&r))
        return CTL_FAILED;
    c->stream = c->options.follow;
    do {
        result = show_all(&r);
        if (c->options.follow && result == CTL_OK) {
            fflush(stdout);
            wait_a_second();
        }
    } while (c->options.follow && result == CTL_OK && !ctl_told());
    show_entries(&r);
    free(r.history.of);
    free(r.rows);
    return result == CTL_OK && !c->stream ? ctl_rows_end(c, columns) : result;
}

/* ---- checking ---- */

int ctl_events_verify(struct ctl *c)
{
    struct store_events_verify v = {
        .verb.kind = STORE_EVENTS_VERIFY, .most = VERIFY_SLICE};
    struct json_object *row;
    enum store_status status;
    int result;

    do {
        status = ctl_run(c, &v.verb);
    } while (status == STORE_OK && !v.done);
    if (status != STORE_OK) {
        buf_free(&v.report);
        return ctl_refused(c, status, "check");
    }
    row = ctl_row_new();
    ctl_add_int(row, "chains", (int64_t)v.chains);
    ctl_add_int(row, "events", (int64_t)v.events);
    ctl_add_int(row, "breaches", (int64_t)v.breaches);
    ctl_add(row, "report", ctl_report(&v.report));
    result = ctl_print(c, row);
    buf_free(&v.report);
    return v.breaches > 0 ? CTL_FAILED : result;
}
