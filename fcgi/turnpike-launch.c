/* turnpike-launch: the web server, the workers and, when no upstream is
 * configured, the demo upstream, started together for one state directory and
 * stopped together. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/conf.h"
#include "db/file.h"
#include "launch_crew.h"
#include "launch_httpd.h"
#include "launch_options.h"
#include "launch_program.h"
#include "launch_shed.h"
#include "launch_template.h"
#include "state.h"

enum { READY_MS = 60000, UPSTREAM_MS = 10000, GRACE_MS = 2000 };

static const char usage[] =
    "usage: turnpike-launch [--port N] [--upstream URL]... [--state DIR]\n"
    "           [--server lighttpd|apache|nginx] [--workers N]\n"
    "           [--conf FILE] [--set KEY=VALUE]...\n"
    "           [--httpd-conf DIR] [--programs DIR]\n";

struct launch {
    struct launch_options o;
    struct launch_crew crew;
    uint64_t drain_ms;
    int lock;
    char run[PATH_MAX];
    char sockets[PATH_MAX];
    char httpd_file[PATH_MAX];
    char upstream[PATH_MAX];
    char key[256];
    struct launch_served served[LAUNCH_PROGRAMS];
    struct launch_shed shed;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "turnpike-launch: %s%s%s\n", what,
        why[0] == '\0' ? "" : ": ", why);
    return -1;
}

static int fail_errno(const char *what)
{
    return fail(what, strerror(errno));
}

static int fail_child(struct launch *l, const struct launch_child *c)
{
    fail(c->name, "cannot be started; its log ends with");
    launch_child_tell_log(c, l->run);
    return -1;
}

static int claim_port(struct launch_options *o)
{
    int port = launch_httpd_claim(o->port);
    char what[64];

    if (port != -1) {
        o->port = port;
        return 0;
    }
    if (errno == EADDRINUSE) {
        fprintf(stderr, "port %d is in use\n", o->port);
        return -1;
    }
    snprintf(what, sizeof(what), "port %d", o->port);
    return fail_errno(what);
}

static int name_paths(struct launch *l)
{
    const char *server = l->o.server->name;
    char file[32];

    snprintf(file, sizeof(file), "%s.conf", server);
    if (launch_options_path(l->run, l->o.dir, "run") ||
        launch_options_path(l->sockets, l->o.dir, "sockets") ||
        launch_options_path(l->httpd_file, l->run, file) ||
        launch_options_path(
            l->upstream, l->o.programs, "turnpike-demo-upstream"))
        return fail(l->o.dir, "the path is too long");
    for (int i = 0; i < LAUNCH_PROGRAMS; i++) {
        struct launch_served *s = &l->served[i];

        if (launch_program_name(
                s, &launch_programs[i], l->o.programs, l->sockets))
            return fail(l->o.dir, "the path is too long");
        if (strlen(s->socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
            return fail(s->socket,
                "the path of a socket has up to 107 bytes; take another state");
    }
    if (launch_httpd_program(l->o.server) == NULL)
        return fail(server, "not installed");
    return 0;
}

/* One launcher for a state directory. The lock goes with this process. */
static int lock_state(struct launch *l)
{
    char path[PATH_MAX];

    if (mkdir(l->o.dir, 0700) && errno != EEXIST)
        return fail_errno(l->o.dir);
    if (mkdir(l->run, 0700) && errno != EEXIST)
        return fail_errno(l->run);
    if (launch_options_path(path, l->run, "lock"))
        return fail(l->run, "the path is too long");
    l->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock == -1)
        return fail_errno(path);
    if (flock(l->lock, LOCK_EX | LOCK_NB))
        return fail(l->o.dir, "another turnpike-launch serves this state");
    return 0;
}

/* The command line of one of our programs for this state; NULL when memory is
 * out. The caller frees it. */
static const char **make_argv(
    struct launch *l, const char *program, const char *command)
{
    size_t n = 0;
    const char **argv = calloc(2 * l->o.n_sets + 7, sizeof(*argv));

    if (argv == NULL)
        return NULL;
    argv[n++] = program;
    argv[n++] = "--state";
    argv[n++] = l->o.dir;
    if (l->o.conf[0] != '\0') {
        argv[n++] = "--conf";
        argv[n++] = l->o.conf;
    }
    for (size_t i = 0; i < l->o.n_sets; i++) {
        argv[n++] = "--set";
        argv[n++] = l->o.sets[i];
    }
    argv[n++] = command;
    return argv;
}

/* Whoever names a configuration wants that one, and none in its place. */
static int check_conf(const struct launch *l)
{
    const char *conf =
        l->o.conf[0] == '\0' ? getenv("TURNPIKE_CONF") : l->o.conf;

    if (conf != NULL && *conf != '\0' && access(conf, F_OK))
        return fail_errno(conf);
    return 0;
}

