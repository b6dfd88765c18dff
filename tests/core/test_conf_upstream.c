/* Who is called, model server or moderator, is an origin with its key and its
 * time; an address that is anything else is refused, and no key is repeated. */

#include "conf_play.h"
#include "moderation.h"

static void check_origin(const char *url, const char *origin)
{
    char text[128];
    struct conf *c;

    snprintf(text, sizeof(text), "upstream.a.url = %s\n", url);
    c = good(text);
    assert_string_equal(c->upstreams[0].origin, origin);
    conf_free(c);
}

static void test_url_is_cut_to_its_origin(void **state)
{
    (void)state;
    check_origin("http://127.0.0.1:8000", "http://127.0.0.1:8000");
    check_origin("https://api.example.com/", "https://api.example.com");
    check_origin("HTTPS://api.example.com/v1", "https://api.example.com");
    check_origin("http://host:65535/v1/", "http://host:65535");
    check_origin("http://[::1]:80/v1", "http://[::1]:80");
}

static void test_url_with_anything_else_is_refused(void **state)
{
    static const char *const urls[] = {"ftp://h", "h", "http://", "http:///v1",
        "http://u@h", "http://u:p@h/v1", "http://h/v2", "http://h/v1/chat",
        "http://h/v1?x=1", "http://h#f", "http://h:0", "http://h:65536",
        "http://h:", "http://h:99999999", "http://h:80x", "http://[::1",
        "http://[::g]", "http://[1.2.3.4]", "http://h h", "http://-h",
        "http://h%2f", "http://h\\x", ""};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        snprintf(text, sizeof(text), "\nupstream.a.url = %s\n", urls[i]);
        bad(text, "line 2: upstream.a.url must be: url");
    }
}

static void test_upstream_has_its_defaults(void **state)
{
    struct conf *c = good("upstream.a.url = http://h\n");
    struct conf_upstream *u = &c->upstreams[0];

    (void)state;
    assert_int_equal(c->n_upstreams, 1);
    assert_string_equal(u->name, "a");
    assert_int_equal(u->wires, WIRE_CHAT);
    assert_null(u->key);
    assert_null(u->key_file);
    assert_false(u->insecure_test_only);
    assert_int_equal(u->connect_ms, 5000);
    assert_int_equal(u->first_byte_ms, 300000);
    assert_int_equal(u->idle_ms, 60000);
    assert_int_equal(u->total_ms, 600000);
    conf_free(c);
}

static void test_upstream_speaks_any_subset(void **state)
{
    struct conf *c = good("upstream.a.url = http://h\n"
                          "upstream.a.speaks = chat+messages+responses\n"
                          "upstream.b.url = http://h\n"
                          "upstream.b.speaks = responses\n");

    (void)state;
    assert_int_equal(
        c->upstreams[0].wires, WIRE_CHAT | WIRE_MESSAGES | WIRE_RESPONSES);
    assert_int_equal(c->upstreams[1].wires, WIRE_RESPONSES);
    conf_free(c);
    bad("upstream.a.speaks = chat+\n", "upstream.a.speaks");
    bad("upstream.a.speaks = completions\n", "upstream.a.speaks");
    bad("upstream.a.speaks =\n", "upstream.a.speaks");
}

static void test_upstream_without_url_is_refused(void **state)
{
    (void)state;
    bad("rate.key = 1\nupstream.a.idle_ms = 5\n",
        "line 2: upstream.a.idle_ms needs an upstream.a.url");
}

static void test_insecure_is_for_loopback_only(void **state)
{
    struct conf *c = good("upstream.a.url = https://127.1.2.3:4\n"
                          "upstream.a.insecure_test_only = on\n"
                          "upstream.b.url = https://LocalHost\n"
                          "upstream.b.insecure_test_only = on\n"
                          "upstream.c.url = https://[::1]:443\n"
                          "upstream.c.insecure_test_only = on\n");

    (void)state;
    assert_true(c->upstreams[2].insecure_test_only);
    conf_free(c);
    bad("upstream.a.url = https://127.0.0.1.example.com\n"
        "upstream.a.insecure_test_only = on\n",
        "loopback");
    bad("upstream.a.url = https://localhost.example.com\n"
        "upstream.a.insecure_test_only = on\n",
        "loopback");
    bad("upstream.a.url = https://128.0.0.1\n"
        "upstream.a.insecure_test_only = on\n",
        "upstream.a.");
}

static void test_key_and_key_file_exclude_each_other(void **state)
{
    (void)state;
    bad("upstream.a.url = http://h\nupstream.a.key = k\n"
        "upstream.a.key_file = f\n",
        "both a key and a key_file");
}

