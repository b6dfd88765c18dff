/* What must hold: rows come back as they were written, in key order, of any
 * size; the first failure is latched and nothing of its trail remains. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "scratch_play.h"

static struct span text(const char *s)
{
    return (struct span){s, strlen(s)};
}

static struct store *enter(struct trail *t)
{
    struct store *s = scratch_store(scratch.dir);

    if (env_enter(s->env) < 0)
        exit(98);
    engine_trail(s, t);
    trail_begin(t);
    return s;
}

static int leave(struct store *s, struct trail *t)
{
    int rc = trail_end(t);

    env_leave(s->env);
    store_close(s);
    return rc;
}

static bool holds(struct trail *t, const char *key, const char *value)
{
    struct buf row = {0};
    bool same = trail_get(t, TABLE_EMAIL, text(key), &row) == TRAIL_FOUND &&
                span_is((struct span){row.data, row.len}, value);

    buf_free(&row);
    return same;
}

static int write_and_read(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    trail_put(&t, TABLE_EMAIL, text("k"), text("one"));
    SCRATCH_CHECK(holds(&t, "k", "one"));
    trail_put(&t, TABLE_EMAIL, text("k"), text("two"));
    SCRATCH_CHECK(holds(&t, "k", "two"));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static int read_back(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    SCRATCH_CHECK(holds(&t, "k", "two"));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_row_is_there_for_the_next_process(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(write_and_read, NULL), 0);
    assert_int_equal(scratch_run(read_back, NULL), 0);
}

static bool commit_one(struct trail *t)
{
    trail_put(t, TABLE_EMAIL, text("k"), text("one"));
    return trail_end(t) == 0;
}

/* Inside once more, in the same process. */
static bool again(struct store *s, struct trail *t)
{
    if (env_enter(s->env) < 0)
        return false;
    engine_trail(s, t);
    trail_begin(t);
    return true;
}

static int overwritten(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    SCRATCH_CHECK(commit_one(&t));
    env_leave(s->env);
    raise(SIGSTOP);
    SCRATCH_CHECK(again(s, &t) && holds(&t, "k", "two"));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_what_another_process_wrote_meanwhile_is_seen(void **state)
{
    const pid_t pid = scratch_child(overwritten, NULL);

    (void)state;
    scratch_wait_stopped(pid);
    assert_int_equal(scratch_run(write_and_read, NULL), 0);
    kill(pid, SIGCONT);
    assert_int_equal(scratch_wait(pid), 0);
}

static int undo(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    SCRATCH_CHECK(commit_one(&t));
    env_leave(s->env);
    SCRATCH_CHECK(again(s, &t) && holds(&t, "k", "one"));
    trail_put(&t, TABLE_EMAIL, text("k"), text("two"));
    trail_fail(&t, "enough");
    SCRATCH_CHECK(trail_end(&t) < 0);
    env_leave(s->env);
    SCRATCH_CHECK(again(s, &t) && holds(&t, "k", "one"));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_what_failed_is_not_known_to_the_next_trail(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(undo, NULL), 0);
}

/* As on a full disk, a commit gets no further than the library's buffer. */
static int lose(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);
    DB_ENV *library;

    (void)arg;
    SCRATCH_CHECK(commit_one(&t));
    library = env_library(s->env);
    SCRATCH_CHECK(library->set_flags(library, DB_TXN_NOSYNC, 1) == 0);
    trail_begin(&t);
    trail_put(&t, TABLE_EMAIL, text("k"), text("two"));
    SCRATCH_CHECK(trail_end(&t) == 0);
    env_distrust(s->env);
    env_leave(s->env);
    SCRATCH_CHECK(again(s, &t) && holds(&t, "k", "one"));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_what_a_recovery_has_lost_is_not_known(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(lose, NULL), 0);
}

static int miss(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);
    struct buf row = {0};

    (void)arg;
    buf_puts(&row, "old");
    SCRATCH_CHECK(trail_get(&t, TABLE_EMAIL, text("no"), &row) == TRAIL_NONE);
    SCRATCH_CHECK(row.len == 0 && !trail_failed(&t));
    buf_free(&row);
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_missing_row_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(miss, NULL), 0);
}

static int remove_rows(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    trail_put(&t, TABLE_EMAIL, text("k"), text("v"));
    trail_delete(&t, TABLE_EMAIL, text("k"));
    trail_delete(&t, TABLE_EMAIL, text("never"));
    SCRATCH_CHECK(!holds(&t, "k", "v") && !trail_failed(&t));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_row_can_be_removed_and_one_that_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(remove_rows, NULL), 0);
}

