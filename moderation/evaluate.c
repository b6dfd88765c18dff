/* Usage: evaluate DATA OWN WEIGHTS [--quick]
 *
 * What the weights are worth, as tables on standard output. Every row is judged
 * by a model that has not seen it: of the other half of all rows, or, in the
 * second table, of all other sources. The thresholds are those of WEIGHTS, at
 * a score of one half. --quick leaves the second table out. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

struct session {
    struct trial trial;
    struct corpus safe; /* prompts that only look unsafe */
    struct buf weights;
    struct moderation_model model;
};

static int read_weights(struct session *s, const char *path)
{
    FILE *in = fopen(path, "re");
    size_t n;
    char *room;

    if (!in) {
        perror(path);
        return -1;
    }
    do {
        room = buf_reserve(&s->weights, 65536);
        n = room ? fread(room, 1, 65536, in) : 0;
        buf_commit(&s->weights, n);
    } while (n > 0);
    fclose(in);
    if (moderation_model_open(
            &s->model, (struct span){s->weights.data, s->weights.len})) {
        fprintf(stderr, "%s: not a file of weights\n", path);
        return -1;
    }
    return 0;
}

static double middle(const struct session *s, size_t category)
{
    return s->model.head->scale[category].middle;
}

/* ---- false alarms ---- */

/* The share of the rows of a source that stand above the threshold, whatever
 * their labels. */
static double alarms(const struct session *s, size_t source, size_t category)
{
    const struct corpus_source *from = &s->trial.corpus.sources[source];
    size_t above = 0;

    for (size_t i = 0; i < from->count; i++)
        above +=
            s->trial.standing[from->first + i][category] > middle(s, category);
    return (double)above / (double)from->count;
}

/* Of the safe prompts, which nothing was trained on, by the weights as they
 * are. */
static double safe_alarms(const struct session *s, size_t category)
{
    double standing[MODERATION_CATEGORIES], all = 0, above = 0;

    for (size_t i = 0; i < s->safe.count; i++) {
        if (s->safe.rows[i].label[0] != CORPUS_NO)
            continue;
        moderation_standing(&s->model, s->safe.rows[i].text, standing);
        all++;
        above += standing[category] > middle(s, category);
    }
    return above / all;
}

/* ---- tables ---- */

static void print_share(double x)
{
    if (isnan(x))
        printf("      -");
    else
        printf(" %5.1f%%", 100 * x);
}

static void print_area(double x)
{
    if (isnan(x))
        printf("      -");
    else
        printf("  %.3f", x);
}

static void print_halves(struct session *s)
{
    struct trial *t = &s->trial;
    size_t all = t->corpus.n_sources;

    printf(
        "%-24s    yes     no  AUROC  AUPRC  found", "judged by the other half");
    for (size_t k = 0; k < all; k++)
        if (trial_everyday(&t->corpus.sources[k]))
            printf(" %6.6s", t->corpus.sources[k].name + strlen("benign_"));
    printf("   safe\n");
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        size_t n = trial_cases(t, i, all), yes = 0;

        for (size_t k = 0; k < n; k++)
            yes += t->cases[k].yes;
        printf("%-24s %6zu %6zu", moderation_name(i), yes, n - yes);
        print_area(measure_auroc(t->cases, n));
        print_area(measure_auprc(t->cases, n));
        print_share(measure_above(t->cases, n, true, middle(s, i)));
        for (size_t k = 0; k < all; k++)
            if (trial_everyday(&t->corpus.sources[k]))
                print_share(alarms(s, k, i));
        print_share(safe_alarms(s, i));
        printf("\n");
    }
}

static int print_without(struct session *s, size_t source)
{
    struct trial *t = &s->trial;
    const char *name = t->corpus.sources[source].name;

    if (trial_without(t, source))
        return -1;
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        size_t n = trial_cases(t, i, source), yes = 0;

        for (size_t k = 0; k < n; k++)
            yes += t->cases[k].yes;
        if (n == 0 || (yes == 0 && !trial_everyday(&t->corpus.sources[source])))
            continue;
        printf("%-21s %-23s %6zu %6zu", name, moderation_name(i), yes, n - yes);
        print_area(measure_auroc(t->cases, n));
        print_area(measure_auprc(t->cases, n));
        print_share(measure_above(t->cases, n, true, middle(s, i)));
        print_share(measure_above(t->cases, n, false, middle(s, i)));
        printf("\n");
    }
    fflush(stdout);
    return 0;
}

static int print_sources(struct session *s)
{
    printf("\n%-45s    yes     no  AUROC  AUPRC  found  false\n",
        "judged by all other sources");
    for (size_t k = 0; k < s->trial.corpus.n_sources; k++)
        if (print_without(s, k))
            return -1;
    return 0;
}

static int evaluate(struct session *s, bool quick)
{
    if (trial_halves(&s->trial))
        return -1;
    print_halves(s);
    fflush(stdout);
    return quick ? 0 : print_sources(s);
}

int main(int argc, char **argv)
{
    struct session s = {0};
    bool quick = argc == 5 && strcmp(argv[4], "--quick") == 0;
    int result = -1;

    if (argc != 4 && !quick) {
        fputs("usage: evaluate DATA OWN WEIGHTS [--quick]\n", stderr);
        return 2;
    }
    if (trial_open(&s.trial, argv[1], argv[2]) == 0 &&
        corpus_read(&s.safe, argv[1], "validation") == 0 &&
        read_weights(&s, argv[3]) == 0)
        result = evaluate(&s, quick);
    trial_close(&s.trial);
    corpus_free(&s.safe);
    buf_free(&s.weights);
    return result ? 1 : 0;
}
