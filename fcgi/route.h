#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>

#include "core/refusal.h"

struct call;

enum route_method { METHOD_GET = 1, METHOD_POST = 2 };

/* Who may call. */
enum route_door {
    DOOR_OPEN,    /* anybody */
    DOOR_KEY,     /* a valid key, or a signed-in user */
    DOOR_ACCOUNT, /* the same, but a key of a project */
    DOOR_KEY_FREE /* as DOOR_KEY, or the free tier */
};

enum route_work {
    ROUTE_HERE,       /* answered by us, without looking at a body */
    ROUTE_COMPLETION, /* held for, relayed, settled */
    ROUTE_COUNT,      /* how many tokens it would be; free */
    ROUTE_SIMULATION  /* what a policy would say; free */
};

/* One path. The table of a surface ends with a NULL path. */
struct route {
    const char *path; /* exact; a final '*' matches one segment more */
    unsigned methods; /* enum route_method */
    enum route_door door;
    enum dialect dialect; /* whose words its errors use */
    bool cors;            /* browsers may call it from anywhere */
    enum route_work work;
    /* Of ROUTE_HERE; the next step is FINISH unless this sets another one. */
    void (*answer)(struct call *call);
    bool governed; /* by projects and their policies */
};

/**
 * route_find(surfaces, path):
 * The route of ${path} in the first of the tables that has one, or NULL. The
 * list of tables ends with NULL.
 */
const struct route *route_find(
    const struct route *const *surfaces, const char *path);

#endif
