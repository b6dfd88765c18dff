#include "tests/core/moderation_weights.h"

#include "tests/core/moderation_play.h"

static struct span bytes;
static struct moderation_model model;

int moderation_weights_open(void **state)
{
    (void)state;
    bytes = moderation_play_bytes();
    return moderation_model_open(&model, bytes);
}

int moderation_weights_close(void **state)
{
    (void)state;
    free((char *)bytes.p);
    return 0;
}

const struct moderation_model *moderation_weights(void)
{
    return &model;
}
