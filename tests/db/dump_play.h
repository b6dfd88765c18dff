#ifndef DUMP_PLAY_H
#define DUMP_PLAY_H

#include "fixture.h"

/* Two stores, of which the first is dumped and the second loaded. */

enum { DUMP_PLAY_ACCOUNTS = 3 };

struct dump_play {
    struct trail *from, *to;
    struct buf lines; /* the dump; freed at the end */
};

/**
 * dump_play_set_up(state), dump_play_tear_down(state):
 * What runs before and after a test whose ${state} is a dump_play of two
 * prepared stores. Return 0.
 */
int dump_play_set_up(void **state);
int dump_play_tear_down(void **state);

#define DUMP_PLAY_TEST(f)                                                      \
    cmocka_unit_test_setup_teardown(f, dump_play_set_up, dump_play_tear_down)

/**
 * dump_play_furnish(t), dump_play_govern(t), dump_play_use_device(t):
 * Make DUMP_PLAY_ACCOUNTS accounts, each with a billed, a released and an open
 * call; then a project of the first with everything and an open call in it; a
 * device and its call.
 */
void dump_play_furnish(struct trail *t);
void dump_play_govern(struct trail *t);
void dump_play_use_device(struct trail *t);

/**
 * dump_play_slice(d, t, out):
 * Append the next slice of the dump ${d} of ${t} to ${out}. Returns whether
 * there are more.
 */
bool dump_play_slice(struct store_dump *d, struct trail *t, struct buf *out);

/**
 * dump_play_take(t, most, out):
 * Append a whole dump of ${t}, in slices of ${most}, to ${out}.
 */
void dump_play_take(struct trail *t, uint32_t most, struct buf *out);

/**
 * dump_play_load(t, lines):
 * Load ${lines} one by one, as many slices as there can be, until one is
 * refused. Returns the verb as it was then.
 */
struct store_load dump_play_load(struct trail *t, const struct buf *lines);

/**
 * dump_play_spoil(lines, old, new):
 * Change the first ${old} in a dump to ${new}. Returns the number of its line.
 */
uint64_t dump_play_spoil(struct buf *lines, const char *old, const char *new);

/**
 * dump_play_assert_refused(p, line, why):
 * Loading p->lines must be refused at ${line}, for a reason with ${why} in it.
 */
void dump_play_assert_refused(
    struct dump_play *p, uint64_t line, const char *why);

#endif
