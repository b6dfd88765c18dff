/* What streams between two of one dialect share: names that outlive those they
 * were copied from, and a count of what was said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "passage_stream.h"

struct little {
    struct passage_stream passage;
    unsigned own;
};

static const struct stream_kind kind = {
    .delivered = passage_stream_delivered,
    .missed = passage_stream_missed,
};

static struct passage_stream *begin(void)
{
    char model[] = "model";
    const struct completion_names names = {model, "up"};
    struct passage_stream *p = passage_stream_new(sizeof(struct little), &kind,
        &(struct completion){.est_in = 9}, &names);

    assert_non_null(p);
    model[0] = 'x';
    return p;
}

static void test_new_stream_knows_its_names_and_nothing_was_said(void **state)
{
    struct passage_stream *p = begin();

    (void)state;
    assert_string_equal(p->names.model, "model");
    assert_string_equal(p->names.upstream_model, "up");
    assert_int_equal(p->est_in, 9);
    assert_int_equal(((struct little *)p)->own, 0);
    assert_int_equal(passage_stream_most(p, 0), 0);
    assert_false(stream_delivered(&p->base));
    passage_stream_free(p);
}

static void test_more_of_what_is_stated_and_counted_is_the_output(void **state)
{
    struct passage_stream *p = begin();

    (void)state;
    p->quarters = 9;
    assert_int_equal(passage_stream_most(p, 2), 3);
    assert_int_equal(passage_stream_most(p, 4), 4);
    passage_stream_free(p);
}

static void test_what_was_missed_is_counted_and_never_below_nothing(
    void **state)
{
    struct passage_stream *p = begin();

    (void)state;
    stream_missed(&p->base, 8);
    assert_int_equal(passage_stream_most(p, 0), 2);
    stream_missed(&p->base, -9);
    assert_int_equal(passage_stream_most(p, 0), 0);
    passage_stream_free(p);
}

static void test_what_left_was_delivered(void **state)
{
    struct passage_stream *p = begin();

    (void)state;
    p->delivered = true;
    assert_true(stream_delivered(&p->base));
    passage_stream_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_stream_knows_its_names_and_nothing_was_said),
        cmocka_unit_test(test_more_of_what_is_stated_and_counted_is_the_output),
        cmocka_unit_test(
            test_what_was_missed_is_counted_and_never_below_nothing),
        cmocka_unit_test(test_what_left_was_delivered),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
