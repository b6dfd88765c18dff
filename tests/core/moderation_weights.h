#ifndef MODERATION_WEIGHTS_H
#define MODERATION_WEIGHTS_H

#include "core/moderation.h"

/* The committed weights as a model, for tests that run as a group. */

/**
 * moderation_weights_open(state), moderation_weights_close(state):
 * What runs before and after the group; ${state} is left alone. Return 0, or -1
 * when there is no such model.
 */
int moderation_weights_open(void **state);
int moderation_weights_close(void **state);

/**
 * moderation_weights():
 * The model, in between.
 */
const struct moderation_model *moderation_weights(void);

#endif
