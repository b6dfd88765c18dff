#ifndef ROW_KEY_H
#define ROW_KEY_H

#include "db/store.h"
#include "row.h"

/* TABLE_KEY: key digest -> struct store_key,
 * TABLE_KEY_NAME: key id -> key digest, and
 * TABLE_KEY_ID: account id, key id -> key digest. */

enum { ROW_KEY_PLACE = STORE_ID + KEY_ID_SIZE - 1 };

extern const struct row_kind row_key_index; /* of TABLE_KEY_ID; a digest */

/**
 * row_key_get(t, digest, key):
 * Read the API key that the store knows as ${digest}.
 */
enum trail_result row_key_get(
    struct trail *t, const uint8_t digest[MAC_SIZE], struct store_key *key);

/**
 * row_key_by_id(t, id, key):
 * Read the API key of the public id ${id}.
 */
enum trail_result row_key_by_id(
    struct trail *t, const char *id, struct store_key *key);

/**
 * row_key_put(t, key):
 * Write the key alone.
 */
void row_key_put(struct trail *t, const struct store_key *key);

/**
 * row_key_put_index(t, key):
 * Let ${key} be found by its id and in the list of its account.
 */
void row_key_put_index(struct trail *t, const struct store_key *key);

/**
 * row_key_place(account, id, place):
 * Where the key ${id} of ${account} stands in TABLE_KEY_ID. Returns the
 * length; an empty ${id} comes before all keys of the account.
 */
size_t row_key_place(const uint8_t account[STORE_ID], const char *id,
    uint8_t place[ROW_KEY_PLACE]);

#endif
