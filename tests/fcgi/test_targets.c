/* What a worker has learned about an upstream outlives a reload as long as the
 * upstream is the same; and what happens is told in the figures and the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "targets.h"
#include "tree.h"

struct place {
    char dir[64];
    struct loop *loop;
    struct targets *targets;
    struct conf conf;
    struct conf_upstream upstreams[3];
    struct target **all;
    struct rota_target *set[3];
    struct figures_row rows[3];
    size_t n_rows;
};

static char event[64]; /* the last one logged */

void log_event(const char *name, const char *fmt, ...)
{
    (void)fmt;
    snprintf(event, sizeof(event), "%s", name);
}

static void refresh(struct place *p)
{
    free(p->all);
    assert_non_null(p->all = targets_of(p->targets, &p->conf));
    for (size_t i = 0; i < p->conf.n_upstreams; i++)
        p->set[i] = &p->all[i]->rota;
}

static int set_up(void **state)
{
    static char names[3][2] = {"a", "b", "c"};
    static char origins[3][16] = {"http://a", "http://b", "http://c"};
    struct place *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return -1;
    snprintf(p->dir, sizeof(p->dir), "/tmp/test_targets.XXXXXX");
    if (mkdtemp(p->dir) == NULL || (p->loop = loop_create()) == NULL ||
        (p->targets = targets_create(p->loop, p->dir)) == NULL)
        return -1;
    for (size_t i = 0; i < 3; i++)
        p->upstreams[i] = (struct conf_upstream){.name = names[i],
            .origin = origins[i],
            .rota = {.weight = 1, .eject_after = 2, .eject_ms = 600000}};
    p->conf = (struct conf){.upstreams = p->upstreams, .n_upstreams = 2};
    event[0] = '\0';
    *state = p;
    refresh(p);
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    int result;

    targets_free(p->targets);
    loop_free(p->loop);
    result = tree_drop(p->dir);
    free(p->all);
    free(p);
    return result;
}

static void note(void *cookie, const struct figures_row *row)
{
    struct place *p = cookie;

    p->rows[p->n_rows++] = *row;
}

/* What others see of the upstream ${i}. */
static const struct figures_row *seen(struct place *p, size_t i)
{
    p->n_rows = 0;
    assert_int_equal(figures_read(p->dir, note, p), 1);
    assert_in_range(i, 0, p->n_rows - 1);
    return &p->rows[i];
}

static void flop(struct place *p, size_t i)
{
    struct target_try try;

    targets_begin(p->targets, &try, p->all[i]);
    targets_bad(p->targets, &try, p->set, p->conf.n_upstreams);
    targets_end(&try);
}

static void eject(struct place *p, size_t i)
{
    flop(p, i);
    flop(p, i);
    assert_string_equal(event, "upstream_ejected");
    assert_int_not_equal(p->set[i]->ejected_until, 0);
}

static uint64_t now(void)
{
    struct timespec real;

    clock_gettime(CLOCK_REALTIME, &real);
    return (uint64_t)(real.tv_sec * 1000000ll + real.tv_nsec / 1000);
}

static void test_targets_are_those_of_the_configuration(void **state)
{
    struct place *p = *state;

    assert_string_equal(p->all[0]->name, "a");
    assert_string_equal(p->all[1]->name, "b");
    assert_int_equal(p->set[1]->rules.eject_after, 2);
    assert_string_equal(seen(p, 0)->name, "a");
    assert_string_equal(seen(p, 1)->name, "b");
}

static void test_calls_are_counted_from_begin_to_end(void **state)
{
    struct place *p = *state;
    struct target_try try, other;

    targets_begin(p->targets, &try, p->all[1]);
    targets_begin(p->targets, &other, p->all[1]);
    assert_int_equal(seen(p, 1)->requests, 2);
    assert_int_equal(seen(p, 1)->active, 2);
    targets_end(&try);
    targets_end(&try);
    assert_int_equal(seen(p, 1)->active, 1);
    targets_end(&other);
    assert_int_equal(seen(p, 1)->active, 0);
    assert_int_equal(seen(p, 0)->requests, 0);
}

static void test_ejection_is_logged_and_seen(void **state)
{
    struct place *p = *state;
    uint64_t before = now();

    flop(p, 0);
    assert_string_equal(event, "");
    assert_int_equal(seen(p, 0)->failures, 1);
    assert_int_equal(seen(p, 0)->ejected_until, 0);
    eject(p, 0);
    assert_int_equal(seen(p, 0)->failed, 3);
    assert_in_range(
        seen(p, 0)->ejected_until, before + 590000000, now() + 760000000);
    assert_int_equal(targets_pick(p->targets, p->set, 2, 0), 1);
}

