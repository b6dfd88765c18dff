#include <errno.h>

#include "batch.h"
#include "failpoint.h"
#include "spare.h"
#include "verbs.h"

enum { CHECKPOINT_S = 60, PAUSE_MS = 1000 };

enum outcome {
    COMMITTED,
    UNSOUND, /* the library failed: recover and run it again */
    FULL,    /* so it did, and there is no room on the disk */
    UNFIT,   /* a body gave up; nothing was written */
    SHUT     /* the store is closed */
};

struct batch {
    struct store *s;
    struct store_verb *list;
    void (*done)(void *cookie, struct store_verb *verb);
    void *cookie;
    struct store_owed
        *owed; /* where to leave what waits for the disk, or NULL */
    uint64_t generation;
    uint64_t position; /* of the log's end, behind this batch */
    bool checkpoint;   /* a verb asked for one */
    int error;         /* what the library failed with, if it said so */
};

/* ---- the gate ---- */

static void batch_close(struct store *s, const char *why)
{
    report_line(&s->report, "the store is closed: %s", why);
    s->closed = true;
    s->closed_until = engine_now() + PAUSE_MS;
}

static int batch_enter(struct store *s)
{
    if (s->closed && engine_now() < s->closed_until)
        return -1;
    if (spare_short()) {
        batch_close(s, "out of memory");
        return -1;
    }
    if (env_enter(s->env) < 0) {
        batch_close(s, env_why(s->env));
        return -1;
    }
    if (s->closed)
        report_line(&s->report, "the store is open again");
    s->closed = false;
    return 0;
}

/* ---- the transaction ---- */

static void batch_bodies(struct batch *b, struct trail *t)
{
    struct store_verb *v;

    for (v = b->list; v != NULL && !trail_failed(t); v = v->next) {
        verbs_run(t, v);
        if (trail_failed(t))
            report_line(
                &b->s->report, "%s failed: %s", verbs_name(v->kind), t->why);
        b->checkpoint |= v->kind == STORE_CHECKPOINT;
        failpoint(FAILPOINT_TXN);
    }
}

static enum outcome batch_transaction(struct batch *b)
{
    struct trail t;

    engine_trail(b->s, &t);
    trail_begin(&t);
    if (!trail_failed(&t))
        batch_bodies(b, &t);
    if (trail_end(&t) < 0) {
        b->error = t.error;
        return t.cause == TRAIL_BODY ? UNFIT : UNSOUND;
    }
    /* On a full disk the library may take a commit for written that is not. */
    if (disk_full(b->s->disk) && env_flush(b->s->env) < 0)
        return UNSOUND;
    b->generation = env_generation(b->s->env);
    b->position = env_position(b->s->env);
    return b->position == ENV_UNKNOWN ? UNSOUND : COMMITTED;
}

static bool batch_checkpoint_is_old(const struct store *s)
{
    return engine_now() / 1000 >=
           members_table(s->members)->checkpoint_time + CHECKPOINT_S;
}

static bool batch_checkpoint_is_due(const struct batch *b)
{
    uint64_t grown = env_log_grown(b->s->env, b->position);

    return b->checkpoint || grown >= b->s->checkpoint_bytes ||
           (grown > 0 && batch_checkpoint_is_old(b->s));
}

static int batch_checkpoint(struct batch *b)
{
    return batch_checkpoint_is_due(b) ? env_checkpoint(b->s->env) : 0;
}

static void batch_note(struct batch *b)
{
    struct store *s = b->s;
    uint64_t n = 0;

    for (struct store_verb *v = b->list; v != NULL; v = v->next)
        n++;
    s->batches++;
    s->verbs += n;
    s->rate_broken = rate_broken(s->rate);
    members_table(s->members)->log_written = b->position;
    if (b->position >> 32 != s->log_file) {
        s->log_file = (uint32_t)(b->position >> 32);
        failpoint(FAILPOINT_SWITCH);
    }
}

/* The library's own code is not always that of the disk. */
static enum outcome batch_distrust(struct batch *b)
{
    struct store *s = b->s;

    env_distrust(s->env);
    if (b->error != ENOSPC && !disk_full(s->disk))
        return UNSOUND;
    disk_drop_ballast(s->disk);
    return FULL;
}

/* What is committed stays so without a checkpoint, and is not to be answered as
 * if it had not been done: nobody would end its holds. */
static void batch_committed(struct batch *b)
{
    failpoint(FAILPOINT_COMMITTED);
    batch_note(b);
    if (batch_checkpoint(b) == 0)
        return;
    batch_distrust(b);
    for (struct store_verb *v = b->list; v != NULL; v = v->next)
        if (v->kind == STORE_CHECKPOINT)
            v->status = STORE_CLOSED;
}

static enum outcome batch_try(struct batch *b)
{
    struct store *s = b->s;
    enum outcome outcome;

