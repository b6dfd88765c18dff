/* What is written in the configuration is what the program does: every type
 * takes its legal values and no other, every fault names its line and key, and
 * nothing secret is ever repeated. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "moderation.h"

static char error[256];

static struct conf *read_with(const char *text, char *const *set, size_t count)
{
    error[0] = '\0';
    return conf_read((struct span){text, strlen(text)}, set, count, error);
}

static struct conf *good(const char *text)
{
    struct conf *c = read_with(text, NULL, 0);

    if (!c)
        fail_msg("%s", error);
    return c;
}

static void bad(const char *text, const char *must_say)
{
    assert_null(read_with(text, NULL, 0));
    if (!strstr(error, must_say))
        fail_msg("\"%s\" does not say \"%s\"", error, must_say);
}

static void bad_set(const char *text, const char *must_say)
{
    char *set = (char *)text;

    assert_null(read_with("", &set, 1));
    if (!strstr(error, must_say))
        fail_msg("\"%s\" does not say \"%s\"", error, must_say);
}

/* ---- defaults and grammar ---- */

static void test_empty_text_gives_the_defaults(void **state)
{
    struct conf *c = good("");

    (void)state;
    assert_false(c->models_any);
    assert_int_equal(c->max_output, 8192);
    assert_int_equal(c->price.usd_micro_per_mtok, 5000000);
    assert_int_equal(c->price.tokens_per_credit, 500);
    assert_int_equal(c->rate_key, 120);
    assert_int_equal(c->rate_jwt, 30);
    assert_int_equal(c->rate_tokens, 2000000);
    assert_true(c->free_enabled);
    assert_int_equal(c->free_days, 30);
    assert_int_equal(c->free_daily_cap, 1000);
    assert_int_equal(c->free_max_tokens, 1024);
    assert_int_equal(c->body_max, 32 << 20);
    assert_int_equal(c->body_seconds, 30);
    assert_int_equal(c->drain_seconds, 6);
    assert_int_equal(c->stall_seconds, 30);
    assert_int_equal(c->answer_max, 32 << 20);
    assert_int_equal(c->connections_max, 16384);
    conf_free(c);
}

static void test_defaults_of_texts_and_store(void **state)
{
    struct conf *c = good("");

    (void)state;
    assert_string_equal(c->trusted_proxies, "");
    assert_string_equal(c->request_id_param, "");
    assert_string_equal(c->cors_origin, "*");
    assert_true(c->durability_full);
    assert_int_equal(c->store_stuck_seconds, 10);
    assert_int_equal(c->store_cache, 64 << 20);
    assert_int_equal(c->store_log, 8 << 20);
    assert_int_equal(c->store_checkpoint, 4 << 20);
    assert_int_equal(c->store_reserve, 64 << 20);
    assert_int_equal(c->ledger_keep_days, 400);
    conf_free(c);
}

static void test_comments_and_blank_lines_say_nothing(void **state)
{
    struct conf *c = good("# rate.key = 1\n\n  \t\n \t# x\n"
                          "rate.key = 7 # requests\r\n");

    (void)state;
    assert_int_equal(c->rate_key, 7);
    conf_free(c);
}

static void test_hash_inside_a_word_is_part_of_it(void **state)
{
    struct conf *c = good("upstream.a.url=http://h\nupstream.a.key = ab#cd");

    (void)state;
    assert_string_equal(c->upstreams[0].key, "ab#cd");
    conf_free(c);
}

static void test_value_may_hold_an_equals_sign(void **state)
{
    struct conf *c = good("upstream.a.url=http://h\nupstream.a.key=ab==");

    (void)state;
    assert_string_equal(c->upstreams[0].key, "ab==");
    conf_free(c);
}

static void test_line_without_equals_is_refused(void **state)
{
    (void)state;
    bad("rate.key = 1\nsk-my-secret\n", "line 2:");
    assert_null(strstr(error, "sk-my-secret"));
}

static void test_unknown_key_names_line_and_key(void **state)
{
    (void)state;
    bad("\n\nrate.keys = 1\n", "line 3: rate.keys is not an option");
}

