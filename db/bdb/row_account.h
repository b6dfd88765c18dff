#ifndef ROW_ACCOUNT_H
#define ROW_ACCOUNT_H

#include "db/store.h"
#include "row.h"

/* TABLE_ACCOUNT: account id -> struct store_account, and
 * TABLE_EMAIL: e-mail -> account id. */

extern const struct row_kind row_account;

/**
 * row_account_get(t, id, account):
 * Read the account ${id}.
 */
enum trail_result row_account_get(
    struct trail *t, const uint8_t id[STORE_ID], struct store_account *account);

/**
 * row_account_must(t, id, account):
 * Read the account that another row names. If it is not there the store is
 * broken and ${t} fails. Returns whether ${account} is filled.
 */
bool row_account_must(
    struct trail *t, const uint8_t id[STORE_ID], struct store_account *account);

/**
 * row_account_put(t, account):
 * Write ${account} under its id.
 */
void row_account_put(struct trail *t, const struct store_account *account);

/**
 * row_account_by_email(t, email, id):
 * Find the account id of ${email}.
 */
enum trail_result row_account_by_email(
    struct trail *t, const char *email, uint8_t id[STORE_ID]);

/**
 * row_account_put_email(t, account):
 * Let ${account} be found by its e-mail.
 */
void row_account_put_email(
    struct trail *t, const struct store_account *account);

#endif
