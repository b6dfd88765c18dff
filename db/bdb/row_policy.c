#include <string.h>

#include "row_long.h"
#include "row_policy.h"
#include "row_quota.h"

static void policy_fields(struct rec *r, void *row)
{
    struct store_policy *p = row;

    rec_bytes(r, p->account, sizeof(p->account));
    rec_text(r, p->id, sizeof(p->id));
    rec_u64(r, &p->version);
    rec_i64(r, &p->created);
    rec_i64(r, &p->updated);
    rec_i64(r, &p->rolled_back_until);
    if (r->version >= 2) {
        row_quota_limit(r, &p->budget);
        row_quota_limit(r, &p->user_quota);
    }
}

static void revision_fields(struct rec *r, void *row)
{
    struct store_revision *v = row;

    rec_u64(r, &v->version);
    rec_i64(r, &v->created);
    rec_bytes(r, v->hash, sizeof(v->hash));
    rec_bytes(r, v->put, sizeof(v->put));
}

static void spike_fields(struct rec *r, void *row)
{
    struct spike *s = row;

    rec_u32(r, &s->width);
    rec_i64(r, &s->newest);
    for (int i = 0; i < SPIKE_BUCKETS; i++) {
        rec_u32(r, &s->bucket[i].evaluated);
        rec_u32(r, &s->bucket[i].flagged);
    }
    if (s->newest < 0)
        r->bad = true;
}

const struct row_kind row_policy = {TABLE_POLICY, 2,
    sizeof(struct store_policy), policy_fields, "a policy row is unreadable"};

static const struct row_kind row_spike = {TABLE_POLICY, 1, sizeof(struct spike),
    spike_fields, "the row of a policy's decisions is unreadable"};

static const struct row_kind revision_kind = {TABLE_POLICY, 1,
    sizeof(struct store_revision), revision_fields,
    "a version of a policy is unreadable"};

static const struct row_long row_revision = {&revision_kind, STORE_POLICY_MAX};

static size_t place_of(char kind, const uint8_t account[STORE_ID],
    const char *id, uint8_t place[ROW_POLICY_PLACE])
{
    const size_t n = strnlen(id, STORE_NAME_MAX);

    place[0] = (uint8_t)kind;
    memcpy(place + 1, account, STORE_ID);
    memcpy(place + ROW_POLICY_HEAD, id, n);
    return ROW_POLICY_HEAD + n;
}

size_t row_policy_place(const uint8_t account[STORE_ID], const char *id,
    uint8_t place[ROW_POLICY_PLACE])
{
    return place_of('p', account, id, place);
}

enum trail_result row_policy_get(struct trail *t,
    const uint8_t account[STORE_ID], const char *id,
    struct store_policy *policy)
{
    uint8_t place[ROW_POLICY_PLACE];
    const size_t n = row_policy_place(account, id, place);

    return row_get(t, &row_policy, row_span(place, n), policy);
}

void row_policy_put(struct trail *t, const struct store_policy *policy)
{
    uint8_t place[ROW_POLICY_PLACE];
    const size_t n = row_policy_place(policy->account, policy->id, place);

    row_put(t, &row_policy, row_span(place, n), policy);
}

/* ---- versions ---- */

static struct span revision_place(const struct store_policy *policy,
    uint64_t version, uint8_t place[ROW_POLICY_PLACE])
{
    size_t n = place_of('r', policy->account, policy->id, place);

    place[n++] = 0;
    for (int i = 0; i < 8; i++)
        place[n++] = (uint8_t)(version >> (56 - 8 * i));
    return row_span(place, n);
}

enum trail_result row_revision_get(struct trail *t,
    const struct store_policy *policy, uint64_t version,
    struct store_revision *revision, struct buf *document)
{
    uint8_t place[ROW_POLICY_PLACE];

    return row_long_get(t, &row_revision,
        revision_place(policy, version, place), revision, document);
}

void row_revision_put(struct trail *t, const struct store_policy *policy,
    const struct store_revision *revision, struct span document)
{
    uint8_t place[ROW_POLICY_PLACE];

    row_long_put(t, &row_revision,
        revision_place(policy, revision->version, place), revision, document);
}

/* ---- decisions ---- */

void row_spike_get(
    struct trail *t, const struct store_policy *policy, struct spike *spike)
{
    uint8_t place[ROW_POLICY_PLACE];
    const size_t n = place_of('s', policy->account, policy->id, place);

    if (row_get(t, &row_spike, row_span(place, n), spike) == TRAIL_NONE)
        *spike = (struct spike){0};
}

void row_spike_put(struct trail *t, const struct store_policy *policy,
    const struct spike *spike)
{
    uint8_t place[ROW_POLICY_PLACE];
    const size_t n = place_of('s', policy->account, policy->id, place);

    row_put(t, &row_spike, row_span(place, n), spike);
}
