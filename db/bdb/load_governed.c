#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "load.h"
#include "outbox.h"
#include "quota_claim.h"
#include "row_policy.h"
#include "row_project.h"

/* ---- projects, policies, quotas ---- */

void load_claim(struct loading *l, const struct row_hold *hold)
{
    if (hold->claim.project[0] != 0)
        quota_claim_restore(l->t, &hold->claim);
}

static void load_project(struct loading *l, struct portable_project *p)
{
    struct store_project other;

    if (p->row.id[0] == 0) {
        load_refuse(l, "the project has no id");
        return;
    }
    if (!load_is_known(l, p->row.account, 0) ||
        !load_is_new(
            l, row_project_get(l->t, p->row.id, &other), "the project"))
        return;
    p->row.has_web_tools = p->web_tools.len > 0;
    row_project_put(l->t, &p->row);
    if (p->row.has_web_tools)
        row_project_put_tools(l->t, p->row.id,
            (struct span){p->web_tools.data, p->web_tools.len});
}

static void load_policy(struct loading *l, const struct store_policy *p)
{
    struct store_policy other;

    if (p->id[0] == 0 || p->version == 0) {
        load_refuse(l, "the policy is not sound");
        return;
    }
    if (load_is_known(l, p->account, 0) &&
        load_is_new(
            l, row_policy_get(l->t, p->account, p->id, &other), "the policy"))
        row_policy_put(l->t, p);
}

static void load_revision(struct loading *l, const struct portable_revision *r)
{
    const struct span document = {r->document.data, r->document.len};
    uint8_t hash[crypto_hash_sha256_BYTES];
    struct store_policy policy;
    struct store_revision other;

    crypto_hash_sha256(hash, (const uint8_t *)document.p, document.n);
    if (row_policy_get(l->t, r->account, r->policy, &policy) != TRAIL_FOUND ||
        r->row.version == 0 || r->row.version > policy.version)
        load_refuse(l, "it is a version of a policy that does not have it");
    else if (memcmp(hash, r->row.hash, sizeof(hash)) != 0)
        load_refuse(l, "the document is not the one of the hash");
    else if (load_is_new(l,
                 row_revision_get(l->t, &policy, r->row.version, &other, NULL),
                 "the version"))
        row_revision_put(l->t, &policy, &r->row, document);
}

static void load_quota(struct loading *l, const struct portable_quota *q)
{
    struct store_project project;
    struct quota_use use;

    if (row_project_get(l->t, q->key.project, &project) != TRAIL_FOUND) {
        load_refuse(l, "it names a project that does not exist");
        return;
    }
    row_quota_get(l->t, &q->key, &use);
    if (use.requests != 0 || use.tokens != 0) {
        load_refuse(l, "the quota is there twice");
        return;
    }
    use.requests = q->row.requests;
    use.tokens = q->row.tokens;
    row_quota_put(l->t, &q->key, &use);
}

/* ---- events ---- */

static bool find_box(
    struct loading *l, const struct store_owner *owner, struct outbox *box)
{
    enum trail_result result = outbox_find(l->t, owner, box);

    if (result == TRAIL_NONE)
        load_refuse(l, "its owner does not exist");
    return result == TRAIL_FOUND;
}

/* The MAC of the event before ${seq}, which came in an earlier line. */
static bool find_previous(
    struct loading *l, struct outbox *box, uint64_t seq, uint8_t mac[MAC_SIZE])
{
    const struct chain *chain = outbox_chain(box);
    struct store_event_row row;

    if (seq == chain->pruned + 1) {
        memcpy(mac, chain->anchor, MAC_SIZE);
        return true;
    }
    if (row_event_get(l->t, &box->owner, seq - 1, &row) != TRAIL_FOUND) {
        load_refuse(l, "event %" PRIu64 " does not come before it", seq - 1);
        return false;
    }
    memcpy(mac, row.mac, MAC_SIZE);
    return true;
}

static void load_event(struct loading *l, const struct portable_event *e)
{
    uint8_t previous[MAC_SIZE], name[ROW_EVENT_PLACE];
    struct chain_link link = {.owner = outbox_name(&e->owner, name),
        .time = e->row.time,
        .target = row_span(e->row.target, strlen(e->row.target)),
        .text = {e->text.data, e->text.len}};
    struct outbox box;

    memcpy(link.id, e->row.id, sizeof(link.id));
    if (!find_box(l, &e->owner, &box))
        return;
    if (e->row.seq == 0 || e->row.seq > outbox_chain(&box)->seq ||
        e->row.seq <= outbox_chain(&box)->pruned)
        load_refuse(l, "its owner does not know the event");
    else if (find_previous(l, &box, e->row.seq, previous) &&
             !chain_verify(trail_ledger_key(l->t), previous, e->row.seq, &link,
                 e->row.mac))
        load_refuse(l, "the MAC is wrong: changed, or sealed with another key");
    if (!l->refused)
        row_event_put(l->t, &e->owner, &e->row, link.text);
}

static void load_cursor(struct loading *l, const struct portable_cursor *c)
{
    struct outbox box;
    uint64_t seq;

    if (!find_box(l, &c->owner, &box))
        return;
    if (c->consumer[0] == 0 || c->seq > outbox_chain(&box)->seq)
        load_refuse(l, "the cursor is not sound");
    else if (load_is_new(l, row_cursor_get(l->t, &c->owner, c->consumer, &seq),
                 "the cursor"))
        row_cursor_put(l->t, &c->owner, c->consumer, c->seq);
}

/* ---- the whole ---- */

void load_governed(
    struct loading *l, enum portable kind, union portable_row *row)
{
    switch (kind) {
    case PORTABLE_PROJECT:
        load_project(l, &row->project);
        break;
    case PORTABLE_POLICY:
        load_policy(l, &row->policy);
        break;
    case PORTABLE_REVISION:
        load_revision(l, &row->revision);
        break;
    case PORTABLE_QUOTA:
        load_quota(l, &row->quota);
        break;
    case PORTABLE_EVENT:
        load_event(l, &row->event);
        break;
    case PORTABLE_CURSOR:
        load_cursor(l, &row->cursor);
        break;
    default:
        break;
    }
}
