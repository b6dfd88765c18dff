#ifndef STATE_PRIVATE_H
#define STATE_PRIVATE_H

#include "core/buf.h"
#include "state.h"

/* What the files of state share. */

enum { STATE_CONF_MAX = 1 << 20 /* bytes of a configuration */ };

/**
 * state_join(out, dir, name, error), state_beside(out, file, path, error):
 * Leave in ${out} the path of ${name} in ${dir}; ${path} as seen from the
 * directory in which ${file} lies. Return 0, or -1 with a sentence in ${error}.
 */
int state_join(
    char out[1024], const char *dir, const char *name, char error[256]);
int state_beside(
    char out[1024], const char *file, struct span path, char error[256]);

/**
 * state_setting(s, text, key):
 * The last word on ${key} in ${text}, which is that of a configuration, and in
 * the overrides; empty when there is none.
 */
struct span state_setting(
    const struct state *s, struct span text, const char *key);

/**
 * state_stays(s, text, error):
 * See that a configuration that led to the directory and now says ${text} still
 * leads there. Returns 0, or -1 with a sentence in ${error}.
 */
int state_stays(const struct state *s, struct span text, char error[256]);

#endif
