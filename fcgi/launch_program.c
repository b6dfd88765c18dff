#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "launch_program.h"
#include "listen.h"

const struct launch_program launch_programs[LAUNCH_PROGRAMS] = {
    {"compat", "/health/ready", 200},
    {"policy", "/policy/v1/models", 401},
    {"manage", "/api/auth/me", 401},
};

int launch_program_name(struct launch_served *s, const struct launch_program *p,
    const char *files, const char *sockets)
{
    char name[32];

    s->listener = -1;
    s->argv = NULL;
    snprintf(name, sizeof(name), "turnpike-%s", p->name);
    if (launch_options_path(s->file, files, name))
        return -1;
    snprintf(name, sizeof(name), "%s.sock", p->name);
    return launch_options_path(s->socket, sockets, name);
}

int launch_program_start(struct launch_served *s, struct launch_crew *crew,
    const char **argv, int workers)
{
    struct launch_child child = {.name = "workers", .argv = argv};

    s->argv = argv;
    s->listener = listen_bind(s->socket);
    if (s->listener == -1)
        return -1;
    fcntl(s->listener, F_SETFD, FD_CLOEXEC);
    child.in = s->listener;
    for (int i = 0; i < workers; i++)
        if (launch_crew_start(crew, LAUNCH_WORKER, &child, -1))
            return -1;
    return 0;
}

void launch_program_close(struct launch_served *s)
{
    if (s->listener != -1) {
        unlink(s->socket);
        close(s->listener);
        s->listener = -1;
    }
    free(s->argv);
    s->argv = NULL;
}