    b->checkpoint = false;
    b->error = 0;
    if (batch_enter(s) < 0)
        return SHUT;
    rate_check(s->rate);
    outcome = batch_transaction(b);
    if (outcome == COMMITTED)
        batch_committed(b);
    else if (outcome == UNSOUND)
        outcome = batch_distrust(b);
    env_leave(s->env);
    failpoint(FAILPOINT_LEFT);
    return outcome;
}

/* ---- the answers ---- */

/* Each tells by its next whether another follows at once. */
static void batch_give_back(struct batch *b, struct store_verb *list)
{
    struct store_verb *next;

    for (; list != NULL; list = next) {
        next = list->next;
        b->done(b->cookie, list);
    }
}

static void batch_refuse(struct batch *b, struct store_verb *list)
{
    for (struct store_verb *v = list; v != NULL; v = v->next)
        v->status = STORE_CLOSED;
    batch_give_back(b, list);
}

/* Give back what needs no disk; return the others, in order. */
static struct store_verb *batch_give_back_early(struct batch *b)
{
    struct store_verb *list[2] = {NULL, NULL};
    struct store_verb **end[2] = {&list[false], &list[true]};

    for (struct store_verb *v = b->list; v != NULL; v = v->next) {
        bool late = verbs_must_sync(v->kind);

        *end[late] = v;
        end[late] = &v->next;
    }
    *end[false] = *end[true] = NULL;
    batch_give_back(b, list[false]);
    return list[true];
}

void batch_harden(struct store *s, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    struct batch b = {.s = s, .done = done, .cookie = cookie};

    if (engine_sync(s, owed->generation, owed->position) < 0) {
        batch_refuse(&b, owed->verbs);
        return;
    }
    failpoint(FAILPOINT_SYNCED);
    batch_give_back(&b, owed->verbs);
}

static void batch_answer(struct batch *b)
{
    struct store *s = b->s;
    struct store_owed owed = {NULL, b->generation, b->position};

    if (s->durability == STORE_RELAXED) {
        s->unsynced = b->position;
        s->unsynced_generation = b->generation;
        batch_give_back(b, b->list);
        return;
    }
    owed.verbs = batch_give_back_early(b);
    if (b->owed != NULL)
        *b->owed = owed;
    else if (owed.verbs != NULL)
        batch_harden(s, &owed, b->done, b->cookie);
}

/* ---- the whole ---- */

/* What a body cannot read may be sound on disk and damaged in the cache. But
 * what is damaged on disk must not cost everybody a recovery at every try. */
static enum outcome batch_mend(struct batch *b)
{
    struct store *s = b->s;

    if (engine_now() < s->mended + PAUSE_MS)
        return UNFIT;
    s->mended = engine_now();
    env_distrust(s->env);
    return batch_try(b);
}

static enum outcome batch_attempt(struct batch *b)
{
    enum outcome outcome = batch_try(b);

    if (outcome == UNSOUND || outcome == FULL)
        outcome = batch_try(b);
    if (outcome == FULL)
        batch_close(b->s, "the disk is full");
    if (outcome == UNFIT && b->list->next == NULL)
        outcome = batch_mend(b);
    return outcome;
}

static void batch_serve(struct batch *b);

static void batch_take_apart(struct batch *b)
{
    struct store_verb *next;

    for (struct store_verb *v = b->list; v != NULL; v = next) {
        struct batch one = *b;

        next = v->next;
        v->next = NULL;
        one.list = v;
        one.owed = NULL;
        batch_serve(&one);
    }
}

static void batch_serve(struct batch *b)
{
    switch (batch_attempt(b)) {
    case COMMITTED:
        batch_answer(b);
        break;
    case FULL:
    case SHUT:
        batch_refuse(b, b->list);
        break;
    case UNSOUND:
    case UNFIT:
        if (b->list->next != NULL)
            batch_take_apart(b);
        else
            batch_refuse(b, b->list);
        break;
    }
}

void batch_run(struct store *s, struct store_verb *list,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    struct batch b = {.s = s, .list = list, .done = done, .cookie = cookie};

    if (list != NULL)
        batch_serve(&b);
}

void batch_commit(struct store *s, struct store_verb *list,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed)
{
    struct batch b = {
        .s = s, .list = list, .done = done, .cookie = cookie, .owed = owed};

    owed->verbs = NULL;
    if (list != NULL)
        batch_serve(&b);
}

/* Whoever has made one in the meantime has made it for all. */
void batch_idle(struct store *s)
{
    const struct members_table *t = members_table(s->members);
    struct batch b = {.s = s};

    if (t->log_written <= t->checkpointed || !batch_checkpoint_is_old(s) ||
        batch_enter(s) < 0)
        return;
    b.position = env_position(s->env);
    if (b.position == ENV_UNKNOWN || batch_checkpoint(&b) < 0)
        batch_distrust(&b);
    env_leave(s->env);
}
