#include <stddef.h>

#include "surface.h"
#include "worker.h"

static const struct route *const surfaces[] = {
    surface_policy,
    surface_health,
    NULL,
};

int main(int argc, char **argv)
{
    const struct program program = {
        .name = "turnpike-policy", .surfaces = surfaces};

    return worker_main(&program, argc, argv);
}
