#include <string.h>

#include "core/id.h"
#include "row_hold.h"

static void caller_field(struct rec *r, enum store_caller *caller)
{
    uint8_t byte = (uint8_t)*caller;

    rec_u8(r, &byte);
    if (byte > CALLER_ACCOUNT)
        r->bad = true;
    *caller = (enum store_caller)byte;
}

static void window_field(struct rec *r, enum quota_window *window)
{
    uint8_t byte = (uint8_t)*window;

    rec_u8(r, &byte);
    if (byte >= QUOTA_WINDOWS)
        r->bad = true;
    *window = (enum quota_window)byte;
}

static void claim_fields(struct rec *r, struct row_claim *c)
{
    rec_text(r, c->project, sizeof(c->project));
    if (c->project[0] == 0)
        return;
    window_field(r, &c->budget_window);
    window_field(r, &c->user_window);
    rec_u32(r, &c->budget_day);
    rec_u32(r, &c->user_day);
    rec_bool(r, &c->of_user);
    rec_bytes(r, c->user, sizeof(c->user));
    rec_u64(r, &c->reserved);
}

static void governed_fields(struct rec *r, struct row_governed *g)
{
    rec_bool(r, &g->governed);
    if (!g->governed)
        return;
    rec_bool(r, &g->quiet);
    rec_text(r, g->policy, sizeof(g->policy));
    rec_u64(r, &g->version);
    rec_text(r, g->target, sizeof(g->target));
}

static void hold_fields(struct rec *r, void *row)
{
    struct row_hold *h = row;

    caller_field(r, &h->caller);
    rec_bytes(r, h->account, sizeof(h->account));
    rec_bytes(r, h->device, sizeof(h->device));
    rec_text(r, h->key_id, sizeof(h->key_id));
    rec_bytes(r, h->nonce, sizeof(h->nonce));
    rec_i64(r, &h->amount);
    rec_u64(r, &h->max_out);
    rec_u64(r, &h->est_in);
    rec_u64(r, &h->out_so_far);
    rec_bool(r, &h->accepted);
    rec_u32(r, &h->n);
    rec_u64(r, &h->price.usd_micro_per_mtok);
    rec_u64(r, &h->price.tokens_per_credit);
    rec_u32(r, &h->slot);
    rec_u64(r, &h->incarnation);
    rec_i64(r, &h->created);
    rec_i64(r, &h->boot);
    rec_i64(r, &h->lease_until);
    if (r->version < 2)
        return;
    rec_bool(r, &h->has_idempotency);
    rec_bytes(r, h->idempotency_key, sizeof(h->idempotency_key));
    if (r->version >= 3)
        claim_fields(r, &h->claim);
    if (r->version >= 4)
        governed_fields(r, &h->rule);
}

static void done_fields(struct rec *r, void *row)
{
    struct row_done *d = row;
    uint8_t ending = (uint8_t)d->ending;

    rec_u8(r, &ending);
    caller_field(r, &d->caller);
    rec_bytes(r, d->account, sizeof(d->account));
    rec_u64(r, &d->seq);
    rec_i64(r, &d->charge.credits);
    rec_i64(r, &d->charge.collected);
    rec_i64(r, &d->charge.uncollected);
    rec_bool(r, &d->charge.overrun);
    rec_i64(r, &d->posted);
    rec_u8(r, &d->flags);
    rec_i64(r, &d->time);
    if (ending < ENDING_SETTLED || ending > ENDING_EXPIRED)
        r->bad = true;
    d->ending = (enum row_ending)ending;
    if (r->version < 2) {
        d->corrected = true; /* it can not be: the price is not known */
        return;
    }
    rec_i64(r, &d->held);
    rec_u64(r, &d->price.usd_micro_per_mtok);
    rec_u64(r, &d->price.tokens_per_credit);
    rec_bool(r, &d->corrected);
    rec_u64(r, &d->adjust_seq);
    rec_bool(r, &d->has_idempotency);
    rec_bytes(r, d->idempotency_key, sizeof(d->idempotency_key));
    if (r->version >= 3)
        rec_u64(r, &d->tokens);
    if (r->version < 4)
        return;
    rec_bool(r, &d->tells);
    if (d->tells)
        rec_u64(r, &d->event);
}

static void purged_fields(struct rec *r, void *row)
{
    rec_i64(r, row);
}

const struct row_kind row_hold = {TABLE_HOLD, 4, sizeof(struct row_hold),
    hold_fields, "a hold row is unreadable"};

const struct row_kind row_done = {TABLE_DONE, 4, sizeof(struct row_done),
    done_fields, "the row of an ended hold is unreadable"};

const struct row_kind row_purged = {TABLE_META, 1, sizeof(int64_t),
    purged_fields, "what was forgotten until when is unreadable"};

void row_hold_place(const uint8_t request[STORE_ID], uint8_t place[STORE_ID])
{
    memcpy(place, request + ID_LEAD, STORE_ID - ID_LEAD);
    memcpy(place + STORE_ID - ID_LEAD, request, ID_LEAD);
}

void row_hold_request(const uint8_t place[STORE_ID], uint8_t request[STORE_ID])
{
    memcpy(request, place + STORE_ID - ID_LEAD, ID_LEAD);
    memcpy(request + ID_LEAD, place, STORE_ID - ID_LEAD);
}

enum trail_result row_hold_get(
    struct trail *t, const uint8_t request[STORE_ID], struct row_hold *hold)
{
    uint8_t place[STORE_ID];

    row_hold_place(request, place);
    return row_get(t, &row_hold, row_span(place, STORE_ID), hold);
}

void row_hold_put(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold)
{
    uint8_t place[STORE_ID];

    row_hold_place(request, place);
    row_put(t, &row_hold, row_span(place, STORE_ID), hold);
}

void row_hold_open(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold)
{
    uint8_t place[STORE_ID];

    row_hold_place(request, place);
    row_put_new(t, &row_hold, row_span(place, STORE_ID), hold);
}

void row_hold_delete(struct trail *t, const uint8_t request[STORE_ID])
{
    uint8_t place[STORE_ID];

    row_hold_place(request, place);
    trail_delete(t, TABLE_HOLD, row_span(place, STORE_ID));
}

bool row_hold_overdue(const struct row_hold *hold, int64_t boot, int64_t grace)
{
    return boot < hold->boot || boot - hold->lease_until > grace;
}

enum trail_result row_done_get(
    struct trail *t, const uint8_t request[STORE_ID], struct row_done *done)
{
    return row_get(t, &row_done, row_span(request, STORE_ID), done);
}

void row_done_put(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_done *done)
{
    row_put(t, &row_done, row_span(request, STORE_ID), done);
}

uint64_t row_done_tokens(uint64_t in, uint64_t out)
{
    uint64_t sum;

    return __builtin_add_overflow(in, out, &sum) ? UINT64_MAX : sum;
}

struct span row_purged_key(void)
{
    return row_span("purged", strlen("purged"));
}
