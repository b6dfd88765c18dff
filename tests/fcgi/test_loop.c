/* The loop delivers what happened once, in order, and nothing to whom has
 * disarmed itself, been disarmed or been freed before its turn came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_play.h"

/* A watched end of a socket pair that counts what it is told. */
struct side {
    struct loop *loop;
    struct loop_fd w;
    int peer;
    int calls;
    uint32_t events;
    struct side *victim; /* unwatched from our callback */
    bool stop;
};

static void callback_side(void *cookie, uint32_t events)
{
    struct side *s = cookie;

    s->calls++;
    s->events = events;
    if (s->victim != NULL)
        loop_watch(s->loop, &s->victim->w, 0);
    if (s->stop)
        loop_stop(s->loop);
}

static void side_open(struct side *s, struct loop *loop)
{
    int fd[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    *s = (struct side){.loop = loop, .peer = fd[1]};
    s->w = (struct loop_fd){.fd = fd[0], .ready = callback_side, .cookie = s};
}

static void side_close(struct side *s)
{
    loop_watch(s->loop, &s->w, 0);
    close(s->w.fd);
    close(s->peer);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    loop_free(NULL);
}

static void test_readable_descriptor_is_told(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN), 0);
    assert_int_equal(write(s.peer, "x", 1), 1);
    loop_play_turn(*state);
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.events, EPOLLIN);
    side_close(&s);
}

static void test_silent_descriptor_is_not_told(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN), 0);
    loop_play_turn(*state);
    assert_int_equal(s.calls, 0);
    side_close(&s);
}

static void test_unwatched_descriptor_is_not_told(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN), 0);
    assert_int_equal(write(s.peer, "x", 1), 1);
    assert_int_equal(loop_watch(*state, &s.w, 0), 0);
    loop_play_turn(*state);
    assert_int_equal(s.calls, 0);
    side_close(&s);
}

static void test_events_can_be_changed(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN), 0);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLOUT), 0);
    loop_play_turn(*state);
    assert_int_equal(s.events, EPOLLOUT);
    side_close(&s);
}

static void test_hangup_is_told_unasked(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLRDHUP), 0);
    shutdown(s.peer, SHUT_RDWR);
    loop_play_turn(*state);
    assert_true((s.events & EPOLLHUP) != 0);
    side_close(&s);
}

/* Whichever of two ready sides comes first unwatches the other one. */
static void test_event_of_the_same_turn_is_withdrawn_by_unwatching(void **state)
{
    struct side a, b;

    side_open(&a, *state);
    side_open(&b, *state);
    a.victim = &b;
    b.victim = &a;
    assert_int_equal(loop_watch(*state, &a.w, EPOLLOUT), 0);
    assert_int_equal(loop_watch(*state, &b.w, EPOLLOUT), 0);
    loop_play_turn(*state);
    assert_int_equal(a.calls + b.calls, 1);
    side_close(&a);
    side_close(&b);
}

struct killer {
    struct loop *loop;
    struct side **victims; /* two; the one not called is freed */
    struct side *self;
    int *calls;
};

static void callback_kill(void *cookie, uint32_t events)
{
    struct killer *k = cookie;

    (void)events;
    ++*k->calls;
    for (int i = 0; i < 2; i++) {
        struct side *victim = k->victims[i];

        if (victim == NULL || victim == k->self)
            continue;
        k->victims[i] = NULL;
        side_close(victim);
        free(victim);
    }
}

static void test_cookie_may_be_freed_while_its_event_waits(void **state)
{
    struct side *sides[2];
    struct killer killers[2];
    int calls = 0;

    for (int i = 0; i < 2; i++) {
        sides[i] = malloc(sizeof(struct side));
        assert_non_null(sides[i]);
        side_open(sides[i], *state);
        killers[i] = (struct killer){*state, sides, sides[i], &calls};
        sides[i]->w.ready = callback_kill;
        sides[i]->w.cookie = &killers[i];
        assert_int_equal(loop_watch(*state, &sides[i]->w, EPOLLOUT), 0);
    }
    loop_play_turn(*state);
    assert_int_equal(calls, 1);
    for (int i = 0; i < 2; i++)
        if (sides[i] != NULL) {
            side_close(sides[i]);
            free(sides[i]);
        }
}

