/* Policies that were compiled: found again by their names, kept while somebody
 * uses them, and those that nobody has used for longest go first. Large ones
 * are made beside the loop, once for all who wait. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

enum { MANY = 64 /* are kept */ };

static struct loop *loop;

static void make_text(struct buf *text, const char *first, size_t terms)
{
    buf_printf(text, "{\"name\":\"a\",\"rules\":{\"denylist\":[\"%s\"", first);
    for (size_t i = 0; i < terms; i++)
        buf_printf(text, ",\"%zu is the number of this term\"", i * 7919);
    buf_puts(text, "]}}");
}

/* Have a policy of so many terms made of a document. */
static void make_of(
    struct policies_entry *entry, const char *first, size_t terms)
{
    struct buf text = {0};
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct policy_doc read;

    make_text(&text, first, terms);
    assert_int_equal(json_parse(&doc, text.data, text.len), JSON_OK);
    assert_int_equal(policy_doc_read(&read, &doc, 0, "", &fault), 0);
    json_free(&doc);
    policies_make(entry, &read, text.len);
    buf_free(&text);
}

static void make_kept(
    struct policies_entry *entry, const char *first, size_t terms)
{
    struct buf text = {0};

    make_text(&text, first, terms);
    policies_make_kept(entry, &text);
}

static void name_of(uint64_t version, uint8_t name[32])
{
    static const uint8_t account[STORE_ID] = {1};

    policies_name(account, "a", version, name);
}

static struct policies_entry *begin(struct policies *ps, uint64_t version)
{
    struct policies_entry *entry;
    uint8_t name[32];

    name_of(version, name);
    entry = policies_add(ps, name);
    assert_non_null(entry);
    return entry;
}

static struct policies_entry *add(struct policies *ps, uint64_t version)
{
    struct policies_entry *entry = begin(ps, version);

    make_of(entry, "a", 0);
    assert_null(entry->making);
    assert_non_null(entry->policy);
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
    struct policies *ps = policies_create(loop);
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
    struct policies *ps = policies_create(loop);
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
    struct policies *ps = policies_create(loop);

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

static void stop_loop(void *cookie)
{
    (void)cookie;
    loop_stop(loop);
}

static void wait_for(struct policies_entry *entry)
{
    struct policies_wait wait = {stop_loop, NULL, NULL};

    policies_wait(entry, &wait);
    assert_int_equal(loop_run(loop), 0);
    assert_null(entry->making);
}

/* Sixty-four of the largest would take gigabytes. */
static void test_large_ones_are_not_kept_in_number(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *entry;
    size_t kept = 0, size = 0;

    (void)state;
    for (uint64_t i = 0; i < 12; i++) {
        entry = begin(ps, i);
        make_of(entry, "a", 9000);
        wait_for(entry);
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

static void test_a_large_one_is_not_made_on_the_loop(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *entry = begin(ps, 1);

    (void)state;
    make_of(entry, "a", 9000);
    assert_non_null(entry->making);
    wait_for(entry);
    assert_non_null(entry->policy);
    policies_release(entry);
    entry = begin(ps, 2);
    make_kept(entry, "a", 9000);
    assert_non_null(entry->making);
    wait_for(entry);
    assert_non_null(entry->policy);
    policies_release(entry);
    policies_destroy(ps);
}

static void count(void *cookie)
{
    ++*(unsigned *)cookie;
}

static void test_all_who_ask_meanwhile_wait_for_the_same(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *first = begin(ps, 1), *second = find(ps, 1);
    unsigned told = 0;
    struct policies_wait wait = {count, &told, NULL};

    (void)state;
    assert_ptr_equal(second, first);
    policies_wait(second, &wait);
    make_kept(first, "a", 9000);
    assert_ptr_equal(find(ps, 1), first);
    policies_release(first);
    assert_int_equal(told, 0);
    wait_for(first);
    assert_int_equal(told, 1);
    policies_release(first);
    policies_release(second);
    policies_destroy(ps);
}

static void test_what_cannot_be_made_is_told_and_tried_again(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *entry = begin(ps, 1), *same = find(ps, 1);
    unsigned told = 0;
    struct policies_wait wait = {count, &told, NULL};

    (void)state;
    policies_wait(same, &wait);
    make_of(entry, "\xe2\x80\x8b", 0);
    assert_int_equal(told, 1);
    assert_null(same->policy);
    assert_int_equal(same->fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(same->fault.param, "rules.denylist[0]");
    assert_null(find(ps, 1));
    policies_release(add(ps, 1));
    policies_release(entry);
    policies_release(same);
    policies_destroy(ps);
}

static void test_what_is_kept_but_no_policy_is_our_fault(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *entry = begin(ps, 1);
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{\"name\":\"a\",\"rules\":1}");
    policies_make_kept(entry, &text);
    assert_null(entry->policy);
    assert_int_equal(entry->fault.code, REFUSE_INTERNAL);
    policies_release(entry);
    entry = begin(ps, 1);
    policies_fail(entry, REFUSE_STORE_CLOSED);
    assert_int_equal(entry->fault.code, REFUSE_STORE_CLOSED);
    policies_release(entry);
    assert_null(find(ps, 1));
    policies_destroy(ps);
}

static void test_stopping_forgets_who_waits(void **state)
{
    struct policies *ps = policies_create(loop);
    struct policies_entry *entry = begin(ps, 1), *never = begin(ps, 2);
    unsigned told = 0;
    struct policies_wait wait = {count, &told, NULL};

    (void)state;
    policies_wait(entry, &wait);
    make_of(entry, "a", 9000);
    policies_stop(ps);
    policies_release(entry);
    policies_release(never);
    policies_destroy(ps);
    assert_int_equal(told, 0);
}

static int set_up(void **state)
{
    (void)state;
    loop = loop_create();
    return loop != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_policy_is_found_by_its_name),
        cmocka_unit_test(test_names_tell_apart_what_differs),
        cmocka_unit_test(test_the_one_unused_for_longest_goes),
        cmocka_unit_test(test_what_is_in_use_stays),
        cmocka_unit_test(test_large_ones_are_not_kept_in_number),
        cmocka_unit_test(test_a_large_one_is_not_made_on_the_loop),
        cmocka_unit_test(test_all_who_ask_meanwhile_wait_for_the_same),
        cmocka_unit_test(test_what_cannot_be_made_is_told_and_tried_again),
        cmocka_unit_test(test_what_is_kept_but_no_policy_is_our_fault),
        cmocka_unit_test(test_stopping_forgets_who_waits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
