#include <string.h>

#include "row_account.h"
#include "row_key.h"
#include "verb.h"

enum store_status verb_key_add(struct trail *t, struct store_verb *verb)
{
    struct store_key_add *v = (struct store_key_add *)verb;
    struct store_account account;
    struct store_key old;

    if (row_account_get(t, v->key.account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (row_key_get(t, v->key.digest, &old) == TRAIL_FOUND)
        return strcmp(old.id, v->key.id) == 0 &&
                       memcmp(old.account, account.id, STORE_ID) == 0
                   ? STORE_OK
                   : STORE_EXISTS;
    if (row_key_by_id(t, v->key.id, &old) == TRAIL_FOUND)
        return STORE_EXISTS;
    row_key_put(t, &v->key);
    row_key_put_index(t, &v->key);
    return STORE_OK;
}

struct key_page {
    struct trail *t;
    struct store_key_list *list;
    struct span from; /* where the walk began */
    size_t count;
    bool more;
};

static bool key_list_row(void *cookie, struct span place, struct span value)
{
    struct key_page *p = cookie;
    struct store_key_list *v = p->list;
    uint8_t digest[MAC_SIZE];

    if (place.n < STORE_ID || memcmp(place.p, v->account, STORE_ID) != 0)
        return false;
    if (place.n == p->from.n && memcmp(place.p, p->from.p, place.n) == 0)
        return true;
    if (p->count == v->max) {
        p->more = true;
        return false;
    }
    if (!row_decode_or_fail(p->t, &row_key_index, value, digest))
        return false;
    switch (row_key_get(p->t, digest, &v->rows[p->count])) {
    case TRAIL_FOUND:
        p->count++;
        return true;
    case TRAIL_NONE:
        trail_fail(p->t, "a key's index row names a key that does not exist");
        break;
    case TRAIL_FAILED:
        break;
    }
    return false;
}

enum store_status verb_key_list(struct trail *t, struct store_verb *verb)
{
    struct store_key_list *v = (struct store_key_list *)verb;
    uint8_t place[ROW_KEY_PLACE];
    size_t n = row_key_place(v->account, v->after, place);
    struct key_page page = {.t = t, .list = v, .from = row_span(place, n)};

    trail_walk(t, TABLE_KEY_ID, page.from, key_list_row, &page);
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    if (page.count > 0)
        memcpy(v->after, v->rows[page.count - 1].id, KEY_ID_SIZE);
    return STORE_OK;
}

enum store_status verb_key_set(struct trail *t, struct store_verb *verb)
{
    struct store_key_set *v = (struct store_key_set *)verb;

    if (row_key_by_id(t, v->id, &v->key) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (v->revoke)
        v->key.revoked = true;
    if (v->set_expires)
        v->key.expires = v->expires;
    row_key_put(t, &v->key);
    return STORE_OK;
}
