#ifndef FIXTURE_H
#define FIXTURE_H

#include "fake_trail.h"

/* What tests of verbs begin with: numbered accounts, each with one API key of
 * the same number, and numbered requests. All on the clock FIXTURE_NOW and
 * FIXTURE_BOOT, at 500 tokens a credit. */

enum { FIXTURE_BOOT = 5000, FIXTURE_LEASE = 60 };

#define FIXTURE_NOW (INT64_C(20000) * 86400 * 1000000)

/**
 * fixture_set_up(state), fixture_tear_down(state):
 * What runs before and after a test whose ${state} is a prepared store. Return
 * 0.
 */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

#define FIXTURE_TEST(f)                                                        \
    cmocka_unit_test_setup_teardown(f, fixture_set_up, fixture_tear_down)

/**
 * fixture_id(n, id):
 * The id of account, device or request ${n}.
 */
void fixture_id(unsigned n, uint8_t id[STORE_ID]);

/**
 * fixture_key(n):
 * The API key ${n} of account ${n}.
 */
struct store_key fixture_key(unsigned n);

/**
 * fixture_account(t, n, credits):
 * Add account ${n}, its key, and a grant of ${credits} if there are any.
 */
void fixture_account(struct trail *t, unsigned n, int64_t credits);

/**
 * fixture_look(t, n):
 * Account ${n} as it is now.
 */
struct store_account fixture_look(struct trail *t, unsigned n);

/**
 * fixture_grant(n, credits, key), fixture_admit(n, request),
 * fixture_device(n, request), fixture_settle(request, in, out):
 * Verbs to be run. An admission asks for 100 tokens in, 900 out: 2 credits.
 */
struct store_grant fixture_grant(unsigned n, int64_t credits, const char *key);
struct store_admit fixture_admit(unsigned n, unsigned request);
struct store_admit fixture_device(unsigned n, unsigned request);
struct store_settle fixture_settle(unsigned request, uint64_t in, uint64_t out);

/**
 * fixture_time(day):
 * A moment of ${day}, counted from that of FIXTURE_NOW.
 */
int64_t fixture_time(int day);

/**
 * fixture_call(t, n, request, day):
 * A call of account ${n} on ${day}, which costs 2 credits.
 */
void fixture_call(struct trail *t, unsigned n, unsigned request, int day);

/**
 * fixture_fold(t, before, most):
 * Fold all entries from before the day ${before} in slices of ${most}. Returns
 * how many slices there were.
 */
int fixture_fold(struct trail *t, int before, uint32_t most);

/**
 * fixture_project(t, n, id):
 * Give account ${n}, which gets the policy plan, the project ${id} without
 * limits, linked to its policy "rules", of which this is the first version if
 * it is new. Returns a verb to change the project with.
 */
struct store_project_set fixture_project(
    struct trail *t, unsigned n, const char *id);

/**
 * fixture_event(n, text):
 * An event with the id ${n}, to be completed.
 */
struct store_event_add fixture_event(unsigned n, const char *text);

/**
 * fixture_audit(t, most):
 * Run a whole audit in slices of ${most}. The caller frees its report.
 */
struct store_audit fixture_audit(struct trail *t, uint32_t most);

/**
 * fixture_clean(t):
 * Whether an audit finds nothing; prints what it finds.
 */
bool fixture_clean(struct trail *t);

/**
 * fixture_make_older(t, table, version, n):
 * Turn the only row of ${table} into one of ${version}, which ended ${n} bytes
 * earlier.
 */
void fixture_make_older(
    struct trail *t, enum table table, uint8_t version, size_t n);

#endif
