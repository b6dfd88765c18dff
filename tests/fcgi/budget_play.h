#ifndef BUDGET_PLAY_H
#define BUDGET_PLAY_H

#include "call.h"

/* What the tests of budgets share: a stream that has been admitted, a store
 * thread that answers when it is told to, a relay that is told, and a clock and
 * a timer that are fakes as well. A failed assertion ends the test. */

/* What was admitted: tokens of input, and the seconds of the lease. */
enum { PLAY_IN = 100, PLAY_LEASE = 660 };

/* The store thread. */
struct jobs {
    struct job *job; /* that waits: one at a time, the verb lies in the call */
    size_t submitted;
};

extern struct jobs play_jobs;

/* What loop_now() says. */
extern uint64_t play_now_ms;

/* The timer that is set, if any. */
extern struct loop_timer *play_armed;

/* How often the relay was told of an answer, and of which call last. */
extern size_t play_told;
extern struct call *play_answered;

struct trickle {
    struct worker worker;
    struct call call;
};

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a trickle in ${state} that has been admitted: a credit is a token.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

/**
 * play_begin(s):
 * The upstream has accepted it, and the store knows.
 */
void play_begin(struct trickle *s);

/**
 * play_asked(s):
 * What the store is asked for, which must be something.
 */
struct store_extend *play_asked(struct trickle *s);

/**
 * play_answer(s, status, covers), play_grant(s):
 * The store answers; or has what is wanted.
 */
void play_answer(struct trickle *s, enum store_status status, uint64_t covers);
void play_grant(struct trickle *s);

/**
 * play_look(s, out):
 * Look at the budget when ${out} tokens have come.
 */
enum budget_state play_look(struct trickle *s, uint64_t out);

#endif
