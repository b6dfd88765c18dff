/* What the library asks for in vain comes out of the spare memory, which is
 * taken back when nothing of it is in use; and a store that lives on it does
 * not begin anything new. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "allocs.h"
#include "scratch.h"
#include "spare.h"

enum { PIECE = 1000, PIECES = 1000, KIB = 1024 };

static bool never(void)
{
    return false;
}

static int tear_down(void **state)
{
    (void)state;
    allocs_hook(NULL);
    return 0;
}

static void test_memory_of_the_system_comes_first(void **state)
{
    void *p = spare_malloc(PIECE);

    (void)state;
    assert_non_null(p);
    allocs_hook(never);
    assert_false(spare_short());
    spare_free(p);
}

static void test_what_the_system_refuses_is_there(void **state)
{
    char *p;

    (void)state;
    allocs_hook(never);
    p = spare_malloc(PIECE);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
    memset(p, 1, PIECE);
    spare_free(p);
}

static void test_pieces_do_not_overlap(void **state)
{
    char *first, *second;

    (void)state;
    allocs_hook(never);
    first = spare_malloc(PIECE);
    second = spare_malloc(PIECE);
    memset(first, 1, PIECE);
    memset(second, 2, PIECE);
    assert_int_equal(first[PIECE - 1], 1);
    assert_int_equal(second[0], 2);
    spare_free(first);
    spare_free(second);
}

static void test_it_ends(void **state)
{
    void *piece[PIECES];
    size_t n = 0;

    (void)state;
    allocs_hook(never);
    while (n < PIECES && (piece[n] = spare_malloc(PIECE)) != NULL)
        n++;
    assert_in_range(n, 64 * KIB / PIECE, PIECES - 1);
    assert_null(spare_malloc(SIZE_MAX));
    while (n > 0)
        spare_free(piece[--n]);
}

static void test_it_is_taken_back_when_all_is_free(void **state)
{
    (void)state;
    allocs_hook(never);
    for (int i = 0; i < PIECES; i++) {
        void *p = spare_malloc(PIECE);

        assert_non_null(p);
        spare_free(p);
    }
}

static void test_piece_of_the_system_grows_into_it(void **state)
{
    char *p = spare_malloc(10);

    (void)state;
    memcpy(p, "123456789", 10);
    allocs_hook(never);
    p = spare_realloc(p, PIECE);
    assert_non_null(p);
    assert_string_equal(p, "123456789");
    spare_free(p);
}

static void test_piece_of_it_grows_out_of_it(void **state)
{
    char *p;

    (void)state;
    allocs_hook(never);
    p = spare_realloc(NULL, 10);
    memcpy(p, "123456789", 10);
    p = spare_realloc(p, PIECE);
    assert_string_equal(p, "123456789");
    allocs_hook(NULL);
    p = spare_realloc(p, 2 * PIECE);
    assert_string_equal(p, "123456789");
    allocs_hook(never);
    assert_false(spare_short());
    spare_free(p);
}

static void test_piece_that_cannot_grow_stays(void **state)
{
    char *p;

    (void)state;
    allocs_hook(never);
    p = spare_malloc(10);
    memcpy(p, "123456789", 10);
    assert_null(spare_realloc(p, SIZE_MAX));
    assert_string_equal(p, "123456789");
    spare_free(p);
}

static void test_short_only_while_the_system_has_none(void **state)
{
    void *p;

    (void)state;
    allocs_hook(never);
    assert_false(spare_short());
    p = spare_malloc(PIECE);
    assert_true(spare_short());
    allocs_hook(NULL);
    assert_false(spare_short());
    spare_free(p);
}

/* ---- in a store ---- */

static struct scratch scratch;

static enum store_status look(struct store *store)
{
    struct store_account_get get = {
        .verb.kind = STORE_ACCOUNT_GET, .email = "nobody@test"};

    scratch_do(store, &get.verb);
    return get.verb.status;
}

static uint64_t recoveries(struct store *store)
{
    struct store_stat stat;

    store_stat(store, &stat);
    return stat.generation;
}

static int run_short(void *arg)
{
    struct store *store = scratch_store(scratch.dir);
    uint64_t before = recoveries(store);
    void *p;

    (void)arg;
    SCRATCH_CHECK(look(store) == STORE_NOT_FOUND);
    allocs_hook(never);
    p = spare_malloc(PIECE);
    SCRATCH_CHECK(look(store) == STORE_CLOSED);
    spare_free(p);
    allocs_hook(NULL);
    while (look(store) == STORE_CLOSED)
        store_tick(store); /* it is tried once a second */
    SCRATCH_CHECK(look(store) == STORE_NOT_FOUND);
    SCRATCH_CHECK(recoveries(store) == before);
    store_close(store);
    return 0;
}

static void test_store_that_lives_on_it_is_closed(void **state)
{
    (void)state;
    scratch_open(&scratch);
    assert_int_equal(scratch_run(run_short, NULL), 0);
    scratch_drop(&scratch);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_of_the_system_comes_first),
        TEST(test_what_the_system_refuses_is_there),
        TEST(test_pieces_do_not_overlap),
        TEST(test_it_ends),
        TEST(test_it_is_taken_back_when_all_is_free),
        TEST(test_piece_of_the_system_grows_into_it),
        TEST(test_piece_of_it_grows_out_of_it),
        TEST(test_piece_that_cannot_grow_stays),
        TEST(test_short_only_while_the_system_has_none),
        TEST(test_store_that_lives_on_it_is_closed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
