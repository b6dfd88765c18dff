/* Every field of an entry, its place in the chain and the key are covered by
 * the MAC; the covered bytes are the same on every machine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger.h"

static const uint8_t key[MAC_KEY] = {9};
static const uint8_t first[MAC_SIZE];

static struct ledger_entry sample(void)
{
    struct ledger_entry e = {
        .seq = 0x0102030405060708,
        .type = LEDGER_SETTLE,
        .flags = LEDGER_ESTIMATED | LEDGER_OVERRUN,
        .amount = -2,
        .uncollected = 3,
        .posted_after = 0x1122334455667788,
        .held_after = 5,
        .time = 6,
        .tokens_in = 7,
        .tokens_out = 8,
    };

    memset(e.account, 0xaa, sizeof(e.account));
    memset(e.request, 0xbb, sizeof(e.request));
    return e;
}

static void test_text_is_big_endian_in_the_order_of_the_struct(void **state)
{
    static const char expect[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                 "0102030405060708"
                                 "0203"
                                 "fffffffffffffffe"
                                 "0000000000000003"
                                 "1122334455667788"
                                 "0000000000000005"
                                 "0000000000000006"
                                 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                                 "0000000000000007"
                                 "0000000000000008";
    uint8_t text[LEDGER_TEXT_SIZE];
    char hex[2 * LEDGER_TEXT_SIZE + 1];
    struct ledger_entry e = sample();

    (void)state;
    ledger_text(&e, text);
    mac_hex(text, sizeof(text), hex);
    assert_string_equal(hex, expect);
}

static void test_sealed_entry_verifies(void **state)
{
    struct ledger_entry e = sample();

    (void)state;
    ledger_seal(key, first, &e);
    assert_true(ledger_verify(key, first, &e));
}

static void test_the_seal_is_the_mac_of_previous_and_text(void **state)
{
    struct ledger_entry e = sample();
    uint8_t text[LEDGER_TEXT_SIZE];
    uint8_t mac[MAC_SIZE];
    const struct span parts[] = {
        {(const char *)first, MAC_SIZE},
        {(const char *)text, LEDGER_TEXT_SIZE},
    };

    (void)state;
    ledger_seal(key, first, &e);
    ledger_text(&e, text);
    mac_sign(key, parts, 2, mac);
    assert_memory_equal(e.mac, mac, MAC_SIZE);
}

static void test_any_changed_bit_of_the_text_is_seen(void **state)
{
    struct ledger_entry e = sample();
    const struct {
        void *p;
        size_t n;
    } fields[] = {
        {e.account, sizeof(e.account)},
        {&e.seq, sizeof(e.seq)},
        {&e.type, sizeof(e.type)},
        {&e.flags, sizeof(e.flags)},
        {&e.amount, sizeof(e.amount)},
        {&e.uncollected, sizeof(e.uncollected)},
        {&e.posted_after, sizeof(e.posted_after)},
        {&e.held_after, sizeof(e.held_after)},
        {&e.time, sizeof(e.time)},
        {e.request, sizeof(e.request)},
        {&e.tokens_in, sizeof(e.tokens_in)},
        {&e.tokens_out, sizeof(e.tokens_out)},
        {e.mac, sizeof(e.mac)},
    };
    size_t i, bit;

    (void)state;
    ledger_seal(key, first, &e);
    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        for (bit = 0; bit < 8 * fields[i].n; bit++) {
            ((uint8_t *)fields[i].p)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(ledger_verify(key, first, &e));
            ((uint8_t *)fields[i].p)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    assert_true(ledger_verify(key, first, &e));
}

static void test_another_predecessor_is_seen(void **state)
{
    uint8_t other[MAC_SIZE] = {[31] = 1};
    struct ledger_entry e = sample();

    (void)state;
    ledger_seal(key, first, &e);
    assert_false(ledger_verify(key, other, &e));
}

static void test_another_key_is_seen(void **state)
{
    const uint8_t other[MAC_KEY] = {9, 1};
    struct ledger_entry e = sample();

    (void)state;
    ledger_seal(key, first, &e);
    assert_false(ledger_verify(other, first, &e));
}

static void test_a_swapped_pair_breaks_the_chain(void **state)
{
    struct ledger_entry a = sample(), b = sample();

    (void)state;
    b.amount = 100;
    ledger_seal(key, first, &a);
    ledger_seal(key, a.mac, &b);
    assert_true(ledger_verify(key, a.mac, &b));
    assert_false(ledger_verify(key, first, &b));
    assert_false(ledger_verify(key, b.mac, &a));
}

static void test_padding_does_not_count(void **state)
{
    struct ledger_entry a, b;

    (void)state;
    memset(&a, 0x00, sizeof(a));
    memset(&b, 0xff, sizeof(b));
    a.type = b.type = LEDGER_GRANT;
    b.flags = 0;
    b.seq = 0;
    b.amount = b.uncollected = b.posted_after = b.held_after = b.time = 0;
    b.tokens_in = b.tokens_out = 0;
    memset(b.account, 0, sizeof(b.account));
    memset(b.request, 0, sizeof(b.request));
    ledger_seal(key, first, &a);
    ledger_seal(key, first, &b);
    assert_memory_equal(a.mac, b.mac, MAC_SIZE);
}

static void test_every_type_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(ledger_type_name(LEDGER_GRANT), "grant");
    assert_string_equal(ledger_type_name(LEDGER_SETTLE), "settle");
    assert_string_equal(ledger_type_name(LEDGER_ADJUST), "adjust");
    assert_string_equal(ledger_type_name(LEDGER_EXPIRE), "expire");
    assert_string_equal(ledger_type_name(LEDGER_ROLLUP), "rollup");
}

static void test_other_types_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(ledger_type_name(0), "unknown");
    assert_string_equal(ledger_type_name(LEDGER_ROLLUP + 1), "unknown");
    assert_string_equal(ledger_type_name(255), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_big_endian_in_the_order_of_the_struct),
        cmocka_unit_test(test_sealed_entry_verifies),
        cmocka_unit_test(test_the_seal_is_the_mac_of_previous_and_text),
        cmocka_unit_test(test_any_changed_bit_of_the_text_is_seen),
        cmocka_unit_test(test_another_predecessor_is_seen),
        cmocka_unit_test(test_another_key_is_seen),
        cmocka_unit_test(test_a_swapped_pair_breaks_the_chain),
        cmocka_unit_test(test_padding_does_not_count),
        cmocka_unit_test(test_every_type_has_its_name),
        cmocka_unit_test(test_other_types_are_unknown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