static void test_bad_key_is_not_repeated(void **state)
{
    (void)state;
    bad("upstream.a.url = http://h\nupstream.a.key = top secret\n",
        "line 2: upstream.a.key");
    assert_null(strstr(error, "top"));
}

static void test_key_of_more_than_1_kib_is_refused(void **state)
{
    char text[1200] = "upstream.a.url=http://h\nupstream.a.key=";
    size_t n = strlen(text);
    struct conf *c;

    (void)state;
    memset(text + n, 'k', 1024);
    c = good(text);
    assert_int_equal(strlen(c->upstreams[0].key), 1024);
    conf_free(c);
    text[n + 1024] = 'k';
    bad(text, "line 2: upstream.a.key");
}

static void test_options_of_two_dots_are_not_a_family(void **state)
{
    struct conf *c = good("upstream.answer_max = 1m\n");

    (void)state;
    assert_int_equal(c->answer_max, 1 << 20);
    assert_int_equal(c->n_upstreams, 0);
    conf_free(c);
    bad("upstream..url = http://h\n", "upstream..url");
    bad("upstream.url = http://h\n", "upstream.url");
}

/* ---- another moderator ---- */

static void test_an_endpoint_has_its_time_for_everything(void **state)
{
    struct conf *c = good("moderation.endpoint = https://m.example/v1\n"
                          "moderation.timeout_ms = 700\n"
                          "moderation.provider = endpoint\n"
                          "moderation.images = endpoint\n"
                          "moderation.action.hate = block\n"
                          "moderation.on_failure = closed\n");

    (void)state;
    assert_string_equal(c->moderator.origin, "https://m.example");
    assert_int_equal(c->moderator.connect_ms, 700);
    assert_int_equal(c->moderator.first_byte_ms, 700);
    assert_int_equal(c->moderator.idle_ms, 700);
    assert_int_equal(c->moderator.total_ms, 700);
    assert_int_equal(c->moderation_provider, MODERATOR_ENDPOINT);
    assert_int_equal(c->moderation_images, IMAGES_ENDPOINT);
    assert_true(c->moderation_block[MODERATION_HATE]);
    assert_false(c->moderation_block[MODERATION_HATE_THREATENING]);
    assert_int_equal(c->moderation_on_failure, FAILURE_CLOSED);
    conf_free(c);
}

static void test_nobody_is_asked_by_default(void **state)
{
    struct conf *c = good("");

    (void)state;
    assert_null(c->moderator.origin);
    assert_int_equal(c->moderation_provider, MODERATOR_BOTH);
    assert_int_equal(c->moderation_images, IMAGES_PASS);
    assert_int_equal(c->moderation_on_failure, FAILURE_OPEN);
    assert_int_equal(c->second_low, 0);
    assert_int_equal(c->second_high, 1000000);
    conf_free(c);
}

static void test_whoever_is_to_be_asked_must_be_named(void **state)
{
    (void)state;
    bad("moderation.provider = endpoint", "needs a moderation.endpoint");
    bad("moderation.images = endpoint", "needs a moderation.endpoint");
    bad("moderation.images = maybe", "pass, refuse or endpoint");
    bad("moderation.action.hate = allow", "asked or block");
    bad("moderation.action.self-harm = asked", "moderation.action.self-harm");
    bad("moderation.on_failure = ajar", "open or closed");
    bad("moderation.key = a\nmoderation.key_file = b", "beside");
}

static void test_a_second_opinion_is_asked_about_some_score(void **state)
{
    struct conf *c = good("moderation.second_opinion.low = 0.3\n"
                          "moderation.second_opinion.high = 0.3");

    (void)state;
    assert_int_equal(c->second_low, c->second_high);
    conf_free(c);
    bad("moderation.second_opinion.low = 0.6\n"
        "moderation.second_opinion.high = 0.5",
        "leaves no score");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_is_cut_to_its_origin),
        cmocka_unit_test(test_url_with_anything_else_is_refused),
        cmocka_unit_test(test_upstream_has_its_defaults),
        cmocka_unit_test(test_upstream_speaks_any_subset),
        cmocka_unit_test(test_upstream_without_url_is_refused),
        cmocka_unit_test(test_insecure_is_for_loopback_only),
        cmocka_unit_test(test_key_and_key_file_exclude_each_other),
        cmocka_unit_test(test_bad_key_is_not_repeated),
        cmocka_unit_test(test_key_of_more_than_1_kib_is_refused),
        cmocka_unit_test(test_options_of_two_dots_are_not_a_family),
        cmocka_unit_test(test_an_endpoint_has_its_time_for_everything),
        cmocka_unit_test(test_nobody_is_asked_by_default),
        cmocka_unit_test(test_whoever_is_to_be_asked_must_be_named),
        cmocka_unit_test(test_a_second_opinion_is_asked_about_some_score),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
