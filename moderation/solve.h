#ifndef SOLVE_H
#define SOLVE_H

#include <stddef.h>
#include <stdint.h>

/* Linear classifiers with L2 regularisation and squared hinge loss, by dual
 * coordinate descent in a fixed order. Several are solved at once over the same
 * rows, side by side, for what takes the time is to fetch the weights of a
 * row's features. */

enum { SOLVE_LANES = 16 };

typedef float solve_lanes
    __attribute__((vector_size(SOLVE_LANES * sizeof(float))));

struct solve_rows {
    size_t n;
    uint32_t *at; /* where a row's features begin; one more than rows */
    uint32_t *index;
    float *value;
    uint32_t buckets;
};

struct solve_problem {
    const struct solve_rows *rows;
    /* By row. */
    solve_lanes *label;  /* 1, -1, or 0: not in it */
    solve_lanes *weight; /* of a mistake; more than 0 */
    /* The solution. */
    solve_lanes *w; /* by feature */
    solve_lanes bias;
};

/**
 * solve_open(p, rows), solve_close(p):
 * Room for problems over ${rows}, whose label, 0 at first, and weight, 1 at
 * first, the caller fills in; give it back, also when the first returned -1
 * because memory is out.
 */
int solve_open(struct solve_problem *p, const struct solve_rows *rows);
void solve_close(struct solve_problem *p);

/**
 * solve_run(p, cost, epochs):
 * Solve them. Returns 0, or -1 when memory is out.
 */
int solve_run(struct solve_problem *p, double cost, int epochs);

#endif
