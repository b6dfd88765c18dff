#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state_file.h"
#include "state_private.h"

/* The directory and its secrets. */

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

    if (state_join(path, s->dir, name, error) ||
        state_join(store, s->dir, "store", error))
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

    if (state_join(path, s->dir, name, error))
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

    if (state_join(path, s->dir, "secret", error) || make_dir(path, error) ||
        make_secrets(s, error))
        return -1;
    if (state_file_create(
            s->conf_file, first_conf, strlen(first_conf), 0600, error))
        return -1;
    return state_join(path, s->dir, "store", error) ? -1
                                                    : make_dir(path, error);
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

    if (state_join(path, s->dir, name, error) ||
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

    if (state_join(path, s->dir, name, error))
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

/* Mostly it is another directory that was meant. */
static int is_there(const struct state *s, char error[256])
{
    char secret[1024];

    if (state_join(secret, s->dir, "secret", error))
        return -1;
    if (access(secret, F_OK) == 0 || errno != ENOENT)
        return 0;
    snprintf(error, 256,
        "there is no state in %.150s; turnpikectl init makes one", s->dir);
    return -1;
}

int state_load(struct state *s, char error[256])
{
    if (is_there(s, error) || keep_secret(s, "secret/pepper", error) ||
        keep_secret(s, "secret/ledger", error))
        return -1;
    if (load_secret(s, "secret/pepper", s->pepper, error) ||
        load_secret(s, "secret/ledger", s->ledger_key, error))
        return -1;
    return load_jwt_keys(s, error);
}
