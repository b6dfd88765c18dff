/* A path has one route or none: patterns match whole paths, a final star one
 * segment that is not empty, and the first row wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "route.h"

static const struct route table[] = {
    {.path = "/v1/models", .methods = METHOD_GET},
    {.path = "/v1/models/special", .methods = METHOD_GET},
    {.path = "/v1/models/*", .methods = METHOD_GET},
    {.path = "/", .methods = METHOD_GET},
    {.path = NULL},
    {.path = "/behind", .methods = METHOD_GET},
};

static const struct route other[] = {
    {.path = "/v1/models", .methods = METHOD_POST},
    {.path = "/health/live", .methods = METHOD_GET},
    {.path = NULL},
};

static const struct route *const surfaces[] = {table, other, NULL};

static void check(const char *path, const struct route *expect)
{
    assert_ptr_equal(route_find(surfaces, path), expect);
}

static void test_exact_path_is_found(void **state)
{
    (void)state;
    check("/v1/models", &table[0]);
    check("/", &table[3]);
}

static void test_path_is_compared_whole(void **state)
{
    (void)state;
    check("/v1/model", NULL);
    check("/v1/modelsx", NULL);
    check("/v1", NULL);
    check("v1/models", NULL);
}

static void test_case_counts(void **state)
{
    (void)state;
    check("/V1/models", NULL);
}

static void test_star_takes_one_segment(void **state)
{
    (void)state;
    check("/v1/models/a", &table[2]);
    check("/v1/models/org%2Fname", &table[2]);
}

static void test_star_takes_no_empty_segment(void **state)
{
    (void)state;
    check("/v1/models/", NULL);
}

static void test_star_takes_nothing_below(void **state)
{
    (void)state;
    check("/v1/models/a/b", NULL);
    check("/v1/models/a/", NULL);
    check("/v1/models//", NULL);
}

static void test_star_in_the_path_is_a_letter(void **state)
{
    (void)state;
    check("/v1/*", NULL);
    check("*", NULL);
    check("/v1/models/*", &table[2]);
}

static void test_first_row_wins(void **state)
{
    (void)state;
    check("/v1/models/special", &table[1]);
}

static void test_path_is_not_normalised(void **state)
{
    (void)state;
    check("//v1/models", NULL);
    check("/v1/../v1/models", NULL);
    check("/v1/%6dodels", NULL);
}

static void test_empty_path_has_no_route(void **state)
{
    (void)state;
    check("", NULL);
}

static void test_nothing_is_read_behind_the_end_of_the_table(void **state)
{
    (void)state;
    check("/behind", NULL);
}

static void test_empty_table_has_no_route(void **state)
{
    static const struct route *const empty[] = {&table[4], NULL};

    (void)state;
    assert_null(route_find(empty, "/"));
}

static void test_no_table_has_no_route(void **state)
{
    static const struct route *const none[] = {NULL};

    (void)state;
    assert_null(route_find(none, "/"));
}

static void test_tables_are_searched_in_turn(void **state)
{
    (void)state;
    check("/health/live", &other[1]);
    check("/v1/models", &table[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_path_is_found),
        cmocka_unit_test(test_path_is_compared_whole),
        cmocka_unit_test(test_case_counts),
        cmocka_unit_test(test_star_takes_one_segment),
        cmocka_unit_test(test_star_takes_no_empty_segment),
        cmocka_unit_test(test_star_takes_nothing_below),
        cmocka_unit_test(test_star_in_the_path_is_a_letter),
        cmocka_unit_test(test_first_row_wins),
        cmocka_unit_test(test_path_is_not_normalised),
        cmocka_unit_test(test_empty_path_has_no_route),
        cmocka_unit_test(test_nothing_is_read_behind_the_end_of_the_table),
        cmocka_unit_test(test_empty_table_has_no_route),
        cmocka_unit_test(test_no_table_has_no_route),
        cmocka_unit_test(test_tables_are_searched_in_turn),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
