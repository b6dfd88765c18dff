#ifndef SIEVE_HOSTILE_PLAY_H
#define SIEVE_HOSTILE_PLAY_H

#include "db/allocs.h"
#include "sieve_play.h"

/* Streams that are fed while memory is out. */

static unsigned hostile_before;
static bool hostile_refused;

/* One allocation fails, and those behind it do not. */
static inline bool hostile_may(void)
{
    bool this_one = hostile_before == 0 && !hostile_refused;

    hostile_before -= hostile_before > 0;
    hostile_refused = hostile_refused || this_one;
    return !this_one;
}

/* Feed the frames, while the allocation behind so many fails: so does the
 * stream then. Returns whether there was one. */
static inline bool hostile_feed(struct trial *t, const char *const *frames,
    size_t count, unsigned allocation)
{
    enum stream_frame rc = STREAM_TAKEN;
    char *quoted;

    hostile_before = allocation;
    hostile_refused = false;
    for (size_t i = 0; i < count && rc == STREAM_TAKEN; i++) {
        quoted = play_quoted(frames[i]);
        allocs_hook(hostile_may);
        rc = stream_frame(t->p.stream, (struct span){quoted, strlen(quoted)},
            &t->p.out, &t->p.fault);
        allocs_hook(NULL);
        free(quoted);
    }
    assert_int_equal(rc, hostile_refused ? STREAM_NO_MEMORY : STREAM_TAKEN);
    t->p.out.failed = false;
    return hostile_refused;
}

/* Every allocation fails once. */
static inline void hostile_each(bool (*feed_without)(unsigned allocation))
{
    unsigned n = 0;

    while (feed_without(n))
        n++;
    assert_true(n > 20);
}

#endif
