/* No real 60 seconds may ever admit more than the limit, and whoever is told
 * to wait is admitted exactly then (RELIABILITY.md 3.1, 3.3; goals R1, R2). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "window.h"

static uint64_t remaining(const struct window *w, int64_t now, uint64_t limit)
{
    struct window_state state;

    window_look(w, now, limit, &state);
    assert_int_equal(state.limit, limit);
    return state.remaining;
}

static uint32_t reset_of(const struct window *w, int64_t now)
{
    struct window_state state;

    window_look(w, now, 100, &state);
    return state.reset;
}

static void test_empty_window_has_everything_left(void **state)
{
    struct window w = {0};

    (void)state;
    assert_int_equal(remaining(&w, 1000, 120), 120);
    assert_int_equal(remaining(&w, 0, 120), 120);
    assert_int_equal(reset_of(&w, 1000), 0);
    assert_int_equal(window_wait(&w, 1000, 120, 120), 0);
}

static void test_what_was_added_counts_for_sixty_one_buckets(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 3);
    assert_int_equal(remaining(&w, 1000, 10), 7);
    assert_int_equal(remaining(&w, 1060, 10), 7);
    assert_int_equal(remaining(&w, 1061, 10), 10);
}

static void test_buckets_leave_one_by_one(void **state)
{
    struct window w = {0};
    int64_t s;

    (void)state;
    for (s = 1000; s < 1061; s++)
        window_add(&w, s, 1);
    for (s = 0; s <= 61; s++)
        assert_int_equal(remaining(&w, 1060 + s, 61), s);
}

static void test_remaining_is_never_below_zero(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 50);
    assert_int_equal(remaining(&w, 1000, 10), 0);
}

static void test_an_old_ring_is_cleared_however_long_the_gap(void **state)
{
    int64_t gap;

    (void)state;
    for (gap = 1; gap < 200; gap++) {
        struct window w = {0};

        window_add(&w, 1000, 5);
        window_add(&w, 1000 + gap, 1);
        assert_int_equal(remaining(&w, 1000 + gap, 100), gap <= 60 ? 94 : 99);
    }
}

static void test_first_seconds_after_boot_count(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 0, 1);
    window_add(&w, 5, 2);
    assert_int_equal(remaining(&w, 5, 10), 7);
    assert_int_equal(remaining(&w, 61, 10), 8);
    assert_int_equal(remaining(&w, 66, 10), 10);
}

static void test_a_second_before_the_newest_counts_in_the_newest(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 1);
    window_add(&w, 995, 1);
    assert_int_equal(remaining(&w, 1000, 10), 8);
    assert_int_equal(remaining(&w, 1060, 10), 8);
}

static void test_looking_from_the_past_sees_all(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 4);
    assert_int_equal(remaining(&w, 990, 10), 6);
}

static void test_counts_saturate(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, UINT32_MAX);
    window_add(&w, 1000, 10);
    assert_true(remaining(&w, 1000, UINT64_C(1) << 33) ==
                (UINT64_C(1) << 33) - UINT32_MAX);
}

static void test_taking_back_undoes_an_addition(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 3);
    window_add(&w, 1001, 2);
    window_take_back(&w, 1000, 1);
    assert_int_equal(remaining(&w, 1001, 10), 6);
    assert_int_equal(remaining(&w, 1061, 10), 8);
}

static void test_taking_back_never_goes_below_zero(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 1);
    window_take_back(&w, 1000, 5);
    assert_int_equal(remaining(&w, 1000, 10), 10);
}

static void test_taking_back_what_has_left_spares_the_new(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 1);
    window_add(&w, 1000 + WINDOW_BUCKETS, 1);
    window_take_back(&w, 1000, 1);
    assert_int_equal(remaining(&w, 1061, 10), 9);
}

static void test_taking_back_from_the_future_does_nothing(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 1);
    window_take_back(&w, 1001, 1);
    window_take_back(&w, 1061, 1);
    window_take_back(&w, -5, 1);
    assert_int_equal(remaining(&w, 1000, 10), 9);
}

static void test_reset_tells_when_the_oldest_leaves(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 1);
    window_add(&w, 1030, 1);
    assert_int_equal(reset_of(&w, 1030), 31);
    assert_int_equal(reset_of(&w, 1060), 1);
    assert_int_equal(reset_of(&w, 1061), 30);
}

static void test_what_fits_need_not_wait(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 9);
    assert_int_equal(window_wait(&w, 1000, 10, 1), 0);
    assert_int_equal(window_wait(&w, 1000, 10, 2), 61);
}

static void test_wait_goes_on_until_enough_has_left(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 1000, 2);
    window_add(&w, 1010, 2);
    window_add(&w, 1020, 2);
    assert_int_equal(window_wait(&w, 1020, 6, 2), 41);
    assert_int_equal(window_wait(&w, 1020, 6, 3), 51);
    assert_int_equal(window_wait(&w, 1020, 6, 6), 61);
}

static void test_what_never_fits_waits_for_the_whole_window(void **state)
{
    struct window w = {0};

    (void)state;
    assert_int_equal(window_wait(&w, 1000, 5, 6), WINDOW_BUCKETS);
    window_add(&w, 1000, 5);
    assert_int_equal(window_wait(&w, 1010, 5, 6), WINDOW_BUCKETS);
}

/* ---- properties ---- */

enum { ARRIVALS = 20000, LIMIT = 30, MILLI = 1000 };

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed % limit);
}

