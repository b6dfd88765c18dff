/* An image must come by https from a public host or within the request; never
 * from inside our network, never as something that a browser would run. */

#include "chat_request_play.h"

static void test_image_part_without_url_is_refused(void **state)
{
    (void)state;
    refuses(PART("{'type':'image_url'}"), "messages[0].content[0].image_url");
    refuses(PART("{'type':'image_url','image_url':{}}"),
        "messages[0].content[0].image_url.url");
    refuses(PART("{'type':'image_url','image_url':{'url':1}}"),
        "messages[0].content[0].image_url.url");
}

static void test_image_of_a_later_message_has_its_path(void **state)
{
    (void)state;
    refuses(SAYING("{'role':'user','content':'a'},"
                   "{'role':'assistant','content':'b'},"
                   "{'role':'user','content':'c'},"
                   "{'role':'user','content':[{'type':'image_url',"
                   "'image_url':{'url':'http://example.com/a.png'}}]}"),
        "messages[3].content[0].image_url.url");
}

static void test_image_url_may_be_a_plain_string(void **state)
{
    (void)state;
    accepts(PART("{'type':'image_url','image_url':'https://example.com/a'}"));
    refuses(PART("{'type':'image_url','image_url':'http://example.com/a'}"),
        "messages[0].content[0].image_url");
}

static void refuses_image(const char *url)
{
    char text[600];

    snprintf(text, sizeof(text), IMAGE("%s"), url);
    refuses(text, "messages[0].content[0].image_url.url");
}

static void accepts_image(const char *url)
{
    char text[600];

    snprintf(text, sizeof(text), IMAGE("%s"), url);
    accepts(text);
}

static void test_https_image_is_accepted(void **state)
{
    (void)state;
    accepts_image("https://example.com/a.png");
    accepts_image("HTTPS://Example.com:8443/a.png?b=http://c#d");
    accepts_image("https://93.184.216.34/a.png");
    accepts_image("https://[2606:2800:220:1::1]/a.png");
    accepts_image("https:\\/\\/example.com\\/a.png");
}

static void test_image_by_another_scheme_is_refused(void **state)
{
    (void)state;
    refuses_image("http://example.com/a.png");
    refuses_image("file:///etc/passwd");
    refuses_image("ftp://example.com/a.png");
    refuses_image("//example.com/a.png");
    refuses_image("a.png");
    refuses_image("");
}

static void test_image_at_a_private_address_is_refused(void **state)
{
    (void)state;
    refuses_image("https://127.0.0.1/a");
    refuses_image("https://10.1.2.3/a");
    refuses_image("https://172.16.0.1/a");
    refuses_image("https://172.31.255.255/a");
    refuses_image("https://192.168.1.1:443/a");
    refuses_image("https://169.254.169.254/latest");
    refuses_image("https://100.64.0.1/a");
    refuses_image("https://0.0.0.0/a");
    refuses_image("https://224.0.0.1/a");
    refuses_image("https://255.255.255.255/a");
}

static void test_image_beside_a_private_range_is_accepted(void **state)
{
    (void)state;
    accepts_image("https://172.15.255.255/a");
    accepts_image("https://172.32.0.0/a");
    accepts_image("https://11.0.0.0/a");
    accepts_image("https://100.128.0.0/a");
    accepts_image("https://192.169.0.0/a");
}

static void test_image_at_a_disguised_loopback_is_refused(void **state)
{
    (void)state;
    refuses_image("https://2130706433/a");
    refuses_image("https://0x7f.1/a");
    refuses_image("https://0177.0.0.1/a");
    refuses_image("https://127.1/a");
    refuses_image("https://127.0.0.1./a");
    refuses_image("https://127.0.0.%31/a");
    refuses_image("https://localhost/a");
    refuses_image("https://LOCALHOST./a");
    refuses_image("https://x.localhost/a");
    refuses_image("https://127.0.0.1?x");
    refuses_image("https://127.0.0.1#x");
    refuses_image("https://example.com\\\\@127.0.0.1/a");
}

static void test_image_at_a_private_ipv6_address_is_refused(void **state)
{
    (void)state;
    refuses_image("https://[::1]/a");
    refuses_image("https://[::]/a");
    refuses_image("https://[fe80::1]/a");
    refuses_image("https://[fd00:ec2::254]/a");
    refuses_image("https://[::ffff:127.0.0.1]/a");
    refuses_image("https://[64:ff9b::7f00:1]/a");
    refuses_image("https://[2002:7f00:1::]/a");
    refuses_image("https://[ff02::1]/a");
}

