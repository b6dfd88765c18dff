#include <sodium.h>
#include <string.h>

#include "outbox.h"
#include "row_account.h"
#include "row_policy.h"
#include "verb.h"

_Static_assert(
    sizeof(((struct store_revision *)NULL)->hash) == crypto_hash_sha256_BYTES,
    "a hash fits its field");

/* ---- one more version ---- */

/* Whether this very verb has been done: its answer got lost. */
static bool put_is_done(
    struct trail *t, const struct store_policy_put *v, uint64_t newest)
{
    struct store_revision revision;

    return v->policy.version != 0 && v->policy.version <= newest &&
           row_revision_get(t, &v->policy, v->policy.version, &revision,
               NULL) == TRAIL_FOUND &&
           memcmp(revision.put, v->put, STORE_ID) == 0;
}

static bool newest_says(struct trail *t, const struct store_policy *policy,
    const uint8_t hash[crypto_hash_sha256_BYTES])
{
    struct store_revision newest;

    return policy->version != 0 &&
           row_revision_get(t, policy, policy->version, &newest, NULL) ==
               TRAIL_FOUND &&
           memcmp(newest.hash, hash, sizeof(newest.hash)) == 0;
}

static void put_version(struct trail *t, struct store_policy_put *v,
    struct store_policy *policy, struct span document)
{
    struct store_revision revision = {.created = v->now};

    crypto_hash_sha256(revision.hash, (const uint8_t *)document.p, document.n);
    memcpy(revision.put, v->put, STORE_ID);
    v->already = newest_says(t, policy, revision.hash);
    if (!v->already) {
        revision.version = ++policy->version;
        policy->updated = v->now;
        policy->budget = v->budget;
        policy->user_quota = v->user_quota;
        row_revision_put(t, policy, &revision, document);
        if (v->event.text.n > 0)
            outbox_append(t, v->account, &v->event, v->now);
    }
}

enum store_status verb_policy_put(struct trail *t, struct store_verb *verb)
{
    struct store_policy_put *v = (struct store_policy_put *)verb;
    struct spike none = {0};
    struct store_account account;
    struct store_policy policy;
    struct store_revision old;
    struct buf again = {0};

    if (row_account_get(t, v->account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (row_policy_get(t, v->account, v->id, &policy) != TRAIL_FOUND) {
        policy = (struct store_policy){.created = v->now};
        memcpy(policy.account, v->account, STORE_ID);
        memcpy(policy.id, v->id, sizeof(policy.id));
    }
    if (put_is_done(t, v, policy.version))
        return STORE_OK;
    if (v->only_behind && v->behind != policy.version)
        return STORE_REFUSED;
    if (v->again != 0 &&
        row_revision_get(t, &policy, v->again, &old, &again) != TRAIL_FOUND) {
        buf_free(&again);
        return STORE_NOT_FOUND;
    }
    put_version(t, v, &policy,
        v->again != 0 ? (struct span){again.data, again.len} : v->document);
    buf_free(&again);
    policy.rolled_back_until = 0;
    row_policy_put(t, &policy);
    row_spike_put(t, &policy, &none);
    v->policy = policy;
    return STORE_OK;
}

/* ---- looking ---- */

enum store_status verb_policy_get(struct trail *t, struct store_verb *verb)
{
    struct store_policy_get *v = (struct store_policy_get *)verb;
    const uint64_t version = v->version;

    buf_reset(&v->document);
    if (row_policy_get(t, v->account, v->id, &v->policy) != TRAIL_FOUND ||
        row_revision_get(t, &v->policy,
            version != 0 ? version : v->policy.version, &v->revision,
            &v->document) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    return STORE_OK;
}

struct policy_page {
    struct trail *t;
    struct store_policy_list *list;
    struct span from;
    size_t count;
    bool more;
};

static bool policy_list_row(void *cookie, struct span key, struct span value)
{
    struct policy_page *p = cookie;
    struct store_policy_list *v = p->list;

    if (key.n < ROW_POLICY_HEAD ||
        memcmp(key.p, p->from.p, ROW_POLICY_HEAD) != 0)
        return false;
    if (key.n == p->from.n && memcmp(key.p, p->from.p, key.n) == 0)
        return true;
    if (p->count == v->max) {
        p->more = true;
        return false;
    }
    if (!row_decode_or_fail(p->t, &row_policy, value, &v->rows[p->count]))
        return false;
    p->count++;
    return true;
}

enum store_status verb_policy_list(struct trail *t, struct store_verb *verb)
{
    struct store_policy_list *v = (struct store_policy_list *)verb;
    uint8_t place[ROW_POLICY_PLACE];
    const size_t n = row_policy_place(v->account, v->after, place);
    struct policy_page page = {.t = t, .list = v, .from = row_span(place, n)};

    trail_walk(t, TABLE_POLICY, page.from, policy_list_row, &page);
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    if (page.count > 0)
        memcpy(v->after, v->rows[page.count - 1].id, sizeof(v->after));
    return STORE_OK;
}

enum store_status verb_policy_versions(struct trail *t, struct store_verb *verb)
{
    struct store_policy_versions *v = (struct store_policy_versions *)verb;
    struct store_policy policy;
    uint64_t at;
    size_t count = 0;

    if (row_policy_get(t, v->account, v->id, &policy) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    at = v->before != 0 && v->before <= policy.version ? v->before - 1
                                                       : policy.version;
    for (; at > 0 && count < v->max; at--) {
        switch (row_revision_get(t, &policy, at, &v->rows[count], NULL)) {
        case TRAIL_FOUND:
            count++;
            break;
        case TRAIL_NONE:
            trail_fail(t, "a version of a policy is missing");
            return STORE_OK;
        case TRAIL_FAILED:
            return STORE_OK;
        }
    }
    v->count = count;
    v->before = at + 1;
    v->more = at > 0;
    return STORE_OK;
}