static void test_key_set_twice_in_the_file_is_refused(void **state)
{
    (void)state;
    bad("rate.key = 1\n#\nrate.key = 2\n",
        "line 3: rate.key was set in line 1");
}

static void test_state_dir_is_known(void **state)
{
    struct conf *c = good("state.dir = /somewhere\n");

    (void)state;
    conf_free(c);
    bad("state.dir =\n", "line 1: state.dir");
}

/* ---- types ---- */

static void test_bool_is_on_or_off(void **state)
{
    struct conf *c = good("models.any = on\nfree.enabled = off\n");

    (void)state;
    assert_true(c->models_any);
    assert_false(c->free_enabled);
    conf_free(c);
    bad("models.any = true\n", "line 1: models.any must be: bool, on or off");
    bad("models.any = ON\n", "models.any");
    bad("models.any =\n", "models.any");
}

static void test_integer_keeps_its_range(void **state)
{
    struct conf *c = good("rate.key = 1000000\nfree.days = 1\n");

    (void)state;
    assert_int_equal(c->rate_key, 1000000);
    assert_int_equal(c->free_days, 1);
    conf_free(c);
    bad("rate.key = 1000001\n", "must be: integer, 0 to 1000000");
    bad("free.days = 0\n", "line 1: free.days");
}

static void test_integer_is_digits_only(void **state)
{
    (void)state;
    bad("rate.key = -1\n", "rate.key");
    bad("rate.key = +1\n", "rate.key");
    bad("rate.key = 1k\n", "rate.key");
    bad("rate.key = 1.0\n", "rate.key");
    bad("rate.key = 0x10\n", "rate.key");
    bad("rate.key = 1 2\n", "rate.key");
}

static void test_integer_beyond_64_bits_is_refused(void **state)
{
    (void)state;
    bad("rate.key = 18446744073709551617\n", "rate.key");
    bad("price.tokens_per_credit = 18446744073709551616\n", "price.tokens");
}

static void test_size_takes_its_suffixes(void **state)
{
    struct conf *c = good("body.max = 2048\nstore.cache = 2M\n"
                          "store.log = 2048k\nupstream.answer_max = 4g\n");

    (void)state;
    assert_int_equal(c->body_max, 2048);
    assert_int_equal(c->store_cache, 2 << 20);
    assert_int_equal(c->store_log, 2 << 20);
    assert_true(c->answer_max == UINT64_C(4) << 30);
    conf_free(c);
}

static void test_bad_sizes_are_refused(void **state)
{
    (void)state;
    bad("body.max = 32mb\n", "must be: size, 1k to 1g");
    bad("body.max = m\n", "body.max");
    bad("body.max = 1t\n", "body.max");
    bad("body.max = 2g\n", "body.max");
    bad("body.max = 17179869185g\n", "body.max");
}

static void test_money_has_up_to_six_places(void **state)
{
    struct conf *c = good("price.usd_per_mtok = 0.000001\n"
                          "model.a.usd_per_mtok = 12.5\n"
                          "model.b.usd_per_mtok = 1000000\n");

    (void)state;
    assert_int_equal(c->price.usd_micro_per_mtok, 1);
    assert_int_equal(c->models[0].price.usd_micro_per_mtok, 12500000);
    assert_int_equal(c->models[1].price.usd_micro_per_mtok, 1000000000000);
    conf_free(c);
}

static void test_bad_money_is_refused(void **state)
{
    (void)state;
    bad("price.usd_per_mtok = 0.0000001\n", "price.usd_per_mtok");
    bad("price.usd_per_mtok = 5.\n", "price.usd_per_mtok");
    bad("price.usd_per_mtok = .5\n", "price.usd_per_mtok");
    bad("price.usd_per_mtok = 1,5\n", "price.usd_per_mtok");
    bad("price.usd_per_mtok = -5\n", "price.usd_per_mtok");
    bad("price.usd_per_mtok = 1000000.000001\n", "0 to 1000000");
}

static void test_unknown_price_is_legal(void **state)
{
    struct conf *c = good("price.tokens_per_credit = 0\n");

    (void)state;
    assert_int_equal(c->price.tokens_per_credit, 0);
    assert_int_equal(c->models[0].price.tokens_per_credit, 0);
    conf_free(c);
}

