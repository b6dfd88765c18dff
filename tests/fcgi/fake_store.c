#include "fake_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

struct store fake;

void fake_reset(void)
{
    fake = (struct store){
        .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
}

void fake_let_go(bool *flag)
{
    pthread_mutex_lock(&fake.lock);
    *flag = false;
    pthread_cond_broadcast(&fake.moved);
    pthread_mutex_unlock(&fake.lock);
}

void fake_wait(const size_t *counter, size_t n)
{
    pthread_mutex_lock(&fake.lock);
    while (*counter < n)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

static void note_thread(void)
{
    fake.one_thread &= pthread_equal(fake.thread, pthread_self()) != 0;
}

int store_open(
    const struct store_options *options, struct store **store, char error[256])
{
    assert_string_equal(options->dir, "somewhere");
    fake.thread = pthread_self();
    fake.one_thread = true;
    if (fake.open_result != 0) {
        snprintf(error, 256, "the fake does not open");
        return fake.open_result;
    }
    fake.opened = true;
    *store = &fake;
    return 0;
}

/* With the lock: wait until nobody holds ${flag}. */
static void wait_while(const bool *flag)
{
    while (*flag)
        pthread_cond_wait(&fake.moved, &fake.lock);
}

static void enter(struct store_verb *batch)
{
    size_t n = 0;

    pthread_mutex_lock(&fake.lock);
    for (struct store_verb *v = batch; v != NULL; v = v->next, n++)
        if (fake.verbs < FAKE_MOST)
            fake.order[fake.verbs++] = (int)v->kind;
    if (fake.batches < FAKE_MOST)
        fake.sizes[fake.batches] = n;
    fake.batches++;
    fake.entered++;
    pthread_cond_broadcast(&fake.moved);
    wait_while(&fake.held);
    pthread_mutex_unlock(&fake.lock);
}

static void hold_in_the_middle(void)
{
    pthread_mutex_lock(&fake.lock);
    wait_while(&fake.held_mid);
    pthread_mutex_unlock(&fake.lock);
}

static void give_back(struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    struct store_verb *list = batch, *next, *back = NULL;

    for (; fake.backwards && list != NULL; list = next) {
        next = list->next;
        list->next = back;
        back = list;
    }
    for (list = fake.backwards ? back : batch; list != NULL; list = next) {
        next = list->next;
        list->status = fake.refuses ? STORE_CLOSED : STORE_EXISTS;
        done(cookie, list);
        hold_in_the_middle();
    }
}

void store_run(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    enter(batch);
    give_back(batch, done, cookie);
}

void store_commit(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    enter(batch);
    *owed = (struct store_owed){.generation = 1, .position = fake.batches};
    if (fake.owes)
        owed->verbs = batch;
    else
        give_back(batch, done, cookie);
}

void store_harden(struct store *store, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    assert_ptr_equal(store, &fake);
    pthread_mutex_lock(&fake.lock);
    fake.syncs++;
    pthread_cond_broadcast(&fake.moved);
    wait_while(&fake.held_sync);
    fake.hardened = owed->position;
    pthread_mutex_unlock(&fake.lock);
    give_back(owed->verbs, done, cookie);
}

void store_tick(struct store *store)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    pthread_mutex_lock(&fake.lock);
    fake.ticks++;
    pthread_cond_broadcast(&fake.moved);
    pthread_mutex_unlock(&fake.lock);
}

bool store_reap_due(struct store *store, int64_t boot)
{
    assert_ptr_equal(store, &fake);
    return boot == 7;
}

void store_close(struct store *store)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    fake.closed = true;
}
