/* Nobody chooses the address that he is known by: a proxy is believed only
 * when it is trusted, only about the hop in front of it, and what is no
 * address is nobody (RELIABILITY.md 4.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client.h"

static void check(const char *remote, const char *forwarded,
    const char *trusted, const char *expect)
{
    char out[64];

    client_address(
        remote, forwarded, forwarded != NULL, trusted, out, sizeof(out));
    assert_string_equal(out, expect);
}

static void test_remote_address_is_the_client(void **state)
{
    (void)state;
    check("203.0.113.7", NULL, "", "203.0.113.7");
    check("2001:db8::7", NULL, "", "2001:db8::7");
}

static void test_absent_remote_address_is_empty(void **state)
{
    (void)state;
    check(NULL, NULL, NULL, "");
    check(NULL, "203.0.113.7", "0.0.0.0/0", "");
}

static void test_header_of_a_stranger_is_ignored(void **state)
{
    (void)state;
    check("203.0.113.7", "198.51.100.1", NULL, "203.0.113.7");
    check("203.0.113.7", "198.51.100.1", "", "203.0.113.7");
    check("203.0.113.7", "198.51.100.1", "10.0.0.0/8", "203.0.113.7");
}

static void test_trusted_proxy_without_the_header_is_the_client(void **state)
{
    (void)state;
    check("10.0.0.1", NULL, "10.0.0.1", "10.0.0.1");
    check("10.0.0.1", "", "10.0.0.1", "10.0.0.1");
    check("10.0.0.1", " , ,", "10.0.0.1", "10.0.0.1");
}

static void test_trusted_proxy_names_the_client(void **state)
{
    (void)state;
    check("10.0.0.1", "203.0.113.7", "10.0.0.1", "203.0.113.7");
    check("10.0.0.1", "2001:db8::7", "10.0.0.1", "2001:db8::7");
}

static void test_what_the_client_wrote_itself_is_not_believed(void **state)
{
    (void)state;
    check(
        "10.0.0.1", "1.1.1.1, 2.2.2.2, 203.0.113.7", "10.0.0.1", "203.0.113.7");
}

static void test_client_that_claims_a_proxy_address_wins_nothing(void **state)
{
    (void)state;
    check("10.0.0.1", "1.1.1.1, 10.0.0.9, 203.0.113.7", "10.0.0.0/8",
        "203.0.113.7");
}

static void test_chain_of_trusted_proxies_is_walked(void **state)
{
    (void)state;
    check("10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.3, 10.0.0.2", "10.0.0.0/8",
        "203.0.113.7");
}

static void test_when_all_hops_are_trusted_the_nearest_counts(void **state)
{
    (void)state;
    check("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.0/8", "10.0.0.1");
}

static void test_ipv4_prefix_may_end_within_a_byte(void **state)
{
    (void)state;
    check("10.15.255.255", "1.1.1.1", "10.0.0.0/12", "1.1.1.1");
    check("10.16.0.0", "1.1.1.1", "10.0.0.0/12", "10.16.0.0");
}

static void test_ipv4_prefix_of_all_bits_is_one_address(void **state)
{
    (void)state;
    check("10.0.0.1", "1.1.1.1", "10.0.0.1/32", "1.1.1.1");
    check("10.0.0.2", "1.1.1.1", "10.0.0.1/32", "10.0.0.2");
}

static void test_ipv4_prefix_of_no_bits_is_every_ipv4_address(void **state)
{
    (void)state;
    check("203.0.113.7", "1.1.1.1", "0.0.0.0/0", "203.0.113.7");
    check("2001:db8::1", "1.1.1.1", "0.0.0.0/0", "2001:db8::1");
    check("203.0.113.7", "2001:db8::7", "0.0.0.0/0", "2001:db8::7");
}

static void test_ipv6_prefix_is_respected(void **state)
{
    (void)state;
    check("2001:db8::1", "2001:db9::7", "2001:db8::/32", "2001:db9::7");
    check("2001:db9::1", "1.1.1.1", "2001:db8::/32", "2001:db9::1");
    check("fd00:7f::1", "1.1.1.1", "fd00::/9", "1.1.1.1");
    check("fc80::1", "1.1.1.1", "fd00::/9", "fc80::1");
}

static void test_ipv6_is_compared_as_an_address_not_as_text(void **state)
{
    (void)state;
    check("2001:0DB8:0:0::1", "1.1.1.1", "2001:db8::1", "1.1.1.1");
}

static void test_mapped_ipv4_is_the_ipv4_address(void **state)
{
    (void)state;
    check("::ffff:10.0.0.1", "1.1.1.1", "10.0.0.0/8", "1.1.1.1");
    check("10.0.0.1", "1.1.1.1", "::ffff:10.0.0.1", "1.1.1.1");
}

static void test_list_of_proxies_takes_blanks_and_several_kinds(void **state)
{
    const char *trusted = "192.0.2.1,\t10.0.0.0/8 , 2001:db8::/32";

    (void)state;
    check("192.0.2.1", "1.1.1.1", trusted, "1.1.1.1");
    check("10.9.9.9", "1.1.1.1", trusted, "1.1.1.1");
    check("2001:db8::9", "1.1.1.1", trusted, "1.1.1.1");
    check("192.0.2.2", "1.1.1.1", trusted, "192.0.2.2");
}

static void test_prefix_that_is_none_trusts_nobody(void **state)
{
    static const char *const broken[] = {"10.0.0.0/", "10.0.0.0/x",
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8",
        "10.0.0.0/4294967200", "10.0.0.0/8/8", "10.0.0/8", "/8", "*", "::/129"};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        check("10.0.0.1", "1.1.1.1", broken[i], "10.0.0.1");
}

static void test_remote_address_that_is_none_is_never_trusted(void **state)
{
    (void)state;
    check("unix:", "1.1.1.1", "0.0.0.0/0, ::/0", "unix:");
}

static void test_hop_that_is_no_address_is_nobody(void **state)
{
    (void)state;
    check("10.0.0.1", "unknown", "10.0.0.1", "10.0.0.1");
    check("10.0.0.1", "203.0.113.7:4711", "10.0.0.1", "10.0.0.1");
}

static void test_nothing_left_of_garbage_is_believed(void **state)
{
    (void)state;
    check("10.0.0.1", "1.1.1.1, unknown", "10.0.0.0/8", "10.0.0.1");
    check("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2", "10.0.0.0/8", "10.0.0.1");
    check("10.0.0.1", "unknown, 203.0.113.7", "10.0.0.0/8", "203.0.113.7");
}

static void test_hop_that_is_endless_is_nobody(void **state)
{
    char hop[4001];

    (void)state;
    memset(hop, '1', sizeof(hop) - 1);
    hop[sizeof(hop) - 1] = '\0';
    check("10.0.0.1", hop, "10.0.0.1", "10.0.0.1");
}

static void test_header_that_came_twice_names_nobody(void **state)
{
    char out[64];

    (void)state;
    client_address("10.0.0.1", "1.1.1.1", 2, "10.0.0.1", out, sizeof(out));
    assert_string_equal(out, "");
    client_address("10.0.0.2", "1.1.1.1", 2, "10.0.0.1", out, sizeof(out));
    assert_string_equal(out, "10.0.0.2");
}

static void test_small_place_is_not_overrun(void **state)
{
    char out[8];

    (void)state;
    client_address("203.0.113.7", NULL, 0, NULL, out, sizeof(out));
    assert_string_equal(out, "203.0.1");
}

static void test_the_machine_itself_is_local(void **state)
{
    (void)state;
    assert_true(client_is_local("127.0.0.1"));
    assert_true(client_is_local("127.9.9.9"));
    assert_true(client_is_local("::1"));
    assert_true(client_is_local("::ffff:127.0.0.1"));
    assert_false(client_is_local("128.0.0.1"));
    assert_false(client_is_local("::2"));
    assert_false(client_is_local(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remote_address_is_the_client),
        cmocka_unit_test(test_absent_remote_address_is_empty),
        cmocka_unit_test(test_header_of_a_stranger_is_ignored),
        cmocka_unit_test(test_trusted_proxy_without_the_header_is_the_client),
        cmocka_unit_test(test_trusted_proxy_names_the_client),
        cmocka_unit_test(test_what_the_client_wrote_itself_is_not_believed),
        cmocka_unit_test(test_client_that_claims_a_proxy_address_wins_nothing),
        cmocka_unit_test(test_chain_of_trusted_proxies_is_walked),
        cmocka_unit_test(test_when_all_hops_are_trusted_the_nearest_counts),
        cmocka_unit_test(test_ipv4_prefix_may_end_within_a_byte),
        cmocka_unit_test(test_ipv4_prefix_of_all_bits_is_one_address),
        cmocka_unit_test(test_ipv4_prefix_of_no_bits_is_every_ipv4_address),
        cmocka_unit_test(test_ipv6_prefix_is_respected),
        cmocka_unit_test(test_ipv6_is_compared_as_an_address_not_as_text),
        cmocka_unit_test(test_mapped_ipv4_is_the_ipv4_address),
        cmocka_unit_test(test_list_of_proxies_takes_blanks_and_several_kinds),
        cmocka_unit_test(test_prefix_that_is_none_trusts_nobody),
        cmocka_unit_test(test_remote_address_that_is_none_is_never_trusted),
        cmocka_unit_test(test_hop_that_is_no_address_is_nobody),
        cmocka_unit_test(test_nothing_left_of_garbage_is_believed),
        cmocka_unit_test(test_hop_that_is_endless_is_nobody),
        cmocka_unit_test(test_header_that_came_twice_names_nobody),
        cmocka_unit_test(test_small_place_is_not_overrun),
        cmocka_unit_test(test_the_machine_itself_is_local),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
