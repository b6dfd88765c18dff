#include "volume_fill.h"

#include <assert.h>
#include <db.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "core/id.h"
#include "row_account.h"
#include "row_book.h"
#include "row_call.h"
#include "row_hold.h"
#include "row_ledger.h"

enum { CREDITS = 1, TOKENS_IN = 100, TOKENS_OUT = 300 };

struct filling {
    struct volume_fill *f;
    DB *ledger, *done, *idem, *account, *book;
    struct row_book parts[ROW_BOOK_PARTS];
    uint8_t (*macs)[MAC_SIZE];
};

static void insist(int error, const char *what)
{
    if (error == 0)
        return;
    fprintf(stderr, "volume: %s: %s\n", what, db_strerror(error));
    exit(1);
}

static DB *fill_open(const char *dir, const char *name, uint32_t mib)
{
    char path[512];
    DB *db;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    insist(db_create(&db, NULL, 0), name);
    insist(db->set_cachesize(db, mib >> 10, (mib & 1023) << 20, 1), name);
    insist(db->open(db, NULL, path, NULL, DB_BTREE, 0, 0600), name);
    return db;
}

static void fill_put(DB *db, const struct row_kind *kind, const void *key,
    size_t n, const void *row)
{
    uint8_t space[REC_MAX];
    struct rec r;
    DBT k = {.data = (void *)(uintptr_t)key, .size = (uint32_t)n};
    DBT v = {.data = space};

    rec_write(&r, kind->version, space);
    kind->fields(&r, (void *)(uintptr_t)row);
    v.size = (uint32_t)rec_seal(&r);
    insist(db->put(db, NULL, &k, &v, 0), "writing a row");
}

static void fill_entry(struct filling *g, uint32_t n, const uint8_t *request,
    int64_t time, struct row_done *done)
{
    struct store_account *a = &g->f->accounts[n];
    uint8_t place[ROW_LEDGER_PLACE];
    struct ledger_entry e = {.type = LEDGER_SETTLE,
        .amount = -CREDITS,
        .time = time,
        .tokens_in = TOKENS_IN,
        .tokens_out = TOKENS_OUT};

    a->balance.posted -= CREDITS;
    g->parts[a->id[0]].revenue += CREDITS;
    e.seq = ++a->journal_seq;
    e.posted_after = a->balance.posted;
    memcpy(e.account, a->id, STORE_ID);
    memcpy(e.request, request, STORE_ID);
    ledger_seal(g->f->ledger_key, g->macs[n], &e);
    memcpy(g->macs[n], e.mac, MAC_SIZE);
    row_ledger_place(a->id, e.seq, place);
    fill_put(g->ledger, &row_ledger, place, sizeof(place), &e);
    done->seq = e.seq;
    done->posted = e.posted_after;
}

static void fill_name(struct filling *g, struct row_done *done,
    const uint8_t *request, int64_t time)
{
    struct row_call call = {.ended = true, .credits = CREDITS, .time = time};
    uint8_t key[ROW_CALL_KEY];

    done->has_idempotency = true;
    randombytes_buf(done->idempotency_key, MAC_SIZE);
    memcpy(call.request, request, STORE_ID);
    memcpy(key, done->account, STORE_ID);
    key[STORE_ID] = 1;
    memcpy(key + STORE_ID + 1, done->idempotency_key, MAC_SIZE);
    fill_put(g->idem, &row_call, key, sizeof(key), &call);
}

static void fill_call(struct filling *g, int64_t time)
{
    const struct volume_fill *f = g->f;
    uint32_t n =
        randombytes_uniform(100) < f->first ? 0 : randombytes_uniform(f->count);
    struct row_done done = {.ending = ENDING_SETTLED,
        .charge = {CREDITS, CREDITS, 0, false},
        .time = time,
        .tokens = TOKENS_IN + TOKENS_OUT,
        .held = 2,
        .price = {5000000, 500}};
    uint8_t request[STORE_ID];

    randombytes_buf(request, STORE_ID);
    if (f->timed)
        id_lead(request, time);
    memcpy(done.account, f->accounts[n].id, STORE_ID);
    fill_entry(g, n, request, time, &done);
    if (time >= f->named)
        fill_name(g, &done, request, time);
    fill_put(g->done, &row_done, request, STORE_ID, &done);
}

/* Behind the grant that each of them has. */
static void fill_begin(struct filling *g)
{
    const struct volume_fill *f = g->f;

    g->macs = calloc(f->count, MAC_SIZE);
    assert(g->macs != NULL);
    for (uint32_t i = 0; i < f->count; i++) {
        const struct store_account *a = &f->accounts[i];
        uint8_t place[ROW_LEDGER_PLACE];
        DBT k = {.data = place, .size = sizeof(place)};
        DBT v = {.flags = 0};
        struct ledger_entry e;

        row_ledger_place(a->id, a->journal_seq, place);
        insist(g->ledger->get(g->ledger, NULL, &k, &v, 0), "reading a grant");
        row_decode(&row_ledger, (struct span){v.data, v.size}, &e);
        memcpy(g->macs[i], e.mac, MAC_SIZE);
        g->parts[a->id[0]].grants += a->balance.posted;
    }
}

static void fill_end(struct filling *g)
{
    DB *all[] = {g->ledger, g->done, g->idem, g->account, g->book};

    for (uint32_t i = 0; i < g->f->count; i++)
        fill_put(g->account, &row_account, g->f->accounts[i].id, STORE_ID,
            &g->f->accounts[i]);
    for (int i = 0; i < ROW_BOOK_PARTS; i++) {
        uint8_t part = (uint8_t)i;

        fill_put(g->book, &row_book, &part, 1, &g->parts[i]);
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        insist(all[i]->close(all[i], 0), "closing a table");
    free(g->macs);
}

void volume_fill(struct volume_fill *f)
{
    struct filling g = {.f = f,
        .ledger = fill_open(f->dir, "ledger.db", 2500),
        .done = fill_open(f->dir, "done.db", 2500),
        .idem = fill_open(f->dir, "idem.db", 800),
        .account = fill_open(f->dir, "account.db", 8),
        .book = fill_open(f->dir, "book.db", 8)};
    const double step = (double)(f->end - f->begin) / (double)f->calls;

    db_env_set_func_fsync(fsync); /* the store's has lost its members */
    fill_begin(&g);
    for (uint64_t i = 0; i < f->calls; i++)
        fill_call(&g, f->begin + (int64_t)(step * (double)i));
    fill_end(&g);
}
