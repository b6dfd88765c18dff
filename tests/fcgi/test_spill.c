/* A bill that was put comes to the store exactly as it was, at the next
 * occasion, from whichever worker; it stays until the store has taken it; what
 * was not written to its end is no bill; and what a living worker has put is
 * that worker's. The store thread is a fake that answers when it is told to,
 * and so is the clock that bounds the tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "allocs.h"
#include "core/hold.h"
#include "log.h"
#include "spill.h"

/* ---- the store thread ---- */

struct jobs {
    struct job *first, **end;
    size_t submitted;
};

static struct jobs jobs;
static time_t clock_now;
static char event[64]; /* the last one logged */

void jobs_submit(struct jobs *to, struct job *job)
{
    assert_ptr_equal(to, &jobs);
    job->next = NULL;
    *to->end = job;
    to->end = &job->next;
    to->submitted++;
}

void log_event(const char *name, const char *fmt, ...)
{
    (void)fmt;
    snprintf(event, sizeof(event), "%s", name);
}

static char alarm_of[64]; /* the last call whose loss was told of */
static int64_t alarm_credits;

void log_uncollected(const char *request, const struct charge *charge)
{
    snprintf(alarm_of, sizeof(alarm_of), "%s", request);
    alarm_credits = charge->uncollected;
}

time_t time(time_t *where)
{
    if (where != NULL)
        *where = clock_now;
    return clock_now;
}

/* The oldest bill that waits. */
static const struct store_settle *waiting(void)
{
    assert_non_null(jobs.first);
    assert_int_equal(jobs.first->verb->kind, STORE_SETTLE);
    return (const struct store_settle *)jobs.first->verb;
}

static void answer(enum store_status status)
{
    struct job *job = jobs.first;

    assert_non_null(job);
    jobs.first = job->next;
    if (jobs.first == NULL)
        jobs.end = &jobs.first;
    job->verb->status = status;
    job->done(job->cookie);
}

static void answer_all(enum store_status status)
{
    while (jobs.first != NULL)
        answer(status);
}

/* ---- the directory ---- */

struct place {
    char dir[64], spill[80];
    char file[400]; /* of the first file in it */
    struct spill *s;
};

static size_t files_named(struct place *p, const char *prefix)
{
    DIR *dir = opendir(p->spill);
    struct dirent *entry;
    size_t n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && n++ == 0)
            snprintf(
                p->file, sizeof(p->file), "%s/%s", p->spill, entry->d_name);
    closedir(dir);
    return n;
}

static size_t files(struct place *p)
{
    return files_named(p, "bills.");
}

static size_t rooms(struct place *p)
{
    return files_named(p, ".room.");
}

static struct store_settle bill(int number)
{
    struct store_settle b = {
        .usage = {true, 10u + (unsigned)number, 1000u + (unsigned)number},
        .flags = LEDGER_CLIENT_GONE,
        .now = 1700000000000000 + number,
    };

    memset(b.request, number, sizeof(b.request));
    return b;
}

static void put(struct spill *s, int number)
{
    struct store_settle b = bill(number);

    assert_int_equal(spill_put(s, &b), 0);
}

/* One that has its event with it. */
static struct store_settle governed_bill(
    int number, struct store_event_add *told)
{
    struct store_settle b = bill(number);

    *told = (struct store_event_add){
        .text = {"{\"a\":\"\xc3\xa9\"}", 10},
        .rollback = {"{}\n", 3},
        .project = "bot",
        .target = "a \"label\"",
        .policy = "rules",
        .flagged = true,
        .rule = {15, 20, 250000, 30},
    };
    memset(told->id, 0xe0 + number, sizeof(told->id));
    memset(told->rollback_id, 0xf0 + number, sizeof(told->rollback_id));
    b.event = told;
    return b;
}

