#ifndef TRIAL_H
#define TRIAL_H

#include "fit.h"
#include "measure.h"

/* Standings of rows by models that have not seen them. */

struct trial {
    struct corpus corpus;
    struct lexicon lexicon;
    struct fit_options options;
    struct fit_rows *rows;
    double (*standing)[MODERATION_CATEGORIES]; /* by row */
    struct measure_case *cases;                /* room for all rows */
};

/**
 * trial_open(t, data, lexicon), trial_close(t):
 * Read the training rows of ${data} and the lists of ${lexicon}. Returns 0, or
 * -1 after telling why not; to be closed in any case.
 */
int trial_open(struct trial *t, const char *data, const char *lexicon);
void trial_close(struct trial *t);

/**
 * trial_halves(t), trial_without(t, source):
 * Fill in the standings: of each half of the rows by a model of the other half;
 * of the rows of ${source} by a model of all other sources. Return 0 or -1.
 */
int trial_halves(struct trial *t);
int trial_without(struct trial *t, size_t source);

/**
 * trial_cases(t, category, source):
 * Collect the labelled cases of ${category}, of ${source} or, when that is
 * t->corpus.n_sources, of all, in t->cases. Returns how many.
 */
size_t trial_cases(struct trial *t, size_t category, size_t source);

/**
 * trial_everyday(source):
 * Whether the source is of everyday requests.
 */
bool trial_everyday(const struct corpus_source *source);

#endif
