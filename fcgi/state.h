#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/jwt.h"
#include "core/mac.h"

/* The state directory and what else a program of ours is started with:
 *   DIR/store/        the store's data
 *   DIR/secret/       pepper, ledger, jwt, jwt.previous: 32 random bytes each,
 *                     mode 0400
 *   DIR/archive/      journal entries that were rolled up
 *   DIR/turnpike.conf the configuration, unless --conf or TURNPIKE_CONF says
 *   DIR/demo.txt      password of the demo account   DIR/demo.key   its key
 *   DIR/sockets/      where workers listen, a socket for each program
 *   DIR/figures/      what each worker has seen of its upstreams
 *   DIR/spill/        bills that the store could not take
 *   DIR/throttle      counts of who tries too often */

/* Where things are; filled from the command line. */
struct state {
    char dir[1024];
    bool dir_by_conf; /* the configuration's state.dir says where that is */
    char conf_file[1024];
    char **overrides; /* "KEY=VALUE" of --set, in order; borrowed from argv */
    size_t n_overrides;
    /* Of a program that nobody prepares: its server.mode is fcgid unless the
     * configuration says otherwise, and that lies beside it unless the
     * environment does. */
    bool alone;
    char beside[1024];
    uint8_t pepper[MAC_KEY];
    uint8_t ledger_key[MAC_KEY];
    struct jwt_keys jwt; /* none: nobody signs in */
};

/**
 * state_alone(s, error):
 * Note that nobody prepares this program. Returns 0, or -1 when it cannot tell
 * where its file lies.
 */
int state_alone(struct state *s, char error[256]);

/**
 * state_find(s, dir, conf_file, error):
 * Settle where the state and its configuration lie. ${dir} may be NULL when
 * ${conf_file}, the environment's TURNPIKE_CONF or s->beside, in this order,
 * names a file that says "state.dir = DIR"; ${conf_file} may be NULL. Returns
 * 0, or -1 with a sentence in ${error}.
 */
int state_find(
    struct state *s, const char *dir, const char *conf_file, char error[256]);

/**
 * state_create(s, error):
 * Make the directory (0700), the secrets and a commented configuration file
 * where they are missing. Never overwrites; of several processes that do this
 * at once one makes it, and the others wait for it. Refuses where a store has
 * lost the secrets that it was made with. Returns 0 or -1.
 */
int state_create(const struct state *s, char error[256]);

/**
 * state_load(s, error):
 * Read the secrets. Refuses when one is missing, short, or readable by others;
 * those for tokens may be missing, the second one of them alone too. Returns 0
 * or -1.
 */
int state_load(struct state *s, char error[256]);

/**
 * state_conf(s, error):
 * Read the configuration, with the key files that it names and what the
 * environment says: TURNPIKE_UPSTREAM_KEY and TURNPIKE_MODERATION_KEY for who
 * has no key of its own, POLICY_HISTORY_LIMIT. NULL with a sentence in ${error}
 * when anything is wrong. May be called again to reload; then a state.dir that
 * led to the directory must still lead there. Free with conf_free().
 */
struct conf *state_conf(const struct state *s, char error[256]);

#endif
