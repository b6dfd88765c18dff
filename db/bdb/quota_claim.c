#include <string.h>

#include "quota_claim.h"
#include "row_quota.h"

enum { BUDGET, USER, PARTS };

/* The rows that ${claim} counts in. Returns how many. */
static int claim_rows(
    const struct row_claim *claim, struct row_quota rows[PARTS])
{
    memset(rows, 0, PARTS * sizeof(*rows));
    for (int i = 0; i < PARTS; i++)
        memcpy(rows[i].project, claim->project, sizeof(claim->project));
    rows[BUDGET].window = claim->budget_window;
    rows[BUDGET].day = claim->budget_day;
    rows[USER].window = claim->user_window;
    rows[USER].day = claim->user_day;
    rows[USER].of_user = true;
    memcpy(rows[USER].user, claim->user, STORE_ID);
    return claim->of_user ? PARTS : USER;
}

enum refusal quota_claim_fit(struct trail *t,
    const struct store_project *project, const uint8_t subject[STORE_ID],
    int64_t now, struct hold_ask *ask, struct row_claim *claim,
    uint32_t *retry_after)
{
    const struct quota_limit *limits[PARTS] = {
        &project->budget, &project->user_quota};
    static const enum refusal refusals[PARTS] = {
        REFUSE_PROJECT_QUOTA_EXCEEDED, REFUSE_USER_QUOTA_EXCEEDED};
    struct row_quota rows[PARTS];
    struct quota_use use;

    *claim = (struct row_claim){
        .budget_window = project->budget.window,
        .user_window = project->user_quota.window,
        .of_user =
            project->user_quota.requests > 0 || project->user_quota.tokens > 0,
    };
    memcpy(claim->project, project->id, sizeof(claim->project));
    memcpy(claim->user, subject, STORE_ID);
    claim->budget_day = quota_days(project->budget.window, now).first;
    claim->user_day = quota_days(project->user_quota.window, now).first;
    for (int i = claim_rows(claim, rows) - 1; i >= 0; i--) {
        row_quota_get(t, &rows[i], &use);
        if (quota_fit(limits[i], &use, ask))
            continue;
        *retry_after = quota_ends_in(limits[i]->window, now);
        return refusals[i];
    }
    return REFUSE_NONE;
}

static void reserve(
    struct trail *t, const struct row_claim *claim, uint64_t requests)
{
    struct row_quota rows[PARTS];
    struct quota_use use;

    for (int i = claim_rows(claim, rows) - 1; i >= 0; i--) {
        row_quota_get(t, &rows[i], &use);
        use.requests += requests;
        if (__builtin_add_overflow(
                use.reserved, claim->reserved, &use.reserved)) {
            trail_fail(t, "a quota would overflow");
            return;
        }
        row_quota_put(t, &rows[i], &use);
    }
}

void quota_claim_open(struct trail *t, const struct row_claim *claim)
{
    reserve(t, claim, 1);
}

void quota_claim_restore(struct trail *t, const struct row_claim *claim)
{
    reserve(t, claim, 0);
}

void quota_claim_grow(struct trail *t, const struct store_project *project,
    struct row_claim *claim, uint64_t want)
{
    const struct quota_limit *limits[PARTS] = {
        &project->budget, &project->user_quota};
    struct row_quota rows[PARTS];
    struct quota_use use[PARTS];
    const int parts = claim_rows(claim, rows);
    uint64_t more, left;

    if (want <= claim->reserved)
        return;
    more = want - claim->reserved;
    for (int i = 0; i < parts; i++) {
        row_quota_get(t, &rows[i], &use[i]);
        left = quota_left(limits[i], &use[i]);
        if (left < more)
            more = left;
    }
    for (int i = 0; i < parts; i++) {
        if (__builtin_add_overflow(use[i].reserved, more, &use[i].reserved)) {
            trail_fail(t, "a quota would overflow");
            return;
        }
        row_quota_put(t, &rows[i], &use[i]);
    }
    claim->reserved += more;
}

void quota_claim_close(struct trail *t, const struct row_claim *claim,
    bool free_of_charge, uint64_t tokens)
{
    struct row_quota rows[PARTS];
    struct quota_use use;

    for (int i = claim_rows(claim, rows) - 1; i >= 0; i--) {
        row_quota_get(t, &rows[i], &use);
        if (use.reserved < claim->reserved) {
            trail_fail(t, "a quota has less than one of its holds");
            return;
        }
        use.reserved -= claim->reserved;
        if (free_of_charge)
            use.requests -= use.requests > 0; /* or it came from a dump */
        else if (__builtin_add_overflow(use.tokens, tokens, &use.tokens))
            use.tokens = UINT64_MAX;
        row_quota_put(t, &rows[i], &use);
    }
}
