#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int trial_open(struct trial *t, const char *data, const char *lexicon)
{
    memset(t, 0, sizeof(*t));
    t->options =
        (struct fit_options){.buckets = 14500, .cost = 0.1, .epochs = 20};
    if (corpus_read(&t->corpus, data, NULL) ||
        lexicon_read(&t->lexicon, lexicon))
        return -1;
    t->rows = fit_prepare(&t->corpus, &t->options);
    t->standing = calloc(t->corpus.count + 1, sizeof(*t->standing));
    t->cases = calloc(t->corpus.count + 1, sizeof(*t->cases));
    if (t->rows && t->standing && t->cases)
        return 0;
    fputs("out of memory\n", stderr);
    return -1;
}

void trial_close(struct trial *t)
{
    fit_free(t->rows);
    free(t->standing);
    free(t->cases);
    corpus_free(&t->corpus);
    lexicon_free(&t->lexicon);
}

/* Judge the rows that ${use} leaves out by a model of the others. */
static int judge_others(struct trial *t, const uint8_t *use)
{
    struct buf image = {0};
    struct moderation_model model;
    int result = fit_model(t->rows, &t->lexicon, &t->options, use, &image);

    if (result == 0)
        result =
            moderation_model_open(&model, (struct span){image.data, image.len});
    for (size_t i = 0; i < t->corpus.count && result == 0; i++)
        if (!use[i])
            moderation_standing(&model, t->corpus.rows[i].text, t->standing[i]);
    buf_free(&image);
    return result;
}

int trial_halves(struct trial *t)
{
    uint8_t *use = malloc(t->corpus.count + 1);
    int result = use ? 0 : -1;

    for (size_t half = 0; half < 2 && result == 0; half++) {
        for (size_t i = 0; i < t->corpus.count; i++)
            use[i] = i % 2 != half;
        result = judge_others(t, use);
    }
    free(use);
    return result;
}

int trial_without(struct trial *t, size_t source)
{
    const struct corpus_source *s = &t->corpus.sources[source];
    uint8_t *use = malloc(t->corpus.count + 1);
    int result = -1;

    if (use) {
        memset(use, 1, t->corpus.count);
        memset(use + s->first, 0, s->count);
        result = judge_others(t, use);
    }
    free(use);
    return result;
}

size_t trial_cases(struct trial *t, size_t category, size_t source)
{
    bool all = source == t->corpus.n_sources;
    size_t first = all ? 0 : t->corpus.sources[source].first;
    size_t end =
        all ? t->corpus.count : first + t->corpus.sources[source].count;
    size_t n = 0;

    for (size_t i = first; i < end; i++) {
        uint8_t label = t->corpus.rows[i].label[category];

        if (label != CORPUS_UNKNOWN)
            t->cases[n++] = (struct measure_case){
                t->standing[i][category], label == CORPUS_YES};
    }
    return n;
}

bool trial_everyday(const struct corpus_source *source)
{
    return strncmp(source->name, "benign_", 7) == 0;
}
