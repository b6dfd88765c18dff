/* Ways to texts are the same only if all their steps are, and an index is one
 * for every reader. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sift_way.h"

static struct sift_where member(struct sift_where where, const char *name)
{
    sift_way_member(&where, (struct span){name, strlen(name)});
    return where;
}

static struct sift_where element(struct sift_where where, int64_t place)
{
    sift_way_element(&where, place);
    return where;
}

static bool same(struct sift_where a, struct sift_where b)
{
    return memcmp(a.at, b.at, sizeof(a.at)) == 0;
}

static void test_ways_differ_by_any_step(void **state)
{
    const struct sift_where root = {.at = {0, SIFT_PATH_ROOT, -1}};
    const struct sift_where a = member(root, "a");

    (void)state;
    assert_true(same(a, member(root, "a")));
    assert_false(same(a, root));
    assert_false(same(a, member(root, "b")));
    assert_false(same(member(a, "b"), member(root, "ab")));
    assert_false(same(element(a, 0), element(a, 1)));
    assert_false(same(element(a, 0x4141414141414141), member(a, "AAAAAAAA")));
    assert_false(same(member(root, "77kepQFQ8Kl"), root));
}

static void test_places_of_ways_are_told(void **state)
{
    struct sift_where where = {.at = {0, SIFT_PATH_ROOT, -1}};

    (void)state;
    for (int i = 0; i < 100; i++) {
        where = element(where, i);
        assert_true(where.at[SIFT_PATH] >= 0);
        assert_true(where.at[SIFT_PATH_REST] >= 0);
        assert_int_equal(where.at[SIFT_CHOICE], 0);
    }
}

static int read_index(const char *text, int64_t *index)
{
    struct json_doc doc = {0};
    int rc;

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    rc = sift_way_index(&doc, 0, index);
    json_free(&doc);
    return rc;
}

static void test_an_index_is_the_same_for_every_reader(void **state)
{
    static const char *const none[] = {"{\"index\":-1}", "{\"index\":1.0}",
        "{\"index\":\"1\"}", "{\"index\":9007199254740992}", "{\"index\":[0]}"};
    int64_t index = 7;

    (void)state;
    assert_int_equal(read_index("{}", &index), 0);
    assert_int_equal(read_index("{\"index\":null}", &index), 0);
    assert_int_equal(read_index("[0]", &index), 0);
    assert_int_equal(index, 7);
    assert_int_equal(read_index("{\"index\":9007199254740991}", &index), 0);
    assert_int_equal(index, 9007199254740991);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(read_index(none[i], &index), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_differ_by_any_step),
        cmocka_unit_test(test_places_of_ways_are_told),
        cmocka_unit_test(test_an_index_is_the_same_for_every_reader),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
