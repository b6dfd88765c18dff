#ifndef ROW_PROJECT_H
#define ROW_PROJECT_H

#include "db/store.h"
#include "row.h"

/* TABLE_PROJECT: project id -> struct store_project, and
 * project id, NUL -> its web tools, JSON. */

extern const struct row_kind row_project;

/**
 * row_project_get(t, id, project), row_project_put(t, project):
 * Read or write the project ${id}.
 */
enum trail_result row_project_get(
    struct trail *t, const char *id, struct store_project *project);
void row_project_put(struct trail *t, const struct store_project *project);

/**
 * row_project_must(t, id, project):
 * Read the project that another row names. If it is not there the store is
 * broken and ${t} fails. Returns whether ${project} is filled.
 */
bool row_project_must(
    struct trail *t, const char *id, struct store_project *project);

/**
 * row_project_tools(t, id, text), row_project_put_tools(t, id, text):
 * Read into ${text} (emptied first) or write what web tools the project ${id}
 * may use.
 */
void row_project_tools(struct trail *t, const char *id, struct buf *text);
void row_project_put_tools(struct trail *t, const char *id, struct span text);

/**
 * row_project_is(key):
 * Whether ${key} is that of a project, and not of its web tools.
 */
bool row_project_is(struct span key);

#endif
