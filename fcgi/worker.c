#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "db/file.h"
#include "listen.h"
#include "log.h"

enum {
    DRAIN_MARGIN = 2, /* seconds between ending the streams and leaving */
    IDLE_MS = 60000,  /* a kept connection without a request */
    MEMORY_KEPT = 4 << 20,
    FEW_CALLS = 4 /* of more, one pays for the waking of another */
};

struct throttle *worker_throttle(struct worker *w)
{
    if (w->throttle == NULL)
        w->throttle = throttle_open(w->state.dir);
    return w->throttle != NULL && throttle_sound(w->throttle) ? w->throttle
                                                              : NULL;
}

static void get_limits(const struct conf *conf, struct conn_limits *limits)
{
    *limits = (struct conn_limits){
        .body_max = conf->body_max,
        .body_ms = conf->body_seconds * 1000,
        .stall_ms = conf->stall_seconds * 1000,
        .most = conf->connections_max,
        .idle_ms = IDLE_MS,
    };
}

/* ---- looking for work before sleeping ---- */

/* Who has one CPU only keeps from it whom he waits for. */
static bool has_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) > 1;
}

bool worker_has_time(const struct worker *w)
{
    return w->under_way <= FEW_CALLS;
}

static void set_spin(struct worker *w)
{
    uint32_t us = worker_has_time(w) ? w->spin_us : 0;

    loop_spin(w->loop, us);
    jobs_spin(w->jobs, us);
}

static void get_spin(struct worker *w)
{
    w->spin_us = has_cpus() && !w->fcgid ? w->settings->conf->loop_spin : 0;
    set_spin(w);
}

void worker_call_began(struct worker *w)
{
    w->under_way++;
    set_spin(w);
}

/* ---- reload ---- */

/* What has to wait for another start is told each time, until it has come. */
static void tell_reloaded(const struct worker *w)
{
    struct buf names = {0};

    settings_waiting(w->settings, w->first, &names);
    if (names.len > 0 && buf_terminate(&names))
        log_event("reloaded",
            "the configuration was read again, but changed, and read at the "
            "start only: %s",
            names.data);
    else
        log_event("reloaded", "the configuration was read again");
    buf_free(&names);
}

/* A broken file leaves everything as it was. */
static void reload(struct worker *w)
{
    struct conn_limits limits;
    struct settings *fresh;
    char error[256];

    fresh = settings_read(&w->state, w->targets, &w->weights, error);
    if (fresh == NULL) {
        log_event("reload_failed", "%s", error);
        return;
    }
    settings_release(w->settings);
    w->settings = fresh;
    get_limits(fresh->conf, &limits);
    conn_set_limits(w->conns, &limits);
    get_spin(w);
    tell_reloaded(w);
}

/* ---- drain ---- */

static bool is_empty(const struct worker *w)
{
    return w->calls == NULL && conn_set_count(w->conns) == 0;
}

static void leave_if_done(struct worker *w)
{
    if (w->phase != WORKER_SERVING && is_empty(w))
        loop_stop(w->loop);
}

/* Most of the time is over: what still streams is ended legally. */
static void end_streams(struct worker *w)
{
    struct call *call, *next;

    for (call = w->calls; call != NULL; call = next) {
        next = call->next;
        walk_drain(call);
    }
}

static void drain_fired(void *cookie)
{
    struct worker *w = cookie;

    if (w->phase == WORKER_LEAVING) {
        loop_stop(w->loop);
        return;
    }
    w->phase = WORKER_LEAVING;
    end_streams(w);
    loop_timer_set(w->loop, &w->drain_timer, DRAIN_MARGIN * 1000);
    leave_if_done(w);
}

static void drain(struct worker *w)
{
    uint32_t seconds = w->settings->conf->drain_seconds;

    if (w->phase != WORKER_SERVING)
        return;
    w->phase = WORKER_DRAINING;
    listen_free(w->listen);
    w->listen = NULL;
    conn_set_drain(w->conns);
    seconds = seconds > DRAIN_MARGIN ? seconds - DRAIN_MARGIN : 0;
    loop_timer_set(w->loop, &w->drain_timer, seconds * 1000ull + 1);
    leave_if_done(w);
}

