#include <string.h>

#include "outbox.h"
#include "row_account.h"
#include "row_policy.h"
#include "row_project.h"

#define MINUTE (INT64_C(60) * 1000000)

/* ---- whose ---- */

enum trail_result outbox_find(
    struct trail *t, const struct store_owner *owner, struct outbox *box)
{
    box->owner = *owner;
    if (owner->project[0] != 0)
        return row_project_get(t, owner->project, &box->project);
    return row_account_get(t, owner->account, &box->account);
}

struct chain *outbox_chain(struct outbox *box)
{
    return box->owner.project[0] != 0 ? &box->project.events
                                      : &box->account.events;
}

void outbox_save(struct trail *t, const struct outbox *box)
{
    if (box->owner.project[0] != 0)
        row_project_put(t, &box->project);
    else
        row_account_put(t, &box->account);
}

struct span outbox_name(
    const struct store_owner *owner, uint8_t name[ROW_EVENT_PLACE])
{
    return row_span(name, row_event_owner(owner, name));
}

/* ---- one more ---- */

static void box_put(struct trail *t, struct outbox *box,
    const uint8_t id[STORE_ID], const char *target, struct span text,
    int64_t now)
{
    uint8_t name[ROW_EVENT_PLACE];
    struct chain *chain = outbox_chain(box);
    struct chain_link link = {.owner = outbox_name(&box->owner, name),
        .time = now,
        .target = row_span(target, strlen(target)),
        .text = text};
    struct store_event_row row = {.time = now};

    memcpy(link.id, id, STORE_ID);
    chain_append(trail_ledger_key(t), chain, &link);
    row.seq = chain->seq;
    memcpy(row.id, id, STORE_ID);
    memcpy(row.mac, chain->mac, MAC_SIZE);
    memcpy(row.target, target, strlen(target) + 1);
    row_event_put(t, &box->owner, &row, text);
}

/* Whether the decision that ${add} tells of was one too many. */
static bool count_decision(struct trail *t, const uint8_t account[STORE_ID],
    const struct store_event_add *add, int64_t now)
{
    struct store_policy policy;
    struct spike spike;
    bool over;

    if (add->policy[0] == 0 || add->rule.window_minutes == 0 ||
        row_policy_get(t, account, add->policy, &policy) != TRAIL_FOUND ||
        now < policy.rolled_back_until)
        return false;
    row_spike_get(t, &policy, &spike);
    over = spike_count(&spike, &add->rule, now, add->flagged);
    row_spike_put(t, &policy, &spike);
    if (over) {
        policy.rolled_back_until =
            now + (int64_t)add->rule.cooldown_minutes * MINUTE;
        row_policy_put(t, &policy);
    }
    return over;
}

static bool find_box(struct trail *t, const uint8_t account[STORE_ID],
    const char *project, struct outbox *box)
{
    struct store_owner owner = {0};

    memcpy(owner.project, project, strlen(project) + 1);
    memcpy(owner.account, account, STORE_ID);
    if (project[0] != 0 && outbox_find(t, &owner, box) == TRAIL_FOUND &&
        memcmp(box->project.account, account, STORE_ID) == 0)
        return true;
    owner.project[0] = 0;
    box->owner = owner;
    return row_account_must(t, account, &box->account);
}

void outbox_append(struct trail *t, const uint8_t account[STORE_ID],
    struct store_event_add *add, int64_t now)
{
    struct outbox box;

    add->rolled_back = count_decision(t, account, add, now);
    if (add->text.n == 0 || !find_box(t, account, add->project, &box))
        return;
    box_put(t, &box, add->id, add->target, add->text, now);
    add->seq = outbox_chain(&box)->seq;
    if (add->rolled_back && add->rollback.n > 0)
        box_put(t, &box, add->rollback_id, add->target, add->rollback, now);
    outbox_save(t, &box);
}
