#include "ctl.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "core/webtools.h"

static const struct ctl_column columns[] = {
    {"id", 20},
    {"account_id", CTL_ID_TEXT - 1},
    {"status", 8},
    {"policy_id", 20},
    {"events", 8},
    {"label", 0},
    {NULL, 0},
};

static struct json_object *limit_json(const struct quota_limit *limit)
{
    struct json_object *row = ctl_row_new();

    ctl_add_int(row, "requests", (int64_t)limit->requests);
    ctl_add_int(row, "tokens", (int64_t)limit->tokens);
    ctl_add_text(row, "window", quota_window_name(limit->window));
    return row;
}

static struct json_object *project_json(const struct store_project *p)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "id", p->id);
    ctl_add_id(row, "account_id", "acct_", p->account);
    ctl_add_text(row, "label", p->label);
    ctl_add_text(row, "status", p->disabled ? "disabled" : "active");
    ctl_add_text(row, "policy_id", p->policy);
    ctl_add(row, "budget", limit_json(&p->budget));
    ctl_add(row, "user_quota", limit_json(&p->user_quota));
    ctl_add_int(row, "events", (int64_t)p->events.seq);
    ctl_add_time(row, "created_at", p->created);
    ctl_add_time(row, "updated_at", p->updated);
    return row;
}

/* ---- reading the command line ---- */

/* Once, and not 0: that would be no limit, and be taken for the least. */
static int read_most(const char *text, uint64_t *most)
{
    int64_t n;

    if (*most != 0 || ctl_read_count(text, 1, &n) != 0)
        return -1;
    *most = (uint64_t)n;
    return 0;
}

static int read_part(const char *part, struct quota_limit *limit)
{
    if (strncmp(part, "window=", 7) == 0)
        return quota_window_read(part + 7, &limit->window);
    if (strncmp(part, "requests=", 9) == 0)
        return read_most(part + 9, &limit->requests);
    if (strncmp(part, "tokens=", 7) == 0)
        return read_most(part + 7, &limit->tokens);
    return -1;
}

/* "none", or a quota such as "requests=10,tokens=2000,window=daily". */
static int read_limit(const char *text, struct quota_limit *limit)
{
    char copy[128], *rest = NULL, *part;

    *limit = (struct quota_limit){0};
    if (strcmp(text, "none") == 0)
        return 0;
    if (strlen(text) >= sizeof(copy) || *text == 0)
        return -1;
    memcpy(copy, text, strlen(text) + 1);
    for (part = strtok_r(copy, ",", &rest); part != NULL;
         part = strtok_r(NULL, ",", &rest)) {
        if (read_part(part, limit) < 0)
            return -1;
    }
    return 0;
}

static int read_status(const char *text, bool *disabled)
{
    *disabled = strcmp(text, "disabled") == 0;
    return *disabled || strcmp(text, "active") == 0 ? 0 : -1;
}

static int read_web_tools(struct ctl *c, const char *path, struct buf *tools)
{
    int result = ctl_read_json(c, path, STORE_WEB_TOOLS_MAX, tools);
    struct webtools *w;
    struct fault fault;

    if (result != CTL_OK)
        return result;
    w = webtools_read((struct span){tools->data, tools->len}, &fault);
    if (!w)
        result = ctl_fail(c, "%.200s: %s", path, refusal_message(&fault));
    webtools_free(w);
    return result;
}

/* What the options say; notes in ${set} which there were. */
static int read_settings(
    struct ctl *c, struct store_project_set *set, struct buf *tools)
{
    const struct ctl_options *o = &c->options;
    struct store_project *to = &set->to;

    set->set_label = o->label != NULL;
    if (o->label && ctl_read_label(o->label, to->label, sizeof(to->label)))
        return ctl_usage(
            c, "--label is up to %d printable bytes", STORE_LABEL_MAX);
    set->set_disabled = o->status != NULL;
    if (o->status && read_status(o->status, &to->disabled))
        return ctl_usage(c, "--status is active or disabled");
    set->set_budget = o->budget != NULL;
    if (o->budget && read_limit(o->budget, &to->budget))
        return ctl_usage(c, "--budget is none, or such as "
                            "requests=1000,tokens=2000000,window=monthly");
    set->set_user_quota = o->user_quota != NULL;
    if (o->user_quota && read_limit(o->user_quota, &to->user_quota))
        return ctl_usage(c, "--user-quota is none, or such as "
                            "requests=100,tokens=200000,window=daily");
    set->set_policy = o->policy != NULL;
    if (o->policy && strcmp(o->policy, "none") != 0 &&
        ctl_read_name(o->policy, to->policy))
        return ctl_usage(c, "--policy is none or the id of a policy");
    set->set_web_tools = o->web_tools != NULL;
    if (!o->web_tools || strcmp(o->web_tools, "none") == 0)
        return CTL_OK;
    return read_web_tools(c, o->web_tools, tools);
}

