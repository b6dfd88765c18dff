/* What must hold: a store of an older format is upgraded in one transaction or
 * not at all, and has what it had; one of a newer format is refused with a
 * sentence. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "engine.h"
#include "row_hold.h"
#include "scratch_play.h"
#include "upgrade.h"

/* ---- steps of a program to come ---- */

static int mark(struct trail *t)
{
    trail_put(t, TABLE_META, row_span("upgraded", 8), row_span("yes", 3));
    return 0;
}

static int mark_and_fail(struct trail *t)
{
    mark(t);
    trail_fail(t, "this step fails");
    return -1;
}

static const struct upgrade_step steps[] = {
    {UPGRADE_FORMAT, UPGRADE_FORMAT + 1, mark},
    {UPGRADE_FORMAT + 1, UPGRADE_FORMAT + 3, mark},
};
static const struct upgrade_step broken[] = {
    {UPGRADE_FORMAT, UPGRADE_FORMAT + 1, mark},
    {UPGRADE_FORMAT + 1, UPGRADE_FORMAT + 2, mark_and_fail},
};

static const struct upgrade_plan next = {UPGRADE_FORMAT + 1, steps, 2};
static const struct upgrade_plan later = {UPGRADE_FORMAT + 3, steps, 2};
static const struct upgrade_plan failing = {UPGRADE_FORMAT + 2, broken, 2};
static const struct upgrade_plan lost = {UPGRADE_FORMAT + 9, steps, 2};

/* Prepare by ${plan} in a transaction, as store_open() does. */
static int prepare(
    struct store *s, const struct upgrade_plan *plan, char why[160])
{
    struct trail t;
    int rc;

    if (env_enter(s->env) < 0)
        return -2;
    engine_trail(s, &t);
    trail_begin(&t);
    upgrade_prepare(&t, plan);
    rc = trail_end(&t);
    memcpy(why, t.why, 160);
    env_leave(s->env);
    return rc;
}

static bool marked(struct store *s)
{
    struct buf value = {0};
    struct trail t;
    bool found;

    env_enter(s->env);
    engine_trail(s, &t);
    trail_begin(&t);
    found = trail_get(&t, TABLE_META, row_span("upgraded", 8), &value) ==
            TRAIL_FOUND;
    trail_end(&t);
    env_leave(s->env);
    buf_free(&value);
    return found;
}

/* ---- bodies ---- */

static int upgrade(void *plan)
{
    struct store *s = scratch_store(scratch.dir);
    char why[160];

    SCRATCH_CHECK(!marked(s));
    SCRATCH_CHECK(prepare(s, plan, why) == 0);
    SCRATCH_CHECK(marked(s));
    SCRATCH_CHECK(prepare(s, plan, why) == 0);
    store_close(s);
    return 0;
}

static int fail_to_upgrade(void *plan)
{
    struct store *s = scratch_store(scratch.dir);
    char why[160];

    SCRATCH_CHECK(prepare(s, plan, why) == -1);
    SCRATCH_CHECK(!marked(s));
    SCRATCH_CHECK(prepare(s, &upgrade_plan, why) == 0);
    store_close(s);
    return 0;
}

static void put_format(struct trail *t, uint32_t format)
{
    uint8_t space[REC_MAX];
    struct rec r;

    rec_write(&r, 1, space);
    rec_u32(&r, &format);
    trail_put(
        t, TABLE_META, row_span("format", 6), row_span(space, rec_seal(&r)));
}

/* As format 1 had it, where holds lay under their ids. */
static void put_old_hold(struct trail *t, uint8_t name)
{
    const struct row_hold hold = {.amount = name};
    uint8_t id[STORE_ID] = {[1] = name}, place[STORE_ID];
    struct buf value = {0};

    row_hold_place(id, place);
    row_hold_put(t, id, &hold);
    trail_get(t, TABLE_HOLD, row_span(place, STORE_ID), &value);
    trail_put(t, TABLE_HOLD, row_span(id, STORE_ID),
        (struct span){value.data, value.len});
    row_hold_delete(t, id);
    buf_free(&value);
}

