#ifndef SCRATCH_PLAY_H
#define SCRATCH_PLAY_H

#include "scratch.h"

/* The fixture of tests that need a directory for a store and nothing else. */
static struct scratch scratch;

/**
 * play_setup(state), play_teardown(state):
 * Make the directory; remove it.
 */
static inline int play_setup(void **state)
{
    (void)state;
    scratch_open(&scratch);
    return 0;
}
static inline int play_teardown(void **state)
{
    (void)state;
    scratch_drop(&scratch);
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

#endif
