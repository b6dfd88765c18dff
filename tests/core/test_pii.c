/* What is of persons or secret is found, kind by kind; what looks like it is
 * left alone; the placeholders are the documented ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pii.h"

static uint32_t redacted(const char *text, uint32_t kinds, struct buf *out)
{
    buf_reset(out);
    return pii_redact((struct span){text, strlen(text)}, kinds, out, NULL);
}

static void check(const char *text, const char *expect)
{
    struct buf out = {0};

    redacted(text, PII_ALL, &out);
    assert_string_equal(buf_terminate(&out), expect);
    buf_free(&out);
}

/* Each of the texts is of one kind, and all of it. */
static void all_are(enum pii_kind kind, const char *const *texts)
{
    struct pii_span span = {.kind = kind};
    struct buf out = {0}, text = {0};

    for (; *texts != NULL; texts++) {
        buf_reset(&text);
        buf_printf(&text, "a %s, b", *texts);
        assert_int_equal(
            redacted(buf_terminate(&text), PII_ALL, &out), PII_BIT(kind));
        buf_reset(&text);
        buf_printf(&text, "a %s, b", pii_placeholder(&span));
        assert_string_equal(buf_terminate(&out), buf_terminate(&text));
    }
    buf_free(&out);
    buf_free(&text);
}

#define ALL_ARE(kind, ...)                                                     \
    all_are(kind, (const char *const[]){__VA_ARGS__, NULL})

static void none_is_found(const char *const *texts)
{
    for (; *texts != NULL; texts++)
        check(*texts, *texts);
}

#define NONE(...) none_is_found((const char *const[]){__VA_ARGS__, NULL})

/* ---- kinds ---- */

static void test_addresses_of_mail(void **state)
{
    (void)state;
    ALL_ARE(PII_EMAIL, "joe@example.com", "j.o.e+tag@mail.example.co.uk",
        "JOE_SMITH@EXAMPLE.ORG", "o'neil@example.ie", "1234@example.com",
        "joe%40example.com", "j\xc3\xb6rg@m\xc3\xbcller.de",
        "joe@xn--mller-kva.xn--p1ai", "555-123-4567@sms.example.net");
    check("<joe@example.com>; mailto:joe@example.com?x=1",
        "<[REDACTED_EMAIL]>; mailto:[REDACTED_EMAIL]?x=1");
    check("Ask joe@example.com.", "Ask [REDACTED_EMAIL].");
    check("joe@my.co-op.org--", "[REDACTED_EMAIL]--");
    check("\xe8\xaf\xb7joe@example.com\xe8\xb0\xa2",
        "\xe8\xaf\xb7[REDACTED_EMAIL]\xe8\xb0\xa2");
}

static void test_what_looks_like_mail_is_left(void **state)
{
    (void)state;
    NONE("a@b", "@decorator.name", "@example.com", "joe@", "joe@localhost",
        "user @ example.com", "react@18.2.0", "left-pad@1.0.0-beta.rc",
        "icon@2x.png", "git@github.com:owner/repo.git", "A@B.inverse()",
        "joe@example.c", "joe@.com", "50% @home", "x@y.z1");
    NONE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "@example.com");
}

static void test_phone_numbers(void **state)
{
    (void)state;
    ALL_ARE(PII_PHONE, "(555) 123-4567", "(555)123-4567", "555-123-4567",
        "555.123.4567", "555 234 4567", "1-555-123-4567", "1 (555) 123-4567",
        "+1 555 123 4567", "+15551234567", "+49 30 1234567",
        "+49 (0)30 123456-78", "+44 20 7946 0958", "+33 6 12 34 56 78",
        "+81-3-1234-5678", "0049 30 1234567", "030 12345678", "0171-1234567",
        "(030) 12345678", "06 12 34 56 78", "06.12.34.56.78", "020 7946 0958",
        "07700 900123", "(11) 91234-5678", "090-1234-5678", "138 0013 8000",
        "555 - 123 - 4567");
    check("call 5551234567", "call [REDACTED_PHONE]");
    check(
        "My phone number is: 555-1234", "My phone number is: [REDACTED_PHONE]");
    check("tel:+1-555-123-4567", "tel:[REDACTED_PHONE]");
    check("\xe7\x94\xb5\xe8\xaf\x9d\xef\xbc\x9a"
          "13800138000",
        "\xe7\x94\xb5\xe8\xaf\x9d\xef\xbc\x9a[REDACTED_PHONE]");
    check("555-123-4567 ext. 9", "[REDACTED_PHONE] ext. 9");
}

