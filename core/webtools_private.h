#ifndef WEBTOOLS_PRIVATE_H
#define WEBTOOLS_PRIVATE_H

#include "webtools.h"

/* A domain, which stands for all below it, or in a request also for pages. */
struct webtools_domain {
    struct span text;
    size_t host; /* of these bytes; behind them there is a path */
};

struct webtools_domains {
    struct webtools_domain *of;
    size_t count;
};

struct webtools {
    bool enabled;
    struct webtools_domains allowed;
    struct webtools_domains blocked;
    struct buf text; /* of which the domains are */
};

/* Where a tool has its lists. */
struct webtools_keys {
    const char *within; /* an object of its own; NULL: in the tool itself */
    const char *allowed;
    const char *blocked; /* NULL: there is no such list */
};

/* A web tool of a request. */
struct webtools_tool {
    uint32_t node;
    uint32_t lists; /* the object that they are in; JSON_NONE: there is none */
    const struct webtools_keys *keys;
    char path[32];
    struct webtools_domains allowed, blocked;
};

/* All of a request, in their order there. {0} is empty. */
struct webtools_asked {
    const struct json_doc *doc;
    struct fault *fault;
    struct webtools_tool tools[WEBTOOLS_MAX];
    size_t count;
    struct webtools_domain domains[WEBTOOLS_ASKED];
    size_t used;     /* of these */
    struct buf text; /* of those that are escaped */
};

/**
 * webtools_domain(text, d):
 * Read ${text} as a domain ${d}. Returns 0, or -1 when it is none: a scheme, a
 * port, a wildcard and letters beyond ASCII are not for a domain.
 */
int webtools_domain(struct span text, struct webtools_domain *d);

/**
 * webtools_within(a, b):
 * Whether the host of ${a} is that of ${b}, or below it.
 */
bool webtools_within(
    const struct webtools_domain *a, const struct webtools_domain *b);

/**
 * webtools_find(a, dialect), webtools_lists(a):
 * Find the web tools of a->doc, a request of ${dialect}; read their lists.
 * Return 0, or -1 with a->fault set. a->text is to be freed in any case.
 */
int webtools_find(struct webtools_asked *a, enum dialect dialect);
int webtools_lists(struct webtools_asked *a);

#endif