static void test_image_url_with_a_user_name_is_refused(void **state)
{
    (void)state;
    refuses_image("https://user@example.com/a");
    refuses_image("https://user:pw@example.com/a");
}

static void test_image_url_with_a_broken_authority_is_refused(void **state)
{
    (void)state;
    refuses_image("https://");
    refuses_image("https:///a");
    refuses_image("https://example.com:x/a");
    refuses_image("https://example.com:123456/a");
    refuses_image("https://[::1/a");
    refuses_image("https://[2606::1]x/a");
    refuses_image("https://exa mple.com/a");
    refuses_image("https://example.com/a\\nb");
}

static void test_data_url_of_each_image_type_is_accepted(void **state)
{
    (void)state;
    accepts_image("data:image/png;base64,AAAA");
    accepts_image("data:image/jpeg;base64,AAA=");
    accepts_image("data:image/webp;base64,AA==");
    accepts_image("data:image/gif;base64,+/+/");
    accepts_image("DATA:Image/PNG;Base64,AAAA");
    accepts_image("data:image/png;base64,A\\/AA");
}

static void test_data_url_of_another_type_is_refused(void **state)
{
    (void)state;
    refuses_image("data:image/svg+xml;base64,AAAA");
    refuses_image("data:text/html;base64,AAAA");
    refuses_image("data:image/png,AAAA");
    refuses_image("data:;base64,AAAA");
    refuses_image("data:image/png;base64");
    refuses_image("data:");
}

static void test_data_url_of_bad_base64_is_refused(void **state)
{
    (void)state;
    refuses_image("data:image/png;base64,");
    refuses_image("data:image/png;base64,AAA");
    refuses_image("data:image/png;base64,AA=A");
    refuses_image("data:image/png;base64,A===");
    refuses_image("data:image/png;base64,====");
    refuses_image("data:image/png;base64,AA-_");
    refuses_image("data:image/png;base64,AA A");
    refuses_image("data:image/png;base64,AAAA\\n");
}

static char *image_of(size_t base64)
{
    struct buf text = {0};

    buf_puts(&text, "{" MODEL ",'messages':[{'role':'user','content':"
                    "[{'type':'image_url','image_url':{'url':"
                    "'data:image/png;base64,");
    memset(buf_reserve(&text, base64), 'A', base64);
    buf_commit(&text, base64);
    buf_puts(&text, "'}}]}]}");
    assert_non_null(buf_terminate(&text));
    return text.data;
}

static void test_image_of_twelve_mebibytes_is_accepted(void **state)
{
    char *text = image_of(16 << 20);

    (void)state;
    accepts(text);
    free(text);
}

static void test_larger_image_is_refused(void **state)
{
    char *text = image_of((16 << 20) + 4);

    (void)state;
    refuses_saying(text, "messages[0].content[0].image_url.url",
        "messages[0].content[0].image_url.url must be an image of at most "
        "12 MiB");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_part_without_url_is_refused),
        cmocka_unit_test(test_image_of_a_later_message_has_its_path),
        cmocka_unit_test(test_image_url_may_be_a_plain_string),
        cmocka_unit_test(test_https_image_is_accepted),
        cmocka_unit_test(test_image_by_another_scheme_is_refused),
        cmocka_unit_test(test_image_at_a_private_address_is_refused),
        cmocka_unit_test(test_image_beside_a_private_range_is_accepted),
        cmocka_unit_test(test_image_at_a_disguised_loopback_is_refused),
        cmocka_unit_test(test_image_at_a_private_ipv6_address_is_refused),
        cmocka_unit_test(test_image_url_with_a_user_name_is_refused),
        cmocka_unit_test(test_image_url_with_a_broken_authority_is_refused),
        cmocka_unit_test(test_data_url_of_each_image_type_is_accepted),
        cmocka_unit_test(test_data_url_of_another_type_is_refused),
        cmocka_unit_test(test_data_url_of_bad_base64_is_refused),
        cmocka_unit_test(test_image_of_twelve_mebibytes_is_accepted),
        cmocka_unit_test(test_larger_image_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