static int big_row(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);
    struct buf in = {0};
    struct buf out = {0};
    size_t n = *(size_t *)arg;

    for (size_t i = 0; i < n; i++)
        buf_put(&in, &i, 1);
    trail_put(&t, TABLE_LEDGER, text("k"), (struct span){in.data, in.len});
    SCRATCH_CHECK(trail_get(&t, TABLE_LEDGER, text("k"), &out) == TRAIL_FOUND);
    SCRATCH_CHECK(out.len == n && memcmp(out.data, in.data, n) == 0);
    buf_free(&in);
    buf_free(&out);
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_rows_of_any_size_come_back_whole(void **state)
{
    size_t sizes[] = {1, 511, 512, 513, 5000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(scratch_run(big_row, &sizes[i]), 0);
}

static bool append(void *cookie, struct span key, struct span value)
{
    struct buf *seen = cookie;

    buf_put(seen, key.p, key.n);
    buf_puts(seen, "=");
    buf_put(seen, value.p, value.n);
    buf_puts(seen, " ");
    return !span_is(value, "stop");
}

static bool walk_gives(struct trail *t, const char *from, const char *wanted)
{
    struct buf seen = {0};
    bool same;

    trail_walk(t, TABLE_EMAIL, text(from), append, &seen);
    same = span_is((struct span){seen.data, seen.len}, wanted);
    buf_free(&seen);
    return same;
}

static int walk(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    SCRATCH_CHECK(walk_gives(&t, "", ""));
    trail_put(&t, TABLE_EMAIL, text("c"), text("stop"));
    trail_put(&t, TABLE_EMAIL, text("a"), text("1"));
    trail_put(&t, TABLE_EMAIL, text("b"), text("2"));
    trail_put(&t, TABLE_EMAIL, text("d"), text("4"));
    SCRATCH_CHECK(walk_gives(&t, "", "a=1 b=2 c=stop "));
    SCRATCH_CHECK(walk_gives(&t, "b", "b=2 c=stop "));
    SCRATCH_CHECK(walk_gives(&t, "aa", "b=2 c=stop "));
    SCRATCH_CHECK(walk_gives(&t, "d", "d=4 "));
    SCRATCH_CHECK(walk_gives(&t, "e", ""));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_walk_goes_in_key_order_until_told_to_stop(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(walk, NULL), 0);
}

/* Numbers that a walk has met. */
struct numbers {
    uint32_t next; /* of the row that must come */
    uint32_t stop; /* the last one wanted */
    bool wrong;
};

static bool number(void *cookie, struct span key, struct span value)
{
    struct numbers *n = cookie;
    uint32_t k;

    memcpy(&k, key.p, sizeof(k));
    n->wrong = n->wrong || key.n != sizeof(k) || be32toh(k) != n->next ||
               value.n != n->next % 300 ||
               (value.n > 0 && value.p[value.n - 1] != (char)n->next);
    return n->next++ < n->stop;
}

static void put_numbers(struct trail *t, uint32_t count)
{
    char value[300];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = htobe32(i);

        memset(value, (char)i, sizeof(value));
        trail_put(t, TABLE_EMAIL, (struct span){(char *)&k, sizeof(k)},
            (struct span){value, i % 300});
    }
}

static int walk_far(void *arg)
{
    const uint32_t count = 2000, stops[] = {0, 15, 16, 17, 1000, 5000};
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    put_numbers(&t, count);
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        struct numbers n = {.stop = stops[i]};

        trail_walk(&t, TABLE_EMAIL, text(""), number, &n);
        SCRATCH_CHECK(!n.wrong);
        SCRATCH_CHECK(n.next == (stops[i] < count ? stops[i] + 1 : count));
    }
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_long_walk_meets_every_row_once(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(walk_far, NULL), 0);
}

static int fail_between(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);
    struct buf row = {0};

    (void)arg;
    trail_put(&t, TABLE_EMAIL, text("before"), text("v"));
    trail_fail(&t, "the first");
    trail_fail(&t, "the second");
    trail_put(&t, TABLE_EMAIL, text("after"), text("v"));
    SCRATCH_CHECK(trail_failed(&t));
    SCRATCH_CHECK(
        trail_get(&t, TABLE_EMAIL, text("before"), &row) == TRAIL_FAILED);
    SCRATCH_CHECK(walk_gives(&t, "", ""));
    SCRATCH_CHECK(t.cause == TRAIL_BODY && strstr(t.why, "the first") != NULL);
    buf_free(&row);
    SCRATCH_CHECK(leave(s, &t) < 0);
    return 0;
}

static int nothing_there(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);

    (void)arg;
    SCRATCH_CHECK(walk_gives(&t, "", ""));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_nothing_remains_of_a_trail_that_failed(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(fail_between, NULL), 0);
    assert_int_equal(scratch_run(nothing_there, NULL), 0);
}

static int ask_for_members(void *arg)
{
    struct trail t;
    struct store *s = enter(&t);
    uint64_t incarnation;
    uint32_t slot;

    (void)arg;
    trail_member(&t, &slot, &incarnation);
    SCRATCH_CHECK(incarnation != 0);
    SCRATCH_CHECK(trail_member_alive(&t, slot, incarnation));
    SCRATCH_CHECK(!trail_member_alive(&t, slot, incarnation - 1));
    SCRATCH_CHECK(!trail_member_alive(&t, slot + 1, incarnation));
    SCRATCH_CHECK(leave(s, &t) == 0);
    return 0;
}

static void test_a_trail_knows_who_runs_it_and_who_lives(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(ask_for_members, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_row_is_there_for_the_next_process),
        TEST(test_what_another_process_wrote_meanwhile_is_seen),
        TEST(test_what_failed_is_not_known_to_the_next_trail),
        TEST(test_what_a_recovery_has_lost_is_not_known),
        TEST(test_a_missing_row_is_no_failure),
        TEST(test_a_row_can_be_removed_and_one_that_is_not_there),
        TEST(test_rows_of_any_size_come_back_whole),
        TEST(test_a_walk_goes_in_key_order_until_told_to_stop),
        TEST(test_a_long_walk_meets_every_row_once),
        TEST(test_nothing_remains_of_a_trail_that_failed),
        TEST(test_a_trail_knows_who_runs_it_and_who_lives),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