void worker_call_ended(struct worker *w)
{
    w->under_way--;
    set_spin(w);
    reaper_ride(w);
    leave_if_done(w);
}

static void signal_caught(void *cookie, int signo)
{
    if (signo == SIGHUP)
        reload(cookie);
    else if (signo != SIGPIPE)
        drain(cookie);
}

/* ---- start ---- */

static void request_ready(void *cookie, struct conn *c, struct request *r)
{
    struct worker *w = cookie;

    /* Where processes come and go nobody knows to whom to send a signal. What
     * could not be read is tried again by the next call, as a file that it
     * names may be what was missing. */
    if (w->fcgid && settings_edited(w->settings, &w->state))
        reload(w);
    walk_begin(w, c, r);
}

static void conns_emptied(void *cookie)
{
    leave_if_done(cookie);
}

static const struct conn_owner owner = {.request = request_ready,
    .gone = walk_gone,
    .room = walk_room,
    .emptied = conns_emptied};

static void store_log(void *cookie, const char *line)
{
    (void)cookie;
    log_event("store", "%s", line);
}

static void get_store_options(
    const struct worker *w, const char *dir, struct store_options *o)
{
    const struct conf *conf = w->settings->conf;

    memset(o, 0, sizeof(*o));
    o->dir = dir;
    memcpy(o->ledger_key, w->state.ledger_key, sizeof(o->ledger_key));
    o->durability = conf->durability_full ? STORE_FULL : STORE_RELAXED;
    o->stuck_ms = conf->store_stuck_seconds * 1000;
    o->cache_bytes = (uint32_t)conf->store_cache;
    o->log_bytes = (uint32_t)conf->store_log;
    o->checkpoint_bytes = (uint32_t)conf->store_checkpoint;
    o->reserve_bytes = conf->store_reserve;
    o->log = store_log;
}

static int start_store(struct worker *w, char error[256])
{
    struct store_options options;
    char dir[1100];

    snprintf(dir, sizeof(dir), "%s/store", w->state.dir);
    get_store_options(w, dir, &options);
    w->jobs = w->fcgid ? jobs_start_inline(w->loop, &options, error)
                       : jobs_start(w->loop, &options, error);
    explicit_bzero(&options, sizeof(options));
    if (w->jobs == NULL)
        return -1;
    if ((w->spill = spill_open(w->state.dir, w->jobs)) != NULL)
        return 0;
    snprintf(error, 256, "%.200s/spill: %s", w->state.dir, strerror(errno));
    return -1;
}

/* Secrets and prompts must not end up in a core or in another's debugger. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
}

/* Bodies of some hundred KB are what agents send all day: their memory is not
 * given back after each, only to be asked for again page by page. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int catch_signals(struct worker *w)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGUSR1); /* what mod_fcgid and some spawners send */
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGPIPE);
    return loop_signals(w->loop, &mask, signal_caught, w);
}

static int start_front(struct worker *w, char error[256])
{
    struct conn_limits limits;
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    get_limits(w->settings->conf, &limits);
    w->upstreams = upstream_pool_create(w->loop);
    w->conns = conn_set_create(w->loop, &owner, w, &limits);
    if (w->upstreams == NULL || w->conns == NULL) {
        strcpy(error, "out of memory");
        return -1;
    }
    if (flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK);
    w->listen = listen_adopt(w->loop, STDIN_FILENO, w->conns);
    if (w->listen == NULL) {
        snprintf(error, 256, "descriptor 0 is not a listening socket: %s",
            strerror(errno));
        return -1;
    }
    return 0;
}

