#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_file.h"
#include "state_private.h"

/* The configuration, with the keys that lie in files of their own and what the
 * environment says. */

enum { UPSTREAM_KEY_MAX = 1024 };

/* ---- the files that it names ---- */

static bool is_key(struct span key)
{
    if (key.n == 0 || key.n > UPSTREAM_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] <= ' ' || key.p[i] > '~')
            return false;
    }
    return true;
}

static int set_key(struct conf_upstream *u, struct span key, const char *where,
    char error[256])
{
    if (!is_key(key)) {
        snprintf(error, 256, "%.150s must be 1 to %d visible ASCII characters",
            where, UPSTREAM_KEY_MAX);
        return -1;
    }
    u->key = strndup(key.p, key.n);
    if (!u->key) {
        snprintf(error, 256, "out of memory");
        return -1;
    }
    return 0;
}

static int read_key_file(
    const struct state *s, struct conf_upstream *u, char error[256])
{
    char path[1024];
    struct buf text = {0};
    struct span name = {u->key_file, strlen(u->key_file)};
    struct span key;
    int result = -1;

    if (state_beside(path, s->conf_file, name, error) ||
        state_file_read(path, 2 * UPSTREAM_KEY_MAX, true, &text, error))
        goto out;
    key = (struct span){text.data, text.len};
    while (key.n > 0 && (key.p[key.n - 1] == '\n' || key.p[key.n - 1] == '\r'))
        key.n--;
    result = set_key(u, key, path, error);
out:
    if (text.data)
        sodium_memzero(text.data, text.len);
    buf_free(&text);
    return result;
}

/* libcurl shall find it wherever we are. */
static int place_ca_file(
    const struct state *s, struct conf_upstream *u, char error[256])
{
    struct span name = {u->ca_file, strlen(u->ca_file)};
    char path[1024], *copy;

    if (state_beside(path, s->conf_file, name, error))
        return -1;
    if (access(path, R_OK) != 0) {
        snprintf(error, 256, "%.150s: %s", path, strerror(errno));
        return -1;
    }
    if (!(copy = strdup(path))) {
        snprintf(error, 256, "out of memory");
        return -1;
    }
    free(u->ca_file);
    u->ca_file = copy;
    return 0;
}

/* Put the option that names the file before what is wrong with it. */
static int fail_of(
    const struct conf_upstream *u, const char *option, char error[256])
{
    char why[256];

    memcpy(why, error, sizeof(why));
    if (u->name)
        snprintf(error, 256, "upstream.%.60s.%s: %.160s", u->name, option, why);
    else
        snprintf(error, 256, "moderation.%s: %.200s", option, why);
    return -1;
}

/* Without a key of its own it has what the environment says. */
static int read_files_of(const struct state *s, struct conf_upstream *u,
    const char *variable, char error[256])
{
    const char *common = getenv(variable);

    if (u->key_file && read_key_file(s, u, error))
        return fail_of(u, "key_file", error);
    if (u->ca_file && place_ca_file(s, u, error))
        return fail_of(u, "ca_file", error);
    if (u->key || !common || !*common)
        return 0;
    return set_key(u, (struct span){common, strlen(common)}, variable, error);
}

static int read_files(const struct state *s, struct conf *conf, char error[256])
{
    for (size_t i = 0; i < conf->n_upstreams; i++) {
        if (read_files_of(
                s, &conf->upstreams[i], "TURNPIKE_UPSTREAM_KEY", error))
            return -1;
    }
    return read_files_of(s, &conf->moderator, "TURNPIKE_MODERATION_KEY", error);
}

/* ---- the whole ---- */

/* What the environment sets; --set goes before it. */
static bool read_environment(char history[64])
{
    const char *limit = getenv("POLICY_HISTORY_LIMIT");

    if (!limit || !*limit)
        return false;
    snprintf(history, 64, "events.history=%.40s", limit);
    return true;
}

static struct conf *read_settings(
    const struct state *s, struct span text, char why[256])
{
    char fcgid[] = "server.mode=fcgid", history[64];
    char **settings = calloc(s->n_overrides + 2, sizeof(*settings));
    size_t n = 0;
    struct conf *conf;

    if (!settings) {
        snprintf(why, 256, "out of memory");
        return NULL;
    }
    if (read_environment(history))
        settings[n++] = history;
    for (size_t i = 0; i < s->n_overrides; i++)
        settings[n++] = s->overrides[i];
    if (s->alone && state_setting(s, text, "server.mode").n == 0)
        settings[n++] = fcgid;
    conf = conf_read(text, settings, n, why);
    free(settings);
    return conf;
}

struct conf *state_conf(const struct state *s, char error[256])
{
    struct buf text = {0};
    struct conf *conf = NULL;
    char why[256];

    if (state_file_read(s->conf_file, STATE_CONF_MAX, false, &text, error) ||
        state_stays(s, (struct span){text.data, text.len}, error))
        goto out;
    conf = read_settings(s, (struct span){text.data, text.len}, why);
    if (!conf) {
        if (strncmp(why, "line ", 5) == 0)
            snprintf(error, 256, "%.90s: %.160s", s->conf_file, why);
        else
            snprintf(error, 256, "%.255s", why);
        goto out;
    }
    if (read_files(s, conf, error)) {
        conf_free(conf);
        conf = NULL;
    }
out:
    if (text.data)
        sodium_memzero(text.data, text.len);
    buf_free(&text);
    return conf;
}
