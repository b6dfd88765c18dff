/* Usage: evaluate DATA LEXICON WEIGHTS [--quick]
 *
 * What the weights are worth, as tables on standard output. Every row is judged
 * by a model that has not seen it: of the other half of all rows, or, in the
 * other tables, of all other sources, the last one of them together, so that
 * what a source means is told from whatever the others do not mean. The
 * thresholds are those of WEIGHTS, at a score of one half. --quick leaves all
 * but the first table out. */

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

/* ---- all sources together ---- */

/* Whether the text is as long as what is typed at once: a few words to a
 * paragraph. */
static bool is_prompt(struct span text)
{
    size_t words = 1;

    for (size_t i = 0; i < text.n; i++)
        words += text.p[i] == ' ' || text.p[i] == '\n';
    return words >= 5 && words <= 60;
}

/* The labelled rows of a category as cases; of prompts only, or of all. */
static size_t collect(struct trial *t, size_t category, bool prompts)
{
    size_t n = 0;

    for (size_t i = 0; i < t->corpus.count; i++) {
        const struct corpus_row *row = &t->corpus.rows[i];

        if (row->label[category] != CORPUS_UNKNOWN &&
            (!prompts || is_prompt(row->text)))
            t->cases[n++] = (struct measure_case){
                t->standing[i][category], row->label[category] == CORPUS_YES};
    }
    return n;
}

static void print_area_of(struct trial *t, size_t category, bool prompts)
{
    size_t n = collect(t, category, prompts), yes = 0;

    for (size_t k = 0; k < n; k++)
        yes += t->cases[k].yes;
    printf(" %6zu %6zu", yes, n - yes);
    print_area(measure_auroc(t->cases, n));
}

/* Each row has been judged by all other sources by now. */
static void print_together(struct session *s)
{
    printf(
        "\n%-23s %22s %22s\n%-23s    yes     no  AUROC    yes     no  AUROC\n",
        "all sources together", "all texts", "of 5 to 60 words", "");
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        if (i == MODERATION_SEXUAL_MINORS)
            continue;
        printf("%-23s", moderation_name(i));
        print_area_of(&s->trial, i, false);
        print_area_of(&s->trial, i, true);
        printf("\n");
    }
}

static int evaluate(struct session *s, bool quick)
{
    if (trial_halves(&s->trial))
        return -1;
    print_halves(s);
    fflush(stdout);
    if (quick)
        return 0;
    if (print_sources(s))
        return -1;
    print_together(s);
    return 0;
}

int main(int argc, char **argv)
{
    struct session s = {0};
    bool quick = argc == 5 && strcmp(argv[4], "--quick") == 0;
    int result = -1;

    if (argc != 4 && !quick) {
        fputs("usage: evaluate DATA LEXICON WEIGHTS [--quick]\n", stderr);
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
