#ifndef WEBTOOLS_H
#define WEBTOOLS_H

#include "json.h"
#include "refusal.h"

/* Web tools are tools that the model's own server runs to search the web or to
 * fetch a page. What a project says of them: whether its calls may have any,
 * and which domains these may reach. API.md 1.3, 1.7. */

enum {
    WEBTOOLS_DOMAINS = 200, /* in a list of a project */
    WEBTOOLS_ASKED = 100,   /* in all lists of a request */
    WEBTOOLS_MAX = 16       /* tools of a request that is held to domains */
};

/* What a project says. */
struct webtools;

/**
 * webtools_is(doc, tool):
 * Whether the member of "tools" ${tool} is one: of the type web_search or
 * web_fetch, or of a version of these, web_search_2025_03_05.
 */
bool webtools_is(const struct json_doc *doc, uint32_t tool);

/**
 * webtools_options(doc):
 * What a Responses request says of its web tools beside them, in
 * tools_options.web_search; or JSON_NONE.
 */
uint32_t webtools_options(const struct json_doc *doc);

/**
 * webtools_read(text, fault):
 * Read the JSON object ${text}: {"enabled", "allowed_domains",
 * "blocked_domains"}, each of which may be absent; a domain stands for all
 * below it, and an empty list says nothing. NULL with ${fault} set.
 */
struct webtools *webtools_read(struct span text, struct fault *fault);

/**
 * webtools_free(w):
 * Let go of ${w}, which may be NULL.
 */
void webtools_free(struct webtools *w);

/**
 * webtools_confine(w, doc, dialect, out, fault):
 * Hold the request ${doc}, which the codec of ${dialect} has checked, to ${w}:
 * what its tools ask to be allowed must be within what ${w} allows, and they
 * are blocked from what either blocks. Append to ${out} the request that says
 * so, or nothing where ${w} names no domain or no tool is there. Returns 0, or
 * -1 with ${fault} set.
 */
int webtools_confine(const struct webtools *w, const struct json_doc *doc,
    enum dialect dialect, struct buf *out, struct fault *fault);

#endif
