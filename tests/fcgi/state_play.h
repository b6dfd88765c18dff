#ifndef STATE_PLAY_H
#define STATE_PLAY_H

#include <sys/types.h>

#include "state.h"

/* What the tests of the state directory share: one of its own for each of them.
 * A failed assertion ends the test. */

struct place {
    char root[64]; /* a directory that is there */
    char dir[96];  /* the state's in it, which is not */
    struct state s;
    char error[256];
};

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a place in ${state}, with s as found for p->dir; the environment
 * names no configuration and no key of upstreams. The teardown removes p->root
 * with all that is in it.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define TEST(f) cmocka_unit_test_setup_teardown(f, play_setup, play_teardown)

/**
 * play_at(p, name):
 * The path of ${name} in the state directory, until the next call.
 */
const char *play_at(struct place *p, const char *name);

/**
 * play_put(path, text, mode):
 * Write a file of ${text} with ${mode}.
 */
void play_put(const char *path, const char *text, mode_t mode);

/**
 * play_made(p), play_loads(p):
 * The state is created; it is loaded.
 */
void play_made(struct place *p);
void play_loads(struct place *p);

/**
 * play_conf(p):
 * Its configuration, which must be good. The caller frees it.
 */
struct conf *play_conf(struct place *p);

/**
 * play_says(p, text):
 * p->error holds that text.
 */
void play_says(struct place *p, const char *text);

#endif
