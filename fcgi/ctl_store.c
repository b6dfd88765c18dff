#include "ctl.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


static void log_line(void *cookie, const char *line)
{
    (void)cookie;
    fprintf(stderr, "turnpikectl: %s\n", line);
}

int ctl_store_open(struct ctl *c, const char *dir, char error[256])
{
    struct store_options o = {
        .dir = dir,
        .durability = c->conf->durability_full ? STORE_FULL : STORE_RELAXED,
        .stuck_ms = c->conf->store_stuck_seconds * 1000,
        .cache_bytes = (uint32_t)c->conf->store_cache,
        .log_bytes = (uint32_t)c->conf->store_log,
        .checkpoint_bytes = (uint32_t)c->conf->store_checkpoint,
        .reserve_bytes = c->conf->store_reserve,
        .log = log_line,
    };
    int result;

    memcpy(o.ledger_key, c->state.ledger_key, sizeof(o.ledger_key));
    result = store_open(&o, &c->store, error);
    sodium_memzero(o.ledger_key, sizeof(o.ledger_key));
    return result;
}

void ctl_store_close(struct ctl *c)
{
    store_close(c->store);
    c->store = NULL;
}

void ctl_store_path(const struct ctl *c, const char *name, char path[1100])
{
    snprintf(path, 1100, "%s/%s", c->state.dir, name);
}

/* ---- signals ---- */

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

static void hold_signals(int how)
{
    sigset_t set;

    ending_signals(&set);
    sigprocmask(how, &set, NULL);
}

bool ctl_told(void)
{
    sigset_t ours, pending;
    bool told = false;

    ending_signals(&ours);
    sigpending(&pending);
    for (int i = 1; i < NSIG; i++)
        told = told ||
               (sigismember(&ours, i) == 1 && sigismember(&pending, i) == 1);
    return told;
}

/* A process that dies inside the store costs the others a recovery. */
static void leave_when_told(struct ctl *c)
{
    if (!ctl_told() || c->unfinished != NULL)
        return;
    ctl_close(c);
    hold_signals(SIG_UNBLOCK);
    _exit(CTL_FAILED);
}

void ctl_hold_signals(void)
{
    hold_signals(SIG_BLOCK);
}

/* ---- opening and running ---- */

int ctl_find(struct ctl *c, bool create)
{
    char error[256] = "";

    if (state_find(&c->state, c->dir_option, c->conf_option, error))
        return ctl_fail(c, "%s", error);
    if (create && state_create(&c->state, error))
        return ctl_fail(c, "%s", error);
    if (state_load(&c->state, error))
        return ctl_fail(c, "%s", error);
    c->conf = state_conf(&c->state, error);
    if (!c->conf)
        return ctl_fail(c, "%s", error);
    return CTL_OK;
}

int ctl_open(struct ctl *c, bool create)
{
    char dir[1100], error[256] = "";

    if (!c->conf && ctl_find(c, create))
        return CTL_FAILED;
    ctl_store_path(c, "store", dir);
    if (ctl_store_open(c, dir, error))
        return ctl_fail(c, "%s", error);
    ctl_hold_signals();
    return CTL_OK;
}

void ctl_close(struct ctl *c)
{
    ctl_store_close(c);
    conf_free(c->conf);
    c->conf = NULL;
    sodium_memzero(c->state.pepper, sizeof(c->state.pepper));
    sodium_memzero(c->state.ledger_key, sizeof(c->state.ledger_key));
    sodium_memzero(&c->state.jwt, sizeof(c->state.jwt));
}

static void done(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    (void)verb;
}

enum store_status ctl_run(struct ctl *c, struct store_verb *verb)
{
    leave_when_told(c);
    store_run(c->store, verb, done, NULL);
    return verb->status;
}

int ctl_refused(struct ctl *c, enum store_status status, const char *what)
{
    switch (status) {
    case STORE_NOT_FOUND:
        return ctl_fail(c, "there is no %s", what);
    case STORE_EXISTS:
        return ctl_fail(c, "there is already %s", what);
    case STORE_CLOSED:
        return ctl_fail(c, "the store cannot be used; recovery failed");
    default:
        return ctl_fail(c, "the store refused %s", what);
    }
}