static void test_what_looks_like_a_phone_number_is_left(void **state)
{
    (void)state;
    NONE("2023-11-14", "14.11.2023 10:30", "01-02-2023", "1700000000",
        "1700000000000", "5551234567", "1,234,567,890", "$5,551,234,567",
        "3.14159265358979", "0.123456789", "0.036421633", "+25 000 000",
        "+0200", "112-1234567-1234567", "#555-123-4567",
        "ISBN 978-3-16-148410-0", "0-306-40615-2", "10:20:30.123456", "192 168",
        "1 2 3 4 5 6 7 8 9 10", "A555-123-4567", "555-123-4567-89",
        "2019 2020 2021", "x = 1+4930123456", "recall that 5551234567",
        "microphone_5551234567");
    check("Order 555-123-4567", "Order [REDACTED_PHONE]");
}

static void test_social_security_numbers(void **state)
{
    (void)state;
    ALL_ARE(
        PII_SSN, "123-45-6789", "123 45 6789", "665-01-0001", "899-99-9999");
    check("SSN: 123456789", "SSN: [REDACTED_SSN]");
    check("social security number is 123.45.6789",
        "social security number is [REDACTED_SSN]");
    NONE("000-12-3456", "666-12-3456", "900-12-3456", "987-65-4321",
        "123-00-4567", "123-45-0000", "078-05-1120", "219-09-9999", "123456789",
        "123.45.6789", "AB-123-45-6789", "123-45-6789-01", "123-45-678",
        "1234-45-6789", "123/45/6789");
    check("Ticket 123-45-6789", "Ticket [REDACTED_SSN]");
}

static void test_payment_cards(void **state)
{
    (void)state;
    ALL_ARE(PII_CARD, "4111111111111111", "4111 1111 1111 1111",
        "4111-1111-1111-1111", "5555555555554444", "2223003122003222",
        "378282246310005", "3782 822463 10005", "30569309025904",
        "3056 930902 5904", "6011111111111117", "3530111333300000",
        "6200000000000005", "4222222222222");
    check("4111 1111 1111 1111 12/25", "[REDACTED_CARD] 12/25");
    NONE("4111111111111112", "1234567812345670", "41111111111111111111",
        "a4111111111111111", "4111111111111111.5", "4006381333931",
        "9783161484100", "4111/1111/1111/1111", "41 11 11 11 11 11 11 11",
        "0.4111111111111111");
}

static void test_account_numbers(void **state)
{
    (void)state;
    ALL_ARE(PII_IBAN, "DE89370400440532013000", "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432", "gb82 west 1234 5698 7654 32",
        "FR1420041010050500013M02606", "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S");
    NONE("DE88370400440532013000", "DE8937040044053201300", "XX89370400440532",
        "DE89370400440532013000A", "ADE89370400440532013000");
}

static void test_addresses_of_hosts(void **state)
{
    (void)state;
    ALL_ARE(PII_IP, "192.168.0.17", "8.8.8.8", "203.0.113.255", "2001:db8::1",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "fe80::1ff:fe23:4567:890a",
        "FD00::1234", "2001:db8::192.0.2.33", "2001:db8:1:2:3:4:192.0.2.33");
    check("http://8.8.4.4:80/ 10.1.2.3/8", "http://[REDACTED_IP]:80/ "
                                           "[REDACTED_IP]/8");
    NONE("127.0.0.1", "0.0.0.0", "255.255.255.0", "1.2.3", "1.2.3.4.5",
        "1.2.3.256", "01.2.3.4", "v1.2.3.4", "version 1.2.3.4",
        "Upgrade to 1.2.3.4", "Chrome/120.0.0.0", "lib==1.2.3.4", "1.2.3.4-rc1",
        "Section 4.3.2.1", "lib>=1.2.3.4", "lib ~=1.2.3.4", "^1.2.3.4",
        "AssemblyVersion(\"1.2.3.4\")", "std::vector", "12:34:56",
        "00:1a:2b:3c:4d:5e", "::1", "abcd::ef01", "2001:db8",
        "2023:11:14:10:20:30");
}

