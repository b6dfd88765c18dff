/* The configuration of a web server is its template with the names filled in,
 * readable by its owner alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch_template.h"

static char dir[64], template[128], made[128], error[256];

static const struct launch_template names = {.port = 8080,
    .sockets = "/state/sockets",
    .run = "/state/run",
    .htdocs = "/htdocs",
    .user = "www-data",
    .group = "web"};

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/template.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(template, sizeof(template), "%s/in", dir);
    snprintf(made, sizeof(made), "%s/out", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(template);
    unlink(made);
    return rmdir(dir);
}

static void write_template(const char *text)
{
    FILE *f = fopen(template, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* What became of ${text}. */
static const char *fill(const char *text)
{
    static char result[1024];
    FILE *f;
    size_t n;

    write_template(text);
    assert_int_equal(
        launch_template_fill(&names, template, made, "\"", error), 0);
    f = fopen(made, "r");
    assert_non_null(f);
    n = fread(result, 1, sizeof(result) - 1, f);
    result[n] = '\0';
    fclose(f);
    return result;
}

static void test_every_name_is_filled_in(void **state)
{
    (void)state;
    assert_string_equal(
        fill("@PORT@ @SOCKETS@ @RUN@\n@HTDOCS@/x @USER@:@GROUP@\n"),
        "8080 /state/sockets /state/run\n/htdocs/x www-data:web\n");
}

static void test_other_at_signs_stay(void **state)
{
    (void)state;
    assert_string_equal(fill("a@b @NONE@ @"), "a@b @NONE@ @");
}

static void test_the_file_is_private(void **state)
{
    struct stat st;

    (void)state;
    fill("x");
    assert_int_equal(stat(made, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_file_of_before_is_replaced(void **state)
{
    (void)state;
    fill("a long first one\n");
    assert_string_equal(fill("x\n"), "x\n");
}

static void test_a_path_that_would_end_a_string_is_refused(void **state)
{
    struct launch_template bad = names;

    (void)state;
    write_template("x");
    bad.run = "/a\"b";
    assert_int_equal(
        launch_template_fill(&bad, template, made, "\"", error), -1);
    assert_non_null(strstr(error, "character"));
    bad.run = "/a\nb";
    assert_int_equal(
        launch_template_fill(&bad, template, made, "\"", error), -1);
    assert_int_equal(access(made, F_OK), -1);
}

static void test_a_missing_template_is_named(void **state)
{
    (void)state;
    assert_int_equal(
        launch_template_fill(&names, template, made, "\"", error), -1);
    assert_non_null(strstr(error, template));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_every_name_is_filled_in),
        CASE(test_other_at_signs_stay),
        CASE(test_the_file_is_private),
        CASE(test_a_file_of_before_is_replaced),
        CASE(test_a_path_that_would_end_a_string_is_refused),
        CASE(test_a_missing_template_is_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
