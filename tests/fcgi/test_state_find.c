/* The state directory is where the command line says, or else a configuration:
 * the one named there, in the environment, or beside the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_play.h"

/* A configuration outside the state directory; its path until the next call. */
static const char *put_conf(struct place *p, const char *text)
{
    static char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    play_put(file, text, 0600);
    return file;
}

static void test_nothing_given_is_refused(void **state)
{
    struct place *p = *state;

    assert_int_equal(state_find(&p->s, NULL, NULL, p->error), -1);
    assert_non_null(strstr(p->error, "--state"));
}

static void test_directory_alone_implies_its_configuration(void **state)
{
    struct place *p = *state;

    assert_int_equal(state_find(&p->s, "/a/b", NULL, p->error), 0);
    assert_string_equal(p->s.dir, "/a/b");
    assert_string_equal(p->s.conf_file, "/a/b/turnpike.conf");
}

static void test_configuration_names_the_directory(void **state)
{
    struct place *p = *state;
    const char *file =
        put_conf(p, "# state.dir = /no\nstate.dir = /var/lib/x # here\n");

    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    assert_string_equal(p->s.dir, "/var/lib/x");
    assert_string_equal(p->s.conf_file, file);
}

static void test_environment_names_the_configuration(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = /var/lib/x\n");

    setenv("TURNPIKE_CONF", file, 1);
    assert_int_equal(state_find(&p->s, NULL, NULL, p->error), 0);
    assert_string_equal(p->s.dir, "/var/lib/x");
}

static void test_relative_directory_lies_beside_the_file(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = data\n");
    char dir[200];

    snprintf(dir, sizeof(dir), "%s/data", p->root);
    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    assert_string_equal(p->s.dir, dir);
}

static void test_directory_option_beats_the_configuration(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = /var/lib/x\n");

    assert_int_equal(state_find(&p->s, "/mine", file, p->error), 0);
    assert_string_equal(p->s.dir, "/mine");
    assert_string_equal(p->s.conf_file, file);
}

static void test_configuration_without_directory_is_refused(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "rate.key = 1\n");

    assert_int_equal(state_find(&p->s, NULL, file, p->error), -1);
    assert_non_null(strstr(p->error, "state.dir"));
}

static void test_overlong_directory_is_refused(void **state)
{
    struct place *p = *state;
    char dir[1100];

    memset(dir, 'd', sizeof(dir) - 1);
    dir[sizeof(dir) - 1] = '\0';
    assert_int_equal(state_find(&p->s, dir, NULL, p->error), -1);
}

static void test_program_lies_beside_its_configuration(void **state)
{
    struct place *p = *state;
    char dir[1024], *slash;
    ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

    assert_true(n > 0);
    dir[n] = '\0';
    slash = strrchr(dir, '/');
    strcpy(slash + 1, "turnpike.conf");
    assert_int_equal(state_alone(&p->s, p->error), 0);
    assert_true(p->s.alone);
    assert_string_equal(p->s.beside, dir);
}

static void test_configuration_beside_the_program_is_the_last_resort(
    void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = /var/lib/x\n");

    strcpy(p->s.beside, file);
    assert_int_equal(state_find(&p->s, NULL, NULL, p->error), 0);
    assert_string_equal(p->s.dir, "/var/lib/x");
    assert_string_equal(p->s.conf_file, file);
    strcpy(p->s.beside, "/nowhere/t.conf");
    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    assert_string_equal(p->s.conf_file, file);
    assert_int_equal(state_find(&p->s, "/mine", NULL, p->error), 0);
    assert_string_equal(p->s.conf_file, "/mine/turnpike.conf");
}

/* As when it is half copied, or its owner moves the state. */
static void test_directory_stays_where_it_was_found(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = data\n");
    struct conf *c;

    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    put_conf(p, "");
    assert_null(state_conf(&p->s, p->error));
    play_says(p, "does not say \"state.dir = DIR\"");
    put_conf(p, "state.dir = other\n");
    assert_null(state_conf(&p->s, p->error));
    play_says(p, "state.dir");
    put_conf(p, "rate.key = 7\nstate.dir = data\n");
    assert_non_null(c = state_conf(&p->s, p->error));
    assert_int_equal(c->rate_key, 7);
    conf_free(c);
}

static void test_directory_of_the_command_line_needs_no_other(void **state)
{
    struct place *p = *state;
    const char *file = put_conf(p, "state.dir = data\n");
    struct conf *c;

    assert_int_equal(state_find(&p->s, "/a/b", file, p->error), 0);
    put_conf(p, "");
    assert_non_null(c = state_conf(&p->s, p->error));
    conf_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_given_is_refused),
        TEST(test_directory_alone_implies_its_configuration),
        TEST(test_configuration_names_the_directory),
        TEST(test_environment_names_the_configuration),
        TEST(test_relative_directory_lies_beside_the_file),
        TEST(test_directory_option_beats_the_configuration),
        TEST(test_configuration_without_directory_is_refused),
        TEST(test_overlong_directory_is_refused),
        TEST(test_program_lies_beside_its_configuration),
        TEST(test_configuration_beside_the_program_is_the_last_resort),
        TEST(test_directory_stays_where_it_was_found),
        TEST(test_directory_of_the_command_line_needs_no_other),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
