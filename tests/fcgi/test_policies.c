/* Policies that were compiled: found again by their names, kept while somebody
 * uses them, and those that nobody has used for longest go first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

enum { MANY = 64 /* are kept */ };

static struct policy *make_of(size_t terms)
{
    struct buf text = {0};
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct policy_doc read;
    struct policy *p;

    buf_puts(&text, "{\"name\":\"a\",\"rules\":{\"denylist\":[\"a\"");
    for (size_t i = 0; i < terms; i++)
        buf_printf(&text, ",\"%zu is the number of this term\"", i * 7919);
    buf_puts(&text, "]}}");
    assert_int_equal(json_parse(&doc, text.data, text.len), JSON_OK);
    assert_int_equal(policy_doc_read(&read, &doc, 0, "", &fault), 0);
    json_free(&doc);
    buf_free(&text);
    p = policy_make(&read, &fault);
    assert_non_null(p);
    return p;
}

static struct policy *make(void)
{
    return make_of(0);
}

static void name_of(uint64_t version, uint8_t name[32])
{
    static const uint8_t account[STORE_ID] = {1};

    policies_name(account, "a", version, name);
}

static struct policies_entry *add(struct policies *ps, uint64_t version)
{
    struct policies_entry *entry;
    uint8_t name[32];

    name_of(version, name);
    entry = policies_add(ps, name, make());
    assert_non_null(entry);
    return entry;
}

static struct policies_entry *find(struct policies *ps, uint64_t version)
{
    uint8_t name[32];

    name_of(version, name);
    return policies_find(ps, name);
}

static void test_a_policy_is_found_by_its_name(void **state)
{
    struct policies *ps = policies_create();
    struct policies_entry *one, *same;

    (void)state;
    assert_null(find(ps, 1));
    one = add(ps, 1);
    assert_null(find(ps, 2));
    same = find(ps, 1);
    assert_ptr_equal(same, one);
    policies_release(same);
    policies_release(one);
    policies_release(NULL);
    same = find(ps, 1);
    assert_ptr_equal(same, one);
    policies_release(same);
    policies_destroy(ps);
}

static void test_names_tell_apart_what_differs(void **state)
{
    static const uint8_t accounts[2][STORE_ID] = {{1}, {2}};
    uint8_t names[6][32];

    (void)state;
    policies_name(accounts[0], "a", 1, names[0]);
    policies_name(accounts[1], "a", 1, names[1]);
    policies_name(accounts[0], "b", 1, names[2]);
    policies_name(accounts[0], "a", 2, names[3]);
    policies_name_inline((struct span){"{}", 2}, names[4]);
    policies_name_inline((struct span){"{ }", 3}, names[5]);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(names[i], names[k], 32);
}

static void test_the_one_unused_for_longest_goes(void **state)
{
    struct policies *ps = policies_create();
    struct policies_entry *entry;

    (void)state;
    for (uint64_t i = 0; i < MANY; i++)
        policies_release(add(ps, i));
    entry = find(ps, 0);
    assert_non_null(entry);
    policies_release(entry);
    policies_release(add(ps, MANY));
    assert_null(find(ps, 1));
    entry = find(ps, 0);
    assert_non_null(entry);
    policies_release(entry);
    policies_destroy(ps);
}

static void test_what_is_in_use_stays(void **state)
{
    struct policies_entry *used[MANY + 2], *entry;
    struct policies *ps = policies_create();

    (void)state;
    for (uint64_t i = 0; i < MANY + 2; i++)
        used[i] = add(ps, i);
    for (uint64_t i = 0; i < MANY + 2; i++) {
        entry = find(ps, i);
        assert_ptr_equal(entry, used[i]);
        policies_release(entry);
        policies_release(used[i]);
    }
    policies_release(add(ps, MANY + 2));
    assert_null(find(ps, 0));
    policies_destroy(ps);
}

/* Sixty-four of the largest would take gigabytes. */
static void test_large_ones_are_not_kept_in_number(void **state)
{
    struct policies *ps = policies_create();
    struct policies_entry *entry;
    size_t kept = 0, size = 0;
    uint8_t name[32];

    (void)state;
    for (uint64_t i = 0; i < 12; i++) {
        name_of(i, name);
        entry = policies_add(ps, name, make_of(9000));
        assert_non_null(entry);
        size = terms_size(entry->policy->deny);
        policies_release(entry);
    }
    assert_true(size * 12 > 64 << 20);
    for (uint64_t i = 0; i < 12; i++) {
        entry = find(ps, i);
        kept += entry != NULL;
        policies_release(entry);
    }
    assert_true(kept > 0 && kept * size <= 64 << 20);
    entry = find(ps, 11);
    assert_non_null(entry);
    policies_release(entry);
    policies_destroy(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_policy_is_found_by_its_name),
        cmocka_unit_test(test_names_tell_apart_what_differs),
        cmocka_unit_test(test_the_one_unused_for_longest_goes),
        cmocka_unit_test(test_what_is_in_use_stays),
        cmocka_unit_test(test_large_ones_are_not_kept_in_number),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
