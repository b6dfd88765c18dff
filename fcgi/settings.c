#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* A worker that began without them, because nobody asked it to judge, reads the
 * weights when it is told to. */
static int need_weights(
    struct weights *weights, const struct conf *conf, char error[256])
{
    if (!conf->moderation || weights->model.head != NULL)
        return 0;
    return weights_open(weights, error);
}

struct settings *settings_read(const struct state *state,
    struct targets *targets, struct weights *weights, char error[256])
{
    struct settings *s = calloc(1, sizeof(*s));

    strcpy(error, "out of memory");
    if (s == NULL)
        return NULL;
    s->users = 1;
    edited_note(&s->file, state->conf_file);
    if ((s->conf = state_conf(state, error)) == NULL ||
        need_weights(weights, s->conf, error) != 0)
        goto err;
    strcpy(error, "out of memory");
    if ((s->targets = targets_of(targets, s->conf)) == NULL)
        goto err;
    return s;

err:
    settings_release(s);
    return NULL;
}

struct settings *settings_keep(struct settings *s)
{
    s->users++;
    return s;
}

void settings_release(struct settings *s)
{
    if (s == NULL || --s->users > 0)
        return;
    conf_free(s->conf);
    free(s->targets);
    free(s);
}

/* ${which} are places in conf->upstreams; NULL: the first ${n}. */
static bool one_answers(const struct settings *s, const size_t *which, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->targets[which ? which[i] : i]->rota.failures == 0)
            return true;
    }
    return false;
}

bool settings_served(const struct settings *s)
{
    const struct conf *conf = s->conf;

    for (size_t i = 0; i < conf->n_models; i++) {
        const struct conf_model *m = &conf->models[i];

        if (m->n_upstreams > 0 && !one_answers(s, m->upstreams, m->n_upstreams))
            return false;
    }
    return one_answers(s, NULL, conf->n_upstreams);
}

bool settings_edited(const struct settings *s, const struct state *state)
{
    return edited_since(&s->file, state->conf_file, clock_real());
}

/* Whoever has opened the store has taken these. */
#define FIXED(name, field)                                                     \
    {                                                                          \
        name, offsetof(struct conf, field), sizeof(((struct conf *)0)->field)  \
    }

static const struct {
    const char *name;
    size_t offset, size;
} fixed[] = {
    FIXED("server.mode", fcgid),
    FIXED("durability", durability_full),
    FIXED("store.stuck_seconds", store_stuck_seconds),
    FIXED("store.cache", store_cache),
    FIXED("store.log", store_log),
    FIXED("store.checkpoint", store_checkpoint),
    FIXED("store.reserve", store_reserve),
};

void settings_waiting(
    const struct settings *s, const struct settings *first, struct buf *names)
{
    const char *now = (const char *)s->conf;
    const char *then = (const char *)first->conf;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (memcmp(now + fixed[i].offset, then + fixed[i].offset,
                fixed[i].size) == 0)
            continue;
        buf_puts(names, names->len > 0 ? ", " : "");
        buf_puts(names, fixed[i].name);
    }
}
