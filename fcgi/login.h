#ifndef LOGIN_H
#define LOGIN_H

#include "walk.h"

struct call;
struct logins;

/* POST /api/auth/login and GET /api/auth/me. Whoever fails to sign in is told
 * the same, and after the same time, whatever was wrong. API.md 1.6,
 * RELIABILITY.md 5.3. */

/**
 * login_begin(call), login_show(call):
 * The routes' answers: read the body and go on with LOOKUP; go on with LOOKUP
 * for the account that was admitted.
 */
void login_begin(struct call *call);
void login_show(struct call *call);

/* The steps. */
enum walk_next login_lookup(struct call *call);
enum walk_next login_password(struct call *call);
enum walk_next login_token(struct call *call);
enum walk_next login_profile(struct call *call);

/**
 * login_free(call):
 * Wipe and free what ${call} has of this.
 */
void login_free(struct call *call);

/**
 * logins_free(logins):
 * End what a worker's logins have in common, before their calls. Blocks until
 * the hash under way is done. Takes NULL.
 */
void logins_free(struct logins *logins);

#endif
