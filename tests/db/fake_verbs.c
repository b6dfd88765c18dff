#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/bdb/trail_txn.h"
#include "fake_verbs.h"
#include "scratch.h"

struct store_grant fake_grant(const char *key, const char *note)
{
    struct store_grant g = {.verb.kind = STORE_GRANT, .credits = 7};

    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%s", key);
    snprintf(g.note, sizeof(g.note), "%s", note);
    return g;
}

struct store_admit fake_admit(uint8_t n)
{
    return (struct store_admit){.verb.kind = STORE_ADMIT, .request = {n}};
}

static size_t fake_count(struct store *store, struct store_ledger l)
{
    scratch_do(store, &l.verb);
    return l.verb.status == STORE_OK ? l.count : SIZE_MAX;
}

size_t fake_rows(struct store *store)
{
    return fake_count(store, (struct store_ledger){.verb.kind = STORE_LEDGER});
}

size_t fake_holds(struct store *store)
{
    return fake_count(store,
        (struct store_ledger){.verb.kind = STORE_LEDGER, .account = {1}});
}

static bool no_row(void *cookie, struct span key, struct span value)
{
    (void)cookie;
    (void)key;
    (void)value;
    return false;
}

static void go_wrong(struct trail *t, struct store_grant *g)
{
    if (strcmp(g->note, "give up") == 0) {
        /* By then the library has been told of the row. */
        trail_walk(t, TABLE_EMAIL, (struct span){0}, no_row, NULL);
        trail_fail(t, "a test gave up");
    }
    if (strcmp(g->note, "break") == 0 ||
        (strcmp(g->note, "break 1") == 0 && g->posted == 1))
        t->cause = TRAIL_LIBRARY;
    else if (strcmp(g->note, "die") == 0)
        raise(SIGKILL);
    else if (strcmp(g->note, "stop") == 0)
        kill(getpid(), SIGSTOP);
}

static enum store_status run_grant(struct trail *t, struct store_grant *g)
{
    struct span key = {g->idempotency_key, strlen(g->idempotency_key)};
    struct span value = {(char *)&g->credits, sizeof(g->credits)};
    struct buf row = {0};

    g->posted++;
    if (strcmp(g->note, "refuse") == 0)
        return STORE_REFUSED;
    g->already = trail_get(t, TABLE_IDEM, key, &row) == TRAIL_FOUND;
    buf_free(&row);
    if (g->already)
        return STORE_OK;
    trail_put(t, TABLE_IDEM, key, value);
    go_wrong(t, g);
    return STORE_OK;
}

static bool count_row(void *cookie, struct span key, struct span value)
{
    (void)key;
    (void)value;
    ++*(size_t *)cookie;
    return true;
}

void verbs_run(struct trail *t, struct store_verb *verb)
{
    struct store_admit *admit = (struct store_admit *)verb;
    struct store_ledger *ledger = (struct store_ledger *)verb;
    struct store_audit *audit = (struct store_audit *)verb;
    uint32_t slot;

    verb->status = STORE_OK;
    if (verb->kind == STORE_GRANT) {
        verb->status = run_grant(t, (struct store_grant *)verb);
    } else if (verb->kind == STORE_ADMIT) {
        trail_put(t, TABLE_HOLD,
            (struct span){(char *)admit->request, STORE_ID},
            (struct span){"", 0});
    } else if (verb->kind == STORE_LEDGER) {
        ledger->count = 0;
        trail_walk(t, ledger->account[0] != 0 ? TABLE_HOLD : TABLE_IDEM,
            (struct span){"", 0}, count_row, &ledger->count);
    } else if (verb->kind == STORE_AUDIT) {
        trail_member(t, &slot, &audit->entries);
        audit->accounts = slot;
        audit->holds =
            trail_member_alive(t, audit->most, (uint64_t)audit->boot);
    }
}

bool verbs_must_sync(enum store_kind kind)
{
    return kind != STORE_ADMIT;
}

const char *verbs_name(enum store_kind kind)
{
    (void)kind;
    return "a test's verb";
}

int verbs_prepare(struct trail *t)
{
    trail_put(
        t, TABLE_META, (struct span){"format", 6}, (struct span){"test", 4});
    return trail_failed(t) ? -1 : 0;
}
