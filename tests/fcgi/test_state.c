/* The state directory is made once, closed to others, and never overwritten;
 * secrets that are short, missing or open to others are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state_play.h"

static unsigned mode_of(struct place *p, const char *name)
{
    struct stat st;

    assert_int_equal(stat(play_at(p, name), &st), 0);
    return st.st_mode & 07777;
}

static void refused(struct place *p, const char *must_say)
{
    assert_int_equal(state_load(&p->s, p->error), -1);
    play_says(p, must_say);
}

/* ---- making ---- */

static void test_everything_is_made_closed_to_others(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(mode_of(p, "."), 0700);
    assert_int_equal(mode_of(p, "store"), 0700);
    assert_int_equal(mode_of(p, "secret"), 0700);
    assert_int_equal(mode_of(p, "secret/pepper"), 0400);
    assert_int_equal(mode_of(p, "secret/ledger"), 0400);
    assert_int_equal(mode_of(p, "secret/jwt"), 0400);
    assert_int_equal(mode_of(p, "turnpike.conf"), 0600);
}

static void test_no_draft_is_left_behind(void **state)
{
    struct place *p = *state;
    char command[200];

    play_made(p);
    snprintf(
        command, sizeof(command), "test \"$(find %s | wc -l)\" -eq 7", p->dir);
    assert_int_equal(system(command), 0);
}

static void test_secrets_differ(void **state)
{
    struct place *p = *state;
    static const uint8_t zero[MAC_KEY];

    play_made(p);
    play_loads(p);
    assert_memory_not_equal(p->s.pepper, p->s.ledger_key, MAC_KEY);
    assert_memory_not_equal(p->s.pepper, zero, MAC_KEY);
    assert_memory_not_equal(p->s.jwt.list[0].secret, zero, MAC_KEY);
    assert_memory_not_equal(p->s.jwt.list[0].secret, p->s.pepper, MAC_KEY);
}

static void test_second_creation_changes_nothing(void **state)
{
    struct place *p = *state;
    uint8_t pepper[MAC_KEY];
    struct conf *c;

    play_made(p);
    play_loads(p);
    memcpy(pepper, p->s.pepper, MAC_KEY);
    play_put(play_at(p, "turnpike.conf"), "rate.key = 7\n", 0600);
    play_made(p);
    play_loads(p);
    assert_memory_equal(pepper, p->s.pepper, MAC_KEY);
    c = play_conf(p);
    assert_int_equal(c->rate_key, 7);
    conf_free(c);
}

static void test_interrupted_creation_is_completed(void **state)
{
    struct place *p = *state;

    assert_int_equal(mkdir(p->dir, 0700), 0);
    assert_int_equal(mkdir(play_at(p, "secret"), 0700), 0);
    play_made(p);
    play_loads(p);
}

static void test_state_that_is_not_there_is_told(void **state)
{
    struct place *p = *state;

    refused(p, "there is no state in ");
    play_says(p, p->dir);
}

static void test_lost_secret_of_a_store_is_not_replaced(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(unlink(play_at(p, "secret/pepper")), 0);
    assert_int_equal(state_create(&p->s, p->error), -1);
    assert_non_null(strstr(p->error, "restore it"));
    assert_int_equal(access(play_at(p, "secret/pepper"), F_OK), -1);
    assert_int_equal(state_load(&p->s, p->error), -1);
    assert_non_null(strstr(p->error, "restore it"));
}

static void test_lost_secret_of_tokens_is_replaced(void **state)
{
    struct place *p = *state;
    char kid[JWT_KID_SIZE];

    play_made(p);
    play_loads(p);
    memcpy(kid, p->s.jwt.list[0].kid, sizeof(kid));
    assert_int_equal(unlink(play_at(p, "secret/jwt")), 0);
    play_made(p);
    play_loads(p);
    assert_int_equal(p->s.jwt.count, 1);
    assert_string_not_equal(p->s.jwt.list[0].kid, kid);
}

static void test_directory_that_cannot_be_made_is_told(void **state)
{
    struct place *p = *state;

    assert_int_equal(state_find(&p->s, "/proc/none/state", NULL, p->error), 0);
    assert_int_equal(state_create(&p->s, p->error), -1);
    assert_non_null(strstr(p->error, "/proc/none/state"));
}

static void test_first_configuration_is_all_comments(void **state)
{
    struct place *p = *state;
    struct conf *c;

    play_made(p);
    c = play_conf(p);
    assert_int_equal(c->n_upstreams, 0);
    assert_int_equal(c->rate_key, 120);
    conf_free(c);
}

enum { MAKERS = 50 };

