/* Looking for work is done where it has paid, ends in time, and costs at most
 * as much as waits that were short have earned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spin.h"

enum { LIMIT = 200, SHORT = 50, LONG = 500000 };

static const uint64_t never = UINT64_MAX;

/* A thread that waits, and what it has looked at. */
struct waiter {
    struct spin spin;
    uint64_t now;
    unsigned looked, in_vain; /* waits */
};

static struct waiter waiter(void)
{
    struct waiter w = {.now = 1000000};

    spin_limit(&w.spin, LIMIT);
    return w;
}

/* It waits, and work comes after ${us}. Returns how long it looked. */
static uint64_t wait_for(struct waiter *w, uint64_t us)
{
    uint64_t looked = spin_begin(&w->spin, w->now, never) - w->now;

    w->looked += looked > 0;
    w->in_vain += looked > 0 && us > looked;
    w->now += us;
    spin_end(&w->spin, w->now, true);
    return looked;
}

static void wait_often(struct waiter *w, int n, uint64_t us)
{
    for (int i = 0; i < n; i++)
        wait_for(w, us);
}

static void test_the_first_wait_is_looked_through(void **state)
{
    struct waiter w = waiter();

    (void)state;
    assert_int_equal(wait_for(&w, SHORT), LIMIT);
}

static void test_short_sleeps_make_it_look_again(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_for(&w, LONG);
    wait_often(&w, 4, SHORT);
    assert_int_equal(w.looked, 1);
    assert_int_equal(wait_for(&w, SHORT), LIMIT);
}

static void test_looks_that_find_something_go_on(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 1000, SHORT);
    assert_int_equal(w.looked, 1000);
}

static void test_a_look_in_vain_is_followed_by_sleep(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 1000, SHORT);
    assert_int_equal(wait_for(&w, LONG), LIMIT);
    assert_int_equal(wait_for(&w, LONG), 0);
}

static void test_one_short_sleep_is_enough_when_looks_have_paid(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 1000, SHORT);
    wait_for(&w, LONG);
    assert_int_equal(wait_for(&w, SHORT), 0);
    assert_int_equal(wait_for(&w, SHORT), LIMIT);
}

static void test_long_sleeps_never_make_it_look(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_for(&w, LONG);
    wait_often(&w, 1000, LIMIT + 1);
    assert_int_equal(w.looked, 1);
}

static void test_a_wait_as_long_as_the_limit_is_short(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_for(&w, LONG);
    wait_often(&w, 5, LIMIT);
    assert_int_equal(w.looked, 2);
}

/* Each second wait is long: a look finds nothing then. */
/* Each second wait is long: it is those that are looked through. */
static void alternate(struct waiter *w, int n)
{
    for (int i = 0; i < n; i++) {
        wait_for(w, SHORT);
        wait_for(w, LONG);
    }
}

static void test_who_looks_in_vain_each_time_looks_ever_less(void **state)
{
    struct waiter w = waiter();

    (void)state;
    alternate(&w, 400);
    assert_in_range(w.in_vain, 1, 8);
    w.in_vain = 0;
    alternate(&w, 4000);
    assert_in_range(w.in_vain, 1, 8);
}

static void test_looks_that_pay_again_are_as_cheap_as_at_first(void **state)
{
    struct waiter w = waiter();

    (void)state;
    alternate(&w, 4000);
    wait_often(&w, 1030, SHORT);
    wait_for(&w, LONG);
    assert_int_equal(wait_for(&w, SHORT), 0);
    assert_int_equal(wait_for(&w, SHORT), LIMIT);
}

static void test_the_long_wait_of_a_call_leaves_its_short_ones_alone(
    void **state)
{
    struct waiter w = waiter();
    unsigned before;

    (void)state;
    wait_often(&w, 10, SHORT);
    before = w.looked;
    for (int call = 0; call < 100; call++) {
        wait_often(&w, 5, SHORT);
        wait_for(&w, LONG);
    }
    assert_int_equal(w.looked - before - w.in_vain, 401);
}

static void test_what_comes_when_the_look_is_over_was_not_found(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 1000, SHORT);
    wait_for(&w, LIMIT + 1); /* the thread did not get its CPU back in time */
    assert_int_equal(wait_for(&w, LONG), 0);
}

static void test_looking_ends_when_something_is_due(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 10, SHORT);
    assert_int_equal(spin_begin(&w.spin, w.now, w.now + 7), w.now + 7);
    assert_int_equal(spin_begin(&w.spin, w.now, w.now), w.now);
    assert_int_equal(spin_begin(&w.spin, w.now, 0), w.now);
}

