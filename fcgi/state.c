#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/conf_text.h"
#include "state_file.h"

enum { CONF_MAX = 1 << 20, UPSTREAM_KEY_MAX = 1024 };

static const char first_conf[] =
    "# The configuration of Turnpike: lines of \"key = value\".\n"
    "# `turnpikectl options` and turnpike.conf(5) name every option.\n"
    "#\n"
    "# A model server; NAME is yours to choose.\n"
    "#upstream.NAME.url = http://127.0.0.1:8000\n"
    "#upstream.NAME.speaks = chat\n"
    "#upstream.NAME.key_file = secret/NAME.key\n"
    "#\n"
    "# A model as callers see it. Without one: abliterated-model, alias\n"
    "# abliteration-model, on all upstreams.\n"
    "#model.MODEL.alias = OTHER-NAME\n"
    "#model.MODEL.context = 131072\n"
    "#\n"
    "#rate.key = 120\n"
    "#price.usd_per_mtok = 5\n"
    "#price.tokens_per_credit = 500\n";

/* ---- paths ---- */

static int join(
    char out[1024], const char *dir, const char *name, char error[256])
{
    int n = snprintf(out, 1024, "%s/%s", dir, name);

    if (n >= 0 && n < 1024)
        return 0;
    snprintf(error, 256, "the path %.150s... is too long", dir);
    return -1;
}

/* ${path} as seen from the directory in which ${file} lies. */
static int beside(
    char out[1024], const char *file, struct span path, char error[256])
{
    const char *slash = strrchr(file, '/');
    int dir = slash && path.p[0] != '/' ? (int)(slash - file) + 1 : 0;
    int n = snprintf(out, 1024, "%.*s%.*s", dir, file, (int)path.n, path.p);

    if (n >= 0 && n < 1024)
        return 0;
    snprintf(error, 256, "the path %.150s... is too long", path.p);
    return -1;
}

static int copy(char out[1024], const char *path, char error[256])
{
    int n = snprintf(out, 1024, "%s", path);

    if (n > 0 && n < 1024)
        return 0;
    snprintf(
        error, 256, n == 0 ? "an empty path was given" : "a path is too long");
    return -1;
}

/* ---- where the state lies ---- */

/* The last word on ${key}; what is wrong elsewhere conf_read() tells. */
static struct span find_setting(
    const struct state *s, struct span text, const char *key)
{
    struct span found = {NULL, 0};
    struct conf_setting one;
    unsigned line = 0;
    int more;

    while ((more = conf_text_next(&text, &line, &one)) != 0) {
        if (more > 0 && span_is(one.key, key))
            found = one.value;
    }
    for (size_t i = 0; i < s->n_overrides; i++) {
        if (conf_text_override(s->overrides[i], &one) == 0 &&
            span_is(one.key, key))
            found = one.value;
    }
    return found;
}

static int dir_of_conf(
    const struct state *s, struct span text, char dir[1024], char error[256])
{
    struct span said = find_setting(s, text, "state.dir");

    if (said.n > 0)
        return beside(dir, s->conf_file, said, error);
    snprintf(error, 256,
        "%.150s does not say \"state.dir = DIR\"; give --state", s->conf_file);
    return -1;
}

static int find_by_conf(struct state *s, char error[256])
{
    struct buf text = {0};
    int result = -1;

    s->dir_by_conf = true;
    if (!state_file_read(s->conf_file, CONF_MAX, false, &text, error))
        result =
            dir_of_conf(s, (struct span){text.data, text.len}, s->dir, error);
    buf_free(&text);
    return result;
}

/* Who is at work in a directory does not leave it: a file that says another
 * one, or none as it is half copied, is not for this process. */
static int stay_in_dir(const struct state *s, struct span text, char error[256])
{
    char dir[1024];

    if (!s->dir_by_conf)
        return 0;
    if (dir_of_conf(s, text, dir, error))
        return -1;
    if (strcmp(dir, s->dir) == 0)
        return 0;
    snprintf(error, 256,
        "%.120s: state.dir is another one than when this process began",
        s->conf_file);
    return -1;
}

int state_alone(struct state *s, char error[256])
{
    static const char name[] = "turnpike.conf";
    char self[1024];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0) {
        snprintf(error, 256, "cannot tell where this program lies: %s",
            strerror(errno));
        return -1;
    }
    self[n] = '\0';
    s->alone = true;
    return beside(s->beside, self, (struct span){name, strlen(name)}, error);
}

int state_find(
    struct state *s, const char *dir, const char *conf_file, char error[256])
{
    const char *named = conf_file ? conf_file : getenv("TURNPIKE_CONF");

    if (named && !*named)
        named = NULL;
    if (!named && !dir && s->beside[0])
        named = s->beside;
    if (named && copy(s->conf_file, named, error))
        return -1;
    if (dir) {
        if (copy(s->dir, dir, error))
            return -1;
        return named ? 0 : join(s->conf_file, dir, "turnpike.conf", error);
    }
    if (named)
        return find_by_conf(s, error);
    snprintf(error, 256,
        "no state directory: give --state DIR, --conf FILE or TURNPIKE_CONF");
    return -1;
}

/* ---- making it ---- */