/* ---- the commands ---- */

int ctl_project_find(
    struct ctl *c, const char *id, struct store_project_get *get)
{
    enum store_status status = STORE_NOT_FOUND;

    *get = (struct store_project_get){
        .verb.kind = STORE_PROJECT_GET, .now = clock_real()};
    if (ctl_read_name(id, get->id) == 0)
        status = ctl_run(c, &get->verb);
    if (status == STORE_OK)
        return CTL_OK;
    buf_free(&get->web_tools);
    return ctl_refused(c, status, "such project");
}

static int show_project(struct ctl *c, const char *id)
{
    struct store_project_get get;
    struct json_object *row, *used;
    int result = ctl_project_find(c, id, &get);

    if (result != CTL_OK)
        return result;
    row = project_json(&get.project);
    used = ctl_row_new();
    ctl_add_int(used, "requests", (int64_t)get.used.requests);
    ctl_add_int(used, "tokens", (int64_t)get.used.tokens);
    ctl_add_int(used, "reserved", (int64_t)get.used.reserved);
    ctl_add(row, "used", used);
    ctl_add(row, "web_tools",
        get.web_tools.len > 0
            ? json_tokener_parse(buf_terminate(&get.web_tools))
            : NULL);
    result = ctl_print(c, row);
    buf_free(&get.web_tools);
    return result;
}

int ctl_project_create(struct ctl *c)
{
    struct store_project_add add = {.verb.kind = STORE_PROJECT_ADD};
    struct store_project_set set = {0};
    struct store_account account;
    struct buf tools = {0};
    enum store_status status;
    int result = read_settings(c, &set, &tools);

    if (result == CTL_OK && ctl_account_find(c, c->words[0], &account))
        result = CTL_FAILED;
    if (result == CTL_OK && ctl_read_name(c->words[1], set.to.id))
        result = ctl_usage(c,
            "ID is up to %d letters, digits, dots, dashes and underscores",
            STORE_NAME_MAX);
    if (result == CTL_OK) {
        add.project = set.to;
        add.project.created = clock_real();
        add.web_tools = (struct span){tools.data, tools.len};
        memcpy(add.project.account, account.id, STORE_ID);
        if (add.project.label[0] == 0)
            memcpy(add.project.label, add.project.id, sizeof(add.project.id));
        status = ctl_run(c, &add.verb);
        result = status == STORE_OK
                     ? show_project(c, add.project.id)
                     : ctl_refused(c, status,
                           status == STORE_EXISTS ? "a project of this id"
                                                  : "such policy");
    }
    buf_free(&tools);
    return result;
}

int ctl_project_list(struct ctl *c)
{
    struct store_project rows[CTL_SLICE];
    struct store_project_list list = {
        .verb.kind = STORE_PROJECT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;

    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "list of projects");
        for (size_t i = 0; i < list.count; i++)
            ctl_row(c, columns, project_json(&rows[i]));
    } while (list.more);
    return ctl_rows_end(c, columns);
}

int ctl_project_show(struct ctl *c)
{
    return show_project(c, c->words[0]);
}

int ctl_project_set(struct ctl *c)
{
    struct store_project_set set = {
        .verb.kind = STORE_PROJECT_SET, .now = clock_real()};
    struct buf tools = {0};
    enum store_status status = STORE_NOT_FOUND;
    int result = read_settings(c, &set, &tools);

    if (result == CTL_OK) {
        set.web_tools = (struct span){tools.data, tools.len};
        if (ctl_read_name(c->words[0], set.id) == 0)
            status = ctl_run(c, &set.verb);
        result = status == STORE_OK
                     ? show_project(c, set.id)
                     : ctl_refused(c, status,
                           set.project.id[0] == '\0' ? "such project"
                                                     : "such policy of its "
                                                       "account");
    }
    buf_free(&tools);
    return result;
}
