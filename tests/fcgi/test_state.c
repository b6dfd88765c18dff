/* The state directory is made once, closed to others, and never overwritten;
 * secrets that are short, missing or open to others are refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state.h"

/* A state directory of its own for each test. */
struct place {
    char root[64];
    char dir[96];
    struct state s;
    char error[256];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    unsetenv("TURNPIKE_CONF");
    unsetenv("TURNPIKE_UPSTREAM_KEY");
    snprintf(p->root, sizeof(p->root), "/tmp/test_state.XXXXXX");
    if (!mkdtemp(p->root))
        return -1;
    snprintf(p->dir, sizeof(p->dir), "%s/state", p->root);
    *state = p;
    return state_find(&p->s, p->dir, NULL, p->error);
}

static int drop(
    const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *p = *state;
    int result = nftw(p->root, drop, 8, FTW_DEPTH | FTW_PHYS);

    free(p);
    return result;
}

static const char *at(struct place *p, const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    return path;
}

static unsigned mode_of(struct place *p, const char *name)
{
    struct stat st;

    assert_int_equal(stat(at(p, name), &st), 0);
    return st.st_mode & 07777;
}

static void put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t n = strlen(text);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void made(struct place *p)
{
    if (state_create(&p->s, p->error))
        fail_msg("%s", p->error);
}

static void loads(struct place *p)
{
    if (state_load(&p->s, p->error))
        fail_msg("%s", p->error);
}

static void refused(struct place *p, const char *must_say)
{
    assert_int_equal(state_load(&p->s, p->error), -1);
    if (!strstr(p->error, must_say))
        fail_msg("\"%s\" does not say \"%s\"", p->error, must_say);
}

static void conf_refused(struct place *p, const char *must_say)
{
    assert_null(state_conf(&p->s, p->error));
    if (!strstr(p->error, must_say))
        fail_msg("\"%s\" does not say \"%s\"", p->error, must_say);
}

/* ---- making ---- */

static void test_everything_is_made_closed_to_others(void **state)
{
    struct place *p = *state;

    made(p);
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

    made(p);
    snprintf(
        command, sizeof(command), "test \"$(find %s | wc -l)\" -eq 7", p->dir);
    assert_int_equal(system(command), 0);
}

static void test_secrets_differ(void **state)
{
    struct place *p = *state;
    static const uint8_t zero[MAC_KEY];

    made(p);
    loads(p);
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

    made(p);
    loads(p);
    memcpy(pepper, p->s.pepper, MAC_KEY);
    put(at(p, "turnpike.conf"), "rate.key = 7\n", 0600);
    made(p);
    loads(p);
    assert_memory_equal(pepper, p->s.pepper, MAC_KEY);
    c = state_conf(&p->s, p->error);
    assert_non_null(c);
    assert_int_equal(c->rate_key, 7);
    conf_free(c);
}

static void test_interrupted_creation_is_completed(void **state)
{
    struct place *p = *state;

    assert_int_equal(mkdir(p->dir, 0700), 0);
    assert_int_equal(mkdir(at(p, "secret"), 0700), 0);
    made(p);
    loads(p);
}

static void test_lost_secret_of_a_store_is_not_replaced(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "secret/pepper")), 0);
    assert_int_equal(state_create(&p->s, p->error), -1);
    assert_non_null(strstr(p->error, "restore it"));
    assert_int_equal(access(at(p, "secret/pepper"), F_OK), -1);
}

static void test_lost_secret_of_tokens_is_replaced(void **state)
{
    struct place *p = *state;
    char kid[JWT_KID_SIZE];

    made(p);
    loads(p);
    memcpy(kid, p->s.jwt.list[0].kid, sizeof(kid));
    assert_int_equal(unlink(at(p, "secret/jwt")), 0);
    made(p);
    loads(p);
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

    made(p);
    c = state_conf(&p->s, p->error);
    assert_non_null(c);
    assert_int_equal(c->n_upstreams, 0);
    assert_int_equal(c->rate_key, 120);
    conf_free(c);
}

/* ---- loading ---- */

static void test_short_pepper_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "secret/pepper")), 0);
    put(at(p, "secret/pepper"), "0123456789012345678901234567890", 0400);
    refused(p, "has 31 bytes instead of 32");
}

