/* A file that was written to or replaced is another one as soon as it rests;
 * who has read it has what was noted before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edited.h"

enum { REST = EDITED_REST_MS * 1000 };

struct place {
    char dir[64];
    char file[96], other[96];
    struct edited noted;
};

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* When it was changed. */
static int64_t changed(const char *path)
{
    struct edited e;

    edited_note(&e, path);
    return e.changed;
}

static bool since(const struct place *p, int64_t now)
{
    return edited_since(&p->noted, p->file, now);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    snprintf(p->dir, sizeof(p->dir), "/tmp/test_edited.XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/file", p->dir);
    snprintf(p->other, sizeof(p->other), "%s/other", p->dir);
    put(p->file, "first");
    edited_note(&p->noted, p->file);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    unlink(p->file);
    unlink(p->other);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void test_what_was_noted_is_no_edit(void **state)
{
    struct place *p = *state;

    assert_false(since(p, changed(p->file) + REST));
    assert_false(since(p, INT64_MAX));
}

static void test_text_of_another_length_is_one(void **state)
{
    struct place *p = *state;

    put(p->file, "another");
    assert_true(since(p, changed(p->file) + REST));
}

static void test_another_time_is_one(void **state)
{
    struct place *p = *state;

    p->noted.changed--;
    assert_true(since(p, changed(p->file) + REST));
}

static void test_another_file_of_that_name_is_one(void **state)
{
    struct place *p = *state;

    put(p->other, "other");
    assert_int_equal(rename(p->other, p->file), 0);
    assert_true(since(p, changed(p->file) + REST));
}

static void test_missing_file_is_one_until_it_is_noted(void **state)
{
    struct place *p = *state;

    unlink(p->file);
    assert_true(since(p, REST));
    edited_note(&p->noted, p->file);
    assert_false(since(p, REST));
    put(p->file, "first");
    assert_true(since(p, changed(p->file) + REST));
}

static void test_edit_has_to_rest(void **state)
{
    struct place *p = *state;
    int64_t when;

    put(p->file, "");
    when = changed(p->file);
    assert_false(since(p, when));
    assert_false(since(p, when + REST - 1));
    assert_true(since(p, when + REST));
}

static void test_edit_of_the_future_rests(void **state)
{
    struct place *p = *state;

    put(p->file, "");
    assert_true(since(p, changed(p->file) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_what_was_noted_is_no_edit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_text_of_another_length_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_another_time_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_another_file_of_that_name_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_missing_file_is_one_until_it_is_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_edit_has_to_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_edit_of_the_future_rests, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