static void test_descriptor_number_may_come_back(void **state)
{
    struct side a, b;
    int number;

    side_open(&a, *state);
    assert_int_equal(loop_watch(*state, &a.w, EPOLLIN), 0);
    number = a.w.fd;
    side_close(&a);
    side_open(&b, *state);
    assert_int_equal(b.w.fd, number);
    assert_int_equal(loop_watch(*state, &b.w, EPOLLOUT), 0);
    loop_play_turn(*state);
    assert_int_equal(b.calls, 1);
    side_close(&b);
}

static void test_unwatching_a_closed_descriptor_is_harmless(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN), 0);
    close(s.w.fd);
    assert_int_equal(loop_watch(*state, &s.w, 0), 0);
    close(s.peer);
}

static void callback_close_victim(void *cookie, uint32_t events)
{
    struct side *s = cookie;

    (void)events;
    s->calls++;
    loop_close(s->loop, &s->victim->w);
}

static void test_closing_withdraws_an_event_and_gives_the_number_back(
    void **state)
{
    struct side a, b, c;
    struct side *closed;
    int number[2];

    side_open(&a, *state);
    side_open(&b, *state);
    number[0] = a.w.fd;
    number[1] = b.w.fd;
    a.victim = &b;
    b.victim = &a;
    a.w.ready = b.w.ready = callback_close_victim;
    assert_int_equal(loop_watch(*state, &a.w, EPOLLOUT), 0);
    assert_int_equal(loop_watch(*state, &b.w, EPOLLOUT), 0);
    loop_play_turn(*state);
    assert_int_equal(a.calls + b.calls, 1);
    assert_int_equal(loop_watch(*state, a.calls == 1 ? &a.w : &b.w, 0), 0);
    closed = a.calls == 1 ? &b : &a;
    assert_int_equal(closed->w.fd, -1);
    side_open(&c, *state);
    assert_int_equal(c.w.fd, number[closed == &b]);
    assert_int_equal(loop_watch(*state, &c.w, EPOLLOUT), 0);
    loop_play_turn(*state);
    assert_int_equal(c.calls, 1);
    side_close(&c);
    side_close(closed == &a ? &b : &a);
    close(closed->peer);
}

static void test_watching_a_bad_descriptor_fails(void **state)
{
    struct loop_fd w = {.fd = -1};

    assert_int_equal(loop_watch(*state, &w, EPOLLIN), -1);
    assert_int_equal(w.events, 0);
}

static void test_exclusive_watch_can_be_changed(void **state)
{
    struct side s;

    side_open(&s, *state);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLIN | EPOLLEXCLUSIVE), 0);
    assert_int_equal(loop_watch(*state, &s.w, EPOLLOUT | EPOLLEXCLUSIVE), 0);
    loop_play_turn(*state);
    assert_int_equal(s.events, EPOLLOUT);
    side_close(&s);
}

struct signals {
    struct loop *loop;
    int count[NSIG];
};

static void callback_caught(void *cookie, int signo)
{
    struct signals *s = cookie;

    s->count[signo]++;
}

static void test_signals_are_called_from_the_loop(void **state)
{
    struct signals s = {.loop = *state};
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGUSR2);
    assert_int_equal(loop_signals(*state, &mask, callback_caught, &s), 0);
    raise(SIGUSR1);
    raise(SIGUSR2);
    assert_int_equal(s.count[SIGUSR1], 0);
    loop_play_turn(*state);
    assert_int_equal(s.count[SIGUSR1], 1);
    assert_int_equal(s.count[SIGUSR2], 1);
}

static void test_stop_before_run_ends_it_at_once(void **state)
{
    loop_stop(*state);
    assert_int_equal(loop_run(*state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_takes_null),
        WITH_LOOP(test_readable_descriptor_is_told),
        WITH_LOOP(test_silent_descriptor_is_not_told),
        WITH_LOOP(test_unwatched_descriptor_is_not_told),
        WITH_LOOP(test_events_can_be_changed),
        WITH_LOOP(test_hangup_is_told_unasked),
        WITH_LOOP(test_event_of_the_same_turn_is_withdrawn_by_unwatching),
        WITH_LOOP(test_cookie_may_be_freed_while_its_event_waits),
        WITH_LOOP(test_descriptor_number_may_come_back),
        WITH_LOOP(test_unwatching_a_closed_descriptor_is_harmless),
        WITH_LOOP(test_closing_withdraws_an_event_and_gives_the_number_back),
        WITH_LOOP(test_watching_a_bad_descriptor_fails),
        WITH_LOOP(test_exclusive_watch_can_be_changed),
        WITH_LOOP(test_signals_are_called_from_the_loop),
        WITH_LOOP(test_stop_before_run_ends_it_at_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
