#include <string.h>

#include "row_account.h"
#include "row_ledger.h"
#include "verb.h"

struct ledger_page {
    struct trail *t;
    struct store_ledger *ledger;
    size_t count;
    uint64_t last; /* number of the last row */
    bool more;
};

static bool ledger_row(void *cookie, struct span key, struct span value)
{
    struct ledger_page *p = cookie;
    struct store_ledger *v = p->ledger;
    struct rollup row;

    if (key.n != ROW_LEDGER_PLACE || memcmp(key.p, v->account, STORE_ID) != 0)
        return false;
    if (p->count == v->max) {
        p->more = true;
        return false;
    }
    if (!row_ledger_decode_or_fail(p->t, value, &row))
        return false;
    if (v->rollups == NULL)
        v->rows[p->count] = row.sum;
    else if (row.sum.type == LEDGER_ROLLUP)
        v->rollups[p->count] = row;
    else
        return false;
    p->count++;
    p->last = row.sum.seq;
    return true;
}

enum store_status verb_ledger(struct trail *t, struct store_verb *verb)
{
    struct store_ledger *v = (struct store_ledger *)verb;
    struct ledger_page page = {.t = t, .ledger = v};
    struct store_account account;
    uint8_t place[ROW_LEDGER_PLACE];

    if (row_account_get(t, v->account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    row_ledger_place(v->account, v->after + 1, place);
    trail_walk(
        t, TABLE_LEDGER, row_span(place, sizeof(place)), ledger_row, &page);
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    if (page.count > 0)
        v->after = page.last;
    return STORE_OK;
}