static void test_small_profile_makes_the_store_small(void **state)
{
    struct conf *c = good("store.profile = small\n");

    (void)state;
    assert_int_equal(c->store_cache, 16 << 20);
    assert_int_equal(c->store_log, 1 << 20);
    assert_int_equal(c->store_checkpoint, 512 << 10);
    assert_true(c->durability_full);
    conf_free(c);
}

static void test_setting_wins_over_the_profile_wherever_it_stands(void **state)
{
    struct conf *c = good("store.cache = 3m\nstore.profile = small\n"
                          "store.log = 2m\n");

    (void)state;
    assert_int_equal(c->store_cache, 3 << 20);
    assert_int_equal(c->store_log, 2 << 20);
    assert_int_equal(c->store_checkpoint, 512 << 10);
    conf_free(c);
}

static void test_profile_is_one_of_two_words(void **state)
{
    struct conf *c = good("store.profile = normal\n");

    (void)state;
    assert_int_equal(c->store_cache, 64 << 20);
    conf_free(c);
    bad("store.profile = tiny\n", "normal or small");
}

static void test_resident_worker_has_no_deadlines(void **state)
{
    struct conf *c = good("");

    (void)state;
    assert_false(c->fcgid);
    assert_int_equal(c->stream_seconds, 0);
    assert_int_equal(c->answer_seconds, 0);
    assert_int_equal(c->drain_seconds, 6);
    conf_free(c);
}

static void test_fcgid_mode_has_deadlines_of_its_own(void **state)
{
    struct conf *c = good("server.mode = fcgid\n");

    (void)state;
    assert_true(c->fcgid);
    assert_int_equal(c->stream_seconds, 280);
    assert_int_equal(c->answer_seconds, 35);
    assert_int_equal(c->drain_seconds, 2);
    assert_int_equal(c->store_cache, 64 << 20);
    conf_free(c);
}

static void test_setting_wins_over_the_fcgid_mode(void **state)
{
    struct conf *c = good("answer.seconds = 90\nserver.mode = fcgid\n"
                          "stream.seconds = 0\nstore.profile = small\n");

    (void)state;
    assert_int_equal(c->answer_seconds, 90);
    assert_int_equal(c->stream_seconds, 0);
    assert_int_equal(c->drain_seconds, 2);
    assert_int_equal(c->store_cache, 16 << 20);
    conf_free(c);
    bad("server.mode = cgi\n", "resident or fcgid");
}

static void test_durability_is_one_of_two_words(void **state)
{
    struct conf *c = good("durability = relaxed\n");

    (void)state;
    assert_false(c->durability_full);
    conf_free(c);
    bad("durability = none\n", "full or relaxed");
}

static void test_word_has_no_blank_and_no_control(void **state)
{
    (void)state;
    bad("cors.origin = a b\n", "cors.origin");
    bad("request.id_param = a\001b\n", "request.id_param");
    bad("request.id_param = \303\244\n", "request.id_param");
}

static void test_text_may_be_empty(void **state)
{
    struct conf *c = good("cors.origin =\n");

    (void)state;
    assert_string_equal(c->cors_origin, "");
    conf_free(c);
}

static void test_nul_byte_is_refused(void **state)
{
    static const char text[] = "cors.origin = a\0b\n";

    (void)state;
    assert_null(
        conf_read((struct span){text, sizeof(text) - 1}, NULL, 0, error));
    assert_non_null(strstr(error, "line 1: cors.origin"));
}

static void test_display_name_is_any_good_utf8(void **state)
{
    struct conf *c = good("model.a.display_name = Gr\303\266\303\237e 7\n");

    (void)state;
    assert_string_equal(c->models[0].display_name, "Gr\303\266\303\237e 7");
    conf_free(c);
    bad("model.a.display_name = \303(\n", "display_name");
}

