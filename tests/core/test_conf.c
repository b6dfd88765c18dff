/* What is written in the configuration is what the program does: a line says
 * one thing once, what nobody says has its default, an override beats the file,
 * and nothing secret is ever repeated. */

#include "conf_play.h"

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
    assert_int_equal(c->store_checkpoint, 16 << 20);
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

static void test_mark_before_the_text_is_none_of_it(void **state)
{
    struct conf *c = good("\xef\xbb\xbfrate.key = 7\n");

    (void)state;
    assert_int_equal(c->rate_key, 7);
    conf_free(c);
    bad("rate.key = 7\n\xef\xbb\xbfrate.jwt = 7\n", "line 2");
}

static void test_state_dir_is_known(void **state)
{
    struct conf *c = good("state.dir = /somewhere\n");

    (void)state;
    conf_free(c);
    bad("state.dir =\n", "line 1: state.dir");
}

/* ---- settings that have defaults of their own ---- */

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

/* ---- overrides ---- */

static void bad_set(const char *text, const char *must_say)
{
    char *set = (char *)text;

    bad_with("", &set, 1, must_say);
}

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
        cmocka_unit_test(test_mark_before_the_text_is_none_of_it),
        cmocka_unit_test(test_state_dir_is_known),
        cmocka_unit_test(test_small_profile_makes_the_store_small),
        cmocka_unit_test(test_setting_wins_over_the_profile_wherever_it_stands),
        cmocka_unit_test(test_profile_is_one_of_two_words),
        cmocka_unit_test(test_resident_worker_has_no_deadlines),
        cmocka_unit_test(test_fcgid_mode_has_deadlines_of_its_own),
        cmocka_unit_test(test_setting_wins_over_the_fcgid_mode),
        cmocka_unit_test(test_override_beats_the_file),
        cmocka_unit_test(test_last_override_wins),
        cmocka_unit_test(test_override_may_hold_a_hash),
        cmocka_unit_test(test_bad_override_names_itself),
        cmocka_unit_test(test_override_hides_a_bad_value_of_the_file),
        cmocka_unit_test(test_manual_describes_an_option_in_two_lines),
        cmocka_unit_test(test_manual_holds_no_secret),
        cmocka_unit_test(test_overlong_key_still_gives_a_sentence),
        cmocka_unit_test(test_free_takes_null),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