/* Bursts, steady traffic and pauses, in milliseconds. */
static uint32_t next_gap(uint64_t *seed)
{
    switch (random_below(seed, 64)) {
    case 0:
        return random_below(seed, 90 * MILLI);
    case 1:
    case 2:
    case 3:
        return 0;
    default:
        return random_below(seed, 3 * MILLI);
    }
}

/* The exact log: how many of the admitted lie in the 60 s that end at now. */
static size_t in_last_minute(
    const int64_t *log, size_t count, int64_t now, size_t *first)
{
    while (*first < count && log[*first] <= now - WINDOW_SPAN * MILLI)
        ++*first;
    return count - *first;
}

static void test_no_real_minute_admits_more_than_the_limit(void **state)
{
    int64_t *log = calloc(ARRIVALS, sizeof(log[0]));
    size_t count = 0, first = 0, refused = 0, i;
    struct window w = {0};
    uint64_t seed = 3;
    int64_t now = 1234567;

    (void)state;
    assert_non_null(log);
    for (i = 0; i < ARRIVALS; i++) {
        now += next_gap(&seed);
        if (window_wait(&w, now / MILLI, LIMIT, 1) != 0) {
            refused++;
            continue;
        }
        window_add(&w, now / MILLI, 1);
        log[count++] = now;
        assert_true(in_last_minute(log, count, now, &first) <= LIMIT);
    }
    assert_true(refused > ARRIVALS / 10);
    assert_true(count > ARRIVALS / 10);
    free(log);
}

/* Refused is only whom the log of the last 61 s would refuse as well. */
static void test_at_most_a_second_of_quota_is_withheld(void **state)
{
    int64_t *log = calloc(ARRIVALS, sizeof(log[0]));
    size_t count = 0, i, back;
    struct window w = {0};
    uint64_t seed = 4;
    int64_t now = 1234567;

    (void)state;
    assert_non_null(log);
    for (i = 0; i < ARRIVALS; i++) {
        now += next_gap(&seed);
        if (window_wait(&w, now / MILLI, LIMIT, 1) == 0) {
            window_add(&w, now / MILLI, 1);
            log[count++] = now;
            continue;
        }
        for (back = 0; back < count; back++) {
            if (log[count - 1 - back] <= now - (WINDOW_SPAN + 1) * MILLI)
                break;
        }
        assert_true(back >= LIMIT);
    }
    free(log);
}

static void test_the_wait_is_exact_to_the_second(void **state)
{
    struct window w = {0};
    uint64_t seed = 5;
    int64_t now = 5000;
    uint32_t amount, wait;
    size_t i, waited = 0;

    (void)state;
    for (i = 0; i < ARRIVALS; i++) {
        now += random_below(&seed, 8);
        amount = 1 + random_below(&seed, LIMIT);
        wait = window_wait(&w, now, LIMIT, amount);
        if (wait == 0) {
            window_add(&w, now, amount);
            continue;
        }
        waited++;
        assert_in_range(wait, 1, WINDOW_BUCKETS);
        assert_int_equal(window_wait(&w, now + wait, LIMIT, amount), 0);
        if (wait > 1)
            assert_int_equal(window_wait(&w, now + wait - 1, LIMIT, amount), 1);
    }
    assert_true(waited > ARRIVALS / 10);
}

static void test_remaining_agrees_with_the_wait(void **state)
{
    struct window w = {0};
    uint64_t seed = 6;
    int64_t now = 5000;
    uint64_t left;
    size_t i;

    (void)state;
    for (i = 0; i < ARRIVALS; i++) {
        now += random_below(&seed, 3);
        left = remaining(&w, now, LIMIT);
        assert_int_equal(window_wait(&w, now, LIMIT, (uint32_t)left), 0);
        assert_true(window_wait(&w, now, LIMIT, (uint32_t)left + 1) > 0);
        if (left > 0)
            window_add(&w, now, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_window_has_everything_left),
        cmocka_unit_test(test_what_was_added_counts_for_sixty_one_buckets),
        cmocka_unit_test(test_buckets_leave_one_by_one),
        cmocka_unit_test(test_remaining_is_never_below_zero),
        cmocka_unit_test(test_an_old_ring_is_cleared_however_long_the_gap),
        cmocka_unit_test(test_first_seconds_after_boot_count),
        cmocka_unit_test(test_a_second_before_the_newest_counts_in_the_newest),
        cmocka_unit_test(test_looking_from_the_past_sees_all),
        cmocka_unit_test(test_counts_saturate),
        cmocka_unit_test(test_taking_back_undoes_an_addition),
        cmocka_unit_test(test_taking_back_never_goes_below_zero),
        cmocka_unit_test(test_taking_back_what_has_left_spares_the_new),
        cmocka_unit_test(test_taking_back_from_the_future_does_nothing),
        cmocka_unit_test(test_reset_tells_when_the_oldest_leaves),
        cmocka_unit_test(test_what_fits_need_not_wait),
        cmocka_unit_test(test_wait_goes_on_until_enough_has_left),
        cmocka_unit_test(test_what_never_fits_waits_for_the_whole_window),
        cmocka_unit_test(test_no_real_minute_admits_more_than_the_limit),
        cmocka_unit_test(test_at_most_a_second_of_quota_is_withheld),
        cmocka_unit_test(test_the_wait_is_exact_to_the_second),
        cmocka_unit_test(test_remaining_agrees_with_the_wait),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
