#include "route.h"

#include <string.h>

static bool matches(const char *pattern, const char *path)
{
    size_t n = strlen(pattern);

    if (n == 0 || pattern[n - 1] != '*')
        return strcmp(pattern, path) == 0;
    return strncmp(pattern, path, n - 1) == 0 && path[n - 1] != '\0' &&
           strchr(path + n - 1, '/') == NULL;
}

const struct route *route_find(
    const struct route *const *surfaces, const char *path)
{
    for (; *surfaces != NULL; surfaces++)
        for (const struct route *r = *surfaces; r->path != NULL; r++)
            if (matches(r->path, path))
                return r;
    return NULL;
}
