#include <stddef.h>

#include "surface.h"
#include "worker.h"

static const struct route *const surfaces[] = {
    surface_v1,
    surface_health,
    NULL,
};

int main(int argc, char **argv)
{
    const struct program program = {
        .name = "turnpike-compat", .surfaces = surfaces};

    return worker_main(&program, argc, argv);
}
