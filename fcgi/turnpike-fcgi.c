#include <stddef.h>

#include "surface.h"
#include "worker.h"

/* turnpike.fcgi: every surface in one program, for hosts where one file can be
 * dropped and nobody starts or prepares anything. */
static const struct route *const surfaces[] = {
    surface_v1,
    surface_policy,
    surface_manage,
    surface_health,
    NULL,
};

int main(int argc, char **argv)
{
    const struct program program = {
        .name = "turnpike.fcgi", .surfaces = surfaces, .alone = true};

    return worker_main(&program, argc, argv);
}
