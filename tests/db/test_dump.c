/* What must hold: a dump that is loaded gives the same store, also when the
 * first one goes on working meanwhile. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dump_play.h"
#include "fixture.h"

static void test_dump_that_is_loaded_dumps_the_same(void **state)
{
    struct dump_play *p = *state;
    struct buf again = {0};
    struct store_load l;

    dump_play_furnish(p->from);
    dump_play_use_device(p->from);
    dump_play_govern(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    l = dump_play_load(p->to, &p->lines);
    assert_int_equal(l.verb.status, STORE_OK);
    assert_true(l.mark.ended);
    dump_play_take(p->to, 1000, &again);
    assert_string_equal(buf_terminate(&again), buf_terminate(&p->lines));
    buf_free(&again);
}

static void test_store_that_was_loaded_is_sound(void **state)
{
    struct dump_play *p = *state;

    dump_play_furnish(p->from);
    dump_play_govern(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    assert_int_equal(dump_play_load(p->to, &p->lines).verb.status, STORE_OK);
    assert_true(fixture_clean(p->to));
}

static void test_store_without_projects_dumps_as_before(void **state)
{
    struct dump_play *p = *state;

    dump_play_furnish(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    assert_null(strstr(buf_terminate(&p->lines), "events_"));
    assert_null(strstr(p->lines.data, "reserved"));
}

static void test_voided_tokens_stay_void_when_loaded(void **state)
{
    struct dump_play *p = *state;
    struct store_account_set set = {
        .verb.kind = STORE_ACCOUNT_SET, .void_tokens = true};

    dump_play_furnish(p->from);
    fixture_id(2, set.id);
    assert_int_equal(fake_trail_run(p->from, &set), STORE_OK);
    dump_play_take(p->from, 1000, &p->lines);
    assert_int_equal(dump_play_load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fixture_look(p->to, 1).token_version, 0);
    assert_int_equal(fixture_look(p->to, 2).token_version, 1);
}

static void test_size_of_slices_changes_nothing(void **state)
{
    struct dump_play *p = *state;
    struct buf slow = {0};

    dump_play_furnish(p->from);
    dump_play_use_device(p->from);
    dump_play_govern(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    dump_play_take(p->from, 1, &slow);
    assert_string_equal(buf_terminate(&slow), buf_terminate(&p->lines));
    buf_free(&slow);
}

static void test_dump_of_an_empty_store_is_loaded(void **state)
{
    struct dump_play *p = *state;

    dump_play_take(p->from, 10, &p->lines);
    assert_int_equal(dump_play_load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fake_trail_rows(p->to, TABLE_ACCOUNT), 0);
}

static void test_dump_of_a_store_in_use_is_sound(void **state)
{
    struct dump_play *p = *state;
    struct store_dump d = {.verb.kind = STORE_DUMP, .most = 1};
    unsigned request = 1000;
    bool more;

    dump_play_furnish(p->from);
    do {
        unsigned n = 1 + request % DUMP_PLAY_ACCOUNTS;
        struct store_admit admit = fixture_admit(n, request);
        struct store_settle settle = fixture_settle(request, 10, 10);
        struct store_settle old = fixture_settle(10 * n + 1, 10, 10);

        more = dump_play_slice(&d, p->from, &p->lines);
        request++;
        if (request > 1080)
            continue; /* they have no more credits */
        fake_trail_run(p->from, &admit);
        fake_trail_run(p->from, &settle);
        if (request == 1040)
            fake_trail_run(p->from, &old);
    } while (more);
    store_dump_free(&d);
    assert_true(request > 1040);
    assert_int_equal(dump_play_load(p->to, &p->lines).verb.status, STORE_OK);
    assert_true(fixture_clean(p->to));
}

static void test_slice_that_fails_is_dumped_again(void **state)
{
    struct dump_play *p = *state;
    struct store_dump d = {.verb.kind = STORE_DUMP, .now = 1, .most = 1000};
    struct buf second = {0};

    dump_play_furnish(p->from);
    dump_play_take(p->from, 1000, &p->lines);
    fake_trail_fail_after(p->from, 20);
    fake_trail_run(p->from, &d);
    assert_int_equal(d.lines.len, 0);
    while (dump_play_slice(&d, p->from, &second))
        ;
    assert_string_equal(buf_terminate(&second), buf_terminate(&p->lines));
    store_dump_free(&d);
    buf_free(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUMP_PLAY_TEST(test_dump_that_is_loaded_dumps_the_same),
        DUMP_PLAY_TEST(test_store_that_was_loaded_is_sound),
        DUMP_PLAY_TEST(test_store_without_projects_dumps_as_before),
        DUMP_PLAY_TEST(test_voided_tokens_stay_void_when_loaded),
        DUMP_PLAY_TEST(test_size_of_slices_changes_nothing),
        DUMP_PLAY_TEST(test_dump_of_an_empty_store_is_loaded),
        DUMP_PLAY_TEST(test_dump_of_a_store_in_use_is_sound),
        DUMP_PLAY_TEST(test_slice_that_fails_is_dumped_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