static void test_many_may_make_the_state_at_once(void **state)
{
    struct place *p = *state;
    int status;

    for (int i = 0; i < MAKERS; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
            _exit(state_create(&p->s, p->error) != 0 ||
                  state_load(&p->s, p->error) != 0);
    }
    for (int i = 0; i < MAKERS; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    play_loads(p);
}

/* ---- loading ---- */

/* With ${text} in the place of a secret. */
static void refused_with(
    struct place *p, const char *name, const char *text, const char *must_say)
{
    play_made(p);
    assert_int_equal(unlink(play_at(p, name)), 0);
    play_put(play_at(p, name), text, 0400);
    refused(p, must_say);
}

static void test_short_pepper_is_refused(void **state)
{
    struct place *p = *state;

    refused_with(p, "secret/pepper", "0123456789012345678901234567890",
        "has 31 bytes instead of 32");
}

static void test_long_ledger_key_is_refused(void **state)
{
    struct place *p = *state;

    refused_with(p, "secret/ledger", "012345678901234567890123456789012",
        "secret/ledger has 33 bytes");
}

static void test_missing_secret_is_refused(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(unlink(play_at(p, "secret/ledger")), 0);
    refused(p, "secret/ledger");
}

static void test_world_readable_secret_is_refused(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(chmod(play_at(p, "secret/pepper"), 0404), 0);
    refused(p, "others may read");
}

static void test_group_readable_secret_is_refused(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(chmod(play_at(p, "secret/ledger"), 0440), 0);
    refused(p, "others may read");
}

static void test_secret_set_aside_verifies_behind_the_new_one(void **state)
{
    struct place *p = *state;
    char kid[JWT_KID_SIZE], aside[200];

    play_made(p);
    play_loads(p);
    memcpy(kid, p->s.jwt.list[0].kid, sizeof(kid));
    snprintf(aside, sizeof(aside), "%s/secret/jwt.previous", p->dir);
    assert_int_equal(rename(play_at(p, "secret/jwt"), aside), 0);
    play_made(p);
    play_loads(p);
    assert_int_equal(p->s.jwt.count, 2);
    assert_string_not_equal(p->s.jwt.list[0].kid, kid);
    assert_string_equal(p->s.jwt.list[1].kid, kid);
}

static void test_without_a_secret_of_tokens_there_are_none(void **state)
{
    struct place *p = *state;
    char aside[200];

    play_made(p);
    snprintf(aside, sizeof(aside), "%s/secret/jwt.previous", p->dir);
    assert_int_equal(rename(play_at(p, "secret/jwt"), aside), 0);
    play_loads(p);
    assert_int_equal(p->s.jwt.count, 0);
}

static void test_short_secret_of_tokens_is_refused(void **state)
{
    struct place *p = *state;

    refused_with(p, "secret/jwt", "0123456789012345678901234567890",
        "has 31 bytes instead of 32");
}

static void test_readable_secret_of_tokens_before_is_refused(void **state)
{
    struct place *p = *state;

    play_made(p);
    play_put(play_at(p, "secret/jwt.previous"),
        "01234567890123456789012345678901", 0444);
    refused(p, "others may read");
}

static void test_symbolic_link_is_no_secret(void **state)
{
    struct place *p = *state;
    char target[200];

    play_made(p);
    snprintf(target, sizeof(target), "%s/elsewhere", p->root);
    assert_int_equal(rename(play_at(p, "secret/pepper"), target), 0);
    assert_int_equal(symlink(target, play_at(p, "secret/pepper")), 0);
    refused(p, "secret/pepper");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everything_is_made_closed_to_others),
        TEST(test_no_draft_is_left_behind),
        TEST(test_secrets_differ),
        TEST(test_second_creation_changes_nothing),
        TEST(test_interrupted_creation_is_completed),
        TEST(test_state_that_is_not_there_is_told),
        TEST(test_lost_secret_of_a_store_is_not_replaced),
        TEST(test_directory_that_cannot_be_made_is_told),
        TEST(test_first_configuration_is_all_comments),
        TEST(test_lost_secret_of_tokens_is_replaced),
        TEST(test_secret_set_aside_verifies_behind_the_new_one),
        TEST(test_without_a_secret_of_tokens_there_are_none),
        TEST(test_short_secret_of_tokens_is_refused),
        TEST(test_readable_secret_of_tokens_before_is_refused),
        TEST(test_short_pepper_is_refused),
        TEST(test_long_ledger_key_is_refused),
        TEST(test_missing_secret_is_refused),
        TEST(test_world_readable_secret_is_refused),
        TEST(test_group_readable_secret_is_refused),
        TEST(test_symbolic_link_is_no_secret),
        TEST(test_many_may_make_the_state_at_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
