/* Settings are what the configuration said when they were read, for as long as
 * somebody has them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "state_play.h"

struct desk {
    struct place *p;
    struct loop *loop;
    struct targets *targets;
    struct weights weights;
};

static void begin(struct desk *d, struct place *p, const char *conf)
{
    *d = (struct desk){.p = p};
    play_made(p);
    play_put(play_at(p, "turnpike.conf"), conf, 0600);
    play_loads(p);
    assert_non_null(d->loop = loop_create());
    assert_non_null(d->targets = targets_create(d->loop, p->dir));
}

static void end(struct desk *d)
{
    weights_close(&d->weights);
    targets_free(d->targets);
    loop_free(d->loop);
}

static struct settings *read_of(struct desk *d)
{
    return settings_read(&d->p->s, d->targets, &d->weights, d->p->error);
}

static void test_settings_have_upstreams_and_weights(void **state)
{
    struct settings *s;
    struct desk d;

    begin(&d, *state, "upstream.a.url = http://h\n");
    assert_non_null(s = read_of(&d));
    assert_int_equal(s->conf->n_upstreams, 1);
    assert_string_equal(s->targets[0]->name, "a");
    assert_non_null(d.weights.model.head);
    settings_release(s);
    end(&d);
}

static void is_waiting(
    struct desk *d, struct settings *first, const char *conf, const char *names)
{
    struct buf text = {0};
    struct settings *s;

    play_put(play_at(d->p, "turnpike.conf"), conf, 0600);
    assert_non_null(s = read_of(d));
    settings_waiting(s, first, &text);
    assert_string_equal(buf_terminate(&text), names);
    buf_free(&text);
    settings_release(s);
}

static void test_what_waits_for_another_start_is_named(void **state)
{
    struct settings *first;
    struct desk d;

    begin(&d, *state, "rate.key = 1\nstore.cache = 16m\n");
    assert_non_null(first = read_of(&d));
    is_waiting(&d, first, "rate.key = 2\nstore.cache = 16m\n", "");
    is_waiting(&d, first, "rate.key = 2\n", "store.cache");
    is_waiting(&d, first,
        "store.cache = 16m\nserver.mode = fcgid\ndurability = relaxed\n"
        "store.stuck_seconds = 9\nstore.log = 2m\nstore.checkpoint = 1m\n"
        "store.reserve = 1m\n",
        "server.mode, durability, store.stuck_seconds, store.log, "
        "store.checkpoint, store.reserve");
    settings_release(first);
    end(&d);
}

static void test_weights_are_left_where_nobody_asks_for_them(void **state)
{
    struct settings *s;
    struct desk d;

    begin(&d, *state, "moderation.enabled = off\nmoderation.output = off\n");
    assert_non_null(s = read_of(&d));
    assert_null(d.weights.model.head);
    settings_release(s);
    end(&d);
}

static void test_broken_file_gives_none(void **state)
{
    struct place *p = *state;
    struct desk d;

    begin(&d, p, "rate.key = x\n");
    assert_null(read_of(&d));
    play_says(p, "turnpike.conf: line 1: rate.key");
    end(&d);
}

static void test_kept_settings_outlive_a_release(void **state)
{
    struct settings *s;
    struct desk d;

    begin(&d, *state, "rate.key = 7\n");
    assert_non_null(s = read_of(&d));
    assert_ptr_equal(settings_keep(s), s);
    settings_release(s);
    assert_int_equal(s->conf->rate_key, 7);
    settings_release(s);
    settings_release(NULL);
    end(&d);
}

static void test_models_are_served_by_upstreams_that_do_not_fail(void **state)
{
    struct settings *s;
    struct desk d;

    begin(&d, *state,
        "upstream.a.url = http://h\nupstream.b.url = http://i\n"
        "model.m.upstreams = b\n");
    assert_non_null(s = read_of(&d));
    assert_true(settings_served(s));
    s->targets[0]->rota.failures = 1;
    assert_true(settings_served(s));
    s->targets[1]->rota.failures = 1;
    assert_false(settings_served(s));
    s->targets[0]->rota.failures = 0;
    assert_false(settings_served(s)); /* m has b only */
    s->targets[1]->rota.failures = 0;
    assert_true(settings_served(s));
    settings_release(s);
    end(&d);
}

static void test_file_that_went_was_edited(void **state)
{
    struct place *p = *state;
    struct settings *s;
    struct desk d;

    begin(&d, p, "rate.key = 7\n");
    assert_non_null(s = read_of(&d));
    assert_false(settings_edited(s, &p->s));
    assert_int_equal(unlink(play_at(p, "turnpike.conf")), 0);
    assert_true(settings_edited(s, &p->s));
    settings_release(s);
    end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_settings_have_upstreams_and_weights),
        TEST(test_what_waits_for_another_start_is_named),
        TEST(test_weights_are_left_where_nobody_asks_for_them),
        TEST(test_broken_file_gives_none),
        TEST(test_kept_settings_outlive_a_release),
        TEST(test_models_are_served_by_upstreams_that_do_not_fail),
        TEST(test_file_that_went_was_edited),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
