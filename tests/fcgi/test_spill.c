/* A bill that was put comes to the store exactly as it was, at the next
 * occasion, and stays until the store has taken it. The store thread is a fake
 * that answers when it is told to, and so is the clock that bounds the
 * tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "core/ledger.h"
#include "spill_play.h"

static void test_directory_is_private(void **state)
{
    struct place *p = *state;
    struct stat st;

    assert_int_equal(stat(p->spill, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_file_is_private(void **state)
{
    struct place *p = *state;
    mode_t mask = umask(0);
    struct stat st;

    play_put(p->s, 1);
    umask(mask);
    assert_int_equal(play_files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_replay_without_bills_submits_nothing(void **state)
{
    struct place *p = *state;

    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 0);
}

static void test_bill_comes_back_as_it_was_put(void **state)
{
    struct place *p = *state;
    const struct store_settle *b, wanted = play_bill(7);

    play_put(p->s, 7);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
    b = play_waiting();
    assert_memory_equal(b->request, wanted.request, STORE_ID);
    assert_true(b->usage.known);
    assert_int_equal(b->usage.tokens_in, 17);
    assert_int_equal(b->usage.tokens_out, 1007);
    assert_false(b->free_of_charge);
    assert_int_equal(b->flags, LEDGER_CLIENT_GONE);
    assert_int_equal(b->now, wanted.now);
    play_answer_all(STORE_OK);
}

static void test_release_of_a_hold_comes_back_too(void **state)
{
    struct place *p = *state;
    struct store_settle b = play_bill(1);

    b.free_of_charge = true;
    b.usage = (struct usage){.tokens_in = UINT64_MAX};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_true(play_waiting()->free_of_charge);
    assert_false(play_waiting()->usage.known);
    assert_true(play_waiting()->usage.tokens_in == UINT64_MAX);
    play_answer_all(STORE_OK);
}

static void test_event_comes_back_with_its_bill(void **state)
{
    struct place *p = *state;
    struct store_event_add wanted;
    struct store_settle b = play_governed_bill(7, &wanted);
    const struct store_event_add *e;

    assert_int_equal(spill_put(p->s, &b), 0);
    play_put(p->s, 8);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 2);
    assert_memory_equal(play_waiting()->request, b.request, STORE_ID);
    assert_int_equal(play_waiting()->usage.tokens_out, 1007);
    assert_int_equal(play_waiting()->now, b.now);
    e = play_waiting()->event;
    assert_non_null(e);
    assert_memory_equal(e->id, wanted.id, STORE_ID);
    assert_memory_equal(e->rollback_id, wanted.rollback_id, STORE_ID);
    assert_int_equal(e->text.n, wanted.text.n);
    assert_memory_equal(e->text.p, wanted.text.p, wanted.text.n);
    assert_int_equal(e->rollback.n, wanted.rollback.n);
    assert_memory_equal(e->rollback.p, wanted.rollback.p, wanted.rollback.n);
    assert_string_equal(e->project, wanted.project);
    assert_string_equal(e->target, wanted.target);
    assert_string_equal(e->policy, wanted.policy);
    assert_true(e->flagged);
    assert_memory_equal(&e->rule, &wanted.rule, sizeof(e->rule));
    play_answer(STORE_OK);
    assert_null(play_waiting()->event);
    play_answer(STORE_OK);
}

static void test_decision_without_an_event_comes_back_with_its_bill(
    void **state)
{
    struct place *p = *state;
    struct store_event_add wanted;
    struct store_settle b = play_governed_bill(7, &wanted);

    wanted.text = wanted.rollback = (struct span){"", 0};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_non_null(play_waiting()->event);
    assert_int_equal(play_waiting()->event->text.n, 0);
    assert_string_equal(play_waiting()->event->policy, wanted.policy);
    assert_true(play_waiting()->event->flagged);
    play_answer(STORE_OK);
}

static void test_bill_with_the_longest_event_is_read(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = play_governed_bill(7, &told);
    static char text[STORE_EVENT_MAX];

    memset(text, '"', sizeof(text));
    told.text = (struct span){text, sizeof(text)};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_int_equal(play_waiting()->event->text.n, sizeof(text));
    assert_memory_equal(play_waiting()->event->text.p, text, sizeof(text));
    play_answer_all(STORE_OK);
}

/* As they were written before bills had events. */
static void test_older_files_are_read(void **state)
{
    struct place *p = *state;

    play_leave(p->spill, PLAY_BILLS,
        "07070707070707070707070707070707 1 17 1007 0 2 "
        "1700000000000007\n");
    play_reopen(p);
    assert_int_equal(play_jobs.submitted, 1);
    assert_int_equal(play_waiting()->request[0], 7);
    assert_int_equal(play_waiting()->usage.tokens_out, 1007);
    assert_null(play_waiting()->event);
    play_answer_all(STORE_OK);
}

