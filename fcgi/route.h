#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>

#include "core/refusal.h"

struct call;

enum route_method { METHOD_GET = 1, METHOD_POST = 2 };

/* Who may call. */
enum route_door {
    DOOR_OPEN,    /* anybody */
    DOOR_KEY,     /* a valid key */
    DOOR_KEY_FREE /* a valid key, or the free tier */
};

/* One path. The table of a program ends with a NULL path. */
struct route {
    const char *path; /* exact; a final '*' matches one segment more */
    unsigned methods; /* enum route_method */
    enum route_door door;
    enum dialect dialect; /* whose words its errors use */
    bool cors;            /* browsers may call it from anywhere */
    void (*answer)(struct call *call); /* NULL: a completion, relayed */
};

/**
 * route_find(table, path):
 * The route of ${path}, or NULL.
 */
const struct route *route_find(const struct route *table, const char *path);

#endif
