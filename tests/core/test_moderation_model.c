/* A file of weights is used as it lies only when it is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/moderation_play.h"

static struct span bytes;

/* A copy to be spoiled, with its sum made right again. */
static char *copy(void)
{
    char *p = malloc(bytes.n);

    assert_non_null(p);
    return memcpy(p, bytes.p, bytes.n);
}

static void reseal(char *p)
{
    struct moderation_head *head = (void *)p;
    size_t behind = offsetof(struct moderation_head, scale);

    head->check = moderation_model_check(p + behind, bytes.n - behind);
}

static int opened(const char *p, size_t n)
{
    struct moderation_model m;

    return moderation_model_open(&m, (struct span){p, n});
}

static void test_the_committed_weights_open(void **state)
{
    (void)state;
    assert_int_equal(opened(bytes.p, bytes.n), 0);
    assert_true(bytes.n <= 400 * 1000);
}

static void test_a_cut_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(opened(bytes.p, 0), -1);
    assert_int_equal(opened(bytes.p, sizeof(struct moderation_head)), -1);
    assert_int_equal(opened(bytes.p, bytes.n - 1), -1);
}

static void test_a_flipped_bit_is_noticed(void **state)
{
    char *p = copy();

    (void)state;
    for (size_t at = 0; at < bytes.n; at += 997) {
        p[at] ^= 1;
        assert_int_equal(opened(p, bytes.n), -1);
        p[at] ^= 1;
    }
    free(p);
}

/* A file of which ${spoil} has changed the edges, checksum and all. */
static void assert_refused(void (*spoil)(
    struct moderation_edge *edges, const struct moderation_head *head))
{
    char *p = copy();
    struct moderation_model m;

    assert_int_equal(moderation_model_open(&m, (struct span){p, bytes.n}), 0);
    spoil((struct moderation_edge *)(uintptr_t)m.edges, m.head);
    reseal(p);
    assert_int_equal(opened(p, bytes.n), -1);
    free(p);
}

static void lead_nowhere(
    struct moderation_edge *edges, const struct moderation_head *head)
{
    edges[0].child = (uint16_t)head->nodes;
}

static void test_an_edge_to_nowhere_is_refused(void **state)
{
    (void)state;
    assert_refused(lead_nowhere);
}

static void disorder(
    struct moderation_edge *edges, const struct moderation_head *head)
{
    (void)head;
    edges[1].key = edges[0].key;
}

static void test_edges_out_of_order_are_refused(void **state)
{
    (void)state;
    assert_refused(disorder);
}

static void drop_last(
    struct moderation_edge *edges, const struct moderation_head *head)
{
    edges[head->edges - 1].key--;
}

static void test_edges_without_a_last_are_refused(void **state)
{
    (void)state;
    assert_refused(drop_last);
}

static void test_a_range_that_begins_elsewhere_is_refused(void **state)
{
    char *p = copy();
    struct moderation_head *head = (void *)p;

    (void)state;
    head->ranges[MODERATION_RANGES / 2]++;
    reseal(p);
    assert_int_equal(opened(p, bytes.n), -1);
    free(p);
}

static void test_a_class_that_is_none_is_refused(void **state)
{
    char *p = copy();
    struct moderation_model m;
    struct moderation_out *outs;

    (void)state;
    assert_int_equal(moderation_model_open(&m, (struct span){p, bytes.n}), 0);
    outs = (struct moderation_out *)(uintptr_t)m.outs;
    outs[0].class = MODERATION_CLASSES;
    reseal(p);
    assert_int_equal(opened(p, bytes.n), -1);
    free(p);
}

static void test_a_scale_without_width_is_refused(void **state)
{
    char *p = copy();

    (void)state;
    ((struct moderation_head *)(void *)p)->scale[3].linear_sd = 0;
    reseal(p);
    assert_int_equal(opened(p, bytes.n), -1);
    free(p);
}

static int read_file(void **state)
{
    (void)state;
    bytes = moderation_play_bytes();
    return bytes.n > 0 ? 0 : -1;
}

static int free_file(void **state)
{
    (void)state;
    free((char *)bytes.p);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_committed_weights_open),
        cmocka_unit_test(test_a_cut_file_is_refused),
        cmocka_unit_test(test_a_flipped_bit_is_noticed),
        cmocka_unit_test(test_an_edge_to_nowhere_is_refused),
        cmocka_unit_test(test_edges_out_of_order_are_refused),
        cmocka_unit_test(test_edges_without_a_last_are_refused),
        cmocka_unit_test(test_a_range_that_begins_elsewhere_is_refused),
        cmocka_unit_test(test_a_class_that_is_none_is_refused),
        cmocka_unit_test(test_a_scale_without_width_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, read_file, free_file);
}