static int start(struct worker *w, char error[256])
{
    strcpy(error, "out of memory");
    if (w->program->alone && state_create(&w->state, error) != 0)
        return -1;
    if ((w->loop = loop_create()) == NULL || catch_signals(w) != 0)
        return -1;
    if (state_load(&w->state, error) != 0 ||
        (w->targets = targets_create(w->loop, w->state.dir)) == NULL ||
        (w->policies = policies_create(w->loop)) == NULL ||
        (w->settings = settings_read(
             &w->state, w->targets, &w->weights, error)) == NULL ||
        (w->recall = recall_create(w->loop)) == NULL)
        return -1;
    w->first = settings_keep(w->settings);
    w->fcgid = w->settings->conf->fcgid;
    if (start_store(w, error) != 0 || start_front(w, error) != 0)
        return -1;
    get_spin(w);
    w->drain_timer = (struct loop_timer){.fired = drain_fired, .cookie = w};
    reaper_start(w);
    return 0;
}

static void stop(struct worker *w)
{
    listen_free(w->listen);
    jobs_stop(w->jobs);
    spill_close(w->spill);
    logins_free(w->logins);
    policies_stop(w->policies);
    aside_stop(w->beside);
    throttle_close(w->throttle);
    while (w->calls != NULL)
        walk_abandon(w->calls);
    conn_set_free(w->conns);
    upstream_pool_free(w->upstreams);
    recall_free(w->recall);
    weights_close(&w->weights);
    targets_free(w->targets);
    policies_destroy(w->policies);
    loop_free(w->loop);
    settings_release(w->first);
    settings_release(w->settings);
    log_close(&w->log);
    buf_free(&w->scratch);
    buf_free(&w->frames);
    explicit_bzero(&w->state, sizeof(w->state));
}

/* ---- options ---- */

static const char usage[] =
    "usage: %s [--state DIR] [--conf FILE] [--set KEY=VALUE]...\n"
    "       %s --print-walk\n"
    "Serves FastCGI on the listening socket that it inherits as descriptor "
    "0.\n";

static int print_walk(void)
{
    struct buf text = {0};

    walk_print(&text);
    fwrite(text.data, 1, text.len, stdout);
    buf_free(&text);
    return 0;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(struct worker *w, int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'},
        {"conf", required_argument, NULL, 'c'},
        {"set", required_argument, NULL, 'o'},
        {"print-walk", no_argument, NULL, 'w'}, {0}};
    const char *dir = NULL, *file = NULL;
    char error[256];
    int option;

    w->state.overrides = calloc((size_t)argc + 1, sizeof(char *));
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == 's')
            dir = optarg;
        else if (option == 'c')
            file = optarg;
        else if (option == 'o' && w->state.overrides != NULL)
            w->state.overrides[w->state.n_overrides++] = optarg;
        else if (option == 'w')
            return print_walk();
        else
            break;
    if (option != -1 || optind != argc) {
        fprintf(stderr, usage, w->program->name, w->program->name);
        return 2;
    }
    if ((w->program->alone && state_alone(&w->state, error) != 0) ||
        state_find(&w->state, dir, file, error) != 0) {
        fprintf(stderr, "%s: %s\n", w->program->name, error);
        return 1;
    }
    return -1;
}

/* Some spawners leave us what was theirs, or without stdout or stderr. */
static int arrange_descriptors(void)
{
    closefrom(STDERR_FILENO + 1);
    return file_standard(O_RDWR);
}

int worker_main(const struct program *program, int argc, char **argv)
{
    struct worker w = {.program = program};
    char **overrides;
    char error[256];
    int status;

    if (arrange_descriptors() != 0)
        return 1;
    status = read_options(&w, argc, argv);
    overrides = w.state.overrides;
    if (status < 0) {
        harden();
        keep_memory();
        raise_descriptors();
        strcpy(error, "there is no source of randomness");
        if (sodium_init() < 0 || start(&w, error) != 0) {
            fprintf(stderr, "%s: %s\n", program->name, error);
            status = 1;
        } else {
            status = loop_run(w.loop) == 0 ? 0 : 1;
        }
        stop(&w);
    }
    free(overrides);
    return status;
}
