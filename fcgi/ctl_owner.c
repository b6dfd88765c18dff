#include "ctl.h"

#include <string.h>

/* Whoever has events, one after the other. */

struct owners {
    struct ctl *c;
    ctl_owner_fn *visit;
    void *cookie;
};

static int each_project(const struct owners *o)
{
    struct store_project rows[CTL_SLICE];
    struct store_project_list list = {
        .verb.kind = STORE_PROJECT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = CTL_OK;

    do {
        status = ctl_run(o->c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(o->c, status, "list of projects");
        for (size_t i = 0; i < list.count && result == CTL_OK; i++) {
            struct store_owner owner = {0};

            memcpy(owner.project, rows[i].id, sizeof(rows[i].id));
            result = o->visit(o->cookie, &owner, rows[i].events.seq);
        }
    } while (list.more && result == CTL_OK);
    return result;
}

static int each_account(const struct owners *o)
{
    struct store_account rows[CTL_SLICE];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = CTL_OK;

    do {
        status = ctl_run(o->c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(o->c, status, "list of accounts");
        for (size_t i = 0; i < list.count && result == CTL_OK; i++) {
            struct store_owner owner = {0};

            memcpy(owner.account, rows[i].id, STORE_ID);
            result = o->visit(o->cookie, &owner, rows[i].events.seq);
        }
    } while (list.more && result == CTL_OK);
    return result;
}

static int one_project(const struct owners *o)
{
    struct store_project_get get;
    struct store_owner owner = {0};
    int result = ctl_project_find(o->c, o->c->options.project, &get);

    if (result != CTL_OK)
        return result;
    buf_free(&get.web_tools);
    memcpy(owner.project, get.id, sizeof(get.id));
    return o->visit(o->cookie, &owner, get.project.events.seq);
}

int ctl_each_owner(struct ctl *c, ctl_owner_fn *visit, void *cookie)
{
    const struct owners o = {c, visit, cookie};
    int result;

    if (c->options.project)
        return one_project(&o);
    result = each_project(&o);
    return result == CTL_OK ? each_account(&o) : result;
}