static int make_dir(const char *path, char error[256])
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    snprintf(error, 256, "cannot create %.150s: %s", path, strerror(errno));
    return -1;
}

/* The store is made behind the secrets. A store whose secret is gone must not
 * get another one: no key and no journal entry would ever fit again. */
static int keep_secret(const struct state *s, const char *name, char error[256])
{
    char path[1024], store[1024];

    if (join(path, s->dir, name, error) || join(store, s->dir, "store", error))
        return -1;
    if (state_file_exists(path) || !state_file_exists(store))
        return 0;
    snprintf(error, 256,
        "%.150s is missing although there is a store; restore it", path);
    return -1;
}

static int make_secret(const struct state *s, const char *name, char error[256])
{
    char path[1024];
    uint8_t secret[MAC_KEY];
    int result;

    if (join(path, s->dir, name, error))
        return -1;
    randombytes_buf(secret, sizeof(secret));
    result = state_file_create(path, secret, sizeof(secret), 0400, error);
    sodium_memzero(secret, sizeof(secret));
    return result;
}

/* Nothing that lasts is signed with secret/jwt: whoever has lost it, set it
 * aside or never had it gets another. */
static int make_secrets(const struct state *s, char error[256])
{
    if (keep_secret(s, "secret/pepper", error) ||
        keep_secret(s, "secret/ledger", error) ||
        make_secret(s, "secret/pepper", error) ||
        make_secret(s, "secret/ledger", error))
        return -1;
    return make_secret(s, "secret/jwt", error);
}

/* What lies in the directory. */
static int make_content(const struct state *s, char error[256])
{
    char path[1024];

    if (join(path, s->dir, "secret", error) || make_dir(path, error) ||
        make_secrets(s, error))
        return -1;
    if (state_file_create(
            s->conf_file, first_conf, strlen(first_conf), 0600, error))
        return -1;
    return join(path, s->dir, "store", error) ? -1 : make_dir(path, error);
}

/* Between a look at what is missing and its making nobody else may come: a
 * store without a secret would look like one whose secret is lost. */
int state_create(const struct state *s, char error[256])
{
    int fd, result;

    if (sodium_init() < 0) {
        snprintf(error, 256, "there is no source of randomness");
        return -1;
    }
    if (make_dir(s->dir, error))
        return -1;
    fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        snprintf(error, 256, "cannot lock %.150s: %s", s->dir, strerror(errno));
        result = -1;
    } else {
        result = make_content(s, error);
    }
    if (fd >= 0)
        close(fd);
    return result;
}

/* ---- reading it ---- */

static int load_secret(const struct state *s, const char *name,
    uint8_t secret[MAC_KEY], char error[256])
{
    char path[1024];
    struct buf text = {0};
    int result = -1;

    if (join(path, s->dir, name, error) ||
        state_file_read(path, 4096, true, &text, error))
        goto out;
    if (text.len != MAC_KEY) {
        snprintf(error, 256, "%.150s has %zu bytes instead of %d", path,
            text.len, MAC_KEY);
        goto out;
    }
    memcpy(secret, text.data, MAC_KEY);
    result = 0;
out:
    if (text.data)
        sodium_memzero(text.data, text.len);
    buf_free(&text);
    return result;
}

/* One that may be missing. */
static int load_jwt_key(struct state *s, const char *name, char error[256])
{
    char path[1024];
    uint8_t secret[MAC_KEY];
    int result;

    if (join(path, s->dir, name, error))
        return -1;
    if (!state_file_exists(path))
        return 0;
    result = load_secret(s, name, secret, error);
    if (result == 0)
        result = jwt_keys_add(&s->jwt, secret);
    sodium_memzero(secret, sizeof(secret));
    return result;
}

/* The first one signs: without it the one before is of no use. */
static int load_jwt_keys(struct state *s, char error[256])
{
    s->jwt.count = 0;
    if (load_jwt_key(s, "secret/jwt", error))
        return -1;
    return s->jwt.count == 0 ? 0
                             : load_jwt_key(s, "secret/jwt.previous", error);
}

int state_load(struct state *s, char error[256])
{
    if (load_secret(s, "secret/pepper", s->pepper, error) ||
        load_secret(s, "secret/ledger", s->ledger_key, error))
        return -1;
    return load_jwt_keys(s, error);
}

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

    if (beside(path, s->conf_file, name, error) ||
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

    if (beside(path, s->conf_file, name, error))
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

/* Without a key of its own it has what the environment says. */
static int read_files_of(const struct state *s, struct conf_upstream *u,
    const char *variable, char error[256])
{
    const char *common = getenv(variable);

    if (u->key_file && read_key_file(s, u, error))
        return -1;
    if (u->ca_file && place_ca_file(s, u, error))
        return -1;
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
    if (s->alone && find_setting(s, text, "server.mode").n == 0)
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

    if (state_file_read(s->conf_file, CONF_MAX, false, &text, error) ||
        stay_in_dir(s, (struct span){text.data, text.len}, error))
        goto out;
    conf = read_settings(s, (struct span){text.data, text.len}, why);
    if (!conf) {
        snprintf(error, 256, "%.90s: %.160s", s->conf_file, why);
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
