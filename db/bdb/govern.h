#ifndef GOVERN_H
#define GOVERN_H

#include "core/refusal.h"
#include "row_hold.h"

/* Which project and which policy an admission on a governed surface is for.
 * Header or body beat the key's own project; a policy that is named beats the
 * project's. API.md 3, 11, 13.1 items 6-9. */

/**
 * govern_enter(t, govern, bound, account, project, in):
 * Whether a caller of ${account}, whose key is ${bound} to a project (empty:
 * to none), may come in at all: its plan, and the project that it asks for or
 * is bound to, which is read into ${project}; ${in} then points there, or is
 * NULL where there is none. Begins govern->rule.
 */
enum refusal govern_enter(struct trail *t, struct store_govern *govern,
    const char *bound, const struct store_account *account,
    struct store_project *project, struct store_project **in);

/**
 * govern_policy(t, govern, account, in):
 * Complete govern->rule with the policy, of ${account}, that applies in the
 * project ${in}, which may be NULL and else is lent quotas as by govern_lend().
 * Of a call with web tools, also with what ${in} says of these.
 */
enum refusal govern_policy(struct trail *t, struct store_govern *govern,
    const uint8_t account[STORE_ID], struct store_project *in);

/**
 * govern_lend(t, governing, in):
 * Lend the project ${in} quotas where it has none of its own: those of the
 * policy that it is linked to, else those of the policy ${governing} of its
 * account. An empty id, and one that nothing has, lends nothing.
 */
void govern_lend(
    struct trail *t, const char *governing, struct store_project *in);

/**
 * govern_note(govern, note):
 * What the hold of a call notes of what governs it.
 */
void govern_note(const struct store_govern *govern, struct row_governed *note);

/**
 * govern_again(t, hold, govern):
 * Fill govern->rule as when ${hold} was opened.
 */
void govern_again(
    struct trail *t, const struct row_hold *hold, struct store_govern *govern);

#endif
