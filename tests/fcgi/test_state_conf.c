/* The configuration of a state directory is read with its keys, those of files
 * and of the environment, the overrides and the mode; its faults are told with
 * their place, and no key with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_play.h"

static void conf_refused(struct place *p, const char *must_say)
{
    assert_null(state_conf(&p->s, p->error));
    play_says(p, must_say);
}

static void with_conf(struct place *p, const char *text)
{
    play_made(p);
    play_put(play_at(p, "turnpike.conf"), text, 0600);
}

static void with_key_file(struct place *p, const char *text, mode_t mode)
{
    with_conf(p, "upstream.a.url = http://h\n"
                 "upstream.a.key_file = secret/a.key\n");
    play_put(play_at(p, "secret/a.key"), text, mode);
}

static void test_missing_configuration_is_told(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(unlink(play_at(p, "turnpike.conf")), 0);
    conf_refused(p, "turnpike.conf");
}

static void test_fault_names_file_line_and_key(void **state)
{
    struct place *p = *state;

    with_conf(p, "\nrate.key = x\n");
    conf_refused(p, "turnpike.conf: line 2: rate.key");
}

static void test_key_file_is_read(void **state)
{
    struct place *p = *state;
    struct conf *c;

    with_key_file(p, "sk-1\n", 0400);
    c = play_conf(p);
    assert_string_equal(c->upstreams[0].key, "sk-1");
    conf_free(c);
}

static void test_open_key_file_is_refused(void **state)
{
    struct place *p = *state;

    with_key_file(p, "sk-1\n", 0444);
    conf_refused(p, "others may read");
}

static void test_file_that_cannot_be_read_is_told_with_its_option(void **state)
{
    struct place *p = *state;

    with_conf(
        p, "upstream.a.url = http://h\nupstream.a.key_file = secret/none\n");
    conf_refused(p, "upstream.a.key_file: cannot read ");
    with_conf(p, "upstream.a.url = http://h\nupstream.a.ca_file = none\n");
    conf_refused(p, "upstream.a.ca_file: ");
    with_conf(
        p, "moderation.endpoint = http://h\nmoderation.key_file = none\n");
    conf_refused(p, "moderation.key_file: cannot read ");
}

static void test_key_file_with_two_lines_is_refused(void **state)
{
    struct place *p = *state;

    with_key_file(p, "sk-1\nsk-2\n", 0400);
    conf_refused(p, "visible ASCII");
    assert_null(strstr(p->error, "sk-1"));
}

static void test_environment_key_fills_only_the_gaps(void **state)
{
    struct place *p = *state;
    struct conf *c;

    with_conf(p, "upstream.a.url = http://h\nupstream.a.key = own\n"
                 "upstream.b.url = http://h\n");
    setenv("TURNPIKE_UPSTREAM_KEY", "common", 1);
    c = play_conf(p);
    assert_string_equal(c->upstreams[0].key, "own");
    assert_string_equal(c->upstreams[1].key, "common");
    conf_free(c);
}

static void test_bad_environment_key_is_refused(void **state)
{
    struct place *p = *state;

    with_conf(p, "upstream.a.url = http://h\n");
    setenv("TURNPIKE_UPSTREAM_KEY", "a\r\nx: y", 1);
    conf_refused(p, "TURNPIKE_UPSTREAM_KEY");
}

static void test_overrides_apply(void **state)
{
    struct place *p = *state;
    char *set[] = {(char[]){"rate.key=9"}};
    struct conf *c;

    with_conf(p, "rate.key = 1\n");
    p->s.overrides = set;
    p->s.n_overrides = 1;
    c = play_conf(p);
    assert_int_equal(c->rate_key, 9);
    conf_free(c);
}

static void test_huge_configuration_is_refused(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_int_equal(truncate(play_at(p, "turnpike.conf"), 2 << 20), 0);
    conf_refused(p, "at most");
}

/* ---- the mode ---- */

static bool is_fcgid(struct place *p)
{
    struct conf *conf = play_conf(p);
    bool fcgid = conf->fcgid;

    assert_int_equal(conf->answer_seconds, fcgid ? 35 : 0);
    conf_free(conf);
    return fcgid;
}

static void test_mode_of_a_lone_program_is_fcgid(void **state)
{
    struct place *p = *state;

    play_made(p);
    assert_false(is_fcgid(p));
    p->s.alone = true;
    assert_true(is_fcgid(p));
}

static void test_configuration_has_the_last_word_on_the_mode(void **state)
{
    struct place *p = *state;
    char fcgid[] = "server.mode=fcgid", *overrides[] = {fcgid};

    play_made(p);
    p->s.alone = true;
    play_put(play_at(p, "turnpike.conf"), "server.mode = resident\n", 0600);
    assert_false(is_fcgid(p));
    p->s.overrides = overrides;
    p->s.n_overrides = 1;
    assert_true(is_fcgid(p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_missing_configuration_is_told),
        TEST(test_fault_names_file_line_and_key),
        TEST(test_key_file_is_read),
        TEST(test_open_key_file_is_refused),
        TEST(test_file_that_cannot_be_read_is_told_with_its_option),
        TEST(test_key_file_with_two_lines_is_refused),
        TEST(test_environment_key_fills_only_the_gaps),
        TEST(test_bad_environment_key_is_refused),
        TEST(test_overrides_apply),
        TEST(test_huge_configuration_is_refused),
        TEST(test_mode_of_a_lone_program_is_fcgid),
        TEST(test_configuration_has_the_last_word_on_the_mode),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
