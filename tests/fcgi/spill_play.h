#ifndef SPILL_PLAY_H
#define SPILL_PLAY_H

#include <time.h>

#include "jobs.h"
#include "spill.h"

/* What the tests of spilled bills share: a directory, bills, a store thread
 * that answers when it is told to, and a clock and a log that are fakes as
 * well. A failed assertion ends the test. */

/* The store thread's jobs. */
struct jobs {
    struct job *first, **end;
    size_t submitted;
};

extern struct jobs play_jobs;

/* What time() says. */
extern time_t play_now;

/* The last event that was logged and what it said, and the last call whose loss
 * was told of. */
extern char play_event[64];
extern char play_text[512];

struct play_loss {
    char request[64];
    int64_t credits;
};

extern struct play_loss play_loss;

/* The store's directory, with that of the bills in it. */
struct place {
    char dir[64], spill[80];
    char file[400]; /* the last one that was looked for and found */
    struct spill *s;
};

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a place in ${state}, empty and open.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

/**
 * play_reopen(p):
 * Close the place and open it as the next worker.
 */
void play_reopen(struct place *p);

/**
 * play_files_named(p, prefix), play_files(p), play_rooms(p):
 * How many files there are whose names begin so, with bills, or kept as room
 * for some. The first of them is p->file.
 */
size_t play_files_named(struct place *p, const char *prefix);
size_t play_files(struct place *p);
size_t play_rooms(struct place *p);

/* The file in p->spill of bills that a dead worker has left. */
#define PLAY_BILLS "bills.1.1"

/**
 * play_leave(dir, name, text):
 * Append ${text} to the file ${name} in ${dir}, which nobody holds.
 */
void play_leave(const char *dir, const char *name, const char *text);

/**
 * play_bill(number), play_governed_bill(number, told):
 * A bill of its own for each number; the second one has its event with it,
 * which is left in ${told}.
 */
struct store_settle play_bill(int number);
struct store_settle play_governed_bill(
    int number, struct store_event_add *told);

/**
 * play_put(s, number):
 * Put the bill of ${number}.
 */
void play_put(struct spill *s, int number);

/**
 * play_waiting():
 * The oldest bill that waits for the store.
 */
const struct store_settle *play_waiting(void);

/**
 * play_answer(status), play_answer_all(status):
 * The store answers the oldest one, or all that wait and will.
 */
void play_answer(enum store_status status);
void play_answer_all(enum store_status status);

#endif