static void test_return_is_logged_and_seen(void **state)
{
    struct place *p = *state;
    struct target_try try;

    eject(p, 0);
    targets_begin(p->targets, &try, p->all[0]);
    targets_good(p->targets, &try);
    targets_end(&try);
    assert_string_equal(event, "upstream_returned");
    assert_int_equal(seen(p, 0)->ejected_until, 0);
    assert_int_equal(seen(p, 0)->failures, 0);
    assert_int_equal(seen(p, 0)->failed, 2);
}

static void test_rest_is_seen(void **state)
{
    struct place *p = *state;
    struct target_try try;
    uint64_t before = now();

    targets_begin(p->targets, &try, p->all[0]);
    targets_busy(p->targets, &try, 30);
    targets_end(&try);
    assert_string_equal(event, "");
    assert_int_equal(seen(p, 0)->busy, 1);
    assert_int_equal(seen(p, 0)->failed, 0);
    assert_in_range(
        seen(p, 0)->resting_until, before + 29000000, now() + 31000000);
    assert_int_equal(targets_pick(p->targets, p->set, 2, 0), 1);
}

static void test_reload_keeps_what_was_learned(void **state)
{
    struct place *p = *state;
    struct target *before = p->all[0];

    eject(p, 0);
    p->upstreams[0].rota.weight = 9;
    refresh(p);
    assert_ptr_equal(p->all[0], before);
    assert_int_not_equal(p->set[0]->ejected_until, 0);
    assert_int_equal(p->set[0]->rules.weight, 9);
}

static void test_another_address_begins_anew_but_for_its_calls(void **state)
{
    static char elsewhere[] = "http://elsewhere";
    struct place *p = *state;
    struct target_try try;

    targets_begin(p->targets, &try, p->all[0]);
    eject(p, 0);
    p->upstreams[0].origin = elsewhere;
    refresh(p);
    assert_int_equal(p->set[0]->ejected_until, 0);
    assert_int_equal(p->set[0]->active, 1);
    targets_end(&try);
    assert_int_equal(p->set[0]->active, 0);
}

static void test_calls_to_the_address_before_show_nothing(void **state)
{
    static char elsewhere[] = "http://elsewhere";
    struct place *p = *state;
    struct target_try try, trial;

    eject(p, 0);
    p->set[0]->ejected_until = 1; /* long ago */
    targets_begin(p->targets, &trial, p->all[0]);
    targets_begin(p->targets, &try, p->all[0]);
    p->upstreams[0].origin = elsewhere;
    refresh(p);
    targets_bad(p->targets, &try, p->set, 2);
    targets_bad(p->targets, &trial, p->set, 2);
    targets_busy(p->targets, &try, 30);
    assert_int_equal(p->set[0]->failures, 0);
    assert_int_equal(p->set[0]->ejected_until, 0);
    assert_int_equal(p->set[0]->resting_until, 0);
    assert_int_equal(seen(p, 0)->failed, 4);
    targets_end(&try);
    flop(p, 0);
    targets_end(&trial);
    assert_int_equal(p->set[0]->failures, 1);
}

static void test_upstreams_may_come_and_go(void **state)
{
    struct place *p = *state;
    struct target *first = p->all[0];

    p->conf.upstreams = &p->upstreams[1];
    refresh(p);
    assert_string_equal(p->all[0]->name, "b");
    assert_string_equal(p->all[1]->name, "c");
    p->conf.upstreams = p->upstreams;
    p->conf.n_upstreams = 3;
    refresh(p);
    assert_ptr_equal(p->all[0], first);
    assert_string_equal(p->all[2]->name, "c");
}

static void test_more_upstreams_than_figures_work_unseen(void **state)
{
    enum { MANY = FIGURES_ROWS + 6 };
    struct place *p = *state;
    static struct conf_upstream many[MANY];
    static char names[MANY][8];
    struct conf conf = {.upstreams = many, .n_upstreams = MANY};
    struct target **all;
    struct target_try try;

    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "m%zu", i);
        many[i] = (struct conf_upstream){.name = names[i], .origin = names[i]};
    }
    assert_non_null(all = targets_of(p->targets, &conf));
    targets_begin(p->targets, &try, all[MANY - 1]);
    assert_int_equal(all[MANY - 1]->figures->requests, 1);
    targets_end(&try);
    free(all);
}

static void test_none_is_a_number_of_targets(void **state)
{
    struct place *p = *state;

    p->conf.n_upstreams = 0;
    refresh(p);
    assert_int_equal(targets_pick(p->targets, p->set, 0, 0), ROTA_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_targets_are_those_of_the_configuration),
        TEST(test_calls_are_counted_from_begin_to_end),
        TEST(test_ejection_is_logged_and_seen),
        TEST(test_return_is_logged_and_seen),
        TEST(test_rest_is_seen),
        TEST(test_reload_keeps_what_was_learned),
        TEST(test_another_address_begins_anew_but_for_its_calls),
        TEST(test_calls_to_the_address_before_show_nothing),
        TEST(test_upstreams_may_come_and_go),
        TEST(test_more_upstreams_than_figures_work_unseen),
        TEST(test_none_is_a_number_of_targets),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
