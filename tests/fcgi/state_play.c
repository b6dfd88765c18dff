#include "state_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

int play_setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    unsetenv("TURNPIKE_CONF");
    unsetenv("TURNPIKE_UPSTREAM_KEY");
    snprintf(p->root, sizeof(p->root), "/tmp/test_state.XXXXXX");
    if (!mkdtemp(p->root))
        return -1;
    snprintf(p->dir, sizeof(p->dir), "%s/state", p->root);
    *state = p;
    return state_find(&p->s, p->dir, NULL, p->error);
}

int play_teardown(void **state)
{
    struct place *p = *state;
    int result = tree_drop(p->root);

    free(p);
    return result;
}

const char *play_at(struct place *p, const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    return path;
}

void play_put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t n = strlen(text);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

void play_made(struct place *p)
{
    if (state_create(&p->s, p->error))
        fail_msg("%s", p->error);
}

void play_loads(struct place *p)
{
    if (state_load(&p->s, p->error))
        fail_msg("%s", p->error);
}

struct conf *play_conf(struct place *p)
{
    struct conf *conf = state_conf(&p->s, p->error);

    if (!conf)
        fail_msg("%s", p->error);
    return conf;
}

void play_says(struct place *p, const char *text)
{
    if (!strstr(p->error, text))
        fail_msg("\"%s\" does not say \"%s\"", p->error, text);
}
