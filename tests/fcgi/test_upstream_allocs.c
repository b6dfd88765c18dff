/* Whichever allocation fails, a call to an upstream ends, what it is told is
 * true, and the next call goes well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/db/allocs.h"
#include "upstream_play.h"

enum { MOST = 1000 /* allocations of one call, and far from it */ };

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static const char whole[] = HEAD "Content-Length: 5\r\n\r\nhello";
static const char closing[] =
    HEAD "Connection: close\r\nContent-Length: 5\r\n\r\nhello";
static const char chunked[] = HEAD "Transfer-Encoding: chunked\r\n\r\n"
                                   "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
static const char packed[] = HEAD
    "Content-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05"
    "\0\0\0";

/* ---- the server: a process, as memory is only to fail in ours ---- */

struct server {
    pid_t pid;
    uint16_t port;
};

/* A request, which ends with its small object, an answer, and so on. */
static void converse(int fd, struct span answer)
{
    char bytes[4096];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        if (bytes[n - 1] == '}' &&
            send(fd, answer.p, answer.n, MSG_NOSIGNAL) != (ssize_t)answer.n)
            break;
}

static void serve(int door, struct span answer)
{
    for (;;) {
        int fd = accept(door, NULL, NULL);

        if (fd < 0)
            _exit(1);
        if (fork() == 0) {
            converse(fd, answer);
            _exit(0);
        }
        close(fd);
    }
}

static struct server server_start(struct span answer)
{
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(where);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct server s;

    assert_true(door >= 0);
    assert_int_equal(bind(door, (struct sockaddr *)&where, n), 0);
    assert_int_equal(listen(door, 16), 0);
    assert_int_equal(getsockname(door, (struct sockaddr *)&where, &n), 0);
    s.port = ntohs(where.sin_port);
    s.pid = fork();
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        serve(door, answer);
    }
    close(door);
    return s;
}

static void server_stop(const struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}

/* ---- memory ---- */

static int allocations_left; /* to the one that fails; 0: none does */

static bool is_alloc(const void *code)
{
    Dl_info info;

    return dladdr(code, &info) != 0 && info.dli_sname != NULL &&
           strstr(info.dli_sname, "alloc") != NULL;
}

static bool lies_in(const void *code, const char *library)
{
    Dl_info info;

    return dladdr(code, &info) != 0 && strstr(info.dli_fname, library) != NULL;
}

/* Whether libcurl itself allocates, directly or by strdup() and the like: it
 * does not survive every failure. */
static bool is_curl(void)
{
    void *stack[16];
    int n = backtrace(stack, 16), i = 0;

    while (i < n && !is_alloc(stack[i]))
        i++;
    do {
        i++;
    } while (i < n && lies_in(stack[i], "libc.so"));
    return i < n && lies_in(stack[i], "libcurl");
}

static bool may(void)
{
    return allocations_left == 0 || is_curl() || --allocations_left > 0;
}

/* ---- calls ---- */

static void forget(struct heard *h)
{
    buf_free(&h->body);
    *h = (struct heard){0};
}

static void check_told(const struct heard *h)
{
    assert_int_equal(h->ends, 1);
    assert_false(h->late);
    if (h->how == UPSTREAM_DONE && !h->body.failed)
        play_check_body(h, "hello");
}

/* A call of which the ${n}th allocation fails. Returns whether it has as many.
 * A socket that nothing watches, for want of memory, leaves it to its deadline.
 */
static bool call_short_of(struct world *w, int n)
{
    const struct conf_upstream patient = w->target;
    struct upstream_body *body = play_body();
    bool begun;

    w->target.connect_ms = w->target.first_byte_ms = w->target.idle_ms = 50;
    allocations_left = n;
    allocs_hook(may);
    begun = play_try(w, &w->a, body);
    if (begun)
        play_run(w);
    allocs_hook(NULL);
    upstream_body_release(body);
    if (begun)
        check_told(&w->a);
    forget(&w->a);
    w->target = patient;
    return allocations_left == 0;
}

static void call_well(struct world *w)
{
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
    play_check_body(&w->a, "hello");
    forget(&w->a);
}

/* Each in a world of its own; with a call before, where a first one does not
 * make all that there is to make. */
static bool play_short_of(const struct server *s, int n, bool first)
{
    void *state = NULL;
    struct world *w;
    bool failed;

    play_setup(&state);
    w = state;
    snprintf(w->origin, sizeof(w->origin), "http://127.0.0.1:%u", s->port);
    if (!first)
        call_well(w);
    failed = call_short_of(w, n);
    call_well(w);
    play_teardown(&state);
    return failed;
}

static void play_all(struct span answer, bool first)
{
    struct server s = server_start(answer);
    int n = 1;

    while (n < MOST && play_short_of(&s, n, first))
        n++;
    server_stop(&s);
    assert_in_range(n, 2, MOST - 1);
}

#define SPAN(text) ((struct span){text, sizeof(text) - 1})

static void test_a_first_call_ends(void **state)
{
    (void)state;
    play_all(SPAN(whole), true);
}

static void test_a_call_that_connects_ends(void **state)
{
    (void)state;
    play_all(SPAN(closing), false);
}

static void test_a_call_by_a_kept_connection_ends(void **state)
{
    (void)state;
    play_all(SPAN(whole), false);
}

static void test_an_answer_in_chunks_ends(void **state)
{
    (void)state;
    play_all(SPAN(chunked), false);
}

static void test_a_packed_answer_ends(void **state)
{
    (void)state;
    play_all(SPAN(packed), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_first_call_ends),
        cmocka_unit_test(test_a_call_that_connects_ends),
        cmocka_unit_test(test_a_call_by_a_kept_connection_ends),
        cmocka_unit_test(test_an_answer_in_chunks_ends),
        cmocka_unit_test(test_a_packed_answer_ends),
    };

#ifdef __SANITIZE_THREAD__
    /* It allocates in threads of libcurl's before they can be looked at. */
    puts("1..0 # SKIP ThreadSanitizer cannot do without memory");
    return 0;
#endif
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
