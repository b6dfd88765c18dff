#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>

/* How well standings tell texts that are meant from those that are not. */

struct measure_case {
    double z;
    bool yes;
};

/**
 * measure_auroc(cases, n), measure_auprc(cases, n):
 * The area under the ROC curve, ties counted by half; the average precision.
 * NAN unless there are cases of both kinds. They sort ${cases}.
 */
double measure_auroc(struct measure_case *cases, size_t n);
double measure_auprc(struct measure_case *cases, size_t n);

/**
 * measure_above(cases, n, yes, z):
 * The share of the cases that are ${yes} that stand above ${z}; NAN without
 * any.
 */
double measure_above(
    const struct measure_case *cases, size_t n, bool yes, double z);

/**
 * measure_quantile(cases, n, yes, share):
 * Where the ${share} of those that are ${yes} stands at or below; NAN without
 * any. Sorts ${cases}.
 */
double measure_quantile(
    struct measure_case *cases, size_t n, bool yes, double share);

#endif