static void test_keys(void **state)
{
    (void)state;
    ALL_ARE(PII_KEY, "sk-Zk3v9QpLx7Ty2Wb8Rn4Hd6Jf5Gs1Ac0Ve",
        "sk-ant-api03-Zk3v9QpLx7Ty-2Wb8Rn4Hd6Jf5Gs1Ac0Ve",
        "sk-proj-Zk3v9QpLx7Ty2Wb8Rn4Hd6_Jf5Gs1Ac0Ve",
        "ak_5TzQ0pXvR4mB8nKcW2sLdH7yGfJ1aE6uZo3iPq9VxTbNwM",
        "AKIAIOSFODNN7EXAMPLE", "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0a1B2c3D4e5F6g7_H8i9J0",
        "xoxb-123456789012-abcdefGHIJKL",
        "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "glpat-x9Kq2LmN8pRs4TuV6wYz",
        "npm_16C7e42F292c6912E7710c838347Ae178B4a",
        "hf_AbCdEfGhIjKlMnOpQrStUvWxYz0123456",
        "SG.x9Kq2LmN8pRs4TuV6wYzAb.Zk3v9QpLx7Ty2Wb8Rn4Hd6Jf5Gs1Ac0VeZk3v9QpLx",
        "xapp-1-A0123456789-abcdefGHIJKL",
        "nvapi-Zk3v9QpLx7Ty2Wb8Rn4Hd6Jf5Gs1Ac0"
        "VeZk3v9QpLx7Ty2Wb8",
        "GOCSPX-x9Kq2LmN8pRs4TuV6wYz12", "dapid670460b4b4aece5915caf5c68d12f56",
        "lin_api_Zk3v9QpLx7Ty2Wb8Rn4Hd6Jf5"
        "Gs1Ac0Ve",
        "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N");
    check("Authorization: Bearer 9f8e7d6c5b4a39281706f5e4d3c2b1a0=",
        "Authorization: Bearer [REDACTED_KEY]");
    NONE("sk-your-api-key-goes-right-here-please",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "sk-learn", "task-abcdefghijklm1234567",
        "the bearer of bad news 12", "AKIA", "AKIAIOSFODNN7EXAMPLEX",
        "ghp_short1", "eyJhbGciOiJIUzI1NiJ9",
        "d670460b4b4aece5915caf5c68d12f560a9fe3e4", "break_even_point_2024",
        "550e8400-e29b-41d4-a716-446655440000");
}

static void test_a_long_key_is_replaced_once(void **state)
{
    struct buf text = {0}, out = {0}, spans = {0};
    const struct pii_span *span;

    (void)state;
    buf_puts(&text, "a eyJhbGciOiJIUzI1NiJ9.");
    for (int i = 0; i < 300; i++)
        buf_puts(&text, "eyJz0");
    buf_puts(&text, ". b");
    pii_redact((struct span){text.data, text.len}, PII_ALL, &out, &spans);
    assert_string_equal(buf_terminate(&out), "a [REDACTED_KEY]. b");
    assert_int_equal(spans.len, sizeof(*span));
    span = (const struct pii_span *)(const void *)spans.data;
    assert_int_equal(span->begin, 2);
    assert_int_equal(span->end, text.len - 3);
    buf_free(&text);
    buf_free(&out);
    buf_free(&spans);
}

static void test_private_keys(void **state)
{
    (void)state;
    check(
        "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0Z3VS5JJcds3xfn\n"
        "/ygWyF8PbnGy\n-----END RSA PRIVATE KEY-----\ny",
        "x\n[REDACTED_KEY]\ny");
    check("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMII",
        "[REDACTED_KEY]");
    check("k = \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
          "\\n-----END PRIVATE KEY-----\\n\";",
        "k = \"[REDACTED_KEY]\\n\";");
    check("k: |\n                              -----BEGIN PRIVATE KEY-----\n"
          "                              MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
          "                              -----END PRIVATE KEY-----\n",
        "k: |\n                              [REDACTED_KEY]\n");
    NONE("-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA0Z3VS5JJcds3xfn",
        "Look for -----BEGIN PRIVATE KEY----- in the logs.", "-----------");
}

