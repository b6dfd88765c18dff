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
    uint64_t had; /* of these, what the store knows that the consumer has */
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
    char consumer[STORE_LABEL_MAX + 1]; /* empty: none */
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
    if (!rows) {
        ctl_fail(r->c, "out of memory");
        return NULL;
    }
    r->rows = rows;
    rows[r->count] = (struct reader){.owner = *owner};
    if (r->consumer[0] &&
        ctl_consumer_look(r->c, owner, r->consumer, &rows[r->count].had))
        return NULL;
    rows[r->count].after = rows[r->count].had;
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
    void *cookie, const struct store_owner *owner, uint64_t newest)
{
    struct readers *r = cookie;
    static struct store_event_row rows[CTL_SLICE];
    struct store_events page = {.verb.kind = STORE_EVENTS,
        .owner = *owner,
        .since = r->since,
        .rows = rows,
        .max = CTL_SLICE};
    struct reader *reader = find_reader(r, owner);
    enum store_status status = STORE_OK;

    if (!reader)
        return CTL_FAILED;
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

/* What was printed the consumer has, and not before. */
static int move_on(struct readers *r)
{
    int result = CTL_OK;

    for (size_t i = 0; i < r->count && result == CTL_OK; i++) {
        struct reader *reader = &r->rows[i];

        if (!r->consumer[0] || reader->after == reader->had)
            continue;
        result =
            ctl_consumer_set(r->c, &reader->owner, r->consumer, reader->after);
        reader->had = reader->after;
    }
    return result;
}

static int follow(struct readers *r)
{
    int result;

    r->c->stream = true;
    do {
        result = ctl_each_owner(r->c, show_owner, r);
        if (result == CTL_OK)
            result = ctl_flush();
        if (result == CTL_OK)
            result = move_on(r);
        if (result == CTL_OK)
            wait_a_second();
    } while (result == CTL_OK && !ctl_told());
    return result;
}

static int show(struct readers *r)
{
    int result = ctl_each_owner(r->c, show_owner, r);

    show_entries(r);
    if (result == CTL_OK)
        result = ctl_rows_end(r->c, columns);
    return result == CTL_OK ? move_on(r) : result;
}

static int read_options(struct readers *r)
{
    const struct ctl_options *o = &r->c->options;

    if (o->since && ctl_read_time(o->since, clock_real(), &r->since))
        return ctl_usage(
            r->c, "--since is a time such as 2030-01-31T00:00:00Z or -24h");
    if (o->target && strlen(o->target) > STORE_TARGET_MAX)
        return ctl_usage(r->c, "--target is up to %d bytes", STORE_TARGET_MAX);
    if (o->history && o->follow)
        return ctl_usage(r->c, "--history has an end, --follow has none");
    if (o->consumer && (o->history || o->target || o->since))
        return ctl_usage(r->c, "a consumer has all events, or a project's");
    if (o->consumer && ctl_read_name(o->consumer, r->consumer))
        return ctl_usage(r->c, "--consumer is a name, as ids are");
    return o->history ? begin_history(r) : CTL_OK;
}

int ctl_events(struct ctl *c)
{
    struct readers r = {.c = c, .since = INT64_MIN};
    int result = read_options(&r);

    if (result == CTL_OK)
        result = c->options.follow ? follow(&r) : show(&r);
    free(r.history.of);
    free(r.rows);
    return result;
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