static void test_a_look_that_ends_with_a_timer_was_in_vain(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 10, SHORT);
    spin_begin(&w.spin, w.now, w.now + SHORT);
    spin_end(&w.spin, w.now + SHORT, false);
    assert_int_equal(wait_for(&w, LONG), 0);
}

static void test_sleep_that_ends_with_a_timer_earns_nothing(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_for(&w, LONG);
    for (int i = 0; i < 10; i++) {
        spin_begin(&w.spin, w.now, w.now + SHORT);
        spin_end(&w.spin, w.now + SHORT, false);
    }
    assert_int_equal(wait_for(&w, SHORT), 0);
}

static void test_without_a_limit_there_is_no_looking(void **state)
{
    struct waiter w = waiter();

    (void)state;
    spin_limit(&w.spin, 0);
    wait_often(&w, 100, 0);
    assert_int_equal(w.looked, 0);
}

static void test_a_limit_holds_from_the_next_wait_on(void **state)
{
    struct waiter w = waiter();

    (void)state;
    wait_often(&w, 10, SHORT);
    spin_limit(&w.spin, 0);
    assert_int_equal(wait_for(&w, LONG), 0);
    spin_limit(&w.spin, LIMIT / 2);
    assert_int_equal(wait_for(&w, SHORT), LIMIT / 2);
}

/* Finds something at the look of that number. */
struct place {
    int looks, at;
};

static int callback_look(void *cookie)
{
    struct place *place = cookie;

    return ++place->looks == place->at ? 42 : 0;
}

static void test_what_a_look_finds_ends_it(void **state)
{
    struct spin spin = {.limit = UINT32_MAX};
    struct place place = {.at = 3};

    (void)state;
    assert_int_equal(spin_look(&spin, never, callback_look, &place), 42);
    assert_int_equal(place.looks, 3);
}

static void test_who_finds_nothing_is_sent_to_sleep(void **state)
{
    struct spin spin = {.limit = 1};
    struct place place = {.at = -1};

    (void)state;
    assert_int_equal(spin_look(&spin, never, callback_look, &place), 0);
    assert_true(place.looks > 0);
}

static void test_who_has_looked_in_vain_does_not_look(void **state)
{
    struct spin spin = {.limit = 1};
    struct place place = {.at = -1};

    (void)state;
    spin_look(&spin, never, callback_look, &place);
    spin_over(&spin, false);
    place.looks = 0;
    assert_int_equal(spin_look(&spin, never, callback_look, &place), 0);
    assert_int_equal(place.looks, 0);
}

/* Points would make the one look in vain cheaper. */
static void test_what_is_there_at_once_earns_nothing(void **state)
{
    struct waiter w = waiter();

    (void)state;
    for (int i = 0; i < 10; i++) {
        struct place place = {.at = 1};

        assert_int_equal(spin_look(&w.spin, never, callback_look, &place), 42);
        spin_over(&w.spin, true);
    }
    wait_for(&w, LONG);
    wait_often(&w, 4, SHORT);
    assert_int_equal(w.looked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_wait_is_looked_through),
        cmocka_unit_test(test_short_sleeps_make_it_look_again),
        cmocka_unit_test(test_looks_that_find_something_go_on),
        cmocka_unit_test(test_a_look_in_vain_is_followed_by_sleep),
        cmocka_unit_test(test_one_short_sleep_is_enough_when_looks_have_paid),
        cmocka_unit_test(test_long_sleeps_never_make_it_look),
        cmocka_unit_test(test_a_wait_as_long_as_the_limit_is_short),
        cmocka_unit_test(test_who_looks_in_vain_each_time_looks_ever_less),
        cmocka_unit_test(test_looks_that_pay_again_are_as_cheap_as_at_first),
        cmocka_unit_test(
            test_the_long_wait_of_a_call_leaves_its_short_ones_alone),
        cmocka_unit_test(test_what_comes_when_the_look_is_over_was_not_found),
        cmocka_unit_test(test_looking_ends_when_something_is_due),
        cmocka_unit_test(test_a_look_that_ends_with_a_timer_was_in_vain),
        cmocka_unit_test(test_sleep_that_ends_with_a_timer_earns_nothing),
        cmocka_unit_test(test_without_a_limit_there_is_no_looking),
        cmocka_unit_test(test_a_limit_holds_from_the_next_wait_on),
        cmocka_unit_test(test_what_a_look_finds_ends_it),
        cmocka_unit_test(test_who_finds_nothing_is_sent_to_sleep),
        cmocka_unit_test(test_who_has_looked_in_vain_does_not_look),
        cmocka_unit_test(test_what_is_there_at_once_earns_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
