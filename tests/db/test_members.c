/* What must hold: a slot belongs to a living process and to nobody else; a
 * dead one's slot is noticed and comes free; an incarnation never comes
 * twice. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "members.h"
#include "scratch.h"

static struct shared {
    struct scratch scratch;
    uint32_t slot;
    uint64_t incarnation;
} * shared;

static int set_up(void **state)
{
    (void)state;
    shared = scratch_shared(sizeof(*shared));
    scratch_open(&shared->scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_drop(&shared->scratch);
    return 0;
}

/* Of a child that ends without closing it: not lost, as the checkers say. */
static struct members *volatile last;

static struct members *join(void)
{
    struct members *m = members_open(shared->scratch.root);

    last = m;
    if (m == NULL || members_prepare(m) < 0 || members_claim(m) < 0)
        _exit(99);
    return m;
}

static int claim_and_die(void *arg)
{
    struct members *m = join();

    (void)arg;
    members_self(m, &shared->slot, &shared->incarnation);
    return 0;
}

static int claim_and_release(void *arg)
{
    struct members *m = join();

    (void)arg;
    members_self(m, &shared->slot, &shared->incarnation);
    members_release(m);
    members_close(m);
    return 0;
}

static void test_a_new_table_asks_for_a_recovery(void **state)
{
    struct members *m = members_open(shared->scratch.root);

    (void)state;
    assert_non_null(m);
    assert_int_equal(members_prepare(m), 0);
    assert_int_equal(members_table(m)->force_recover, 1);
    assert_int_equal(members_table(m)->generation, 0);
    members_close(m);
}

