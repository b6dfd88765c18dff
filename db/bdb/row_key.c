#include <string.h>

#include "row_key.h"

static void key_fields(struct rec *r, void *row)
{
    struct store_key *k = row;

    rec_text(r, k->id, sizeof(k->id));
    rec_bytes(r, k->digest, sizeof(k->digest));
    rec_bytes(r, k->account, sizeof(k->account));
    rec_text(r, k->project, sizeof(k->project));
    rec_text(r, k->label, sizeof(k->label));
    rec_text(r, k->preview, sizeof(k->preview));
    rec_i64(r, &k->created);
    rec_i64(r, &k->expires);
    rec_bool(r, &k->revoked);
}

static void digest_fields(struct rec *r, void *row)
{
    rec_bytes(r, row, MAC_SIZE);
}

static const struct row_kind row_key = {TABLE_KEY, 1, sizeof(struct store_key),
    key_fields, "a key row is unreadable"};

static const struct row_kind row_name = {TABLE_KEY_NAME, 1, MAC_SIZE,
    digest_fields, "a key's name row is unreadable"};

const struct row_kind row_key_index = {TABLE_KEY_ID, 1, MAC_SIZE, digest_fields,
    "a key's index row is unreadable"};

enum trail_result row_key_get(
    struct trail *t, const uint8_t digest[MAC_SIZE], struct store_key *key)
{
    return row_get(t, &row_key, row_span(digest, MAC_SIZE), key);
}

enum trail_result row_key_by_id(
    struct trail *t, const char *id, struct store_key *key)
{
    uint8_t digest[MAC_SIZE];
    enum trail_result result =
        row_get(t, &row_name, row_span(id, strlen(id)), digest);

    if (result != TRAIL_FOUND)
        return result;
    result = row_key_get(t, digest, key);
    if (result == TRAIL_NONE)
        trail_fail(t, "a key's name row names a key that does not exist");
    return result;
}

void row_key_put(struct trail *t, const struct store_key *key)
{
    row_put(t, &row_key, row_span(key->digest, MAC_SIZE), key);
}

void row_key_put_index(struct trail *t, const struct store_key *key)
{
    uint8_t place[ROW_KEY_PLACE];
    size_t n = row_key_place(key->account, key->id, place);

    row_put(t, &row_name, row_span(key->id, strlen(key->id)), key->digest);
    row_put(t, &row_key_index, row_span(place, n), key->digest);
}

size_t row_key_place(const uint8_t account[STORE_ID], const char *id,
    uint8_t place[ROW_KEY_PLACE])
{
    size_t n = strnlen(id, KEY_ID_SIZE - 1);

    memcpy(place, account, STORE_ID);
    memcpy(place + STORE_ID, id, n);
    return STORE_ID + n;
}
