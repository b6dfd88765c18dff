#include <string.h>

#include "event_check.h"
#include "outbox.h"
#include "row_account.h"
#include "row_project.h"
#include "verb.h"

/* ---- writing ---- */

enum store_status verb_event(struct trail *t, struct store_verb *verb)
{
    struct store_event *v = (struct store_event *)verb;
    struct store_account account;
    struct store_project project;

    if (row_event_noted(t, v->event.id, &v->event.seq) == TRAIL_FOUND)
        return STORE_OK;
    if (row_account_get(t, v->account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (v->event.project[0] != 0 &&
        (row_project_get(t, v->event.project, &project) != TRAIL_FOUND ||
            memcmp(project.account, v->account, STORE_ID) != 0))
        return STORE_NOT_FOUND;
    outbox_append(t, v->account, &v->event, v->now);
    row_event_note(t, v->event.id, v->event.seq);
    return STORE_OK;
}

/* ---- reading ---- */

/* Events looked at for each that there is room for, as others hold the gate
 * meanwhile: a filter may let few of them through. */
enum { LOOKS_FOR_EACH = 16 };

struct event_page {
    struct trail *t;
    struct store_events *v;
    struct span prefix;
    size_t count, looks;
    uint64_t last;
    bool more;
};

static bool events_row(void *cookie, struct span key, struct span value)
{
    struct event_page *p = cookie;
    struct store_events *v = p->v;
    struct store_event_row *row = &v->rows[p->count];
    const size_t texts = v->texts.len;

    if (key.n != p->prefix.n + 8 ||
        memcmp(key.p, p->prefix.p, p->prefix.n) != 0)
        return false;
    p->more = p->count == v->max || p->looks == 0;
    if (p->more)
        return false;
    p->looks--;
    if (row_event_decode(value, row, &v->texts) < 0) {
        trail_fail(p->t, "an event is unreadable");
        return false;
    }
    p->last = row->seq;
    if (row->time < v->since ||
        (v->target[0] != 0 && strcmp(v->target, row->target) != 0)) {
        v->texts.len = texts;
        return true;
    }
    row->text = texts;
    row->text_n = v->texts.len - texts;
    p->count++;
    return true;
}

enum store_status verb_events(struct trail *t, struct store_verb *verb)
{
    struct store_events *v = (struct store_events *)verb;
    uint8_t place[ROW_EVENT_PLACE], name[ROW_EVENT_PLACE];
    struct event_page page = {
        .t = t, .v = v, .last = v->after, .looks = v->max * LOOKS_FOR_EACH};
    struct outbox box;
    size_t n;

    buf_reset(&v->texts);
    if (outbox_find(t, &v->owner, &box) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    page.prefix = outbox_name(&v->owner, name);
    n = row_event_place(&v->owner, v->after + 1, place);
    trail_walk(t, TABLE_EVENT, row_span(place, n), events_row, &page);
    if (v->texts.failed)
        trail_fail(t, "out of memory for events");
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    v->after = page.last;
    v->pruned = outbox_chain(&box)->pruned;
    return STORE_OK;
}

/* ---- checking ---- */

enum store_status verb_events_verify(struct trail *t, struct store_verb *verb)
{
    struct store_events_verify *v = (struct store_events_verify *)verb;
    struct buf report = {0};
    struct event_check c = {.t = t,
        .budget = v->most > 0 ? v->most : 1,
        .report = &report,
        .state = {.phase = v->phase,
            .owner = v->owner,
            .begun = v->begun,
            .seq = v->seq}};

    memcpy(c.state.mac, v->mac, MAC_SIZE);
    event_check_run(&c);
    if (!trail_failed(t)) {
        v->phase = c.state.phase;
        v->owner = c.state.owner;
        v->begun = c.state.begun;
        v->seq = c.state.seq;
        memcpy(v->mac, c.state.mac, MAC_SIZE);
        v->chains += c.chains;
        v->events += c.events;
        v->breaches += c.breaches;
        v->done = c.state.phase == CHECK_DONE;
        if (report.len > 0)
            buf_put(&v->report, report.data, report.len);
    }
    if (report.failed || v->report.failed)
        trail_fail(t, "out of memory for the report");
    buf_free(&report);
    return STORE_OK;
}

/* ---- consumers ---- */

enum store_status verb_cursor(struct trail *t, struct store_verb *verb)
{
    struct store_cursor *v = (struct store_cursor *)verb;
    struct outbox box;
    uint64_t seq;

    if (outbox_find(t, &v->owner, &box) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (v->act == CURSOR_SET) {
        if (v->seq > outbox_chain(&box)->seq)
            return STORE_REFUSED;
        row_cursor_put(t, &v->owner, v->consumer, v->seq);
        return STORE_OK;
    }
    if (v->act == CURSOR_NEXT)
        return row_cursor_next(t, &v->owner, v->consumer, v->next, &v->seq) ==
                       TRAIL_FOUND
                   ? STORE_OK
                   : STORE_NOT_FOUND;
    if (row_cursor_get(t, &v->owner, v->consumer, &seq) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    v->seq = seq;
    if (v->act == CURSOR_DROP)
        row_cursor_delete(t, &v->owner, v->consumer);
    return STORE_OK;
}
