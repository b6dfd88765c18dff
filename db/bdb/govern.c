#include <string.h>

#include "govern.h"
#include "row_policy.h"
#include "row_project.h"

static void note_project(
    struct store_rule *rule, const struct store_project *project)
{
    memcpy(rule->project, project->id, sizeof(rule->project));
    memcpy(rule->label, project->label, sizeof(rule->label));
}

/* A project that does not exist is told apart from another account's by
 * nobody. */
enum refusal govern_enter(struct trail *t, struct store_govern *govern,
    const char *bound, const struct store_account *account,
    struct store_project *project, struct store_project **in)
{
    const char *id = govern->project[0] != 0 ? govern->project : bound;

    *in = NULL;
    govern->rule = (struct store_rule){0};
    if (account->plan != PLAN_POLICY)
        return REFUSE_PLAN_REQUIRED;
    if (id[0] == 0)
        return REFUSE_NONE;
    if (govern->strict && bound[0] != 0 && strcmp(id, bound) != 0)
        return REFUSE_PROJECT_FORBIDDEN;
    if (row_project_get(t, id, project) != TRAIL_FOUND ||
        memcmp(project->account, account->id, STORE_ID) != 0)
        return REFUSE_PROJECT_FORBIDDEN;
    if (project->disabled)
        return REFUSE_PROJECT_DISABLED;
    note_project(&govern->rule, project);
    *in = project;
    return REFUSE_NONE;
}

static bool is_unlimited(const struct quota_limit *limit)
{
    return limit->requests == 0 && limit->tokens == 0;
}

static void lend(struct quota_limit *to, const struct quota_limit *from)
{
    if (is_unlimited(to) && !is_unlimited(from))
        *to = *from;
}

/* What a policy states counts where the project states nothing. API.md 11. */
static void lend_quotas(
    const struct store_policy *policy, struct store_project *in)
{
    lend(&in->budget, &policy->budget);
    lend(&in->user_quota, &policy->user_quota);
}

static void lend_from(struct trail *t, const char *id, struct store_project *in)
{
    struct store_policy policy;

    if (id[0] != 0 &&
        row_policy_get(t, in->account, id, &policy) == TRAIL_FOUND)
        lend_quotas(&policy, in);
}

/* Those of its own policy first, so that no caller gets rid of them by naming
 * another one. */
void govern_lend(
    struct trail *t, const char *governing, struct store_project *in)
{
    lend_from(t, in->policy, in);
    if (strcmp(governing, in->policy) != 0)
        lend_from(t, governing, in);
}

static enum refusal find_policy(struct trail *t, struct store_govern *govern,
    const uint8_t account[STORE_ID], struct store_project *in)
{
    struct store_rule *rule = &govern->rule;
    struct store_policy policy;
    const char *id = govern->policy;

    if (govern->brings_policy && in != NULL)
        govern_lend(t, "", in);
    if (govern->brings_policy)
        return REFUSE_NONE;
    if (id[0] == 0 && in == NULL)
        return REFUSE_PROJECT_REQUIRED;
    if (id[0] == 0)
        id = in->policy;
    if (id[0] == 0)
        return REFUSE_POLICY_UNLINKED;
    if (row_policy_get(t, account, id, &policy) != TRAIL_FOUND)
        return REFUSE_POLICY_NOT_FOUND;
    memcpy(rule->policy, policy.id, sizeof(rule->policy));
    rule->version = policy.version;
    rule->rolled_back_until = policy.rolled_back_until;
    if (in != NULL && strcmp(policy.id, in->policy) != 0)
        lend_from(t, in->policy, in);
    if (in != NULL)
        lend_quotas(&policy, in);
    return REFUSE_NONE;
}

enum refusal govern_policy(struct trail *t, struct store_govern *govern,
    const uint8_t account[STORE_ID], struct store_project *in)
{
    enum refusal refusal = find_policy(t, govern, account, in);

    buf_reset(&govern->web_tools);
    if (refusal == REFUSE_NONE && govern->has_web_tools && in != NULL &&
        in->has_web_tools)
        row_project_tools(t, in->id, &govern->web_tools);
    return refusal;
}

void govern_note(const struct store_govern *govern, struct row_governed *note)
{
    *note = (struct row_governed){
        .governed = true, .version = govern->rule.version};
    memcpy(note->policy, govern->rule.policy, sizeof(note->policy));
    memcpy(note->target, govern->target, sizeof(note->target));
}

void govern_again(
    struct trail *t, const struct row_hold *hold, struct store_govern *govern)
{
    struct store_project project, *in = NULL;

    govern->rule = (struct store_rule){0};
    if (hold->claim.project[0] != 0) {
        if (!row_project_must(t, hold->claim.project, &project))
            return;
        note_project(&govern->rule, &project);
        in = &project;
    }
    govern_policy(t, govern, hold->account, in);
}
