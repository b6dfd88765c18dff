#include <stdio.h>
#include <stdlib.h>

#include "webtools_private.h"

/* The web tools of a request, and what they ask for. */

enum { DOMAIN_MAX = 1024 /* bytes of one, path and escapes included */ };

static const struct webtools_keys in_tool = {
    NULL, "allowed_domains", "blocked_domains"};
static const struct webtools_keys in_filters = {
    "filters", "allowed_domains", "blocked_domains"};
static const struct webtools_keys in_options = {
    "filters", "include_domains", NULL};

/* ---- finding the tools ---- */

/* Returns what is to be filled in, or NULL with the fault set. */
static struct webtools_tool *add(
    struct webtools_asked *a, uint32_t node, const struct webtools_keys *keys)
{
    struct webtools_tool *tool = &a->tools[a->count];

    if (a->count == WEBTOOLS_MAX) {
        fault_set(a->fault, REFUSE_INVALID_REQUEST, "tools",
            "tools must have at most %d web tools", WEBTOOLS_MAX);
        return NULL;
    }
    *tool = (struct webtools_tool){.node = node, .keys = keys};
    a->count++;
    return tool;
}

static int add_tools(struct webtools_asked *a, const struct webtools_keys *keys)
{
    uint32_t tools = json_present(a->doc, 0, "tools"), node;
    struct webtools_tool *tool;
    size_t index = 0;

    if (tools == JSON_NONE)
        return 0;
    for (node = json_first(a->doc, tools); node != JSON_NONE;
         node = json_after(a->doc, tools, node), index++) {
        if (!webtools_is(a->doc, node))
            continue;
        if ((tool = add(a, node, keys)) == NULL)
            return -1;
        snprintf(tool->path, sizeof(tool->path), "tools[%zu]", index);
    }
    return 0;
}

static int add_options(struct webtools_asked *a, uint32_t node,
    const struct webtools_keys *keys, const char *path)
{
    struct webtools_tool *tool;

    if (node == JSON_NONE)
        return 0;
    if ((tool = add(a, node, keys)) == NULL)
        return -1;
    snprintf(tool->path, sizeof(tool->path), "%s", path);
    return 0;
}

static int by_place(const void *left, const void *right)
{
    const struct webtools_tool *l = left, *r = right;

    return l->node < r->node ? -1 : l->node > r->node;
}

int webtools_find(struct webtools_asked *a, enum dialect dialect)
{
    uint32_t chat = JSON_NONE, responses = JSON_NONE;

    if (dialect == DIALECT_CHAT)
        chat = json_present(a->doc, 0, "web_search_options");
    if (dialect == DIALECT_RESPONSES)
        responses = webtools_options(a->doc);
    if (add_tools(a, dialect == DIALECT_MESSAGES ? &in_tool : &in_filters) !=
            0 ||
        add_options(a, chat, &in_filters, "web_search_options") != 0 ||
        add_options(a, responses, &in_options, "tools_options.web_search") != 0)
        return -1;
    qsort(a->tools, a->count, sizeof(*a->tools), by_place);
    return 0;
}

/* ---- reading what they ask for ---- */

static int bad(struct webtools_asked *a, const struct webtools_tool *tool,
    const char *what, const char *expect)
{
    char path[sizeof(a->fault->param)];

    snprintf(path, sizeof(path), "%s%s%s%s%s", tool->path,
        tool->keys->within != NULL ? "." : "",
        tool->keys->within != NULL ? tool->keys->within : "",
        what[0] != '\0' ? "." : "", what);
    return fault_set(
        a->fault, REFUSE_INVALID_REQUEST, path, "%s must be %s", path, expect);
}

/* Returns 0, or -1 when it is no domain. */
static int read_domain(
    struct webtools_asked *a, uint32_t node, struct webtools_domain *d)
{
    struct span text;
    size_t begin = a->text.len;

    if (json_kind(a->doc, node) != JSON_STRING ||
        json_raw(a->doc, node).n > DOMAIN_MAX)
        return -1;
    text = json_inside(a->doc, node);
    if (a->doc->nodes[node].escaped) {
        /* So much that none of them moves. */
        if (a->text.cap == 0)
            buf_reserve(&a->text, WEBTOOLS_ASKED * DOMAIN_MAX);
        json_string(a->doc, node, &a->text);
        text = (struct span){a->text.data + begin, a->text.len - begin};
    }
    return a->text.failed ? -1 : webtools_domain(text, d);
}

static int read_list(struct webtools_asked *a, const struct webtools_tool *tool,
    const char *key, struct webtools_domains *list)
{
    uint32_t array = JSON_NONE, node;

    if (tool->lists != JSON_NONE && key != NULL)
        array = json_present(a->doc, tool->lists, key);
    if (array == JSON_NONE)
        return 0;
    if (json_kind(a->doc, array) != JSON_ARRAY)
        return bad(a, tool, key, "an array of domains");
    list->of = a->domains + a->used;
    for (node = json_first(a->doc, array); node != JSON_NONE;
         node = json_after(a->doc, array, node)) {
        if (a->used == WEBTOOLS_ASKED)
            return bad(a, tool, key, "shorter: it makes more than 100 domains");
        if (read_domain(a, node, &a->domains[a->used]) != 0)
            return bad(a, tool, key,
                "an array of domains such as example.com, without a scheme");
        a->used++;
        list->count++;
    }
    return 0;
}

static int read_tool(struct webtools_asked *a, struct webtools_tool *tool)
{
    const char *within = tool->keys->within;

    tool->lists = tool->node;
    if (within != NULL && json_kind(a->doc, tool->node) == JSON_OBJECT)
        tool->lists = json_present(a->doc, tool->node, within);
    if (tool->lists != JSON_NONE &&
        json_kind(a->doc, tool->lists) != JSON_OBJECT)
        return bad(a, tool, "", "an object");
    if (read_list(a, tool, tool->keys->allowed, &tool->allowed) != 0)
        return -1;
    return read_list(a, tool, tool->keys->blocked, &tool->blocked);
}

int webtools_lists(struct webtools_asked *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (read_tool(a, &a->tools[i]) != 0)
            return -1;
    return 0;
}
