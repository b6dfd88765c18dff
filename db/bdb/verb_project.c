#include <string.h>

#include "govern.h"
#include "row_account.h"
#include "row_policy.h"
#include "row_project.h"
#include "row_quota.h"
#include "verb.h"

/* Whether ${project} may be linked to the policy that it names. */
static bool project_policy_exists(
    struct trail *t, const struct store_project *project)
{
    struct store_policy policy;

    return project->policy[0] == 0 ||
           row_policy_get(t, project->account, project->policy, &policy) ==
               TRAIL_FOUND;
}

enum store_status verb_project_add(struct trail *t, struct store_verb *verb)
{
    struct store_project_add *v = (struct store_project_add *)verb;
    struct store_account account;
    struct store_project old;

    if (row_account_get(t, v->project.account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (row_project_get(t, v->project.id, &old) == TRAIL_FOUND)
        return memcmp(old.account, account.id, STORE_ID) == 0 &&
                       old.created == v->project.created
                   ? STORE_OK
                   : STORE_EXISTS;
    if (!project_policy_exists(t, &v->project))
        return STORE_NOT_FOUND;
    v->project.events = (struct chain){0};
    v->project.updated = v->project.created;
    v->project.has_web_tools = v->web_tools.n > 0;
    row_project_put(t, &v->project);
    if (v->project.has_web_tools)
        row_project_put_tools(t, v->project.id, v->web_tools);
    return STORE_OK;
}

enum store_status verb_project_get(struct trail *t, struct store_verb *verb)
{
    struct store_project_get *v = (struct store_project_get *)verb;
    struct store_project project;
    struct row_quota budget = {0};

    buf_reset(&v->web_tools);
    if (row_project_get(t, v->id, &v->project) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (v->project.has_web_tools)
        row_project_tools(t, v->id, &v->web_tools);
    memcpy(budget.project, v->id, sizeof(budget.project));
    project = v->project;
    govern_lend(t, "", &project);
    budget.window = project.budget.window;
    budget.day = quota_days(budget.window, v->now).first;
    row_quota_get(t, &budget, &v->used);
    return STORE_OK;
}

struct project_page {
    struct trail *t;
    struct store_project_list *list;
    size_t count;
    bool more;
};

static bool project_list_row(void *cookie, struct span key, struct span value)
{
    struct project_page *p = cookie;
    struct store_project_list *v = p->list;
    struct store_project row;

    if (!row_project_is(key) || span_is(key, v->after))
        return true;
    if (!row_decode_or_fail(p->t, &row_project, value, &row))
        return false;
    if (v->of_account && memcmp(row.account, v->account, STORE_ID) != 0)
        return true;
    if (p->count == v->max) {
        p->more = true;
        return false;
    }
    v->rows[p->count++] = row;
    return true;
}

enum store_status verb_project_list(struct trail *t, struct store_verb *verb)
{
    struct store_project_list *v = (struct store_project_list *)verb;
    struct project_page page = {.t = t, .list = v};

    trail_walk(t, TABLE_PROJECT, row_span(v->after, strlen(v->after)),
        project_list_row, &page);
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    if (page.count > 0)
        memcpy(v->after, v->rows[page.count - 1].id, sizeof(v->after));
    return STORE_OK;
}

static void project_change(
    const struct store_project_set *v, struct store_project *project)
{
    if (v->set_label)
        memcpy(project->label, v->to.label, sizeof(project->label));
    if (v->set_disabled)
        project->disabled = v->to.disabled;
    if (v->set_budget)
        project->budget = v->to.budget;
    if (v->set_user_quota)
        project->user_quota = v->to.user_quota;
    if (v->set_policy)
        memcpy(project->policy, v->to.policy, sizeof(project->policy));
    if (v->set_web_tools)
        project->has_web_tools = v->web_tools.n > 0;
    project->updated = v->now;
}

enum store_status verb_project_set(struct trail *t, struct store_verb *verb)
{
    struct store_project_set *v = (struct store_project_set *)verb;

    if (row_project_get(t, v->id, &v->project) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    project_change(v, &v->project);
    if (v->set_policy && !project_policy_exists(t, &v->project))
        return STORE_NOT_FOUND;
    row_project_put(t, &v->project);
    if (v->set_web_tools)
        row_project_put_tools(t, v->id, v->web_tools);
    return STORE_OK;
}