static void test_proxies_are_addresses_and_prefixes(void **state)
{
    struct conf *c =
        good("trusted_proxies = 10.0.0.0/8, ::1 ,192.0.2.1,fe80::/10\n");

    (void)state;
    assert_string_equal(
        c->trusted_proxies, "10.0.0.0/8, ::1 ,192.0.2.1,fe80::/10");
    conf_free(c);
    bad("trusted_proxies = localhost\n", "trusted_proxies");
    bad("trusted_proxies = 10.0.0.0/33\n", "trusted_proxies");
    bad("trusted_proxies = ::1/129\n", "trusted_proxies");
    bad("trusted_proxies = 10.0.0.1,\n", "trusted_proxies");
    bad("trusted_proxies = 10.0.0.0/\n", "trusted_proxies");
}

/* ---- upstreams ---- */

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
    assert_int_equal(u->first_byte_ms, 120000);
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

/* ---- models ---- */

static void test_without_models_there_is_the_usual_one(void **state)
{
    struct conf *c = good("upstream.a.url = http://h\n"
                          "upstream.b.url = http://h\n");
    const struct conf_model *m = conf_model(c, "abliterated-model");

    (void)state;
    assert_int_equal(c->n_models, 1);
    assert_non_null(m);
    assert_ptr_equal(conf_model(c, "abliteration-model"), m);
    assert_int_equal(m->n_upstreams, 2);
    assert_int_equal(m->upstreams[1], 1);
    conf_free(c);
}

static void test_any_model_key_replaces_the_usual_one(void **state)
{
    struct conf *c = good("model.mine.context = 1000\n");

    (void)state;
    assert_int_equal(c->n_models, 1);
    assert_null(conf_model(c, "abliterated-model"));
    assert_int_equal(conf_model(c, "mine")->context, 1000);
    conf_free(c);
}

static void test_model_name_may_hold_dots_and_slashes(void **state)
{
    struct conf *c = good("model.gpt-4.1.alias = gpt, g.4\n"
                          "model.meta/llama:3.context = 9\n");

    (void)state;
    assert_string_equal(c->models[0].name, "gpt-4.1");
    assert_int_equal(c->models[0].n_aliases, 2);
    assert_ptr_equal(conf_model(c, "g.4"), &c->models[0]);
    assert_int_equal(conf_model(c, "meta/llama:3")->context, 9);
    conf_free(c);
}

static void test_model_inherits_what_it_does_not_say(void **state)
{
    struct conf *c = good("model.a.max_output = 5\nmodel.b.context = 10\n"
                          "models.max_output = 77\n"
                          "price.usd_per_mtok = 3\n"
                          "model.a.tokens_per_credit = 0\n");

    (void)state;
    assert_int_equal(c->models[0].max_output, 5);
    assert_int_equal(c->models[1].max_output, 77);
    assert_int_equal(c->models[0].price.tokens_per_credit, 0);
    assert_int_equal(c->models[1].price.tokens_per_credit, 500);
    assert_int_equal(c->models[1].price.usd_micro_per_mtok, 3000000);
    assert_int_equal(c->models[0].context, 131072);
    conf_free(c);
}

static void test_model_lists_its_upstreams_in_order(void **state)
{
    struct conf *c = good("model.m.upstreams = c , a\n"
                          "upstream.a.url = http://h\n"
                          "upstream.b.url = http://h\n"
                          "upstream.c.url = http://h\n");

    (void)state;
    assert_int_equal(c->models[0].n_upstreams, 2);
    assert_string_equal(c->upstreams[c->models[0].upstreams[0]].name, "c");
    assert_string_equal(c->upstreams[c->models[0].upstreams[1]].name, "a");
    conf_free(c);
}

static void test_unknown_upstream_of_a_model_is_refused(void **state)
{
    (void)state;
    bad("upstream.a.url = http://h\nmodel.m.upstreams = a, b\n",
        "line 2: model.m.upstreams names an unknown upstream: b");
    bad("upstream.a.url = http://h\nmodel.m.upstreams = a,a\n", "twice");
    bad("upstream.a.url = http://h\nmodel.m.upstreams =\n",
        "line 2: model.m.upstreams");
}

