#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "row_event.h"
#include "row_policy.h"
#include "row_project.h"

/* ---- what is remembered ---- */

static const struct dump_project *projects_of(
    const struct dump *d, size_t *count)
{
    *count = d->projects.len / sizeof(struct dump_project);
    return (const struct dump_project *)(const void *)d->projects.data;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b); /* a project's id is its first member */
}

static const struct dump_project *project_of(
    const struct dump *d, const char *id)
{
    size_t count;
    const struct dump_project *projects = projects_of(d, &count);

    return count == 0
               ? NULL
               : bsearch(id, projects, count, sizeof(*projects), by_name);
}

/* ---- projects, policies, quotas ---- */

static bool project_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row = {0};
    struct store_project *p = &row.project.row;
    struct dump_project seen = {0};

    if (!dump_next(d, key))
        return false;
    if (!row_project_is(key))
        return true;
    if (!row_decode_or_fail(d->t, &row_project, value, p))
        return false;
    if (dump_account_of(d->dump, p->account) == NULL)
        return true;
    memcpy(seen.id, p->id, sizeof(seen.id));
    seen.pruned = p->events.pruned;
    seen.events = p->events.seq;
    buf_put(&d->dump->projects, &seen, sizeof(seen));
    if (p->has_web_tools)
        row_project_tools(d->t, p->id, &row.project.web_tools);
    dump_line(d, PORTABLE_PROJECT, &row);
    buf_free(&row.project.web_tools);
    return !trail_failed(d->t);
}

void dump_projects(struct dumping *d)
{
    dump_table(d, TABLE_PROJECT, project_row);
}

/* Each policy with its versions, which stand behind all policies: 'p' < 'r'.
 * What was counted of decisions is not worth a line. */
static bool policy_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row = {0};

    if (key.p[0] != 'p' || !dump_next(d, key))
        return false;
    if (!row_decode_or_fail(d->t, &row_policy, value, &row.policy))
        return false;
    if (dump_account_of(d->dump, row.policy.account) == NULL)
        return true;
    dump_line(d, PORTABLE_POLICY, &row);
    for (uint64_t version = 1; version <= row.policy.version; version++) {
        union portable_row old = {0};
        struct portable_revision *r = &old.revision;

        memcpy(r->account, row.policy.account, STORE_ID);
        memcpy(r->policy, row.policy.id, sizeof(r->policy));
        if (row_revision_get(d->t, &row.policy, version, &r->row,
                &r->document) == TRAIL_FOUND)
            dump_line(d, PORTABLE_REVISION, &old);
        buf_free(&r->document);
    }
    return !trail_failed(d->t);
}

void dump_policies(struct dumping *d)
{
    dump_table(d, TABLE_POLICY, policy_row);
}

static bool quota_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row = {0};
    struct portable_quota *q = &row.quota;

    if (!dump_next(d, key))
        return false;
    if (row_quota_read(key, &q->key) < 0) {
        trail_fail(d->t, "a quota row has an unknown key");
        return false;
    }
    if (!row_decode_or_fail(d->t, &row_quota_kind, value, &q->row))
        return false;
    if ((q->row.requests > 0 || q->row.tokens > 0) &&
        project_of(d->dump, q->key.project) != NULL)
        dump_line(d, PORTABLE_QUOTA, &row);
    return true;
}

void dump_quotas(struct dumping *d)
{
    dump_table(d, TABLE_QUOTA, quota_row);
}

/* ---- events ---- */

struct chain_walk {
    struct dumping *d;
    struct store_owner owner;
    uint64_t pruned, last; /* as remembered */
    struct span prefix;
    struct buf text; /* of one event */
};

static bool chain_event(void *cookie, struct span key, struct span value)
{
    struct chain_walk *w = cookie;
    struct dumping *d = w->d;
    union portable_row row = {0};
    struct portable_event *e = &row.event;
    uint64_t seq;

    if (key.n < w->prefix.n || memcmp(key.p, w->prefix.p, w->prefix.n) != 0 ||
        row_event_read(key, &e->owner, &seq) < 0 || seq > w->last)
        return false;
    d->pause = d->budget <= 0;
    if (d->pause)
        return false;
    d->moved = seq != d->dump->mark.seq + 1;
    if (d->moved)
        return false;
    buf_reset(&w->text);
    if (row_event_decode(value, &e->row, &w->text) < 0 || w->text.failed) {
        trail_fail(d->t, w->text.failed ? "out of memory for an event"
                                        : "an event is unreadable");
        return false;
    }
    d->dump->mark.seq = seq;
    e->text = w->text;
    dump_line(d, PORTABLE_EVENT, &row);
    return true;
}

/* Chains of accounts come first. Returns whether there is one at ${index}. */
static bool chain_at(const struct dump *d, size_t index, struct chain_walk *w)
{
    const size_t accounts = d->accounts.len / sizeof(struct dump_account);
    size_t count;
    const struct dump_project *projects = projects_of(d, &count);
    const struct dump_account *a;

    if (index < accounts) {
        a = (const struct dump_account *)(const void *)d->accounts.data + index;
        memcpy(w->owner.account, a->id, STORE_ID);
        w->pruned = a->pruned;
        w->last = a->events;
        return true;
    }
    if (index - accounts >= count)
        return false;
    projects += index - accounts;
    memcpy(w->owner.project, projects->id, sizeof(w->owner.project));
    w->pruned = projects->pruned;
    w->last = projects->events;
    return true;
}

void dump_events(struct dumping *d)
{
    struct dump_mark *m = &d->dump->mark;
    uint8_t place[ROW_EVENT_PLACE], name[ROW_EVENT_PLACE];
    struct chain_walk w = {.d = d};
    size_t n;

    if (!chain_at(d->dump, m->index, &w)) {
        m->phase = DUMP_CURSORS;
        m->index = 0;
        return;
    }
    if (m->seq < w.pruned)
        m->seq = w.pruned;
    w.prefix = row_span(name, row_event_owner(&w.owner, name));
    n = row_event_place(&w.owner, m->seq + 1, place);
    if (w.last > m->seq)
        trail_walk(d->t, TABLE_EVENT, row_span(place, n), chain_event, &w);
    buf_free(&w.text);
    d->budget--; /* a chain without events is work, too */
    if (d->pause || d->moved)
        return;
    d->moved = m->seq != w.last && !trail_failed(d->t);
    m->index++;
    m->seq = 0;
}

static bool cursor_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row = {0};
    struct portable_cursor *c = &row.cursor;
    const struct dump_account *account;
    const struct dump_project *project;
    uint64_t last = 0;

    if (key.p[0] != 'c' || !dump_next(d, key))
        return false;
    if (row_cursor_read(key, value, &c->owner, c->consumer, &c->seq) < 0) {
        trail_fail(d->t, "a cursor is unreadable");
        return false;
    }
    account = dump_account_of(d->dump, c->owner.account);
    project = project_of(d->dump, c->owner.project);
    if (c->owner.project[0] != 0 ? project == NULL : account == NULL)
        return true;
    last = c->owner.project[0] != 0 ? project->events : account->events;
    if (c->seq > last)
        c->seq = last;
    dump_line(d, PORTABLE_CURSOR, &row);
    return true;
}

void dump_cursors(struct dumping *d)
{
    struct dump_mark *m = &d->dump->mark;

    if (m->after_n == 0) {
        m->after[0] = 'c'; /* which is no key itself */
        m->after_n = 1;
    }
    dump_table(d, TABLE_EVENT, cursor_row);
}
