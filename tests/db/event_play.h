#ifndef EVENT_PLAY_H
#define EVENT_PLAY_H

#include <string.h>

#include "db/bdb/row_event.h"
#include "db/bdb/row_project.h"
#include "fixture.h"

/* Events of account 1 and of its project "bot". */

enum { EVENT_PLAY_ROWS = 8 };

/**
 * event_play_prepare(t):
 * Make the account, of 100 credits, and the project.
 */
static inline void event_play_prepare(struct trail *t)
{
    fixture_account(t, 1, 100);
    fixture_project(t, 1, "bot");
}

/**
 * event_play_event(n, project):
 * The event ${n} of ${project}, or of the account when that is "".
 */
static inline struct store_event event_play_event(
    unsigned n, const char *project)
{
    struct store_event e = {.verb.kind = STORE_EVENT,
        .now = FIXTURE_NOW,
        .event = fixture_event(n, "{\"decision\":\"refuse\"}")};

    fixture_id(1, e.account);
    strcpy(e.event.project, project);
    return e;
}

/**
 * event_play_tell(t, n, project):
 * Write that event. Returns its number.
 */
static inline uint64_t event_play_tell(
    struct trail *t, unsigned n, const char *project)
{
    struct store_event e = event_play_event(n, project);

    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    return e.event.seq;
}

/**
 * event_play_admit(t, request):
 * Admit a call on the project.
 */
static inline void event_play_admit(struct trail *t, unsigned request)
{
    struct store_govern govern = {.project = "bot"};
    struct store_admit a = fixture_admit(1, request);

    a.govern = &govern;
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
}

/**
 * event_play_read(project, rows):
 * A verb that reads events of ${project} into EVENT_PLAY_ROWS ${rows}. The
 * caller frees its texts.
 */
static inline struct store_events event_play_read(
    const char *project, struct store_event_row *rows)
{
    struct store_events v = {
        .verb.kind = STORE_EVENTS, .rows = rows, .max = EVENT_PLAY_ROWS};

    strcpy(v.owner.project, project);
    fixture_id(1, v.owner.account);
    return v;
}

/**
 * event_play_verify(t, most):
 * Check all chains, in slices of ${most}.
 */
static inline struct store_events_verify event_play_verify(
    struct trail *t, uint32_t most)
{
    struct store_events_verify v = {
        .verb.kind = STORE_EVENTS_VERIFY, .most = most};

    while (!v.done) {
        assert_int_equal(fake_trail_run(t, &v), STORE_OK);
        assert_false(trail_failed(t));
    }
    buf_free(&v.report);
    return v;
}

/**
 * event_play_cut(t, row):
 * Remove the event of the number of ${row} from the project's.
 */
static inline void event_play_cut(
    struct trail *t, const struct store_event_row *row)
{
    const struct store_owner owner = {.project = "bot"};

    fake_trail_begin(t);
    row_event_delete(t, &owner, row);
    fake_trail_commit(t);
}

/**
 * event_play_head(t), event_play_put_head(t, head):
 * The head of the project's chain; put another in its place, as somebody
 * without the key would make it.
 */
static inline struct chain event_play_head(struct trail *t)
{
    struct store_project project;

    assert_int_equal(row_project_get(t, "bot", &project), TRAIL_FOUND);
    return project.events;
}

static inline void event_play_put_head(
    struct trail *t, const struct chain *head)
{
    struct store_project project;

    fake_trail_begin(t);
    assert_int_equal(row_project_get(t, "bot", &project), TRAIL_FOUND);
    project.events = *head;
    row_project_put(t, &project);
    fake_trail_commit(t);
}

#endif