static void test_alias_taken_twice_is_refused(void **state)
{
    (void)state;
    bad("model.a.alias = x\nmodel.b.alias = x\n",
        "line 2: model.b.alias names a model twice: x");
    bad("model.a.alias = x, x\n", "line 1: model.a.alias");
    bad("model.a.alias = a\n", "line 1: model.a.alias");
}

static void test_alias_that_is_a_model_is_refused(void **state)
{
    (void)state;
    bad("model.a.alias = b\nmodel.b.context = 1\n",
        "line 1: model.a.alias names a model twice: b");
}

static void test_name_with_a_comma_is_refused(void **state)
{
    (void)state;
    bad("model.a,b.context = 1\n", "line 1: model.a,b.context");
    bad("model.a b.context = 1\n", "line 1: model.a b.context");
}

static void test_upstream_name_differs_from_the_name(void **state)
{
    struct conf *c = good("model.a.upstream_name = org/a-7b\n"
                          "model.b.context = 1\n");

    (void)state;
    assert_string_equal(c->models[0].upstream_name, "org/a-7b");
    assert_null(c->models[1].upstream_name);
    assert_null(conf_model(c, "org/a-7b"));
    conf_free(c);
}

/* ---- overrides ---- */

static void test_override_beats_the_file(void **state)
{
    char *set[] = {
        (char[]){"rate.key=5"}, (char[]){"upstream.a.url = http://new"}};
    struct conf *c = read_with(
        "rate.key = 1\nrate.jwt = 2\nupstream.a.url = http://old\n", set, 2);

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->rate_key, 5);
    assert_int_equal(c->rate_jwt, 2);
    assert_int_equal(c->n_upstreams, 1);
    assert_string_equal(c->upstreams[0].origin, "http://new");
    conf_free(c);
}

static void test_last_override_wins(void **state)
{
    char *set[] = {(char[]){"rate.key=5"}, (char[]){"rate.key=6"}};
    struct conf *c = read_with("", set, 2);

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->rate_key, 6);
    conf_free(c);
}

static void test_override_may_hold_a_hash(void **state)
{
    char *set[] = {(char[]){"model.a.display_name=A # 1"}};
    struct conf *c = read_with("", set, 1);

    (void)state;
    assert_non_null(c);
    assert_string_equal(c->models[0].display_name, "A # 1");
    conf_free(c);
}

static void test_bad_override_names_itself(void **state)
{
    (void)state;
    bad_set("rate.key=x", "--set: rate.key must be: integer");
    bad_set("rate.nokey=1", "--set: rate.nokey is not an option");
    bad_set("rate.key", "--set: this is not KEY=VALUE");
    bad_set("=1", "--set: this is not KEY=VALUE");
}

static void test_override_hides_a_bad_value_of_the_file(void **state)
{
    char *set[] = {(char[]){"rate.key=5"}};
    struct conf *c = read_with("rate.key = many\n", set, 1);

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->rate_key, 5);
    conf_free(c);
}

/* ---- the manual ---- */

static void test_manual_describes_an_option_in_two_lines(void **state)
{
    struct buf out = {0};

    (void)state;
    conf_manual(&out);
    assert_non_null(strstr(buf_terminate(&out),
        "\nrate.key (integer, 0 to 1000000, default 120)\n    Requests"));
    assert_non_null(
        strstr(out.data, "\nbody.max (size, 1k to 1g, default 32m)\n"));
    assert_non_null(strstr(out.data,
        "\nmodel.NAME.max_output (integer, 1 to 10000000, default "
        "models.max_output)\n"));
    assert_non_null(strstr(out.data, "\nupstream.NAME.key (word, 1 to 1024 "
                                     "bytes, default none)\n"));
    buf_free(&out);
}

static void test_manual_holds_no_secret(void **state)
{
    struct buf out = {0};
    struct conf *c =
        good("upstream.a.url=http://h\nupstream.a.key=sk-hidden\n");

    (void)state;
    conf_manual(&out);
    assert_null(strstr(buf_terminate(&out), "sk-hidden"));
    buf_free(&out);
    conf_free(c);
}

