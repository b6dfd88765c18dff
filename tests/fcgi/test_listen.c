/* Several listeners may share a socket, running out of descriptors is a pause
 * and not an end, and a path is taken from the dead only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "loop_play.h"

static char folder[] = "/tmp/test_listen.XXXXXX";
static char path[64];

/* A worker: a loop and its connections. */
struct worker {
    struct loop *loop;
    struct conn_set *set;
};

static void never_request(void *cookie, struct conn *c, struct request *r)
{
    (void)cookie;
    (void)c;
    (void)r;
    fail();
}

static void never_told(void *call)
{
    (void)call;
    fail();
}

static void worker_open(struct worker *w, unsigned most)
{
    static const struct conn_owner owner = {
        never_request, never_told, never_told, NULL};
    const struct conn_limits limits = {.body_max = 1000,
        .body_ms = 60000,
        .stall_ms = 60000,
        .most = most,
        .idle_ms = 60000};

    w->loop = loop_create();
    assert_non_null(w->loop);
    w->set = conn_set_create(w->loop, &owner, NULL, &limits);
    assert_non_null(w->set);
}

static void worker_close(struct worker *w)
{
    conn_set_free(w->set);
    loop_free(w->loop);
}

/* The errno of connecting to ${to}, or 0 with the socket in ${fd}. */
static int try_connect(const char *to, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, to);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(*fd >= 0);
    if (connect(*fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return 0;
    close(*fd);
    return errno;
}

static int dial(void)
{
    int fd;

    assert_int_equal(try_connect(path, &fd), 0);
    return fd;
}

static int setup(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/socket", folder);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    listen_free(NULL);
}

static void test_connection_is_accepted(void **state)
{
    struct worker w;
    struct listen *l;
    int fd = listen_bind(path), peer;

    (void)state;
    worker_open(&w, 10);
    l = listen_adopt(w.loop, fd, w.set);
    assert_non_null(l);
    peer = dial();
    loop_play_turn(w.loop);
    assert_int_equal(conn_set_count(w.set), 1);
    listen_free(l);
    worker_close(&w);
    close(peer);
    close(fd);
}

static void test_all_that_wait_are_accepted(void **state)
{
    enum { MANY = 100 };
    struct worker w;
    struct listen *l;
    int fd = listen_bind(path), peers[MANY];

    (void)state;
    worker_open(&w, MANY);
    l = listen_adopt(w.loop, fd, w.set);
    for (int i = 0; i < MANY; i++)
        peers[i] = dial();
    loop_play_turn(w.loop);
    loop_play_turn(w.loop);
    assert_int_equal(conn_set_count(w.set), MANY);
    listen_free(l);
    worker_close(&w);
    for (int i = 0; i < MANY; i++)
        close(peers[i]);
    close(fd);
}

static void test_two_listeners_share_a_socket(void **state)
{
    struct worker one, two;
    struct listen *a, *b;
    int fd = listen_bind(path), peers[2];

    (void)state;
    worker_open(&one, 10);
    worker_open(&two, 10);
    a = listen_adopt(one.loop, fd, one.set);
    b = listen_adopt(two.loop, fd, two.set);
    peers[0] = dial();
    loop_play_turn(one.loop);
    loop_play_turn(two.loop);
    assert_int_equal(conn_set_count(one.set), 1);
    assert_int_equal(conn_set_count(two.set), 0);
    peers[1] = dial();
    loop_play_turn(two.loop);
    loop_play_turn(one.loop);
    assert_int_equal(conn_set_count(one.set), 1);
    assert_int_equal(conn_set_count(two.set), 1);
    listen_free(a);
    listen_free(b);
    worker_close(&one);
    worker_close(&two);
    close(peers[0]);
    close(peers[1]);
    close(fd);
}

static void test_freed_listener_accepts_nothing_and_leaves_the_socket(
    void **state)
{
    struct worker w;
    int fd = listen_bind(path), peer;

    (void)state;
    worker_open(&w, 10);
    listen_free(listen_adopt(w.loop, fd, w.set));
    peer = dial();
    loop_play_turn(w.loop);
    assert_int_equal(conn_set_count(w.set), 0);
    assert_int_not_equal(fcntl(fd, F_GETFD), -1);
    worker_close(&w);
    close(peer);
    close(fd);
}

static void test_running_out_of_descriptors_is_survived(void **state)
{
    struct worker w;
    struct listen *l;
    struct rlimit before, none;
    int fd, peer;

    (void)state;
    /* valgrind accepts and then closes what the limit forbids. */
    if (getenv("TURNPIKE_VALGRIND") != NULL)
        return;
    fd = listen_bind(path);
    worker_open(&w, 10);
    l = listen_adopt(w.loop, fd, w.set);
    peer = dial();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    loop_play_turn(w.loop);
    loop_play_turn(w.loop);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(conn_set_count(w.set), 0);
    loop_play_wait(w.loop, 500);
    assert_int_equal(conn_set_count(w.set), 1);
    listen_free(l);
    worker_close(&w);
    close(peer);
    close(fd);
}

static void test_listener_may_be_freed_while_it_pauses(void **state)
{
    struct worker w;
    struct listen *l;
    struct rlimit before, none;
    int fd = listen_bind(path), peer;

    (void)state;
    worker_open(&w, 10);
    l = listen_adopt(w.loop, fd, w.set);
    peer = dial();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    loop_play_turn(w.loop);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    listen_free(l);
    loop_play_wait(w.loop, 200);
    assert_int_equal(conn_set_count(w.set), 0);
    worker_close(&w);
    close(peer);
    close(fd);
}

static void test_what_does_not_listen_is_refused(void **state)
{
    struct worker w;
    int fd[2];

    (void)state;
    worker_open(&w, 10);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    assert_null(listen_adopt(w.loop, fd[0], w.set));
    assert_int_equal(errno, EINVAL);
    close(fd[0]);
    close(fd[1]);
    worker_close(&w);
}

static void test_what_is_no_socket_is_refused(void **state)
{
    struct worker w;
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    worker_open(&w, 10);
    assert_null(listen_adopt(w.loop, fd, w.set));
    assert_int_equal(errno, ENOTSOCK);
    close(fd);
    worker_close(&w);
}

static void test_bound_socket_is_private(void **state)
{
    int fd = listen_bind(path);
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    close(fd);
}

static void test_stale_socket_is_replaced(void **state)
{
    int fd = listen_bind(path), peer;

    (void)state;
    close(fd);
    assert_int_equal(try_connect(path, &peer), ECONNREFUSED);
    fd = listen_bind(path);
    assert_true(fd >= 0);
    peer = dial();
    close(peer);
    close(fd);
}

static void test_live_socket_is_not_replaced(void **state)
{
    int fd = listen_bind(path), peer;

    (void)state;
    assert_int_equal(listen_bind(path), -1);
    assert_int_equal(errno, EADDRINUSE);
    peer = dial();
    close(peer);
    close(fd);
}

static void test_file_is_not_replaced(void **state)
{
    struct stat st;

    (void)state;
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(listen_bind(path), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void test_path_that_is_too_long_is_refused(void **state)
{
    char longer[200];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(listen_bind(longer), -1);
    assert_int_equal(errno, ENAMETOOLONG);
}

static void test_path_without_a_folder_is_refused(void **state)
{
    (void)state;
    assert_int_equal(listen_bind("/nonexistent/folder/socket"), -1);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_free_takes_null, setup),
        cmocka_unit_test_setup(test_connection_is_accepted, setup),
        cmocka_unit_test_setup(test_all_that_wait_are_accepted, setup),
        cmocka_unit_test_setup(test_two_listeners_share_a_socket, setup),
        cmocka_unit_test_setup(
            test_freed_listener_accepts_nothing_and_leaves_the_socket, setup),
        cmocka_unit_test_setup(
            test_running_out_of_descriptors_is_survived, setup),
        cmocka_unit_test_setup(
            test_listener_may_be_freed_while_it_pauses, setup),
        cmocka_unit_test_setup(test_what_does_not_listen_is_refused, setup),
        cmocka_unit_test_setup(test_what_is_no_socket_is_refused, setup),
        cmocka_unit_test_setup(test_bound_socket_is_private, setup),
        cmocka_unit_test_setup(test_stale_socket_is_replaced, setup),
        cmocka_unit_test_setup(test_live_socket_is_not_replaced, setup),
        cmocka_unit_test_setup(test_file_is_not_replaced, setup),
        cmocka_unit_test_setup(test_path_that_is_too_long_is_refused, setup),
        cmocka_unit_test_setup(test_path_without_a_folder_is_refused, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
