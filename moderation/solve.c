#include "solve.h"

#include <stdlib.h>
#include <string.h>

struct state {
    double *alpha;    /* by row */
    double *diagonal; /* of the kernel, and of the loss */
    uint32_t *order;
    size_t n;
    uint64_t random;
};

static int open_state(
    struct state *s, const struct solve_problem *p, double cost)
{
    const struct solve_rows *r = p->rows;

    s->alpha = calloc(r->n + 1, sizeof(*s->alpha));
    s->diagonal = calloc(r->n + 1, sizeof(*s->diagonal));
    s->order = calloc(r->n + 1, sizeof(*s->order));
    if (!s->alpha || !s->diagonal || !s->order)
        return -1;
    for (size_t i = 0; i < r->n; i++) {
        if (p->label[i] == 0)
            continue;
        s->order[s->n++] = (uint32_t)i;
        s->diagonal[i] = 1 + 1 / (2 * cost * p->weight[i]);
        for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
            s->diagonal[i] += (double)r->value[k] * r->value[k];
    }
    return 0;
}

static void shuffle(struct state *s)
{
    for (size_t i = s->n; i > 1; i--) {
        size_t k;
        uint32_t t;

        s->random = s->random * UINT64_C(6364136223846793005) +
                    UINT64_C(1442695040888963407);
        k = (size_t)((s->random >> 33) % i);
        t = s->order[i - 1];
        s->order[i - 1] = s->order[k];
        s->order[k] = t;
    }
}

/* Move one row's share to where the loss is least. */
static void visit(
    struct state *s, struct solve_problem *p, uint32_t i, double cost)
{
    const struct solve_rows *r = p->rows;
    double z = p->bias, gradient, next, change;

    for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
        z += p->w[r->index[k]] * r->value[k];
    gradient = p->label[i] * z - 1 + s->alpha[i] / (2 * cost * p->weight[i]);
    if (s->alpha[i] == 0 && gradient >= 0)
        return;
    next = s->alpha[i] - gradient / s->diagonal[i];
    if (next < 0)
        next = 0;
    change = (next - s->alpha[i]) * p->label[i];
    s->alpha[i] = next;
    for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
        p->w[r->index[k]] += change * r->value[k];
    p->bias += change;
}

int solve_run(struct solve_problem *p, double cost, int epochs)
{
    struct state s = {.random = UINT64_C(88172645463325252)};
    int result = open_state(&s, p, cost);

    memset(p->w, 0, p->rows->buckets * sizeof(*p->w));
    p->bias = 0;
    for (int e = 0; e < epochs && result == 0; e++) {
        shuffle(&s);
        for (size_t i = 0; i < s.n; i++)
            visit(&s, p, s.order[i], cost);
    }
    free(s.alpha);
    free(s.diagonal);
    free(s.order);
    return result;
}

int solve_open(struct solve_problem *p, const struct solve_rows *rows)
{
    memset(p, 0, sizeof(*p));
    p->rows = rows;
    p->label = calloc(rows->n + 1, sizeof(*p->label));
    p->weight = calloc(rows->n + 1, sizeof(*p->weight));
    p->w = calloc(rows->buckets, sizeof(*p->w));
    return p->label && p->weight && p->w ? 0 : -1;
}

void solve_close(struct solve_problem *p)
{
    free(p->label);
    free(p->weight);
    free(p->w);
}