static void test_overlong_key_still_gives_a_sentence(void **state)
{
    char text[600];

    (void)state;
    memset(text, 'k', sizeof(text) - 2);
    memcpy(text + sizeof(text) - 2, "=", 2);
    bad(text, "line 1: kkk");
    assert_true(strlen(error) < sizeof(error));
    assert_non_null(strstr(error, "is not an option"));
}

static void test_free_takes_null(void **state)
{
    (void)state;
    conf_free(NULL);
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
        cmocka_unit_test(test_empty_text_gives_the_defaults),
        cmocka_unit_test(test_defaults_of_texts_and_store),
        cmocka_unit_test(test_comments_and_blank_lines_say_nothing),
        cmocka_unit_test(test_hash_inside_a_word_is_part_of_it),
        cmocka_unit_test(test_value_may_hold_an_equals_sign),
        cmocka_unit_test(test_line_without_equals_is_refused),
        cmocka_unit_test(test_unknown_key_names_line_and_key),
        cmocka_unit_test(test_key_set_twice_in_the_file_is_refused),
        cmocka_unit_test(test_state_dir_is_known),
        cmocka_unit_test(test_bool_is_on_or_off),
        cmocka_unit_test(test_integer_keeps_its_range),
        cmocka_unit_test(test_integer_is_digits_only),
        cmocka_unit_test(test_integer_beyond_64_bits_is_refused),
        cmocka_unit_test(test_size_takes_its_suffixes),
        cmocka_unit_test(test_bad_sizes_are_refused),
        cmocka_unit_test(test_money_has_up_to_six_places),
        cmocka_unit_test(test_bad_money_is_refused),
        cmocka_unit_test(test_unknown_price_is_legal),
        cmocka_unit_test(test_small_profile_makes_the_store_small),
        cmocka_unit_test(test_setting_wins_over_the_profile_wherever_it_stands),
        cmocka_unit_test(test_profile_is_one_of_two_words),
        cmocka_unit_test(test_resident_worker_has_no_deadlines),
        cmocka_unit_test(test_fcgid_mode_has_deadlines_of_its_own),
        cmocka_unit_test(test_setting_wins_over_the_fcgid_mode),
        cmocka_unit_test(test_durability_is_one_of_two_words),
        cmocka_unit_test(test_word_has_no_blank_and_no_control),
        cmocka_unit_test(test_text_may_be_empty),
        cmocka_unit_test(test_nul_byte_is_refused),
        cmocka_unit_test(test_display_name_is_any_good_utf8),
        cmocka_unit_test(test_proxies_are_addresses_and_prefixes),
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
        cmocka_unit_test(test_without_models_there_is_the_usual_one),
        cmocka_unit_test(test_any_model_key_replaces_the_usual_one),
        cmocka_unit_test(test_model_name_may_hold_dots_and_slashes),
        cmocka_unit_test(test_model_inherits_what_it_does_not_say),
        cmocka_unit_test(test_model_lists_its_upstreams_in_order),
        cmocka_unit_test(test_unknown_upstream_of_a_model_is_refused),
        cmocka_unit_test(test_alias_taken_twice_is_refused),
        cmocka_unit_test(test_alias_that_is_a_model_is_refused),
        cmocka_unit_test(test_name_with_a_comma_is_refused),
        cmocka_unit_test(test_upstream_name_differs_from_the_name),
        cmocka_unit_test(test_override_beats_the_file),
        cmocka_unit_test(test_last_override_wins),
        cmocka_unit_test(test_override_may_hold_a_hash),
        cmocka_unit_test(test_bad_override_names_itself),
        cmocka_unit_test(test_override_hides_a_bad_value_of_the_file),
        cmocka_unit_test(test_manual_describes_an_option_in_two_lines),
        cmocka_unit_test(test_manual_holds_no_secret),
        cmocka_unit_test(test_overlong_key_still_gives_a_sentence),
        cmocka_unit_test(test_free_takes_null),
        cmocka_unit_test(test_an_endpoint_has_its_time_for_everything),
        cmocka_unit_test(test_nobody_is_asked_by_default),
        cmocka_unit_test(test_whoever_is_to_be_asked_must_be_named),
        cmocka_unit_test(test_a_second_opinion_is_asked_about_some_score),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