static void test_long_ledger_key_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "secret/ledger")), 0);
    put(at(p, "secret/ledger"), "012345678901234567890123456789012", 0400);
    refused(p, "secret/ledger has 33 bytes");
}

static void test_missing_secret_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "secret/ledger")), 0);
    refused(p, "secret/ledger");
}

static void test_world_readable_secret_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(chmod(at(p, "secret/pepper"), 0404), 0);
    refused(p, "others may read");
}

static void test_group_readable_secret_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(chmod(at(p, "secret/ledger"), 0440), 0);
    refused(p, "others may read");
}

static void test_secret_set_aside_verifies_behind_the_new_one(void **state)
{
    struct place *p = *state;
    char kid[JWT_KID_SIZE], aside[200];

    made(p);
    loads(p);
    memcpy(kid, p->s.jwt.list[0].kid, sizeof(kid));
    snprintf(aside, sizeof(aside), "%s/secret/jwt.previous", p->dir);
    assert_int_equal(rename(at(p, "secret/jwt"), aside), 0);
    made(p);
    loads(p);
    assert_int_equal(p->s.jwt.count, 2);
    assert_string_not_equal(p->s.jwt.list[0].kid, kid);
    assert_string_equal(p->s.jwt.list[1].kid, kid);
}

static void test_without_a_secret_of_tokens_there_are_none(void **state)
{
    struct place *p = *state;
    char aside[200];

    made(p);
    snprintf(aside, sizeof(aside), "%s/secret/jwt.previous", p->dir);
    assert_int_equal(rename(at(p, "secret/jwt"), aside), 0);
    loads(p);
    assert_int_equal(p->s.jwt.count, 0);
}

static void test_short_secret_of_tokens_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "secret/jwt")), 0);
    put(at(p, "secret/jwt"), "0123456789012345678901234567890", 0400);
    refused(p, "has 31 bytes instead of 32");
}

static void test_readable_secret_of_tokens_before_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    put(at(p, "secret/jwt.previous"), "01234567890123456789012345678901", 0444);
    refused(p, "others may read");
}

static void test_symbolic_link_is_no_secret(void **state)
{
    struct place *p = *state;
    char target[200];

    made(p);
    snprintf(target, sizeof(target), "%s/elsewhere", p->root);
    assert_int_equal(rename(at(p, "secret/pepper"), target), 0);
    assert_int_equal(symlink(target, at(p, "secret/pepper")), 0);
    refused(p, "secret/pepper");
}

/* ---- finding ---- */

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
    char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    put(file, "# state.dir = /no\nstate.dir = /var/lib/x # here\n", 0600);
    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    assert_string_equal(p->s.dir, "/var/lib/x");
    assert_string_equal(p->s.conf_file, file);
}

static void test_environment_names_the_configuration(void **state)
{
    struct place *p = *state;
    char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    put(file, "state.dir = /var/lib/x\n", 0600);
    setenv("TURNPIKE_CONF", file, 1);
    assert_int_equal(state_find(&p->s, NULL, NULL, p->error), 0);
    assert_string_equal(p->s.dir, "/var/lib/x");
}

