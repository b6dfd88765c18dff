/* A text that comes in pieces leaves without what is cut out of it, and places
 * in it are found again. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "sift_text.h"

/* "one " stays, "two" becomes "2!", " \xc3\xa9" stays, "x" goes, and nothing
 * leaves from the 12th byte on. */
static const char text[] = "one two \xc3\xa9xy that";
static const struct policy_cut cuts[] = {
    {4, 7, "2!"}, {10, 11, ""}, {12, UINT64_MAX, ""}};

enum { CUTS = sizeof(cuts) / sizeof(cuts[0]) };

static void take(struct sift_text *t, size_t step, struct buf *out)
{
    size_t n = strlen(text);

    for (size_t at = 0; at < n; at += step)
        sift_text_take(t,
            (struct span){text + at, n - at < step ? n - at : step}, cuts, CUTS,
            out);
}

static void test_pieces_leave_without_what_is_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step <= strlen(text); step++) {
        struct sift_text t = {0};
        struct buf out = {0};

        take(&t, step, &out);
        assert_string_equal(buf_terminate(&out), "one 2! \xc3\xa9y");
        assert_int_equal(t.at, strlen(text));
        sift_text_free(&t);
        buf_free(&out);
    }
}

static void test_a_piece_without_a_cut_is_as_it_came(void **state)
{
    struct sift_text t = {0};
    struct buf out = {0};

    (void)state;
    assert_false(sift_text_take(&t, (struct span){text, 4}, cuts, CUTS, &out));
    assert_true(
        sift_text_take(&t, (struct span){text + 4, 1}, cuts, CUTS, &out));
    assert_true(
        sift_text_take(&t, (struct span){text + 5, 3}, cuts, CUTS, &out));
    assert_false(
        sift_text_take(&t, (struct span){text + 8, 2}, cuts, CUTS, &out));
    assert_string_equal(buf_terminate(&out), "one 2! \xc3\xa9");
    sift_text_free(&t);
    buf_free(&out);
}

/* What becomes of a note; NULL: it has no place any more. */
static void note_is(
    const struct sift_text *t, const char *before, const char *after)
{
    char *json = play_quoted(before), *wanted;
    struct splice_member m = {.object = 0};
    struct json_doc doc = {0};
    struct buf out = {0};
    struct splice s;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    assert_int_equal(sift_text_note(t, &doc, 0), after != NULL);
    if (after != NULL) {
        wanted = play_quoted(after);
        splice_begin(&s, &doc, &out);
        while (splice_next(&m, &doc))
            sift_text_place(t, &s, m.key, m.value);
        splice_end(&s);
        assert_string_equal(buf_terminate(&out), wanted);
        free(wanted);
    }
    buf_free(&out);
    json_free(&doc);
    free(json);
}

static void test_places_are_characters_and_move_with_them(void **state)
{
    struct sift_text t = {0};
    struct buf out = {0};

    (void)state;
    take(&t, 3, &out);
    note_is(&t, "{'start_index':0,'end_index':4}",
        "{'start_index':0,'end_index':4}");
    note_is(&t, "{'end_index':9,'a':8,'start_index':8}",
        "{'end_index':8,'a':8,'start_index':7}");
    note_is(&t, "{'index':10,'file_id':'f'}", "{'index':8,'file_id':'f'}");
    note_is(&t, "{'start_index':3,'end_index':5}", NULL);
    note_is(&t, "{'start_index':8,'end_index':10}", NULL);
    note_is(&t, "{'index':5}", NULL);
    note_is(&t, "{'start_index':13,'end_index':14}", NULL);
    note_is(&t, "{'start_index':7,'end_index':6,'index':'x'}",
        "{'start_index':6,'end_index':6,'index':'x'}");
    sift_text_free(&t);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_leave_without_what_is_cut),
        cmocka_unit_test(test_a_piece_without_a_cut_is_as_it_came),
        cmocka_unit_test(test_places_are_characters_and_move_with_them),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
