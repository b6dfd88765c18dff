#ifndef LOOP_PLAY_H
#define LOOP_PLAY_H

#include "loop.h"

/* What tests let a loop do. A failed assertion ends the test. */

/**
 * loop_play_setup(state), loop_play_teardown(state):
 * A fixture: a loop in ${state}.
 */
int loop_play_setup(void **state);
int loop_play_teardown(void **state);

#define WITH_LOOP(test)                                                        \
    cmocka_unit_test_setup_teardown(test, loop_play_setup, loop_play_teardown)

/**
 * loop_play_turn(loop):
 * Run exactly one turn.
 */
void loop_play_turn(struct loop *loop);

/**
 * loop_play_wait(loop, ms):
 * Run for ${ms} milliseconds, or until something stops the loop.
 */
void loop_play_wait(struct loop *loop, uint64_t ms);

/**
 * loop_play_run(loop):
 * Run until something stops the loop, which must not take long.
 */
void loop_play_run(struct loop *loop);

#endif
