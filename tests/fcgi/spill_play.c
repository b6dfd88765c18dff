#include "spill_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ledger.h"
#include "log.h"

struct jobs play_jobs;
time_t play_now;
char play_event[64];
char play_text[512];
struct play_loss play_loss;

/* ---- the store thread, the log, the clock ---- */

void jobs_submit(struct jobs *to, struct job *job)
{
    assert_ptr_equal(to, &play_jobs);
    job->next = NULL;
    *to->end = job;
    to->end = &job->next;
    to->submitted++;
}

void log_event(const char *name, const char *fmt, ...)
{
    va_list args;

    snprintf(play_event, sizeof(play_event), "%s", name);
    va_start(args, fmt);
    vsnprintf(play_text, sizeof(play_text), fmt, args);
    va_end(args);
}

void log_uncollected(const char *request, const struct charge *charge)
{
    snprintf(play_loss.request, sizeof(play_loss.request), "%s", request);
    play_loss.credits = charge->uncollected;
}

time_t time(time_t *where)
{
    if (where != NULL)
        *where = play_now;
    return play_now;
}

const struct store_settle *play_waiting(void)
{
    assert_non_null(play_jobs.first);
    assert_int_equal(play_jobs.first->verb->kind, STORE_SETTLE);
    return (const struct store_settle *)play_jobs.first->verb;
}

void play_answer(enum store_status status)
{
    struct job *job = play_jobs.first;

    assert_non_null(job);
    play_jobs.first = job->next;
    if (play_jobs.first == NULL)
        play_jobs.end = &play_jobs.first;
    job->verb->status = status;
    job->done(job->cookie);
}

void play_answer_all(enum store_status status)
{
    while (play_jobs.first != NULL)
        play_answer(status);
}

/* ---- the directory ---- */

size_t play_files_named(struct place *p, const char *prefix)
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

size_t play_files(struct place *p)
{
    return play_files_named(p, "bills.");
}

size_t play_rooms(struct place *p)
{
    return play_files_named(p, ".room.");
}

struct store_settle play_bill(int number)
{
    struct store_settle b = {
        .usage = {true, 10u + (unsigned)number, 1000u + (unsigned)number},
        .flags = LEDGER_CLIENT_GONE,
        .now = 1700000000000000 + number,
    };

    memset(b.request, number, sizeof(b.request));
    return b;
}

void play_put(struct spill *s, int number)
{
    struct store_settle b = play_bill(number);

    assert_int_equal(spill_put(s, &b), 0);
}

struct store_settle play_governed_bill(int number, struct store_event_add *told)
{
    struct store_settle b = play_bill(number);

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

void play_leave(const char *dir, const char *name, const char *text)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void play_reopen(struct place *p)
{
    spill_close(p->s);
    p->s = spill_open(p->dir, &play_jobs);
    assert_non_null(p->s);
}

int play_setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    play_jobs = (struct jobs){.end = &play_jobs.first};
    play_now = 1000;
    play_event[0] = '\0';
    play_text[0] = '\0';
    strcpy(p->dir, "/tmp/test_spill.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->spill, sizeof(p->spill), "%s/spill", p->dir);
    p->s = spill_open(p->dir, &play_jobs);
    assert_non_null(p->s);
    *state = p;
    return 0;
}

int play_teardown(void **state)
{
    struct place *p = *state;

    spill_close(p->s);
    while (play_files(p) > 0 || play_rooms(p) > 0)
        unlink(p->file);
    rmdir(p->spill);
    rmdir(p->dir);
    free(p);
    return 0;
}
