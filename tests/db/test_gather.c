/* What must hold: pages that lie side by side are written together, in the
 * order in which they came, and before anything else is written or synced;
 * whatever is written is in its place, and no error is lost. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gather.h"
#include "syscalls.h"

enum { PAGE = 4096, PAGES = 200 };

static struct fixture {
    int fd, other;
    int writes; /* that reached a file */
    bool fails; /* the next one */
} f;

static int before(enum syscall_kind kind)
{
    if (kind != SYSCALL_WRITE || !f.fails)
        return SYSCALL_GO;
    f.fails = false;
    return EIO;
}

static void wrote(int fd, const void *data, size_t n, off_t offset)
{
    (void)fd, (void)data, (void)n, (void)offset;
    f.writes++;
}

static const struct syscalls hooks = {.before = before, .wrote = wrote};

static int open_nameless(void)
{
    char path[] = "/tmp/turnpike-gather-XXXXXX";
    int fd = mkstemp(path);

    if (fd >= 0)
        unlink(path);
    return fd;
}

static int set_up(void **state)
{
    (void)state;
    f = (struct fixture){.fd = open_nameless(), .other = open_nameless()};
    syscalls_hook(&hooks);
    gather_begin();
    return f.fd >= 0 && f.other >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    syscalls_hook(NULL);
    gather_end();
    close(f.fd);
    close(f.other);
    return 0;
}

/* ---- acting ---- */

/* Write page ${number}, which is full of ${c}. Returns what the write does. */
static ssize_t put(int fd, int number, char c)
{
    char page[PAGE];

    memset(page, c, PAGE);
    assert_int_equal(gather_seek(fd, (off_t)number * PAGE, SEEK_SET), 0);
    return gather_write(fd, page, PAGE);
}

static void check_page(int fd, int number, char c)
{
    char page[PAGE];

    assert_int_equal(pread(fd, page, PAGE, (off_t)number * PAGE), PAGE);
    for (size_t i = 0; i < PAGE; i++)
        assert_int_equal(page[i], c);
}

static void check_length(int fd, off_t length)
{
    assert_int_equal(lseek(fd, 0, SEEK_END), length);
}

/* ---- together ---- */

static void test_pages_side_by_side_are_one_write(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(put(f.fd, 7 + i, (char)('a' + i)), PAGE);
    assert_int_equal(f.writes, 0);
    assert_int_equal(gather_flush(), 0);
    assert_int_equal(f.writes, 1);
    for (int i = 0; i < 5; i++)
        check_page(f.fd, 7 + i, (char)('a' + i));
    assert_int_equal(gather_flush(), 0);
    assert_int_equal(f.writes, 1);
}

static void test_more_than_there_is_room_for_is_written_all_the_same(
    void **state)
{
    (void)state;
    for (int i = 0; i < PAGES; i++)
        assert_int_equal(put(f.fd, i, (char)('a' + i % 26)), PAGE);
    assert_int_equal(gather_flush(), 0);
    assert_true(f.writes > 1 && f.writes < PAGES / 10);
    check_length(f.fd, PAGES * PAGE);
    for (int i = 0; i < PAGES; i++)
        check_page(f.fd, i, (char)('a' + i % 26));
}

static void test_pages_apart_are_written_apart(void **state)
{
    (void)state;
    put(f.fd, 3, 'a');
    put(f.fd, 5, 'b');
    put(f.fd, 4, 'c');
    put(f.fd, 4, 'd');
    assert_int_equal(gather_flush(), 0);
    assert_int_equal(f.writes, 4);
    check_page(f.fd, 3, 'a');
    check_page(f.fd, 4, 'd');
    check_page(f.fd, 5, 'b');
}

static void test_pages_of_two_files_are_written_apart(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    put(f.other, 1, 'b');
    assert_int_equal(gather_flush(), 0);
    check_length(f.fd, PAGE);
    check_page(f.fd, 0, 'a');
    check_length(f.other, 2 * PAGE);
    check_page(f.other, 1, 'b');
}

static void test_writes_go_on_where_the_last_one_ended(void **state)
{
    char page[PAGE];

    (void)state;
    put(f.fd, 1, 'a');
    memset(page, 'b', PAGE);
    assert_int_equal(gather_write(f.fd, page, PAGE), PAGE);
    assert_int_equal(gather_write(f.fd, "end", 3), 3);
    assert_int_equal(gather_write(f.fd, ".", 1), 1);
    check_length(f.fd, 3 * PAGE + 4);
    check_page(f.fd, 1, 'a');
    check_page(f.fd, 2, 'b');
    assert_int_equal(pread(f.fd, page, PAGE, 3 * PAGE), 4);
    assert_memory_equal(page, "end.", 4);
}

/* ---- order ---- */

static void test_what_is_no_page_waits_for_the_pages(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    assert_int_equal(gather_seek(f.other, 10, SEEK_SET), 0);
    f.fails = true;
    assert_int_equal(gather_write(f.other, "log", 3), -1);
    assert_int_equal(errno, EIO);
    check_length(f.other, 0);
}

static void test_end_writes_what_is_left(void **state)
{
    (void)state;
    put(f.fd, 2, 'a');
    assert_int_equal(gather_end(), 0);
    check_page(f.fd, 2, 'a');
}

static void test_nothing_is_put_together_after_the_end(void **state)
{
    (void)state;
    assert_int_equal(gather_end(), 0);
    assert_int_equal(put(f.fd, 1, 'a'), PAGE);
    assert_int_equal(f.writes, 1);
    assert_int_equal(gather_write(f.fd, "more", 4), 4);
    check_length(f.fd, 2 * PAGE + 4);
    check_page(f.fd, 1, 'a');
    assert_int_equal(gather_flush(), 0);
}

/* ---- errors ---- */

static void test_a_flush_that_fails_says_so(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    f.fails = true;
    assert_int_equal(gather_flush(), -1);
    assert_int_equal(errno, EIO);
}

static void test_the_next_page_tells_of_those_before_it(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    f.fails = true;
    assert_int_equal(put(f.fd, 9, 'b'), -1);
    assert_int_equal(errno, EIO);
}

static void test_an_end_that_fails_says_so(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    f.fails = true;
    assert_int_equal(gather_end(), -1);
}

static void test_a_write_without_a_seek_is_refused(void **state)
{
    (void)state;
    put(f.fd, 0, 'a');
    assert_int_equal(gather_write(f.other, "x", 1), -1);
    assert_int_equal(errno, ESPIPE);
}

static void test_a_seek_that_fails_says_so(void **state)
{
    (void)state;
    assert_int_equal(gather_seek(f.fd, -1, SEEK_SET), -1);
    assert_int_equal(errno, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pages_side_by_side_are_one_write),
        TEST(test_more_than_there_is_room_for_is_written_all_the_same),
        TEST(test_pages_apart_are_written_apart),
        TEST(test_pages_of_two_files_are_written_apart),
        TEST(test_writes_go_on_where_the_last_one_ended),
        TEST(test_what_is_no_page_waits_for_the_pages),
        TEST(test_end_writes_what_is_left),
        TEST(test_nothing_is_put_together_after_the_end),
        TEST(test_a_flush_that_fails_says_so),
        TEST(test_the_next_page_tells_of_those_before_it),
        TEST(test_an_end_that_fails_says_so),
        TEST(test_a_write_without_a_seek_is_refused),
        TEST(test_a_seek_that_fails_says_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
