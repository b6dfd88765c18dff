#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf_text.h"
#include "state_file.h"
#include "state_private.h"

/* Where the state and its configuration lie. */

/* ---- paths ---- */

int state_join(
    char out[1024], const char *dir, const char *name, char error[256])
{
    int n = snprintf(out, 1024, "%s/%s", dir, name);

    if (n >= 0 && n < 1024)
        return 0;
    snprintf(error, 256, "the path %.150s... is too long", dir);
    return -1;
}

int state_beside(
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

/* What is wrong elsewhere conf_read() tells. */
struct span state_setting(
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
    struct span said = state_setting(s, text, "state.dir");

    if (said.n > 0)
        return state_beside(dir, s->conf_file, said, error);
    snprintf(error, 256,
        "%.150s does not say \"state.dir = DIR\"; give --state", s->conf_file);
    return -1;
}

static int find_by_conf(struct state *s, char error[256])
{
    struct buf text = {0};
    int result = -1;

    s->dir_by_conf = true;
    if (!state_file_read(s->conf_file, STATE_CONF_MAX, false, &text, error))
        result =
            dir_of_conf(s, (struct span){text.data, text.len}, s->dir, error);
    buf_free(&text);
    return result;
}

/* Who is at work in a directory does not leave it: a file that says another
 * one, or none as it is half copied, is not for this process. */
int state_stays(const struct state *s, struct span text, char error[256])
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
    return state_beside(
        s->beside, self, (struct span){name, strlen(name)}, error);
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
        return named ? 0
                     : state_join(s->conf_file, dir, "turnpike.conf", error);
    }
    if (named)
        return find_by_conf(s, error);
    snprintf(error, 256,
        "no state directory: give --state DIR, --conf FILE or TURNPIKE_CONF");
    return -1;
}