static bool count_row(void *cookie, struct span key, struct span value)
{
    (void)key;
    (void)value;
    ++*(int *)cookie;
    return true;
}

static int move_holds(void *arg)
{
    enum { HOLDS = 3 };
    struct store *s = scratch_store(scratch.dir);
    struct row_hold hold;
    struct trail t;
    int rows = 0;

    (void)arg;
    SCRATCH_CHECK(env_enter(s->env) == 0);
    engine_trail(s, &t);
    trail_begin(&t);
    for (uint8_t name = 1; name <= HOLDS; name++)
        put_old_hold(&t, name);
    put_format(&t, 1);
    SCRATCH_CHECK(upgrade_prepare(&t, &upgrade_plan) == 0);
    for (uint8_t name = 1; name <= HOLDS; name++) {
        const uint8_t id[STORE_ID] = {[1] = name};

        SCRATCH_CHECK(row_hold_get(&t, id, &hold) == TRAIL_FOUND);
        SCRATCH_CHECK(hold.amount == name);
    }
    trail_walk(&t, TABLE_HOLD, row_span("", 0), count_row, &rows);
    SCRATCH_CHECK(rows == HOLDS);
    SCRATCH_CHECK(trail_end(&t) == 0);
    env_leave(s->env);
    store_close(s);
    return 0;
}

static int open_newer(void *arg)
{
    struct store_options options = scratch_options(scratch.dir);
    struct store *s = scratch_store(scratch.dir);
    char error[256] = "";

    (void)arg;
    SCRATCH_CHECK(prepare(s, &next, error) == 0);
    store_close(s);
    SCRATCH_CHECK(store_open(&options, &s, error) == -1);
    SCRATCH_CHECK(strstr(error, "format 3, of a newer program") != NULL);
    return 0;
}

static int upgrade_in_company(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    char why[160];

    (void)arg;
    SCRATCH_CHECK(prepare(s, &next, why) == -1);
    SCRATCH_CHECK(strstr(why, "stop all workers") != NULL);
    store_close(s);
    return 0;
}

static int stay(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

    (void)arg;
    raise(SIGSTOP);
    store_close(s);
    return 0;
}

/* ---- tests ---- */

static int run(int (*body)(void *arg), const struct upgrade_plan *plan)
{
    return scratch_run(body, (void *)(uintptr_t)plan);
}

static void test_store_of_the_format_before_is_upgraded(void **state)
{
    (void)state;
    assert_int_equal(run(upgrade, &next), 0);
}

static void test_store_of_an_old_format_climbs_all_steps(void **state)
{
    (void)state;
    assert_int_equal(run(upgrade, &later), 0);
}

static void test_holds_of_format_1_are_found_after_the_upgrade(void **state)
{
    (void)state;
    assert_int_equal(run(move_holds, NULL), 0);
}

static void test_upgrade_that_fails_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(run(fail_to_upgrade, &failing), 0);
}

static void test_format_without_a_step_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run(fail_to_upgrade, &lost), 0);
}

static void test_store_of_a_newer_format_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run(open_newer, NULL), 0);
}

static void test_store_in_use_is_not_upgraded(void **state)
{
    pid_t other = scratch_child(stay, NULL);

    (void)state;
    scratch_wait_stopped(other);
    assert_int_equal(run(upgrade_in_company, NULL), 0);
    kill(other, SIGCONT);
    assert_int_equal(scratch_wait(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_store_of_the_format_before_is_upgraded),
        TEST(test_store_of_an_old_format_climbs_all_steps),
        TEST(test_holds_of_format_1_are_found_after_the_upgrade),
        TEST(test_upgrade_that_fails_leaves_nothing),
        TEST(test_format_without_a_step_is_refused),
        TEST(test_store_of_a_newer_format_is_refused),
        TEST(test_store_in_use_is_not_upgraded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
