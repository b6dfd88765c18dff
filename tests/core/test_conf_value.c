/* Every type takes its legal values and no other, and a fault names its line
 * and key. */

#include "conf_play.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bool_is_on_or_off),
        cmocka_unit_test(test_integer_keeps_its_range),
        cmocka_unit_test(test_integer_is_digits_only),
        cmocka_unit_test(test_integer_beyond_64_bits_is_refused),
        cmocka_unit_test(test_size_takes_its_suffixes),
        cmocka_unit_test(test_bad_sizes_are_refused),
        cmocka_unit_test(test_money_has_up_to_six_places),
        cmocka_unit_test(test_bad_money_is_refused),
        cmocka_unit_test(test_unknown_price_is_legal),
        cmocka_unit_test(test_durability_is_one_of_two_words),
        cmocka_unit_test(test_word_has_no_blank_and_no_control),
        cmocka_unit_test(test_text_may_be_empty),
        cmocka_unit_test(test_nul_byte_is_refused),
        cmocka_unit_test(test_display_name_is_any_good_utf8),
        cmocka_unit_test(test_proxies_are_addresses_and_prefixes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
