#ifndef SOLVE_H
#define SOLVE_H

#include <stddef.h>
#include <stdint.h>

/* A linear classifier with L2 regularisation and squared hinge loss, by dual
 * coordinate descent in a fixed order. */

struct solve_rows {
    size_t n;
    uint32_t *at; /* where a row's features begin; one more than rows */
    uint32_t *index;
    float *value;
    uint32_t buckets;
};

struct solve_problem {
    const struct solve_rows *rows;
    int8_t *label; /* 1, -1, or 0: not in it */
    float *weight; /* of a mistake */
    double *w;     /* the solution */
    double bias;
};

/**
 * solve_open(p, rows), solve_close(p):
 * Room for a problem over ${rows}, whose label and weight the caller fills in;
 * give it back, also when the first returned -1 because memory is out.
 */
int solve_open(struct solve_problem *p, const struct solve_rows *rows);
void solve_close(struct solve_problem *p);

/**
 * solve_run(p, cost, epochs):
 * Solve it. Returns 0, or -1 when memory is out.
 */
int solve_run(struct solve_problem *p, double cost, int epochs);

#endif
