#ifndef CUSTOMER_H
#define CUSTOMER_H

#include <stdbool.h>

#include "db/store.h"

/* One account with one key, and verbs of its own, for programs that play with a
 * whole store. What has a number is the same each time that it is asked for:
 * the request ${n}, from 0 to 254, costs 1 + n credits. */

/**
 * customer_now():
 * Microseconds since 1970.
 */
int64_t customer_now(void);

struct store_account_add customer_account(void);
struct store_key_add customer_key(void);
struct store_grant customer_grant(const char *key, int64_t credits);
struct store_admit customer_admit(unsigned n);
struct store_extend customer_extend(unsigned n);
struct store_settle customer_settle(unsigned n);

/**
 * customer_run(store, verb):
 * Run one verb. Returns whether it was done.
 */
bool customer_run(struct store *store, void *verb);

/**
 * customer_audit(store):
 * Returns whether an audit ends and finds no breach; they are told on standard
 * error.
 */
bool customer_audit(struct store *store);

#endif