/* A list of them, as exports of tables are: none hides the next. */
static void test_what_stands_in_lists_is_found(void **state)
{
    (void)state;
    check("4111111111111111\n5555555555554444\n378282246310005\n",
        "[REDACTED_CARD]\n[REDACTED_CARD]\n[REDACTED_CARD]\n");
    check("a,7,4111111111111111,5555555555554444,12,b",
        "a,7,[REDACTED_CARD],[REDACTED_CARD],12,b");
    check("7;4111111111111111;12/25;123", "7;[REDACTED_CARD];12/25;123");
    check("7|4111111111111111|12|25", "7|[REDACTED_CARD]|12|25");
    check("7\t4111111111111111\t12", "7\t[REDACTED_CARD]\t12");
    check("7:4111111111111111:12:25", "7:[REDACTED_CARD]:12:25");
    check("(4111111111111111)", "([REDACTED_CARD])");
    check("7,123-45-6789,536-22-8145,b", "7,[REDACTED_SSN],[REDACTED_SSN],b");
    check("SSN#123-45-6789", "SSN#[REDACTED_SSN]");
    check("7,555-123-4567,(555) 123-4568,25",
        "7,[REDACTED_PHONE],[REDACTED_PHONE],25");
    check("7,123 45 6789,b", "7,[REDACTED_SSN],b");
    check("7,030 12345678,01.23.45.67.89,419.609.7169,9",
        "7,[REDACTED_PHONE],[REDACTED_PHONE],[REDACTED_PHONE],9");
    check("+49 30 1234567,+493012345678,1",
        "[REDACTED_PHONE],[REDACTED_PHONE],1");
    check("[10.1.2.3,10.1.2.4]", "[[REDACTED_IP],[REDACTED_IP]]");
    check("10.1.2.3-10.1.2.9", "[REDACTED_IP]-[REDACTED_IP]");
    check("host,10.1.2.3,up", "host,[REDACTED_IP],up");
    check("DE89370400440532013000,DE89370400440532013000",
        "[REDACTED_IBAN],[REDACTED_IBAN]");
    NONE("0,4111111111111111", "48.856614,2.352222", "+25000000,50",
        "1.234.567,89", "1,1,2,3,5,8,13,21,34,55,89,144,233",
        "2023-11-14 02:03:04.123-0500", "2023-11-14 10:30:00,123 [main]",
        "10:20:30,40:50", "1.2.3.4-10", "12/4111111111111111");
}

/* JSON in texts: what is behind an escape, and in one. */
static void test_escapes_are_what_they_stand_for(void **state)
{
    (void)state;
    check("{\"a\":\"x\\njoe@example.com\\n555-123-4567\\t123-45-6789\"}",
        "{\"a\":\"x\\n[REDACTED_EMAIL]\\n[REDACTED_PHONE]\\t[REDACTED_SSN]\"}");
    check("joe\\u0040example.com \\u0034111111111111111",
        "[REDACTED_EMAIL] [REDACTED_CARD]");
    check("\\u00e9joe@example.com\\u000a10.1.2.3",
        "[REDACTED_EMAIL]\\u000a[REDACTED_IP]");
    check("a\\\\n4111111111111111\\\\n", "a\\\\n[REDACTED_CARD]\\\\n");
    check(
        "Bearer 9f8e7d6c\\/5b4a39281706f5e4d3c2b1a0", "Bearer [REDACTED_KEY]");
    NONE(
        "C:\\new\\temp\\u12", "\\u00", "\\u", "\\", "\\d{3}-\\d{4}", "\\u0040");
}

static void test_disguised_characters_are_what_they_stand_for(void **state)
{
    (void)state;
    check("\xd9\xa5\xd9\xa5\xd9\xa5-\xd9\xa1\xd9\xa2\xd9\xa3-\xd9\xa4\xd9\xa5"
          "\xd9\xa6\xd9\xa7",
        "[REDACTED_PHONE]"); /* Arabic-Indic */
    check("\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91 1111 1111 1111",
        "[REDACTED_CARD]"); /* full width */
    check("\xe0\xa5\xa7\xe0\xa5\xa8\xe0\xa5\xa9-45-6789",
        "[REDACTED_SSN]"); /* Devanagari */
    check("123\xe2\x80\x91"
          "45\xe2\x88\x92"
          "6789",
        "[REDACTED_SSN]"); /* non-breaking hyphen, minus */
    check("4111\xc2\xa0"
          "1111\xe2\x80\xaf"
          "1111 1111",
        "[REDACTED_CARD]"); /* non-breaking blanks */
    check("joe\xe2\x80\x8b@\xc2\xad"
          "example\xef\xbc\x8e"
          "com",
        "[REDACTED_EMAIL]"); /* zero width space, soft hyphen, full stop */
    check("\xf0\x9d\x9f\x8f\xf0\x9d\x9f\x90\xf0\x9d\x9f\x91-45-6789",
        "[REDACTED_SSN]"); /* mathematical */
}