static void leave_file(struct place *p, const char *text)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/bills.1.1", p->spill);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void reopen(struct place *p)
{
    spill_close(p->s);
    p->s = spill_open(p->dir, &jobs);
    assert_non_null(p->s);
}

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    jobs = (struct jobs){.end = &jobs.first};
    clock_now = 1000;
    event[0] = '\0';
    strcpy(p->dir, "/tmp/test_spill.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->spill, sizeof(p->spill), "%s/spill", p->dir);
    p->s = spill_open(p->dir, &jobs);
    assert_non_null(p->s);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;

    spill_close(p->s);
    while (files(p) > 0 || rooms(p) > 0)
        unlink(p->file);
    rmdir(p->spill);
    rmdir(p->dir);
    free(p);
    return 0;
}

/* ---- in one worker ---- */

static void test_directory_is_private(void **state)
{
    struct place *p = *state;
    struct stat st;

    assert_int_equal(stat(p->spill, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_file_is_private(void **state)
{
    struct place *p = *state;
    mode_t mask = umask(0);
    struct stat st;

    put(p->s, 1);
    umask(mask);
    assert_int_equal(files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_replay_without_bills_submits_nothing(void **state)
{
    struct place *p = *state;

    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 0);
}

static void test_bill_comes_back_as_it_was_put(void **state)
{
    struct place *p = *state;
    const struct store_settle *b, wanted = bill(7);

    put(p->s, 7);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
    b = waiting();
    assert_memory_equal(b->request, wanted.request, STORE_ID);
    assert_true(b->usage.known);
    assert_int_equal(b->usage.tokens_in, 17);
    assert_int_equal(b->usage.tokens_out, 1007);
    assert_false(b->free_of_charge);
    assert_int_equal(b->flags, LEDGER_CLIENT_GONE);
    assert_int_equal(b->now, wanted.now);
    answer_all(STORE_OK);
}

static void test_release_of_a_hold_comes_back_too(void **state)
{
    struct place *p = *state;
    struct store_settle b = bill(1);

    b.free_of_charge = true;
    b.usage = (struct usage){.tokens_in = UINT64_MAX};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_true(waiting()->free_of_charge);
    assert_false(waiting()->usage.known);
    assert_true(waiting()->usage.tokens_in == UINT64_MAX);
    answer_all(STORE_OK);
}

static void test_event_comes_back_with_its_bill(void **state)
{
    struct place *p = *state;
    struct store_event_add wanted;
    struct store_settle b = governed_bill(7, &wanted);
    const struct store_event_add *e;

    assert_int_equal(spill_put(p->s, &b), 0);
    put(p->s, 8);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 2);
    assert_memory_equal(waiting()->request, b.request, STORE_ID);
    assert_int_equal(waiting()->usage.tokens_out, 1007);
    assert_int_equal(waiting()->now, b.now);
    e = waiting()->event;
    assert_non_null(e);
    assert_memory_equal(e->id, wanted.id, STORE_ID);
    assert_memory_equal(e->rollback_id, wanted.rollback_id, STORE_ID);
    assert_int_equal(e->text.n, wanted.text.n);
    assert_memory_equal(e->text.p, wanted.text.p, wanted.text.n);
    assert_int_equal(e->rollback.n, wanted.rollback.n);
    assert_memory_equal(e->rollback.p, wanted.rollback.p, wanted.rollback.n);
    assert_string_equal(e->project, wanted.project);
    assert_string_equal(e->target, wanted.target);
    assert_string_equal(e->policy, wanted.policy);
    assert_true(e->flagged);
    assert_memory_equal(&e->rule, &wanted.rule, sizeof(e->rule));
    answer(STORE_OK);
    assert_null(waiting()->event);
    answer(STORE_OK);
}

static void test_decision_without_an_event_comes_back_with_its_bill(
    void **state)
{
    struct place *p = *state;
    struct store_event_add wanted;
    struct store_settle b = governed_bill(7, &wanted);

    wanted.text = wanted.rollback = (struct span){"", 0};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_non_null(waiting()->event);
    assert_int_equal(waiting()->event->text.n, 0);
    assert_string_equal(waiting()->event->policy, wanted.policy);
    assert_true(waiting()->event->flagged);
    answer(STORE_OK);
}

static void test_bill_with_the_longest_event_is_read(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = governed_bill(7, &told);
    static char text[STORE_EVENT_MAX];

    memset(text, '"', sizeof(text));
    told.text = (struct span){text, sizeof(text)};
    assert_int_equal(spill_put(p->s, &b), 0);
    spill_replay(p->s);
    assert_int_equal(waiting()->event->text.n, sizeof(text));
    assert_memory_equal(waiting()->event->text.p, text, sizeof(text));
    answer_all(STORE_OK);
}

/* As they were written before bills had events. */
static void test_older_files_are_read(void **state)
{
    struct place *p = *state;

    leave_file(p, "07070707070707070707070707070707 1 17 1007 0 2 "
                  "1700000000000007\n");
    reopen(p);
    assert_int_equal(jobs.submitted, 1);
    assert_int_equal(waiting()->request[0], 7);
    assert_int_equal(waiting()->usage.tokens_out, 1007);
    assert_null(waiting()->event);
    answer_all(STORE_OK);
}

static void test_tokens_count_in_the_windows_of_the_present(void **state)
{
    struct place *p = *state;
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    put(p->s, 1);
    spill_replay(p->s);
    assert_true(waiting()->boot >= now.tv_sec);
    answer_all(STORE_OK);
}

static void test_bills_come_back_in_their_order(void **state)
{
    struct place *p = *state;

    for (int i = 1; i <= 3; i++)
        put(p->s, i);
    assert_int_equal(files(p), 1);
    spill_replay(p->s);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(waiting()->request[0], i);
        answer(STORE_OK);
    }
    assert_int_equal(jobs.submitted, 3);
}

static void test_file_goes_when_all_are_in(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    put(p->s, 2);
    spill_replay(p->s);
    answer(STORE_OK);
    assert_int_equal(files(p), 1);
    answer(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_what_is_in_is_not_submitted_again(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    answer_all(STORE_OK);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
}

static void test_bill_under_way_is_not_submitted_again(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
    answer_all(STORE_OK);
}

static void test_closed_store_keeps_the_file(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    put(p->s, 2);
    spill_replay(p->s);
    answer(STORE_CLOSED);
    answer(STORE_OK);
    assert_int_equal(files(p), 1);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 4);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_closed_store_is_tried_once_a_second(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    answer(STORE_CLOSED);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
}

static void test_bill_without_a_hold_is_told_and_forgotten(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    answer(STORE_NOT_FOUND);
    assert_string_equal(event, "settle_failed");
    assert_int_equal(files(p), 0);
}

static void test_bill_that_is_put_during_a_replay_survives_it(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    put(p->s, 2);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 1);
    spill_replay(p->s);
    assert_int_equal(waiting()->request[0], 2);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_all_are_tried_again_when_a_replay_fails_meanwhile(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    put(p->s, 2);
    answer_all(STORE_CLOSED);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 3);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_close_in_the_middle_keeps_the_file(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    spill_close(p->s); /* frees the bill that waits */
    jobs.first = NULL;
    jobs.end = &jobs.first;
    assert_int_equal(files(p), 1);
    p->s = spill_open(p->dir, &jobs);
    assert_int_equal(waiting()->request[0], 1);
    answer_all(STORE_OK);
}

/* ---- what is cut short ---- */

static void test_line_cut_short_is_not_a_bill(void **state)
{
    struct place *p = *state;
    struct stat st;

    put(p->s, 1);
    put(p->s, 2);
    assert_int_equal(files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(truncate(p->file, st.st_size - 1), 0);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
    assert_int_equal(waiting()->request[0], 1);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_bill_with_an_event_cut_short_is_not_one(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = governed_bill(3, &told);
    struct stat st;

    for (int cut = 1; cut < 300; cut += 7) {
        assert_int_equal(spill_put(p->s, &b), 0);
        assert_int_equal(files(p), 1);
        assert_int_equal(stat(p->file, &st), 0);
        assert_true(st.st_size > 300);
        assert_int_equal(truncate(p->file, st.st_size - cut), 0);
        clock_now++;
        spill_replay(p->s);
        assert_int_equal(jobs.submitted, 0);
        assert_int_equal(files(p), 0);
    }
}

static void test_garbage_is_not_a_bill(void **state)
{
    struct place *p = *state;

    leave_file(p, "garbage\n\n0123 1 2 3 0 0 4\n"
                  "zz0102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n"
                  "000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4 5\n");
    reopen(p);
    assert_int_equal(jobs.submitted, 0);
    assert_int_equal(files(p), 0);
}

static void test_bill_does_not_join_a_line_cut_short(void **state)
{
    struct place *p = *state;

    leave_file(p, "000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n"
                  "0001020304050607");
    reopen(p);
    answer_all(STORE_CLOSED);
    put(p->s, 5);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 3);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

/* A file system that is full, as far as the bills can tell. */
static void test_put_that_fails_does_not_spoil_the_next(void **state)
{
    struct place *p = *state;
    struct store_settle b = bill(2);
    struct rlimit old, low;
    struct stat st;
    int result;

    put(p->s, 1);
    assert_int_equal(files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = (struct rlimit){(rlim_t)st.st_size + 10, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
    errno = 0;
    result = spill_put(p->s, &b);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(result, -1);
    assert_int_not_equal(errno, 0);
    put(p->s, 3);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 2);
    answer(STORE_OK);
    assert_int_equal(waiting()->request[0], 3);
    answer_all(STORE_OK);
}

static void test_bill_goes_without_its_event_where_there_is_no_room(
    void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = governed_bill(2, &told);
    struct rlimit old, low;
    int result;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = (struct rlimit){100, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
    result = spill_put(p->s, &b);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(result, 0);
    assert_string_equal(event, "event_lost");
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 1);
    assert_int_equal(waiting()->request[0], 2);
    assert_null(waiting()->event);
    answer_all(STORE_OK);
}

/* What is allocated is there on a full disk too. */
static void test_bill_goes_where_room_was_kept(void **state)
{
    struct place *p = *state;
    struct stat room, st;

    assert_int_equal(rooms(p), 1);
    assert_int_equal(stat(p->file, &room), 0);
    assert_int_equal(room.st_size, 0);
    assert_true(room.st_blocks * 512 >= 512 << 10);
    put(p->s, 1);
    assert_int_equal(rooms(p), 0);
    assert_int_equal(files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_ino, room.st_ino);
}

static void test_room_is_kept_for_the_bills_after_a_replay(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
    assert_int_equal(rooms(p), 1);
}

static void test_room_goes_with_its_worker(void **state)
{
    struct place *p = *state;

    spill_close(p->s);
    p->s = NULL;
    assert_int_equal(rooms(p), 0);
}

static void test_put_without_a_directory_fails(void **state)
{
    struct place *p = *state;
    struct store_settle b = bill(1);
    char aside[80];

    snprintf(aside, sizeof(aside), "%s/aside", p->dir);
    assert_int_equal(rename(p->spill, aside), 0);
    assert_int_equal(spill_put(p->s, &b), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(rename(aside, p->spill), 0);
    put(p->s, 1);
}

/* In a child, as nothing is forbidden to root. */
static void test_put_where_nothing_may_be_written_fails(void **state)
{
    enum { NOBODY = 65534 };
    struct place *p = *state;
    struct store_settle b = bill(1);
    int status;
    pid_t pid;

    assert_int_equal(chmod(p->spill, 0500), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(2);
        _exit(spill_put(p->s, &b) == -1 && errno == EACCES ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    chmod(p->spill, 0700);
}

static void test_open_fails_when_a_file_is_in_the_place(void **state)
{
    struct place *p = *state;
    int fd;

    spill_close(p->s);
    p->s = NULL;
    assert_int_equal(rmdir(p->spill), 0);
    fd = creat(p->spill, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_null(spill_open(p->dir, &jobs));
    unlink(p->spill);
    assert_int_equal(mkdir(p->spill, 0700), 0);
}

static void test_close_takes_null(void **state)
{
    (void)state;
    spill_close(NULL);
}

/* ---- between workers ---- */

/* Another worker that has put a bill, and lives until ${hold} is closed. */
static pid_t worker_with_a_bill(struct place *p, int number, int *hold)
{
    int ready[2], wait[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store_settle b = bill(number);

        close(wait[1]);
        reopen(p);
        if (spill_put(p->s, &b) != 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        _exit(read(wait[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(wait[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *hold = wait[1];
    return pid;
}

static void let_die(pid_t pid, int hold)
{
    int status;

    close(hold);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_bills_of_a_living_worker_are_its_own(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    reopen(p);
    assert_int_equal(jobs.submitted, 0);
    assert_int_equal(files(p), 1);
    let_die(pid, hold);
}

/* It dies before it has put anything, with its lock. */
static void test_room_of_a_dead_worker_is_given_back(void **state)
{
    struct place *p = *state;
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/.room.1.1", p->spill);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    reopen(p);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rooms(p), 1);
}

static void test_bills_of_a_dead_worker_are_adopted_at_open(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    let_die(pid, hold);
    reopen(p);
    assert_int_equal(jobs.submitted, 1);
    assert_int_equal(waiting()->request[0], 4);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_sweep_brings_in_what_another_left_meanwhile(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid = worker_with_a_bill(p, 4, &hold);

    spill_sweep(p->s);
    assert_int_equal(jobs.submitted, 0);
    let_die(pid, hold);
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 0);
    spill_sweep(p->s);
    assert_int_equal(jobs.submitted, 1);
    assert_int_equal(waiting()->request[0], 4);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_adopted_bills_are_tried_again(void **state)
{
    struct place *p = *state;
    int hold;
    pid_t pid;

    for (int i = 1; i <= 3; i++) {
        pid = worker_with_a_bill(p, i, &hold);
        let_die(pid, hold);
    }
    /* The later children have adopted what the earlier left, and died. */
    reopen(p);
    assert_int_equal(jobs.submitted, 3);
    answer_all(STORE_CLOSED);
    clock_now++;
    spill_replay(p->s);
    assert_int_equal(jobs.submitted, 6);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_worker_that_lives_with_a_failed_replay_puts_anew(void **state)
{
    struct place *p = *state;

    put(p->s, 1);
    spill_replay(p->s);
    answer_all(STORE_CLOSED);
    put(p->s, 2);
    reopen(p); /* the next worker */
    assert_int_equal(jobs.submitted, 3);
    answer_all(STORE_OK);
    assert_int_equal(files(p), 0);
}

static void test_other_files_are_left_alone(void **state)
{
    struct place *p = *state;
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/README", p->spill);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n", file);
    fclose(file);
    reopen(p);
    assert_int_equal(jobs.submitted, 0);
    assert_int_equal(files_named(p, "README"), 1);
    unlink(p->file);
}

static void test_links_are_not_followed(void **state)
{
    struct place *p = *state;
    char link[200], target[200];
    FILE *file;

    snprintf(target, sizeof(target), "%s/target", p->dir);
    snprintf(link, sizeof(link), "%s/bills.1.1", p->spill);
    file = fopen(target, "w");
    assert_non_null(file);
    fputs("000102030405060708090a0b0c0d0e0f 1 2 3 0 0 4\n", file);
    fclose(file);
    assert_int_equal(symlink(target, link), 0);
    reopen(p);
    assert_int_equal(jobs.submitted, 0);
    unlink(target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void test_loss_of_a_bill_is_told(void **state)
{
    struct place *p = *state;

    put(p->s, 0x2a);
    spill_replay(p->s);
    ((struct store_settle *)(void *)jobs.first->verb)->charge.uncollected = 7;
    answer(STORE_OK);
    assert_string_equal(alarm_of, "req_2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a");
    assert_int_equal(alarm_credits, 7);
}

/* ---- without memory ---- */

static unsigned allocations, fail_at;
static bool failed;

static bool may_allocate(void)
{
    failed |= ++allocations == fail_at;
    return allocations != fail_at;
}

static void test_put_needs_no_memory(void **state)
{
    struct place *p = *state;

    allocations = 0;
    fail_at = 0;
    allocs_hook(may_allocate);
    put(p->s, 1);
    put(p->s, 2);
    allocs_hook(NULL);
    assert_int_equal(allocations, 0);
}

static bool may_not_allocate(void)
{
    return false;
}

static void test_put_without_memory_leaves_the_event(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = governed_bill(2, &told);

    allocs_hook(may_not_allocate);
    assert_int_equal(spill_put(p->s, &b), 0);
    allocs_hook(NULL);
    assert_string_equal(event, "event_lost");
    spill_replay(p->s);
    assert_int_equal(waiting()->request[0], 2);
    answer_all(STORE_OK);
}

/* Whichever allocation fails, every bill comes in, this time or the next. */
static void test_replay_without_memory_is_tried_again(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = governed_bill(2, &told);
    size_t came[4] = {0};

    failed = true;
    for (fail_at = 1; failed; fail_at++) {
        put(p->s, 1);
        assert_int_equal(spill_put(p->s, &b), 0);
        put(p->s, 3);
        memset(came, 0, sizeof(came));
        allocations = 0;
        failed = false;
        allocs_hook(may_allocate);
        spill_replay(p->s);
        allocs_hook(NULL);
        for (int round = 0; round < 2; round++) {
            while (jobs.first != NULL) {
                came[waiting()->request[0]]++;
                if (waiting()->request[0] == 2)
                    assert_non_null(waiting()->event);
                answer(STORE_OK);
            }
            clock_now += 2;
            spill_replay(p->s);
        }
        for (int i = 1; i <= 3; i++)
            assert_in_range(came[i], 1, 2);
        assert_int_equal(files(p), 0);
    }
    assert_true(fail_at > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_directory_is_private),
        TEST(test_file_is_private),
        TEST(test_replay_without_bills_submits_nothing),
        TEST(test_bill_comes_back_as_it_was_put),
        TEST(test_release_of_a_hold_comes_back_too),
        TEST(test_event_comes_back_with_its_bill),
        TEST(test_decision_without_an_event_comes_back_with_its_bill),
        TEST(test_bill_with_the_longest_event_is_read),
        TEST(test_older_files_are_read),
        TEST(test_tokens_count_in_the_windows_of_the_present),
        TEST(test_bills_come_back_in_their_order),
        TEST(test_file_goes_when_all_are_in),
        TEST(test_what_is_in_is_not_submitted_again),
        TEST(test_bill_under_way_is_not_submitted_again),
        TEST(test_closed_store_keeps_the_file),
        TEST(test_closed_store_is_tried_once_a_second),
        TEST(test_bill_without_a_hold_is_told_and_forgotten),
        TEST(test_bill_that_is_put_during_a_replay_survives_it),
        TEST(test_all_are_tried_again_when_a_replay_fails_meanwhile),
        TEST(test_close_in_the_middle_keeps_the_file),
        TEST(test_line_cut_short_is_not_a_bill),
        TEST(test_bill_with_an_event_cut_short_is_not_one),
        TEST(test_bill_goes_without_its_event_where_there_is_no_room),
        TEST(test_garbage_is_not_a_bill),
        TEST(test_bill_does_not_join_a_line_cut_short),
        TEST(test_put_that_fails_does_not_spoil_the_next),
        TEST(test_bill_goes_where_room_was_kept),
        TEST(test_room_is_kept_for_the_bills_after_a_replay),
        TEST(test_room_goes_with_its_worker),
        TEST(test_put_without_a_directory_fails),
        TEST(test_put_where_nothing_may_be_written_fails),
        TEST(test_open_fails_when_a_file_is_in_the_place),
        TEST(test_close_takes_null),
        TEST(test_bills_of_a_living_worker_are_its_own),
        TEST(test_room_of_a_dead_worker_is_given_back),
        TEST(test_bills_of_a_dead_worker_are_adopted_at_open),
        TEST(test_sweep_brings_in_what_another_left_meanwhile),
        TEST(test_adopted_bills_are_tried_again),
        TEST(test_worker_that_lives_with_a_failed_replay_puts_anew),
        TEST(test_other_files_are_left_alone),
        TEST(test_links_are_not_followed),
        TEST(test_loss_of_a_bill_is_told),
        TEST(test_put_needs_no_memory),
        TEST(test_put_without_memory_leaves_the_event),
        TEST(test_replay_without_memory_is_tried_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
