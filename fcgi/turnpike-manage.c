#include <stddef.h>

#include "surface.h"
#include "worker.h"

static const struct route *const surfaces[] = {
    surface_manage,
    surface_health,
    NULL,
};

int main(int argc, char **argv)
{
    const struct program program = {
        .name = "turnpike-manage", .surfaces = surfaces};

    return worker_main(&program, argc, argv);
}
