#include "settings.h"

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