static void test_relative_directory_lies_beside_the_file(void **state)
{
    struct place *p = *state;
    char file[200], dir[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    snprintf(dir, sizeof(dir), "%s/data", p->root);
    put(file, "state.dir = data\n", 0600);
    assert_int_equal(state_find(&p->s, NULL, file, p->error), 0);
    assert_string_equal(p->s.dir, dir);
}

static void test_directory_option_beats_the_configuration(void **state)
{
    struct place *p = *state;
    char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    put(file, "state.dir = /var/lib/x\n", 0600);
    assert_int_equal(state_find(&p->s, "/mine", file, p->error), 0);
    assert_string_equal(p->s.dir, "/mine");
    assert_string_equal(p->s.conf_file, file);
}

static void test_configuration_without_directory_is_refused(void **state)
{
    struct place *p = *state;
    char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    put(file, "rate.key = 1\n", 0600);
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

/* ---- the configuration ---- */

static void with_conf(struct place *p, const char *text)
{
    made(p);
    put(at(p, "turnpike.conf"), text, 0600);
}

static void test_missing_configuration_is_told(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(unlink(at(p, "turnpike.conf")), 0);
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

    with_conf(p, "upstream.a.url = http://h\n"
                 "upstream.a.key_file = secret/a.key\n");
    put(at(p, "secret/a.key"), "sk-1\n", 0400);
    c = state_conf(&p->s, p->error);
    assert_non_null(c);
    assert_string_equal(c->upstreams[0].key, "sk-1");
    conf_free(c);
}

static void test_open_key_file_is_refused(void **state)
{
    struct place *p = *state;

    with_conf(p, "upstream.a.url = http://h\n"
                 "upstream.a.key_file = secret/a.key\n");
    put(at(p, "secret/a.key"), "sk-1\n", 0444);
    conf_refused(p, "others may read");
}

static void test_key_file_with_two_lines_is_refused(void **state)
{
    struct place *p = *state;

    with_conf(p, "upstream.a.url = http://h\n"
                 "upstream.a.key_file = secret/a.key\n");
    put(at(p, "secret/a.key"), "sk-1\nsk-2\n", 0400);
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
    c = state_conf(&p->s, p->error);
    assert_non_null(c);
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
    c = state_conf(&p->s, p->error);
    assert_non_null(c);
    assert_int_equal(c->rate_key, 9);
    conf_free(c);
}

static void test_huge_configuration_is_refused(void **state)
{
    struct place *p = *state;

    made(p);
    assert_int_equal(truncate(at(p, "turnpike.conf"), 2 << 20), 0);
    conf_refused(p, "at most");
}

/* ---- a program that nobody prepares ---- */

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
    char file[200];

    snprintf(file, sizeof(file), "%s/t.conf", p->root);
    put(file, "state.dir = /var/lib/x\n", 0600);
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

static bool is_fcgid(struct place *p)
{
    struct conf *conf = state_conf(&p->s, p->error);
    bool fcgid;

    assert_non_null(conf);
    fcgid = conf->fcgid;
    assert_int_equal(conf->answer_seconds, fcgid ? 35 : 0);
    conf_free(conf);
    return fcgid;
}

static void test_mode_of_a_lone_program_is_fcgid(void **state)
{
    struct place *p = *state;

    made(p);
    assert_false(is_fcgid(p));
    p->s.alone = true;
    assert_true(is_fcgid(p));
}

static void test_configuration_has_the_last_word_on_the_mode(void **state)
{
    struct place *p = *state;
    char fcgid[] = "server.mode=fcgid", *overrides[] = {fcgid};

    made(p);
    p->s.alone = true;
    put(at(p, "turnpike.conf"), "server.mode = resident\n", 0600);
    assert_false(is_fcgid(p));
    p->s.overrides = overrides;
    p->s.n_overrides = 1;
    assert_true(is_fcgid(p));
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
    loads(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everything_is_made_closed_to_others),
        TEST(test_no_draft_is_left_behind),
        TEST(test_secrets_differ),
        TEST(test_second_creation_changes_nothing),
        TEST(test_interrupted_creation_is_completed),
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
        TEST(test_nothing_given_is_refused),
        TEST(test_directory_alone_implies_its_configuration),
        TEST(test_configuration_names_the_directory),
        TEST(test_environment_names_the_configuration),
        TEST(test_relative_directory_lies_beside_the_file),
        TEST(test_directory_option_beats_the_configuration),
        TEST(test_configuration_without_directory_is_refused),
        TEST(test_overlong_directory_is_refused),
        TEST(test_missing_configuration_is_told),
        TEST(test_fault_names_file_line_and_key),
        TEST(test_key_file_is_read),
        TEST(test_open_key_file_is_refused),
        TEST(test_key_file_with_two_lines_is_refused),
        TEST(test_environment_key_fills_only_the_gaps),
        TEST(test_bad_environment_key_is_refused),
        TEST(test_overrides_apply),
        TEST(test_huge_configuration_is_refused),
        TEST(test_program_lies_beside_its_configuration),
        TEST(test_configuration_beside_the_program_is_the_last_resort),
        TEST(test_mode_of_a_lone_program_is_fcgid),
        TEST(test_configuration_has_the_last_word_on_the_mode),
        TEST(test_many_may_make_the_state_at_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
