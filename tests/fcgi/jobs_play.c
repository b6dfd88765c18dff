#include "jobs_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "loop_play.h"

static void callback_done(void *cookie)
{
    struct errand *e = cookie;
    struct world *w = e->w;

    w->elsewhere |= !pthread_equal(w->thread, pthread_self());
    assert_int_equal(
        e->verb.status, fake.refuses ? STORE_CLOSED : STORE_EXISTS);
    if (w->told < FAKE_MOST)
        w->order[w->told] = (int)e->verb.kind;
    w->told++;
    if (w->again > 0) {
        w->again--;
        e->verb.status = STORE_OK;
        jobs_submit(w->jobs, &e->job);
    }
    if (w->told >= w->wanted)
        loop_stop(w->loop);
}

void play_submit(struct world *w, struct errand *e, int kind)
{
    *e = (struct errand){.w = w};
    e->verb.kind = (enum store_kind)kind;
    e->job = (struct job){.verb = &e->verb, .done = callback_done, .cookie = e};
    jobs_submit(w->jobs, &e->job);
}

void play_submit_all(struct world *w, struct errand *e, int n)
{
    for (int i = 0; i < n; i++)
        play_submit(w, &e[i], i);
}

void play_hand_over(struct world *w, size_t batches)
{
    loop_play_turn(w->loop);
    fake_wait(&fake.entered, batches);
}

void play_run(struct world *w, size_t wanted)
{
    w->wanted = wanted;
    loop_play_run(w->loop);
    assert_int_equal(w->told, wanted);
}

void play_start(struct world *w)
{
    struct store_options options = {.dir = "somewhere"};
    char error[256];

    assert_non_null(w->jobs = jobs_start(w->loop, &options, error));
}

void play_start_inline(struct world *w)
{
    struct store_options options = {.dir = "somewhere"};
    char error[256];

    assert_non_null(w->jobs = jobs_start_inline(w->loop, &options, error));
}

void play_stop(struct world *w)
{
    jobs_stop(w->jobs);
    w->jobs = NULL;
}

void play_start_held(struct world *w, struct errand *e)
{
    fake.held = true;
    play_start(w);
    play_submit(w, e, 0);
    play_hand_over(w, 1);
}

int play_setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    fake_reset();
    assert_non_null(w->loop = loop_create());
    w->thread = pthread_self();
    *state = w;
    return 0;
}

int play_teardown(void **state)
{
    struct world *w = *state;

    jobs_stop(w->jobs);
    loop_free(w->loop);
    free(w);
    return 0;
}
