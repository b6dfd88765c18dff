/* A model has the names, the limits and the upstreams that its options say, in
 * their order; what they do not say is inherited; no name is two models. */

#include "conf_play.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
