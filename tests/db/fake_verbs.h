#ifndef FAKE_VERBS_H
#define FAKE_VERBS_H

#include "db/bdb/verbs.h"

/* Verbs for tests of the engine, which is linked with these and not with
 * db/bdb/verbs.c. What they do:
 *
 * STORE_GRANT   write idempotency_key -> credits in TABLE_IDEM; "already" when
 *               it is there. After writing, its note may make it go wrong:
 *               "refuse"   STORE_REFUSED, nothing written (looked at first)
 *               "give up"  the body fails, every time
 *               "break"    the library fails, every time
 *               "break 1"  the library fails the first time
 *               "die"      SIGKILL
 *               "stop"     SIGSTOP
 *               posted counts how often it ran.
 * STORE_ADMIT   write request -> nothing in TABLE_HOLD.
 * STORE_LEDGER  count the rows of TABLE_IDEM, or of TABLE_HOLD with an account.
 * STORE_AUDIT   set accounts, entries to our slot and incarnation, and holds to
 *               whether most, boot name a living member so.
 * Other kinds do nothing. STORE_ADMIT alone need not be synced. */

struct store_grant fake_grant(const char *key, const char *note);
struct store_admit fake_admit(uint8_t n);

/**
 * fake_rows(store):
 * What STORE_LEDGER counts, or SIZE_MAX when it is not done.
 */
size_t fake_rows(struct store *store);

/**
 * fake_holds(store):
 * The same of TABLE_HOLD.
 */
size_t fake_holds(struct store *store);

#endif
