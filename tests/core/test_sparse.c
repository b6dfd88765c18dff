/* What is kept comes back as it was, in no more memory than it needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sparse.h"

static void assert_kept(const uint64_t *block, size_t n)
{
    uint64_t shown[SPARSE_MOST + 1];
    struct sparse s = {0};

    memset(shown, 0x55, sizeof(shown));
    assert_int_equal(sparse_keep(&s, block, n), 0);
    sparse_show(&s, shown, n);
    assert_memory_equal(shown, block, n * sizeof(*block));
    assert_true(shown[n] == UINT64_C(0x5555555555555555));
    sparse_free(&s);
}

static void test_nothing_kept_is_all_zero(void **state)
{
    uint64_t shown[3] = {1, 2, 3}, zeros[3] = {0};
    struct sparse s = {0};

    (void)state;
    sparse_show(&s, shown, 3);
    assert_memory_equal(shown, zeros, sizeof(zeros));
}

static void test_each_word_comes_back_at_its_place(void **state)
{
    uint64_t block[200] = {0};

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        block[i] = ~(uint64_t)i;
        assert_kept(block, 200);
        block[i] = 0;
    }
}

static void test_a_full_block_comes_back(void **state)
{
    uint64_t block[SPARSE_MOST];

    (void)state;
    for (size_t i = 0; i < SPARSE_MOST; i++)
        block[i] = i + 1;
    assert_kept(block, SPARSE_MOST);
}

static void test_blocks_of_any_size_come_back(void **state)
{
    uint64_t block[200];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        block[i] = i % 3 == 0 ? i : 0;
    for (size_t n = 1; n <= 200; n++)
        assert_kept(block, n);
}

static void test_zeros_take_no_memory(void **state)
{
    uint64_t block[640] = {[7] = 1, [500] = 2};
    struct sparse s = {0};

    (void)state;
    assert_int_equal(sparse_keep(&s, block, 640), 0);
    assert_int_equal(s.n, 10 + 2);
    assert_true(s.cap <= 16);
    sparse_free(&s);
}

static void test_what_is_kept_later_replaces_it(void **state)
{
    uint64_t first[64] = {[1] = 1, [2] = 2}, second[64] = {[3] = 3}, shown[64];
    struct sparse s = {0};

    (void)state;
    assert_int_equal(sparse_keep(&s, first, 64), 0);
    assert_int_equal(sparse_keep(&s, second, 64), 0);
    sparse_show(&s, shown, 64);
    assert_memory_equal(shown, second, sizeof(second));
    sparse_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_kept_is_all_zero),
        cmocka_unit_test(test_each_word_comes_back_at_its_place),
        cmocka_unit_test(test_a_full_block_comes_back),
        cmocka_unit_test(test_blocks_of_any_size_come_back),
        cmocka_unit_test(test_zeros_take_no_memory),
        cmocka_unit_test(test_what_is_kept_later_replaces_it),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
