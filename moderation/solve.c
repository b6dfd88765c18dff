#include "solve.h"

#include <stdlib.h>
#include <string.h>

typedef int32_t masks
    __attribute__((vector_size(SOLVE_LANES * sizeof(int32_t))));

struct state {
    solve_lanes *alpha; /* by row */
    float *square;      /* of the row's length, and 1 for the bias */
    uint32_t *order;
    uint64_t random;
};

static solve_lanes *lanes(size_t n)
{
    solve_lanes *p = aligned_alloc(sizeof(*p), (n + 1) * sizeof(*p));

    if (p)
        memset(p, 0, (n + 1) * sizeof(*p));
    return p;
}

static int open_state(struct state *s, const struct solve_rows *r)
{
    s->alpha = lanes(r->n);
    s->square = calloc(r->n + 1, sizeof(*s->square));
    s->order = calloc(r->n + 1, sizeof(*s->order));
    if (!s->alpha || !s->square || !s->order)
        return -1;
    for (size_t i = 0; i < r->n; i++) {
        s->order[i] = (uint32_t)i;
        s->square[i] = 1;
        for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
            s->square[i] += r->value[k] * r->value[k];
    }
    return 0;
}

static void shuffle(struct state *s, size_t n)
{
    for (size_t i = n; i > 1; i--) {
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
    struct state *s, struct solve_problem *p, uint32_t i, float cost)
{
    const struct solve_rows *r = p->rows;
    solve_lanes z = p->bias, soft = 1 / (2 * cost * p->weight[i]), next, change;
    masks moves;
    int32_t any = 0;

    for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
        z += p->w[r->index[k]] * r->value[k];
    next = p->label[i] * z - 1 + s->alpha[i] * soft;
    next = s->alpha[i] - next / (s->square[i] + soft);
    next = (solve_lanes)((masks)next & (next > 0));
    change = (next - s->alpha[i]) * p->label[i];
    s->alpha[i] = next;
    moves = change != 0;
    for (size_t k = 0; k < SOLVE_LANES; k++)
        any |= moves[k];
    if (any == 0)
        return;
    for (uint32_t k = r->at[i]; k < r->at[i + 1]; k++)
        p->w[r->index[k]] += change * r->value[k];
    p->bias += change;
}

int solve_run(struct solve_problem *p, double cost, int epochs)
{
    struct state s = {.random = UINT64_C(88172645463325252)};
    int result = open_state(&s, p->rows);

    memset(p->w, 0, p->rows->buckets * sizeof(*p->w));
    p->bias = (solve_lanes){0};
    for (int e = 0; e < epochs && result == 0; e++) {
        shuffle(&s, p->rows->n);
        for (size_t i = 0; i < p->rows->n; i++)
            visit(&s, p, s.order[i], (float)cost);
    }
    free(s.alpha);
    free(s.square);
    free(s.order);
    return result;
}

int solve_open(struct solve_problem *p, const struct solve_rows *rows)
{
    memset(p, 0, sizeof(*p));
    p->rows = rows;
    p->label = lanes(rows->n);
    p->weight = lanes(rows->n);
    p->w = lanes(rows->buckets);
    if (!p->label || !p->weight || !p->w)
        return -1;
    for (size_t i = 0; i < rows->n; i++)
        p->weight[i] += 1;
    return 0;
}

void solve_close(struct solve_problem *p)
{
    free(p->label);
    free(p->weight);
    free(p->w);
}