/* Create what is missing of the state; keep the demo account's key. */
static int create_state(struct launch *l)
{
    char ctl[PATH_MAX], text[1024], *key;
    struct launch_child c = {.name = "turnpikectl", .in = -1};
    int status;

    if (launch_options_path(ctl, l->o.programs, "turnpikectl"))
        return fail(l->o.programs, "the path is too long");
    if ((c.argv = make_argv(l, ctl, "demo")) == NULL)
        return fail_errno("memory");
    status = launch_child_output(&c, text, sizeof(text));
    free(c.argv);
    if (status != 0)
        return fail("nothing was started", ""); /* it has said why */
    if ((key = strstr(text, "ak_")) == NULL)
        return fail(l->o.dir, "turnpikectl names no demo key");
    key[strcspn(key, " \t\r\n\"")] = '\0';
    snprintf(l->key, sizeof(l->key), "%s", key);
    return 0;
}

/* Look at the configuration as the workers will read it. Returns how many
 * upstreams it has, or -1. */
static int read_conf(struct launch *l)
{
    const char *file = l->o.conf[0] == '\0' ? NULL : l->o.conf;
    struct state s = {0};
    struct conf *conf;
    char error[256];
    int upstreams;

    if (state_find(&s, l->o.dir, file, error))
        return fail("state", error);
    s.overrides = l->o.sets;
    s.n_overrides = l->o.n_sets;
    if ((conf = state_conf(&s, error)) == NULL)
        return fail("configuration", error);
    l->drain_ms = (uint64_t)conf->drain_seconds * 1000 + GRACE_MS;
    upstreams = (int)conf->n_upstreams;
    conf_free(conf);
    return upstreams;
}

/* The line "listening PORT" from ${fd}; returns the port, or -1. */
static int heard_port(struct launch *l, int fd)
{
    uint64_t end = launch_child_now() + UPSTREAM_MS;
    char text[64];
    size_t used = 0;
    ssize_t n = 0;
    int port = -1;

    do {
        if (!launch_crew_pause(&l->crew, fd, 100))
            continue;
        n = read(fd, text + used, sizeof(text) - 1 - used);
        if (n <= 0)
            break;
        used += (size_t)n;
    } while ((used == 0 || memchr(text, '\n', used) == NULL) &&
             used < sizeof(text) - 1 && l->crew.asked == 0 &&
             launch_child_now() < end);
    text[used] = '\0';
    return (sscanf(text, "listening %d", &port) == 1 ? port : -1);
}

/* The demo upstream speaks everything. It keeps its port when it has to be
 * started again, because the workers know it by that. */
static int start_demo_upstream(struct launch *l)
{
    static char digits[16];
    static const char *argv[] = {NULL, "--port", "0", NULL};
    const struct launch_child child = {
        .name = "upstream", .argv = argv, .in = -1};
    char spec[96];
    int ends[2], port;

    argv[0] = l->upstream;
    if (pipe2(ends, O_CLOEXEC))
        return fail_errno("pipe");
    if (launch_crew_start(&l->crew, LAUNCH_UPSTREAM, &child, ends[1]))
        return fail_errno(l->upstream);
    close(ends[1]);
    port = heard_port(l, ends[0]);
    if (l->crew.asked > 0)
        return 0;
    if (port <= 0)
        return fail_child(l, &l->crew.child[l->crew.count - 1]);
    snprintf(digits, sizeof(digits), "%d", port);
    argv[2] = digits;
    snprintf(spec, sizeof(spec), "chat+messages+responses@http://127.0.0.1:%d",
        port);
    if (launch_options_upstream(&l->o, spec))
        return fail_errno("memory");
    return 0; /* ends[0] stays open: a reader for whatever else it prints */
}

/* Who serves as another user must be able to pass through the directory of the
 * sockets to his own. */
static int start_workers(struct launch *l)
{
    const char **argv;

    if ((mkdir(l->sockets, 0711) && errno != EEXIST) || chmod(l->sockets, 0711))
        return fail_errno(l->sockets);
    for (int i = 0; i < LAUNCH_PROGRAMS; i++) {
        struct launch_served *s = &l->served[i];

        if ((argv = make_argv(l, s->file, NULL)) == NULL)
            return fail_errno("memory");
        if (launch_program_start(s, &l->crew, argv, l->o.workers))
            return fail_errno(s->file);
    }
    return 0;
}

static void close_sockets(struct launch *l)
{
    for (int i = 0; i < LAUNCH_PROGRAMS; i++)
        launch_program_close(&l->served[i]);
    rmdir(l->sockets);
}

