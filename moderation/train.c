/* Usage: train DATA LEXICON OUT
 *
 * Train on the labelled texts of the directory DATA and the lists of phrases of
 * the directory LEXICON, and write the file of weights OUT. The same input
 * makes the same bytes. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

/* Where the rule about minors blocks at the least, which no rows say: a sexual
 * phrase beside a sure sign of a minor. */
#define RULE 1.5f

/* Texts in a thousand everyday ones that stand above the middle. */
static double alarms(size_t category)
{
    switch (category) {
    case MODERATION_SELF_HARM:
    case MODERATION_SELF_HARM_INTENT:
        return 1;
    case MODERATION_SELF_HARM_INSTRUCTIONS:
        return 0.5;
    case MODERATION_SEXUAL_MINORS:
        return 2;
    default:
        return 10;
    }
}

/* The everyday rows' standings as cases. */
static size_t everyday(struct trial *t, size_t category)
{
    size_t n = 0;

    for (size_t i = 0; i < t->corpus.count; i++)
        if (trial_everyday(&t->corpus.sources[t->corpus.rows[i].source]))
            t->cases[n++] =
                (struct measure_case){t->standing[i][category], false};
    return n;
}

/* A score of one half is where few everyday texts stand, one of 0.01 where half
 * of them do. */
static void calibrate(
    struct trial *t, size_t category, struct moderation_scale *scale)
{
    size_t n = everyday(t, category);
    double middle, low;

    middle = measure_quantile(t->cases, n, false, 1 - alarms(category) / 1000);
    scale->middle = (float)(isnan(middle) ? 0 : middle);
    if (category == MODERATION_SEXUAL_MINORS && scale->middle < RULE)
        scale->middle = RULE;
    low = measure_quantile(t->cases, n, false, 0.5);
    scale->slope = (float)(log(99) / fmax(scale->middle - low, 0.2));
}

static int write_file(const char *path, const struct buf *image)
{
    FILE *out = fopen(path, "we");

    if (!out || fwrite(image->data, 1, image->len, out) != image->len ||
        fclose(out)) {
        perror(path);
        return -1;
    }
    return 0;
}

static int train(struct trial *t, const char *path)
{
    struct buf image = {0};
    struct moderation_head *head;
    int result = -1;

    if (trial_halves(t) ||
        fit_model(t->rows, &t->lexicon, &t->options, NULL, &image)) {
        fputs("training failed\n", stderr);
        goto err0;
    }
    head = (void *)image.data;
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        calibrate(t, i, &head->scale[i]);
    fit_seal(&image);
    result = write_file(path, &image);
    printf("%zu rows, %u phrases, %u nodes, %u edges, %zu bytes\n",
        t->corpus.count, t->lexicon.phrases, t->lexicon.n_nodes,
        t->lexicon.n_edges, image.len);

err0:
    buf_free(&image);
    return result;
}

int main(int argc, char **argv)
{
    struct trial t;
    int result;

    if (argc != 4) {
        fputs("usage: train DATA LEXICON OUT\n", stderr);
        return 2;
    }
    result = trial_open(&t, argv[1], argv[2]);
    if (result == 0)
        result = train(&t, argv[3]);
    trial_close(&t);
    return result ? 1 : 0;
}
