/* What a worker has left comes to the store from any other one as soon as it is
 * dead, and not before; what was not written to its end is no bill, and what is
 * no file of bills is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spill_play.h"

#define A_BILL "000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n"

/* ---- what is cut short ---- */

static void test_line_cut_short_is_not_a_bill(void **state)
{
    struct place *p = *state;
    struct stat st;

    play_put(p->s, 1);
    play_put(p->s, 2);
    assert_int_equal(play_files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(truncate(p->file, st.st_size - 1), 0);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
    assert_int_equal(play_waiting()->request[0], 1);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_bill_with_an_event_cut_short_is_not_one(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = play_governed_bill(3, &told);
    struct stat st;

    for (int cut = 1; cut < 300; cut += 7) {
        assert_int_equal(spill_put(p->s, &b), 0);
        assert_int_equal(play_files(p), 1);
        assert_int_equal(stat(p->file, &st), 0);
        assert_true(st.st_size > 300);
        assert_int_equal(truncate(p->file, st.st_size - cut), 0);
        play_now++;
        spill_replay(p->s);
        assert_int_equal(play_jobs.submitted, 0);
        assert_int_equal(play_files(p), 0);
    }
}

static void test_garbage_is_not_a_bill(void **state)
{
    struct place *p = *state;

    play_leave(p->spill, PLAY_BILLS,
        "garbage\n\n0123 1 2 3 0 0 4\n"
        "zz0102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n"
        "000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4 5\n");
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 0);
    assert_int_equal(play_files(p), 0);
    assert_string_equal(play_event, "settle_lost");
    assert_string_equal(play_text,
        "a spilled bill can not be read: "
        "000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4 5");
}

static void test_bill_does_not_join_a_line_cut_short(void **state)
{
    struct place *p = *state;

    play_leave(p->spill, PLAY_BILLS, A_BILL "0001020304050607");
    play_reopen(p);
    play_answer_all(STORE_CLOSED);
    play_put(p->s, 5);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 3);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

/* ---- between workers ---- */

/* Another worker that has put a bill, and lives until ${hold} is closed. */
static pid_t worker_with_a_bill(struct place *p, int number, int *hold)
{
    int ready[2], wait[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store_settle b = play_bill(number);

        close(wait[1]);
        play_reopen(p);
        if (spill_put(p->s, &b) != 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        _exit(read(wait[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(wait[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *hold = wait[1];
    return pid;
}

static void let_die(pid_t pid, int hold)
{
    int status;

    close(hold);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_bills_of_a_living_worker_are_its_own(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 0);
    assert_int_equal(play_files(p), 1);
    let_die(pid, hold);
}

/* It dies before it has put anything, with its lock. */
static void test_room_of_a_dead_worker_is_given_back(void **state)
{
    struct place *p = *state;
    char path[200];

    snprintf(path, sizeof(path), "%s/.room.1.1", p->spill);
    play_leave(p->spill, ".room.1.1", "");
    play_reopen(p);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(play_rooms(p), 1);
}

static void test_bills_of_a_dead_worker_are_adopted_at_open(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    let_die(pid, hold);
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 1);
    assert_int_equal(play_waiting()->request[0], 4);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_sweep_brings_in_what_another_left_meanwhile(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    spill_sweep(p->s);
    assert_int_equal(play_jobs.submitted, 0);
    let_die(pid, hold);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 0);
    spill_sweep(p->s);
    assert_int_equal(play_jobs.submitted, 1);
    assert_int_equal(play_waiting()->request[0], 4);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_adopted_bills_are_tried_again(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid;

    for (int i = 1; i <= 3; i++) {
        pid = worker_with_a_bill(p, i, &hold);
        let_die(pid, hold);
    }
    /* The later children have adopted what the earlier left, and died. */
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 3);
    play_answer_all(STORE_CLOSED);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 6);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_worker_that_lives_with_a_failed_replay_puts_anew(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_answer_all(STORE_CLOSED);
    play_put(p->s, 2);
    play_reopen(p); /* the next worker */
    assert_int_equal(play_jobs.submitted, 3);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_other_files_are_left_alone(void **state)
{
    struct place *p = *state;

    play_leave(p->spill, "README", A_BILL);
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 0);
    assert_int_equal(play_files_named(p, "README"), 1);
    unlink(p->file);
}

static void test_links_are_not_followed(void **state)
{
    struct place *p = *state;
    char link[200], target[200];

    snprintf(target, sizeof(target), "%s/target", p->dir);
    snprintf(link, sizeof(link), "%s/" PLAY_BILLS, p->spill);
    play_leave(p->dir, "target", A_BILL);
    assert_int_equal(symlink(target, link), 0);
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 0);
    unlink(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_line_cut_short_is_not_a_bill),
        TEST(test_bill_with_an_event_cut_short_is_not_one),
        TEST(test_garbage_is_not_a_bill),
        TEST(test_bill_does_not_join_a_line_cut_short),
        TEST(test_bills_of_a_living_worker_are_its_own),
        TEST(test_room_of_a_dead_worker_is_given_back),
        TEST(test_bills_of_a_dead_worker_are_adopted_at_open),
        TEST(test_sweep_brings_in_what_another_left_meanwhile),
        TEST(test_adopted_bills_are_tried_again),
        TEST(test_worker_that_lives_with_a_failed_replay_puts_anew),
        TEST(test_other_files_are_left_alone),
        TEST(test_links_are_not_followed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
