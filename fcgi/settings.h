#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>

#include "core/conf.h"
#include "edited.h"
#include "state.h"
#include "targets.h"
#include "weights.h"

/* A configuration that is in use by calls; freed when the last lets go. */
struct settings {
    struct conf *conf;
    struct edited file;      /* that it was read from */
    struct target **targets; /* of conf->upstreams */
    unsigned users;
};

/**
 * settings_read(state, targets, weights, error):
 * What the configuration of ${state} says now, kept by the caller: with its
 * upstreams among ${targets}, and with ${weights} open where it asks for
 * moderation. NULL with a sentence in ${error}. Blocks while files are read.
 */
struct settings *settings_read(const struct state *state,
    struct targets *targets, struct weights *weights, char error[256]);

/**
 * settings_keep(s), settings_release(s):
 * One more has ${s}, and it is returned; one lets go of ${s}, which may be
 * NULL.
 */
struct settings *settings_keep(struct settings *s);
void settings_release(struct settings *s);

/**
 * settings_served(s):
 * Whether each model has an upstream whose newest call has not failed, as far
 * as this process has asked any.
 */
bool settings_served(const struct settings *s);

/**
 * settings_edited(s, state):
 * Whether the file has changed since ${s} was read, and rests: see edited.h.
 */
bool settings_edited(const struct settings *s, const struct state *state);

/**
 * settings_waiting(s, first, names):
 * Append to ${names} the options, joined by commas, for which ${s} says
 * something else than ${first} and that are read at the start of a process
 * only.
 */
void settings_waiting(const struct settings *s, const struct settings *first,
    struct buf *names);

#endif
