#include <string.h>

#include "row_chain.h"
#include "row_long.h"
#include "row_project.h"
#include "row_quota.h"

/* The chain comes last: it is what changes with every call. */
static void project_fields(struct rec *r, void *row)
{
    struct store_project *p = row;

    rec_text(r, p->id, sizeof(p->id));
    rec_bytes(r, p->account, sizeof(p->account));
    rec_text(r, p->label, sizeof(p->label));
    rec_bool(r, &p->disabled);
    row_quota_limit(r, &p->budget);
    row_quota_limit(r, &p->user_quota);
    rec_text(r, p->policy, sizeof(p->policy));
    rec_i64(r, &p->created);
    rec_i64(r, &p->updated);
    rec_bool(r, &p->has_web_tools);
    row_chain_fields(r, &p->events);
}

static void no_fields(struct rec *r, void *row)
{
    (void)r;
    (void)row;
}

const struct row_kind row_project = {TABLE_PROJECT, 1,
    sizeof(struct store_project), project_fields,
    "a project row is unreadable"};

static const struct row_kind tools_kind = {TABLE_PROJECT, 1, 0, no_fields,
    "the row of a project's web tools is unreadable"};

static const struct row_long row_tools = {&tools_kind, STORE_WEB_TOOLS_MAX};

enum trail_result row_project_get(
    struct trail *t, const char *id, struct store_project *project)
{
    return row_get(t, &row_project, row_span(id, strlen(id)), project);
}

void row_project_put(struct trail *t, const struct store_project *project)
{
    row_put(
        t, &row_project, row_span(project->id, strlen(project->id)), project);
}

bool row_project_must(
    struct trail *t, const char *id, struct store_project *project)
{
    enum trail_result result = row_project_get(t, id, project);

    if (result == TRAIL_NONE)
        trail_fail(t, "a row names a project that does not exist");
    return result == TRAIL_FOUND;
}

void row_project_tools(struct trail *t, const char *id, struct buf *text)
{
    uint8_t nothing;

    buf_reset(text);
    row_long_get(t, &row_tools, row_span(id, strlen(id) + 1), &nothing, text);
}

void row_project_put_tools(struct trail *t, const char *id, struct span text)
{
    row_long_put(t, &row_tools, row_span(id, strlen(id) + 1), "", text);
}

bool row_project_is(struct span key)
{
    return key.n > 0 && key.p[key.n - 1] != 0;
}
