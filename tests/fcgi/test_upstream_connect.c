/* Names are looked up and servers reached while the loop goes on, and who no
 * longer wants a connection does not wait for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "upstream_play.h"

enum { HUNG_S = 20 };

static const char PLAIN[] = "http://slow.test:1";
static sem_t go, gone;

/* In front of the C library's, for libcurl: one name is found by nobody, and
 * not before the test lets it. */
int getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
    static int (*real)(const char *, const char *, const struct addrinfo *,
        struct addrinfo **);
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

    memcpy(&real, &symbol, sizeof(symbol));
    if (strcmp(name, "slow.test") != 0)
        return real(name, service, hints, found);
    sem_wait(&go);
    sem_post(&gone);
    return EAI_NONAME;
}

static void let_go(void)
{
    sem_post(&go);
    sem_wait(&gone);
}

static void start_slowly(struct world *w, const char *origin)
{
    w->target.origin = (char *)origin;
    play_start(w, &w->a);
    play_settle(w);
    assert_int_equal(w->a.ends, 0);
}

static void check_cancelling(struct world *w, const char *origin)
{
    start_slowly(w, origin);
    alarm(HUNG_S);
    play_cancel(&w->a);
    alarm(0);
    let_go();
}

static void test_cancelling_does_not_wait_for_the_resolver(void **state)
{
    check_cancelling(*state, PLAIN);
}

static void test_nor_does_it_where_tls_is_spoken(void **state)
{
    check_cancelling(*state, "https://slow.test:1");
}

static void test_deadline_does_not_wait_for_the_resolver(void **state)
{
    struct world *w = *state;

    w->target.first_byte_ms = 20;
    start_slowly(w, PLAIN);
    alarm(HUNG_S);
    play_run(w);
    alarm(0);
    play_check_end(&w->a, UPSTREAM_SILENT);
    let_go();
}

static void test_time_to_connect_does_not_wait_for_the_resolver(void **state)
{
    struct world *w = *state;

    w->target.connect_ms = 20;
    start_slowly(w, PLAIN);
    alarm(HUNG_S);
    play_run(w);
    alarm(0);
    play_check_end(&w->a, UPSTREAM_UNREACHABLE);
    let_go();
}

static void test_name_that_nobody_knows_is_unreachable(void **state)
{
    struct world *w = *state;

    start_slowly(w, PLAIN);
    let_go();
    play_run(w);
    play_check_end(&w->a, UPSTREAM_UNREACHABLE);
}

/* "localhost" is ::1 first, where this server does not listen. */
static void test_addresses_of_a_name_are_tried_in_turn(void **state)
{
    struct world *w = *state;
    char origin[64];

    snprintf(
        origin, sizeof(origin), "http://localhost:%u", http_stub_port(w->stub));
    w->target.origin = origin;
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cancelling_does_not_wait_for_the_resolver),
        TEST(test_nor_does_it_where_tls_is_spoken),
        TEST(test_deadline_does_not_wait_for_the_resolver),
        TEST(test_time_to_connect_does_not_wait_for_the_resolver),
        TEST(test_name_that_nobody_knows_is_unreachable),
        TEST(test_addresses_of_a_name_are_tried_in_turn),
    };

    sem_init(&go, 0, 0);
    sem_init(&gone, 0, 0);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
