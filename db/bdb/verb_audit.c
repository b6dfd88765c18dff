#include <string.h>

#include "audit.h"
#include "verb.h"

static void audit_load(struct audit *a, const struct store_audit *v)
{
    const size_t n = sizeof(a->state);

    if (v->cursor.len < n)
        return;
    memcpy(&a->state, v->cursor.data, n);
    buf_put(&a->accounts, v->cursor.data + n, v->cursor.len - n);
}

static void audit_store(struct audit *a, struct store_audit *v)
{
    struct buf cursor = {0};

    buf_put(&cursor, &a->state, sizeof(a->state));
    if (a->accounts.len > 0)
        buf_put(&cursor, a->accounts.data, a->accounts.len);
    if (a->report.len > 0)
        buf_put(&v->report, a->report.data, a->report.len);
    if (cursor.failed || v->report.failed)
        trail_fail(a->t, "out of memory for the audit");
    buf_free(&v->cursor);
    v->cursor = cursor;
    v->accounts += a->account_count;
    v->entries += a->entry_count;
    v->holds += a->hold_count;
    v->breaches += a->breaches;
    v->done = a->state.phase == AUDIT_DONE;
}

static void audit_step(struct audit *a)
{
    switch (a->state.phase) {
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
        audit_ended(a);
        break;
    case AUDIT_DONE:
        break;
    }
}

enum store_status verb_audit(struct trail *t, struct store_verb *verb)
{
    struct store_audit *v = (struct store_audit *)verb;
    struct audit a = {
        .t = t, .boot = v->boot, .budget = v->most > 0 ? v->most : 1};

    audit_load(&a, v);
    while (a.budget > 0 && a.state.phase != AUDIT_DONE && !trail_failed(t) &&
           !a.accounts.failed)
        audit_step(&a);
    if (a.accounts.failed || a.report.failed)
        trail_fail(t, "out of memory for the audit");
    if (!trail_failed(t))
        audit_store(&a, v);
    buf_free(&a.accounts);
    buf_free(&a.report);
    return STORE_OK;
}
