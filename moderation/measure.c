#include "measure.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const struct measure_case *x = a, *y = b;

    if (x->z != y->z)
        return x->z < y->z ? -1 : 1;
    return x->yes - y->yes;
}

double measure_auroc(struct measure_case *cases, size_t n)
{
    double below = 0, sum = 0, yes = 0;
    size_t i = 0;

    qsort(cases, n, sizeof(*cases), ascending);
    while (i < n) {
        double tied_yes = 0, tied_no = 0;
        double z = cases[i].z;

        for (; i < n && cases[i].z == z; i++)
            *(cases[i].yes ? &tied_yes : &tied_no) += 1;
        sum += tied_yes * (below + tied_no / 2);
        below += tied_no;
        yes += tied_yes;
    }
    return sum / (yes * below);
}

double measure_auprc(struct measure_case *cases, size_t n)
{
    double yes = 0, seen = 0, sum = 0;

    qsort(cases, n, sizeof(*cases), ascending);
    for (size_t i = n; i > 0; i--) {
        seen++;
        if (cases[i - 1].yes)
            sum += ++yes / seen;
    }
    return yes > 0 && yes < seen ? sum / yes : NAN;
}

double measure_above(
    const struct measure_case *cases, size_t n, bool yes, double z)
{
    double all = 0, above = 0;

    for (size_t i = 0; i < n; i++) {
        if (cases[i].yes != yes)
            continue;
        all++;
        above += cases[i].z > z;
    }
    return above / all;
}

double measure_quantile(
    struct measure_case *cases, size_t n, bool yes, double share)
{
    size_t all = 0, want;

    qsort(cases, n, sizeof(*cases), ascending);
    for (size_t i = 0; i < n; i++)
        all += cases[i].yes == yes;
    if (all == 0)
        return NAN;
    want = (size_t)(share * (double)(all - 1) + 0.5);
    for (size_t i = 0; i < n; i++)
        if (cases[i].yes == yes && want-- == 0)
            return cases[i].z;
    return NAN;
}
