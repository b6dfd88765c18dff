#include <string.h>

#include "audit.h"
#include "verb.h"

/* Steps of so many rows, with a look at the clock after each. */
enum { STEP = 256 };

static void audit_load(struct audit *a, struct store_audit *v)
{
    const size_t n = sizeof(a->state);

    if (v->cursor.len == 0)
        buf_put(&v->cursor, &a->state, n);
    a->cursor = &v->cursor;
    if (!v->cursor.failed)
        memcpy(&a->state, v->cursor.data, n);
}

static void audit_store(const struct audit *a, struct store_audit *v)
{
    memcpy(v->cursor.data, &a->state, sizeof(a->state));
    v->accounts += a->account_count;
    v->entries += a->entry_count;
    v->holds += a->hold_count;
    v->breaches += a->breaches;
    v->done = a->state.phase == AUDIT_DONE;
}

static void audit_step(struct audit *a)
{
    switch (a->state.phase) {
    case AUDIT_BEGIN:
        audit_begin(a);
        break;
    case AUDIT_PART:
        audit_part(a);
        break;
    case AUDIT_JOURNALS:
        audit_journals(a);
        break;
    case AUDIT_HOLDS:
        audit_holds(a);
        break;
    case AUDIT_ENDED:
    case AUDIT_MISMATCH_ENDED:
        audit_ended(a);
        break;
    case AUDIT_MISMATCH_JOURNALS:
        audit_mismatch_journals(a);
        break;
    case AUDIT_QUOTAS:
        audit_quotas(a);
        break;
    case AUDIT_EVENTS:
        audit_events(a);
        break;
    case AUDIT_DONE:
        break;
    }
}

static void audit_slice(struct audit *a, uint32_t most)
{
    const int64_t rows = most > 0 ? most : 1;
    int64_t left = rows;

    do {
        a->budget = left < STEP ? left : STEP;
        left -= a->budget;
        while (a->budget > 0 && a->state.phase != AUDIT_DONE &&
               !trail_failed(a->t) && !a->cursor->failed)
            audit_step(a);
    } while (left > 0 && a->state.phase != AUDIT_DONE && !trail_failed(a->t) &&
             !trail_is_long(a->t));
}

enum store_status verb_audit(struct trail *t, struct store_verb *verb)
{
    struct store_audit *v = (struct store_audit *)verb;
    struct audit a = {.t = t, .boot = v->boot};
    size_t known;

    audit_load(&a, v);
    known = v->cursor.len;
    audit_match_prepare(&a);
    if (!v->cursor.failed)
        audit_slice(&a, v->most);
    if (!trail_failed(t) && a.report.len > 0)
        buf_put(&v->report, a.report.data, a.report.len);
    if (v->cursor.failed || a.report.failed || v->report.failed)
        trail_fail(t, "out of memory for the audit");
    if (trail_failed(t))
        v->cursor.len = known;
    else
        audit_store(&a, v);
    buf_free(&a.report);
    return STORE_OK;
}