/* The web server will be another user. */
static int shed(struct launch *l, const char *htdocs)
{
    for (int i = 0; i < LAUNCH_PROGRAMS; i++)
        if (launch_shed_give(&l->shed, l->served[i].socket))
            return fail_errno(l->served[i].socket);
    if (launch_shed_open(&l->shed, l->sockets, htdocs))
        return fail_errno(htdocs);
    return 0;
}

static int configure_httpd(struct launch *l)
{
    const struct launch_httpd *server = l->o.server;
    char dir[PATH_MAX], template[PATH_MAX], htdocs[PATH_MAX], error[256];
    struct launch_template names = {.port = l->o.port, .run = l->run};

    if (launch_options_path(htdocs, l->o.httpd_conf, "htdocs") ||
        launch_options_path(dir, l->o.httpd_conf, server->name) ||
        launch_options_path(template, dir, "turnpike.conf.in"))
        return fail(l->o.httpd_conf, "the path is too long");
    launch_shed_user(&l->shed);
    if (server->sheds && geteuid() == 0) {
        if (shed(l, htdocs))
            return -1;
        names.sockets = l->shed.sockets;
        names.htdocs = l->shed.htdocs;
    } else {
        names.sockets = l->sockets;
        names.htdocs = htdocs;
    }
    names.user = l->shed.user;
    names.group = l->shed.group;
    if (launch_template_fill(
            &names, template, l->httpd_file, server->unfit, error))
        return fail(server->name, error);
    return 0;
}

static int start_httpd(struct launch *l)
{
    static const char *argv[LAUNCH_HTTPD_OPTIONS + 3];
    struct launch_child child = {.argv = argv, .in = -1};
    const struct launch_httpd *server = l->o.server;
    size_t n = 0;

    if (configure_httpd(l))
        return -1;
    argv[n++] = launch_httpd_program(server);
    for (size_t i = 0; i < LAUNCH_HTTPD_OPTIONS; i++)
        if (server->options[i] != NULL)
            argv[n++] = server->options[i];
    argv[n] = l->httpd_file;
    child.name = server->name;
    child.lent = l->shed.lent;
    if (launch_crew_start(&l->crew, LAUNCH_HTTPD, &child, -1))
        return fail_errno(argv[0]);
    return 0;
}

/* Whether that program answers, as seen through the web server. */
static int await_program(
    struct launch *l, const struct launch_program *p, uint64_t end)
{
    const struct launch_child *failing;

    while (l->crew.asked == 0 &&
           launch_httpd_ask(l->o.port, p->path) != p->status) {
        if ((failing = launch_crew_failing(&l->crew)) != NULL)
            return fail_child(l, failing);
        if (launch_child_now() > end)
            return fail("the workers", "not ready in time");
        launch_crew_pause(&l->crew, -1, 5);
    }
    return 0;
}

static int await_ready(struct launch *l)
{
    uint64_t end = launch_child_now() + READY_MS;

    for (int i = 0; i < LAUNCH_PROGRAMS; i++)
        if (await_program(l, &launch_programs[i], end))
            return -1;
    return 0;
}

static int start_all(struct launch *l)
{
    int upstreams;

    if (check_conf(l) || name_paths(l) || lock_state(l) || create_state(l))
        return -1;
    if (launch_crew_init(&l->crew, l->run, l->o.server->finish))
        return fail_errno("signals");
    if ((upstreams = read_conf(l)) < 0)
        return -1;
    if (upstreams == 0 && start_demo_upstream(l))
        return -1;
    if (l->crew.asked == 0 && (start_workers(l) || start_httpd(l)))
        return -1;
    return await_ready(l);
}

static void serve(struct launch *l)
{
    if (l->crew.asked == 0) {
        printf("ready: http://127.0.0.1:%d key: %s\n", l->o.port, l->key);
        fflush(stdout);
    }
    while (l->crew.asked == 0)
        launch_crew_pause(&l->crew, -1, -1);
}

int main(int argc, char **argv)
{
    static struct launch l = {.lock = -1, .shed = {.lent = {-1, -1, -1}}};
    char error[256];
    int status;

    if (file_standard(O_RDWR) != 0)
        return 1;
    umask(077);
    status = launch_options_read(&l.o, argc, argv, error);
    if (status == 1) {
        fputs(usage, stdout);
        launch_options_free(&l.o);
        return 0;
    }
    if (status)
        fail(error, "");
    else if ((status = claim_port(&l.o)) == 0)
        status = start_all(&l);
    if (status == 0)
        serve(&l);
    launch_crew_stop(&l.crew, l.drain_ms);
    if (l.lock != -1)
        close_sockets(&l);
    launch_shed_close(&l.shed);
    launch_options_free(&l.o);
    return (status ? 1 : 0);
}