static void test_the_file_is_private_whatever_the_umask(void **state)
{
    mode_t mask = umask(0);
    struct members *m = members_open(shared->scratch.root);
    char path[96];
    struct stat st;

    (void)state;
    umask(mask);
    assert_non_null(m);
    members_close(m);
    snprintf(path, sizeof(path), "%s/members", shared->scratch.root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_we_are_alive_to_ourselves(void **state)
{
    struct members *m = join();
    uint32_t slot;
    uint64_t incarnation;

    (void)state;
    assert_true(members_self(m, &slot, &incarnation));
    assert_true(members_alive(m, slot, incarnation));
    assert_false(members_alive(m, slot, incarnation + 1));
    assert_false(members_alive(m, slot + 1, incarnation));
    assert_false(members_alive(m, MEMBERS_MAX, incarnation));
    members_close(m);
}

static void test_claiming_again_keeps_the_slot(void **state)
{
    struct members *m = join();
    uint32_t slot[2];
    uint64_t incarnation[2];

    (void)state;
    members_self(m, &slot[0], &incarnation[0]);
    assert_int_equal(members_claim(m), 0);
    members_self(m, &slot[1], &incarnation[1]);
    assert_int_equal(slot[0], slot[1]);
    assert_int_equal(incarnation[0], incarnation[1]);
    assert_int_equal(members_count(m), 1);
    members_close(m);
}

static void test_a_dead_member_is_found_and_forgotten(void **state)
{
    struct members *m;

    (void)state;
    assert_int_equal(scratch_run(claim_and_die, NULL), 0);
    m = members_open(shared->scratch.root);
    assert_int_equal(members_prepare(m), 0);
    assert_int_equal(members_count(m), 1);
    assert_false(members_alive(m, shared->slot, shared->incarnation));
    assert_true(members_found_dead(m));
    members_forget_dead(m);
    assert_false(members_found_dead(m));
    assert_int_equal(members_count(m), 0);
    members_close(m);
}

static void test_a_released_slot_is_nobodys_death(void **state)
{
    struct members *m;

    (void)state;
    assert_int_equal(scratch_run(claim_and_release, NULL), 0);
    m = members_open(shared->scratch.root);
    assert_int_equal(members_prepare(m), 0);
    assert_false(members_found_dead(m));
    assert_int_equal(members_count(m), 0);
    members_close(m);
}

static int claim_beside(void *arg)
{
    struct members *m = members_open(shared->scratch.root);

    (void)arg;
    last = m;
    if (members_prepare(m) < 0 || !members_others(m) || members_claim(m) < 0 ||
        members_found_dead(m))
        return 1;
    members_self(m, &shared->slot, &shared->incarnation);
    return 0;
}

static void test_living_members_have_slots_of_their_own(void **state)
{
    struct members *m = join();
    uint32_t slot;
    uint64_t incarnation;

    (void)state;
    members_self(m, &slot, &incarnation);
    assert_false(members_others(m));
    assert_int_equal(scratch_run(claim_beside, NULL), 0);
    assert_int_not_equal(shared->slot, slot);
    assert_true(shared->incarnation > incarnation);
    members_close(m);
}

static void test_a_death_in_the_last_of_many_slots_is_found(void **state)
{
    struct members *m = members_open(shared->scratch.root);
    struct members_table *t = members_table(m);
    bool found = false;

    (void)state;
    assert_int_equal(members_prepare(m), 0);
    assert_int_equal(members_claim(m), 0);
    t->high = MEMBERS_MAX;
    t->slot[MEMBERS_MAX - 1].pid = 1;
    for (int i = 0; i < MEMBERS_MAX && !found; i++)
        found = members_found_dead(m);
    assert_true(found);
    members_close(m);
}

static void test_an_incarnation_survives_a_table_set_back(void **state)
{
    struct members *m;
    uint64_t before;

    (void)state;
    assert_int_equal(scratch_run(claim_and_die, NULL), 0);
    before = shared->incarnation;
    m = members_open(shared->scratch.root);
    members_table(m)->incarnation = 0;
    members_close(m);
    assert_int_equal(scratch_run(claim_and_die, NULL), 0);
    assert_true(shared->incarnation > before);
}

static void test_another_boot_asks_for_a_recovery(void **state)
{
    struct members *m = join();

    (void)state;
    members_boot_id(members_table(m)->boot_id);
    members_table(m)->force_recover = 0;
    members_close(m);
    m = join();
    assert_int_equal(members_table(m)->force_recover, 0);
    members_table(m)->boot_id[0] ^= 1;
    members_close(m);
    m = join();
    assert_int_equal(members_table(m)->force_recover, 1);
    members_close(m);
}

static int stay_as_other_layout(void *arg)
{
    struct members *m = join();

    (void)arg;
    members_table(m)->layout = 1;
    raise(SIGSTOP);
    return 0;
}

static void test_a_foreign_layout_in_use_is_left_alone(void **state)
{
    pid_t pid = scratch_child(stay_as_other_layout, NULL);
    struct members *m;

    (void)state;
    scratch_wait_stopped(pid);
    m = members_open(shared->scratch.root);
    assert_int_equal(members_prepare(m), -1);
    kill(pid, SIGKILL);
    scratch_wait(pid);
    assert_int_equal(members_prepare(m), 0);
    assert_int_equal(members_count(m), 0);
    members_close(m);
}

static void test_incarnations_follow_the_clock(void **state)
{
    (void)state;
    assert_int_equal(members_next_incarnation(5, 1000), 1000);
}

static void test_incarnations_are_new_whatever_the_clock_says(void **state)
{
    const int64_t year_2106 = INT64_C(4294967295) * 1000000;

    (void)state;
    assert_int_equal(members_next_incarnation(0, 0), 1);
    assert_int_equal(members_next_incarnation(1, 0), 2);
    assert_int_equal(members_next_incarnation(7, -1000000), 8);
    assert_int_equal(members_next_incarnation(7, year_2106), year_2106);
    assert_int_equal(members_next_incarnation(year_2106, 7), year_2106 + 1);
}

static void test_one_of_all_is_the_first_in_a_second(void **state)
{
    struct members *m = join();

    (void)state;
    assert_true(members_first_in(m, 1000));
    assert_false(members_first_in(m, 1000));
    assert_true(members_first_in(m, 1001));
    assert_false(members_first_in(m, 1001));
    members_release(m);
    members_close(m);
}

static void test_a_second_of_another_boot_is_new(void **state)
{
    struct members *m = join();

    (void)state;
    assert_true(members_first_in(m, 1000));
    assert_true(members_first_in(m, 3));
    members_release(m);
    members_close(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_table_asks_for_a_recovery),
        TEST(test_the_file_is_private_whatever_the_umask),
        TEST(test_we_are_alive_to_ourselves),
        TEST(test_claiming_again_keeps_the_slot),
        TEST(test_a_dead_member_is_found_and_forgotten),
        TEST(test_a_released_slot_is_nobodys_death),
        TEST(test_living_members_have_slots_of_their_own),
        TEST(test_a_death_in_the_last_of_many_slots_is_found),
        TEST(test_an_incarnation_survives_a_table_set_back),
        TEST(test_incarnations_follow_the_clock),
        TEST(test_incarnations_are_new_whatever_the_clock_says),
        TEST(test_another_boot_asks_for_a_recovery),
        TEST(test_a_foreign_layout_in_use_is_left_alone),
        TEST(test_one_of_all_is_the_first_in_a_second),
        TEST(test_a_second_of_another_boot_is_new),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