static void test_tokens_count_in_the_windows_of_the_present(void **state)
{
    struct place *p = *state;
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    play_put(p->s, 1);
    spill_replay(p->s);
    assert_true(play_waiting()->boot >= now.tv_sec);
    play_answer_all(STORE_OK);
}

static void test_bills_come_back_in_their_order(void **state)
{
    struct place *p = *state;

    for (int i = 1; i <= 3; i++)
        play_put(p->s, i);
    assert_int_equal(play_files(p), 1);
    spill_replay(p->s);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(play_waiting()->request[0], i);
        play_answer(STORE_OK);
    }
    assert_int_equal(play_jobs.submitted, 3);
}

static void test_file_goes_when_all_are_in(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    play_put(p->s, 2);
    spill_replay(p->s);
    play_answer(STORE_OK);
    assert_int_equal(play_files(p), 1);
    play_answer(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_what_is_in_is_not_submitted_again(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_answer_all(STORE_OK);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
}

static void test_bill_under_way_is_not_submitted_again(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
    play_answer_all(STORE_OK);
}

static void test_closed_store_keeps_the_file(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    play_put(p->s, 2);
    spill_replay(p->s);
    play_answer(STORE_CLOSED);
    play_answer(STORE_OK);
    assert_int_equal(play_files(p), 1);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 4);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_closed_store_is_tried_once_a_second(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_answer(STORE_CLOSED);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
}

static void test_bill_without_a_hold_is_told_and_forgotten(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_answer(STORE_NOT_FOUND);
    assert_string_equal(play_event, "settle_failed");
    assert_string_equal(play_text,
        "request req_01010101010101010101010101010101: 11 tokens in, 1001 out: "
        "a spilled bill has no hold");
    assert_int_equal(play_files(p), 0);
}

static void test_bill_that_is_put_during_a_replay_survives_it(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_put(p->s, 2);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 1);
    spill_replay(p->s);
    assert_int_equal(play_waiting()->request[0], 2);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_all_are_tried_again_when_a_replay_fails_meanwhile(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_put(p->s, 2);
    play_answer_all(STORE_CLOSED);
    play_now++;
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 3);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
}

static void test_close_in_the_middle_keeps_the_file(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    spill_close(p->s); /* frees the bill that waits */
    play_jobs.first = NULL;
    play_jobs.end = &play_jobs.first;
    assert_int_equal(play_files(p), 1);
    p->s = spill_open(p->dir, &play_jobs);
    assert_int_equal(play_waiting()->request[0], 1);
    play_answer_all(STORE_OK);
}

static void test_close_takes_null(void **state)
{
    (void)state;
    spill_close(NULL);
}

static void test_loss_of_a_bill_is_told(void **state)
{
    struct place *p = *state;

    play_put(p->s, 0x2a);
    spill_replay(p->s);
    ((struct store_settle *)(void *)play_jobs.first->verb)->charge.uncollected =
        7;
    play_answer(STORE_OK);
    assert_string_equal(
        play_loss.request, "req_2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a");
    assert_int_equal(play_loss.credits, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_directory_is_private),
        TEST(test_file_is_private),
        TEST(test_replay_without_bills_submits_nothing),
        TEST(test_bill_comes_back_as_it_was_put),
        TEST(test_release_of_a_hold_comes_back_too),
        TEST(test_event_comes_back_with_its_bill),
        TEST(test_decision_without_an_event_comes_back_with_its_bill),
        TEST(test_bill_with_the_longest_event_is_read),
        TEST(test_older_files_are_read),
        TEST(test_tokens_count_in_the_windows_of_the_present),
        TEST(test_bills_come_back_in_their_order),
        TEST(test_file_goes_when_all_are_in),
        TEST(test_what_is_in_is_not_submitted_again),
        TEST(test_bill_under_way_is_not_submitted_again),
        TEST(test_closed_store_keeps_the_file),
        TEST(test_closed_store_is_tried_once_a_second),
        TEST(test_bill_without_a_hold_is_told_and_forgotten),
        TEST(test_bill_that_is_put_during_a_replay_survives_it),
        TEST(test_all_are_tried_again_when_a_replay_fails_meanwhile),
        TEST(test_close_in_the_middle_keeps_the_file),
        TEST(test_close_takes_null),
        TEST(test_loss_of_a_bill_is_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
