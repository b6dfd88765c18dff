/* Whatever is added and removed, and however many are due at the same time, the
 * first of all timers is one that is due the earliest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "timers.h"

enum { FEW = 64, STEPS = 50000, MANY = 20000 };

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* ---- beside a table ---- */

struct world {
    struct timers all;
    struct loop_timer t[FEW];
    uint64_t due[FEW]; /* UINT64_MAX: not armed */
};

static int setup(void **state)
{
    static struct world w;

    w = (struct world){.all = {.count = 0}};
    for (size_t i = 0; i < FEW; i++)
        w.due[i] = UINT64_MAX;
    random_state = 0x9e3779b97f4a7c15u;
    *state = &w;
    return 0;
}

static void check_first(const struct world *w)
{
    uint64_t earliest = UINT64_MAX;
    size_t armed = 0;

    for (size_t i = 0; i < FEW; i++) {
        assert_int_equal(loop_timer_armed(&w->t[i]), w->due[i] != UINT64_MAX);
        armed += w->due[i] != UINT64_MAX;
        if (w->due[i] < earliest)
            earliest = w->due[i];
    }
    assert_int_equal(w->all.count, armed);
    if (armed == 0)
        assert_null(w->all.first);
    else
        assert_int_equal(w->due[w->all.first - w->t], earliest);
}

static void take(struct world *w, size_t i)
{
    timers_remove(&w->all, &w->t[i]);
    w->due[i] = UINT64_MAX;
}

static void change(struct world *w, size_t i, uint64_t due)
{
    if (w->due[i] != UINT64_MAX) {
        take(w, i);
        return;
    }
    timers_add(&w->all, &w->t[i], due);
    w->due[i] = due;
}

/* Any timer comes or goes; each fourth time it is the first that goes. */
static void play(struct world *w, uint64_t times)
{
    for (size_t step = 0; step < STEPS; step++) {
        if (w->all.first != NULL && random_below(4) == 0)
            take(w, (size_t)(w->all.first - w->t));
        else
            change(w, random_below(FEW), random_below(times));
        check_first(w);
    }
}

static void test_first_is_the_earliest(void **state)
{
    play(*state, UINT64_MAX);
}

static void test_first_is_the_earliest_where_many_are_due_at_once(void **state)
{
    play(*state, 8);
}

static void test_first_is_the_earliest_where_all_are_due_at_once(void **state)
{
    play(*state, 1);
}

/* ---- many ---- */

static struct loop_timer many[MANY];

static void add_many(struct timers *all, uint64_t (*due)(size_t i))
{
    for (size_t i = 0; i < MANY; i++)
        timers_add(all, &many[i], due(i));
    assert_int_equal(all->count, MANY);
}

/* All go, the first of them first. */
static void drain(struct timers *all)
{
    uint64_t due = 0;

    while (all->first != NULL) {
        assert_true(all->first->due >= due);
        due = all->first->due;
        timers_remove(all, all->first);
    }
    assert_int_equal(all->count, 0);
}

static uint64_t due_rising(size_t i)
{
    return i;
}

static uint64_t due_falling(size_t i)
{
    return MANY - i;
}

static uint64_t due_at_once(size_t i)
{
    (void)i;
    return 7;
}

static uint64_t due_anyhow(size_t i)
{
    (void)i;
    return random_below(MANY);
}

static void test_many_go_in_order(void **state)
{
    uint64_t (*const ways[])(size_t i) = {
        due_rising, due_falling, due_at_once, due_anyhow};
    struct timers all = {.count = 0};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        add_many(&all, ways[i]);
        drain(&all);
    }
}

static void test_many_go_in_order_after_most_were_removed(void **state)
{
    struct timers all = {.count = 0};

    (void)state;
    add_many(&all, due_anyhow);
    timers_remove(&all, all.first);
    for (size_t i = 0; i < MANY; i++)
        if (i % 8 != 0 && loop_timer_armed(&many[i]))
            timers_remove(&all, &many[i]);
    assert_in_range(all.count, MANY / 8 - 1, MANY / 8);
    drain(&all);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_is_the_earliest),
        TEST(test_first_is_the_earliest_where_many_are_due_at_once),
        TEST(test_first_is_the_earliest_where_all_are_due_at_once),
        TEST(test_many_go_in_order),
        TEST(test_many_go_in_order_after_most_were_removed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
