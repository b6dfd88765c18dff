#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch_crew.h"

enum { FAILING = 3, END_MS = 1000 };

int launch_crew_init(struct launch_crew *crew, const char *log_dir, int finish)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t set;

    memset(crew, 0, sizeof(*crew));
    crew->log_dir = log_dir;
    crew->finish = finish;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        /* A shell starts what it puts into the background with SIGINT
         * ignored, nohup with SIGHUP. */
        signal(taken[i], SIG_DFL);
        sigaddset(&set, taken[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL))
        return -1;
    crew->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return (crew->signals == -1 ? -1 : 0);
}

static bool first_of_its_name(
    const struct launch_crew *crew, const struct launch_child *c)
{
    for (int i = 0; i < crew->count; i++)
        if (strcmp(crew->child[i].name, c->name) == 0)
            return false;
    return true;
}

int launch_crew_start(struct launch_crew *crew, enum launch_role role,
    const struct launch_child *child, int out)
{
    struct launch_child *c = &crew->child[crew->count];

    assert(crew->count < LAUNCH_CREW_MAX);
    *c = *child;
    if (first_of_its_name(crew, c))
        launch_child_empty_log(c, crew->log_dir);
    crew->role[crew->count] = role;
    if (launch_child_start(c, crew->log_dir, out))
        return -1;
    crew->count++;
    return 0;
}

static void bury(struct launch_crew *crew)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        for (int i = 0; i < crew->count; i++)
            if (crew->child[i].pid == pid)
                launch_child_died(&crew->child[i]);
}

static void tell(struct launch_crew *crew, enum launch_role role, int sig)
{
    for (int i = 0; i < crew->count; i++)
        if (crew->role[i] == role && crew->child[i].pid > 0)
            kill(crew->child[i].pid, sig);
}

static void take_signals(struct launch_crew *crew)
{
    struct signalfd_siginfo info;

    while (read(crew->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            tell(crew, LAUNCH_WORKER, SIGHUP);
        else if (info.ssi_signo != SIGCHLD)
            crew->asked++;
    }
    bury(crew);
}

/* Start who is due; returns the milliseconds until the next one is, or -1. */
static int start_due(struct launch_crew *crew)
{
    uint64_t now = launch_child_now();
    int wait = -1;

    for (int i = 0; i < crew->count; i++) {
        struct launch_child *c = &crew->child[i];

        if (c->pid > 0)
            continue;
        if (c->due <= now && launch_child_start(c, crew->log_dir, -1))
            c->due = now + 1000;
        if (c->pid == 0 && (wait == -1 || (int)(c->due - now) < wait))
            wait = (int)(c->due - now);
    }
    return wait;
}

static bool await(struct launch_crew *crew, int fd, int ms)
{
    struct pollfd p[2] = {{crew->signals, POLLIN, 0}, {fd, POLLIN, 0}};
    bool readable;

    readable = poll(p, 2, ms) > 0 && p[1].revents != 0;
    take_signals(crew);
    return readable;
}

bool launch_crew_pause(struct launch_crew *crew, int fd, int ms)
{
    int due = crew->asked > 0 ? -1 : start_due(crew);
    bool readable;

    if (due >= 0 && (ms < 0 || due < ms))
        ms = due;
    readable = await(crew, fd, ms);
    if (crew->asked == 0)
        start_due(crew);
    return readable;
}

const struct launch_child *launch_crew_failing(const struct launch_crew *crew)
{
    for (int i = 0; i < crew->count; i++)
        if (crew->child[i].quick >= FAILING)
            return &crew->child[i];
    return NULL;
}

static bool anybody(const struct launch_crew *crew, enum launch_role last)
{
    for (int i = 0; i < crew->count; i++)
        if (crew->role[i] <= last && crew->child[i].pid > 0)
            return true;
    return false;
}

/* Wait until nobody up to role ${last} is left; a second request to stop, or
 * ${ms}, ends the patience. */
static void wait_for_end(
    struct launch_crew *crew, enum launch_role last, uint64_t ms)
{
    uint64_t now = launch_child_now(), end = now + ms;
    int asked = crew->asked;

    while (now < end && anybody(crew, last) && crew->asked == asked) {
        await(crew, -1, end - now > INT_MAX ? INT_MAX : (int)(end - now));
        now = launch_child_now();
    }
}

void launch_crew_stop(struct launch_crew *crew, uint64_t drain_ms)
{
    tell(crew, LAUNCH_WORKER, SIGTERM);
    tell(crew, LAUNCH_HTTPD, crew->finish);
    wait_for_end(crew, LAUNCH_WORKER, drain_ms);
    tell(crew, LAUNCH_WORKER, SIGKILL);
    tell(crew, LAUNCH_HTTPD, SIGTERM);
    tell(crew, LAUNCH_UPSTREAM, SIGTERM);
    wait_for_end(crew, LAUNCH_UPSTREAM, END_MS);
    tell(crew, LAUNCH_HTTPD, SIGKILL);
    tell(crew, LAUNCH_UPSTREAM, SIGKILL);
    while (anybody(crew, LAUNCH_UPSTREAM))
        await(crew, -1, END_MS);
}