/* ---- the rest ---- */

static void test_only_the_kinds_asked_for_are_found(void **state)
{
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        redacted("joe@example.com 123-45-6789 8.8.8.8", PII_BIT(PII_SSN), &out),
        PII_BIT(PII_SSN));
    assert_string_equal(
        buf_terminate(&out), "joe@example.com [REDACTED_SSN] 8.8.8.8");
    assert_int_equal(redacted("joe@example.com", 0, &out), 0);
    assert_int_equal(redacted("joe@example.com 8.8.8.8", PII_ALL, &out),
        PII_BIT(PII_EMAIL) | PII_BIT(PII_IP));
    buf_free(&out);
}

static void test_kinds_have_words(void **state)
{
    static const char *const words[] = {
        "email", "phone", "ssn", "card", "iban", "ip", "key"};

    (void)state;
    for (size_t i = 0; i < PII_KINDS; i++)
        assert_string_equal(pii_word((enum pii_kind)i), words[i]);
}

static void ignore(void *cookie, const struct pii_span *span)
{
    (void)span;
    ++*(size_t *)cookie;
}

static uint64_t held(const char *text)
{
    struct pii_scan *s = pii_scan_make(PII_ALL);
    size_t n = strlen(text), found = 0;
    struct pii_sink sink = {ignore, &found};
    uint64_t live;

    assert_non_null(s);
    pii_scan_feed(s, (struct span){text, n}, &sink);
    live = pii_scan_live(s);
    pii_scan_free(s);
    return n - live;
}

static void test_only_what_may_become_something_is_held(void **state)
{
    (void)state;
    assert_int_equal(held("a word. "), 0);
    assert_int_equal(held("a word"), 4);
    assert_int_equal(held("call (555) 1"), 7);
    assert_int_equal(held("joe@example.c"), 13);
    assert_int_equal(held("joe@example.com "), 0);
    assert_int_equal(held("-----BEGIN RSA"), 14);
    assert_int_equal(held("2023-11-14 "), 11);
    assert_int_equal(held("at 10:30, "), 0);
}

/* Nothing makes a scan hold back more, not what cannot be seen either. */
static void test_what_is_held_is_bounded(void **state)
{
    static const char *const pieces[] = {"a", "1", "1 ", "a.", "a@a.", "-",
        "\xe2\x80\x8b", "\xd0\xb0", "sk-", "1\xe2\x80\x8b", "eyJ0", "%40", "A1",
        "\xf0\x9d\x9f\x8f", "\xc3", "\\", "\\u0", "\\u0031", "\\u200b"};

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct pii_scan *s = pii_scan_make(PII_ALL);
        size_t n = strlen(pieces[i]), found = 0;
        struct pii_sink sink = {ignore, &found};

        assert_non_null(s);
        for (size_t at = n; at < 4000; at += n) {
            pii_scan_feed(s, (struct span){pieces[i], n}, &sink);
            assert_true(at - pii_scan_live(s) <= PII_HELD);
        }
        pii_scan_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_of_mail),
        cmocka_unit_test(test_what_looks_like_mail_is_left),
        cmocka_unit_test(test_phone_numbers),
        cmocka_unit_test(test_what_looks_like_a_phone_number_is_left),
        cmocka_unit_test(test_social_security_numbers),
        cmocka_unit_test(test_payment_cards),
        cmocka_unit_test(test_account_numbers),
        cmocka_unit_test(test_addresses_of_hosts),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_a_long_key_is_replaced_once),
        cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_what_stands_in_lists_is_found),
        cmocka_unit_test(test_escapes_are_what_they_stand_for),
        cmocka_unit_test(test_disguised_characters_are_what_they_stand_for),
        cmocka_unit_test(test_only_the_kinds_asked_for_are_found),
        cmocka_unit_test(test_kinds_have_words),
        cmocka_unit_test(test_only_what_may_become_something_is_held),
        cmocka_unit_test(test_what_is_held_is_bounded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
