#ifndef ROTA_PLAY_H
#define ROTA_PLAY_H

/* What the tests of the rota share: up to four upstreams of equal weight at an
 * hour of their own, what happens to them, and how the calls fall on them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rota.h"

enum { PICKS = 100000, FOUR = 4, EJECT_MS = 1000 };

/* The first n rows are the set; tests change what they like. */
struct world {
    struct rota_target rows[FOUR];
    struct rota_target *set[FOUR];
    size_t n;
    uint64_t seed;
    uint64_t now;
};

/* For cmocka: the state is a world of two. */
static inline int setup(void **state)
{
    static struct world w;

    w = (struct world){.n = 2, .seed = 7, .now = 1000000};
    for (size_t i = 0; i < FOUR; i++) {
        w.rows[i].rules = (struct rota_rules){
            .weight = 1, .eject_after = 3, .eject_ms = EJECT_MS};
        w.set[i] = &w.rows[i];
    }
    *state = &w;
    return 0;
}

/* A small generator whose every bit will do. */
static inline uint64_t random_of(struct world *w)
{
    uint64_t z = w->seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* A call that may not go to tried, bit by place. */
static inline int pick_but(struct world *w, uint64_t tried)
{
    return rota_pick(w->set, w->n, tried, w->now, random_of(w));
}

static inline int pick(struct world *w)
{
    return pick_but(w, 0);
}

/* The only one that many picks come to, or -9. */
static inline int always(struct world *w, uint64_t tried)
{
    int first = pick_but(w, tried);

    for (int i = 0; i < 1000; i++) {
        if (pick_but(w, tried) != first)
            return -9;
    }
    return first;
}

/* A call that fails. Returns whether that has ejected its target. */
static inline bool flop(struct world *w, size_t i)
{
    struct rota_try try;
    bool out;

    rota_begin(&try, w->set[i], w->now);
    out = rota_bad(&try, w->set, w->n, w->now, 0);
    rota_end(&try);
    return out;
}

/* A call that succeeds. Returns whether that has brought its target back. */
static inline bool succeed(struct world *w, size_t i)
{
    struct rota_try try;
    bool back;

    rota_begin(&try, w->set[i], w->now);
    back = rota_good(&try, w->now);
    rota_end(&try);
    return back;
}

/* As many failures as it takes. */
static inline void eject(struct world *w, size_t i)
{
    assert_false(flop(w, i));
    assert_false(flop(w, i));
    assert_true(flop(w, i));
}

/* A call that is told to come back after so long. */
static inline void be_busy(struct world *w, size_t i, uint64_t ms)
{
    struct rota_try try;

    rota_begin(&try, w->set[i], w->now);
    rota_busy(&try, w->now, ms);
    rota_end(&try);
}

/* Picks with so many calls under way, the oldest of which ends each time. */
static inline void count_picks(
    struct world *w, size_t under_way, unsigned *counts)
{
    struct rota_try tries[256] = {0};
    int i;

    for (size_t k = 0; k < PICKS; k++) {
        rota_end(&tries[k % under_way]);
        i = pick(w);
        assert_in_range(i, 0, w->n - 1);
        counts[i]++;
        rota_begin(&tries[k % under_way], w->set[i], w->now);
    }
    for (size_t k = 0; k < under_way; k++)
        rota_end(&tries[k]);
}

/* The picks fall as the weights are, within a fiftieth of all picks, which
 * chance alone never leaves. */
static inline void check_shares(struct world *w, size_t under_way)
{
    uint64_t weights = 0, wanted;
    unsigned counts[FOUR] = {0};

    count_picks(w, under_way, counts);
    for (size_t i = 0; i < w->n; i++)
        weights += w->rows[i].rules.weight;
    for (size_t i = 0; i < w->n; i++) {
        wanted = PICKS * (uint64_t)w->rows[i].rules.weight / weights;
        assert_in_range(counts[i], wanted - PICKS / 50, wanted + PICKS / 50);
        assert_int_equal(w->rows[i].active, 0);
    }
}

/* A test in a world of its own. */
#define TEST(name) cmocka_unit_test_setup(name, setup)

#endif
