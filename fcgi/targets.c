#include "targets.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

struct targets {
    struct loop *loop;
    struct figures *figures;
    struct target *list;
};

static uint64_t random_bits(void)
{
    uint64_t bits;

    randombytes_buf(&bits, sizeof(bits));
    return bits;
}

/* ---- the list ---- */

struct targets *targets_create(struct loop *loop, const char *dir)
{
    struct targets *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->loop = loop;
    if ((t->figures = figures_open(dir)) == NULL) {
        free(t);
        return NULL;
    }
    if (!figures_shared(t->figures))
        log_event("figures_hidden", "%s/figures cannot be written", dir);
    return t;
}

static void target_free(struct target *target)
{
    if (target == NULL)
        return;
    free(target->name);
    free(target->origin);
    free(target);
}

void targets_free(struct targets *t)
{
    struct target *next;

    if (t == NULL)
        return;
    for (; t->list != NULL; t->list = next) {
        next = t->list->next;
        target_free(t->list);
    }
    figures_close(t->figures);
    free(t);
}

static struct target *find(const struct targets *t, const char *name)
{
    struct target *target = t->list;

    while (target != NULL && strcmp(target->name, name) != 0)
        target = target->next;
    return target;
}

static struct target *add(struct targets *t, const struct conf_upstream *u)
{
    struct target *target = calloc(1, sizeof(*target));

    if (target == NULL || (target->name = strdup(u->name)) == NULL ||
        (target->origin = strdup(u->origin)) == NULL) {
        target_free(target);
        return NULL;
    }
    if ((target->figures = figures_row(t->figures, u->name)) == NULL)
        target->figures = &target->own;
    target->next = t->list;
    t->list = target;
    return target;
}

/* What was learned about another address is worth nothing here; the calls that
 * are under way there still count as such. */
static int move(struct target *target, const char *origin)
{
    char *copy = strdup(origin);

    if (copy == NULL)
        return -1;
    free(target->origin);
    target->origin = copy;
    target->rota = (struct rota_target){.active = target->rota.active};
    target->moves++;
    return 0;
}

static struct target *target_of(
    struct targets *t, const struct conf_upstream *u)
{
    struct target *target = find(t, u->name);

    if (target == NULL)
        target = add(t, u);
    else if (strcmp(target->origin, u->origin) != 0 &&
             move(target, u->origin) != 0)
        return NULL;
    if (target != NULL)
        target->rota.rules = u->rota;
    return target;
}

struct target **targets_of(struct targets *t, const struct conf *conf)
{
    struct target **all =
        calloc(conf->n_upstreams + 1, sizeof(struct target *));

    for (size_t i = 0; all != NULL && i < conf->n_upstreams; i++) {
        if ((all[i] = target_of(t, &conf->upstreams[i])) == NULL) {
            free(all);
            return NULL;
        }
    }
    return all;
}

/* ---- what is told ---- */

/* A time of the loop's clock as one of the calendar. */
static uint64_t calendar(const struct targets *t, uint64_t until)
{
    uint64_t now = loop_now(t->loop);

    if (until == 0)
        return 0;
    return (uint64_t)clock_real() + (until - now) * 1000;
}

static void publish_health(const struct targets *t, const struct target *target)
{
    struct figures_row *row = target->figures;
    const struct rota_target *b = &target->rota;

    figures_set(&row->failures, b->failures);
    figures_set(&row->ejected_until, calendar(t, b->ejected_until));
    figures_set(&row->resting_until, calendar(t, b->resting_until));
}

static void publish_active(const struct target *target)
{
    figures_set(&target->figures->active, target->rota.active);
}

static void tell_return(const struct targets *t, const struct target *target)
{
    log_event("upstream_returned", "%s answers again", target->name);
    publish_health(t, target);
}

/* ---- calls ---- */

int targets_pick(
    struct targets *t, struct rota_target *const *set, size_t n, uint64_t tried)
{
    uint64_t random = n > 1 ? random_bits() : 0;

    return rota_pick(set, n, tried, loop_now(t->loop), random);
}

void targets_begin(
    struct targets *t, struct target_try *try, struct target *target)
{
    try->target = target;
    try->moves = target->moves;
    rota_begin(&try->rota, &target->rota, loop_now(t->loop));
    figures_set(&target->figures->requests, target->figures->requests + 1);
    publish_active(target);
}

static bool has_moved(const struct target_try *try)
{
    return try->moves != try->target->moves;
}

void targets_end(struct target_try *try)
{
    if (try->target == NULL)
        return;
    if (has_moved(try))
        try->rota.trial = false; /* of the other address */
    rota_end(&try->rota);
    publish_active(try->target);
    try->target = NULL;
}

void targets_good(struct targets *t, struct target_try *try)
{
    const struct rota_target *b = &try->target->rota;
    uint32_t failures = b->failures;
    uint64_t rest = b->resting_until;

    if (has_moved(try))
        return;
    if (rota_good(&try->rota, loop_now(t->loop)))
        tell_return(t, try->target);
    else if (failures != 0 || rest != b->resting_until)
        publish_health(t, try->target);
}

void targets_busy(struct targets *t, struct target_try *try, uint32_t seconds)
{
    struct figures_row *row = try->target->figures;

    figures_set(&row->busy, row->busy + 1);
    if (has_moved(try))
        return;
    if (rota_busy(&try->rota, loop_now(t->loop), seconds * 1000ull))
        tell_return(t, try->target);
    else
        publish_health(t, try->target);
}

void targets_bad(struct targets *t, struct target_try *try,
    struct rota_target *const *set, size_t n)
{
    struct target *target = try->target;
    uint64_t now = loop_now(t->loop);

    figures_set(&target->figures->failed, target->figures->failed + 1);
    if (has_moved(try))
        return;
    if (rota_bad(&try->rota, set, n, now, random_bits()))
        log_event("upstream_ejected",
            "%s: %u failures in a row, out for %llu ms", target->name,
            target->rota.failures, (unsigned long long)target->rota.ejected_ms);
    publish_health(t, target);
}
