#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moderation_linear.h"
#include "moderation_phrase.h"
#include "solve.h"

struct fit_rows {
    const struct corpus *corpus;
    struct solve_rows rows;
    uint32_t cap;
    bool failed;
};

/* ---- features ---- */

struct gather {
    struct fit_rows *rows;
    uint32_t *buckets; /* of the row, unsorted */
    uint32_t n, cap;
    uint32_t before;
    uint32_t n_buckets;
    struct moderation_seen seen;
};

static void take_word(struct gather *g, const struct moderation_word *word)
{
    uint32_t features[MODERATION_FEATURES];
    size_t n;

    if (word->joined || g->n + MODERATION_FEATURES > g->cap)
        return;
    n = moderation_linear_hash(&g->seen, word, g->before, features);
    for (size_t i = 0; i < n; i++)
        g->buckets[g->n++] =
            moderation_linear_bucket(features[i], g->n_buckets);
    g->before = word->hash | 1;
}

static void take_words(
    void *cookie, const struct moderation_word *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take_word(cookie, &words[i]);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static int reserve(struct fit_rows *r, uint32_t more)
{
    struct solve_rows *s = &r->rows;

    while (r->cap < s->at[s->n] + more) {
        uint32_t cap = r->cap ? 2 * r->cap : 1 << 20;
        uint32_t *index = realloc(s->index, cap * sizeof(*index));
        float *value;

        if (!index)
            return -1;
        s->index = index;
        value = realloc(s->value, cap * sizeof(*value));
        if (!value)
            return -1;
        s->value = value;
        r->cap = cap;
    }
    return 0;
}

/* What the runtime sums over a row, as one value for each bucket. */
static int close_row(struct gather *g)
{
    struct solve_rows *s = &g->rows->rows;
    uint32_t to;

    if (reserve(g->rows, g->n))
        return -1;
    qsort(g->buckets, g->n, sizeof(*g->buckets), ascending);
    to = s->at[s->n];
    for (uint32_t i = 0; i < g->n; i++) {
        if (i > 0 && g->buckets[i] == g->buckets[i - 1]) {
            s->value[to - 1] += 1;
        } else {
            s->index[to] = g->buckets[i];
            s->value[to++] = 1;
        }
    }
    for (uint32_t i = s->at[s->n]; i < to; i++)
        s->value[i] *= (float)moderation_linear_norm(g->n);
    s->at[++s->n] = to;
    g->n = g->before = 0;
    memset(&g->seen, 0, sizeof(g->seen));
    return 0;
}

static int gather_row(struct gather *g, struct span text)
{
    struct moderation_word_sink sink = {take_words, g};
    struct moderation_words words;

    moderation_word_begin(&words);
    moderation_word_feed(&words, text, &sink);
    moderation_word_end(&words, &sink);
    return close_row(g);
}

struct fit_rows *fit_prepare(
    const struct corpus *c, const struct fit_options *o)
{
    struct fit_rows *r = calloc(1, sizeof(*r));
    struct gather g = {.rows = r, .cap = 1 << 18, .n_buckets = o->buckets};

    if (!r)
        goto err0;
    r->corpus = c;
    r->rows.buckets = o->buckets;
    r->rows.at = calloc(c->count + 1, sizeof(*r->rows.at));
    g.buckets = malloc(g.cap * sizeof(*g.buckets));
    if (!r->rows.at || !g.buckets)
        goto err1;
    for (size_t i = 0; i < c->count; i++)
        if (gather_row(&g, c->rows[i].text))
            goto err1;
    free(g.buckets);
    return r;

err1:
    free(g.buckets);
    fit_free(r);
err0:
    return NULL;
}

void fit_free(struct fit_rows *r)
{
    if (!r)
        return;
    free(r->rows.at);
    free(r->rows.index);
    free(r->rows.value);
    free(r);
}

/* ---- the image ---- */

static void pad(struct buf *image)
{
    static const char zeros[8];

    buf_put(image, zeros, (8 - image->len % 8) % 8);
}

static void lay_out(
    const struct lexicon *l, const struct fit_options *o, struct buf *image)
{
    struct moderation_head head = {.magic = MODERATION_MAGIC,
        .buckets = o->buckets,
        .edges = l->n_edges,
        .nodes = l->n_nodes,
        .outs = l->n_outs};
    size_t weights = (size_t)o->buckets * MODERATION_LINEAR + MODERATION_PAD;
    char *room;

    memcpy(head.filter, l->filter, sizeof(head.filter));
    memcpy(head.starts, l->starts, sizeof(head.starts));
    memcpy(head.ranges, l->ranges, sizeof(head.ranges));
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        head.scale[i] = (struct moderation_scale){
            .linear_sd = 1, .phrase_sd = 1, .slope = 1};
    buf_put(image, &head, sizeof(head));
    pad(image);
    buf_put(image, l->edges, l->n_edges * sizeof(*l->edges));
    pad(image);
    buf_put(image, l->nodes, l->n_nodes * sizeof(*l->nodes));
    pad(image);
    buf_put(image, l->outs, l->n_outs * sizeof(*l->outs));
    pad(image);
    room = buf_reserve(image, weights);
    if (room) {
        memset(room, 0, weights);
        buf_commit(image, weights);
    }
}

void fit_seal(struct buf *image)
{
    struct moderation_head *head = (void *)image->data;
    size_t behind = offsetof(struct moderation_head, scale);

    head->check =
        moderation_model_check(image->data + behind, image->len - behind);
}

/* ---- the linear part ---- */

struct moments {
    double sum, squares, n;
};

static void count(struct moments *m, double x)
{
    m->sum += x;
    m->squares += x * x;
    m->n++;
}

static void conclude(const struct moments *m, float *mean, float *sd)
{
    double middle = m->n > 0 ? m->sum / m->n : 0;
    double variance = m->n > 0 ? m->squares / m->n - middle * middle : 0;

    *mean = (float)middle;
    *sd = variance > 1e-6 ? (float)sqrt(variance) : 1e-3f;
}

static size_t column(size_t category)
{
    return category - (category > MODERATION_LINEAR_GAP);
}

/* The labels and weights of a category, yes and no in better balance. */
static void label(const struct fit_rows *r, const uint8_t *use, size_t category,
    struct solve_problem *p)
{
    size_t lane = column(category);
    double sum[3] = {0}, more;

    for (size_t i = 0; i < r->corpus->count; i++) {
        const struct corpus_row *row = &r->corpus->rows[i];
        uint8_t l = use && !use[i] ? CORPUS_UNKNOWN : row->label[category];

        p->label[i][lane] = l == CORPUS_UNKNOWN ? 0 : l == CORPUS_YES ? 1 : -1;
        p->weight[i][lane] = row->weight[category];
        sum[l] += row->weight[category];
    }
    more = sum[CORPUS_YES] > 0 ? sum[CORPUS_NO] / (6 * sum[CORPUS_YES]) : 1;
    more = more < 1 ? 1 : more > 30 ? 30 : more;
    for (size_t i = 0; i < r->corpus->count; i++)
        if (p->label[i][lane] > 0)
            p->weight[i][lane] *= (float)more;
}

static void quantise(const struct solve_problem *p, uint32_t buckets,
    size_t lane, int8_t *weights, struct moderation_scale *scale)
{
    double most = 1e-9;

    for (uint32_t i = 0; i < buckets; i++)
        most = fmax(most, fabs((double)p->w[i][lane]));
    scale->bias = p->bias[lane];
    scale->unit = (float)(most / 127);
    for (uint32_t i = 0; i < buckets; i++)
        weights[(size_t)i * MODERATION_LINEAR] =
            (int8_t)lrint(p->w[i][lane] * 127 / most);
}

static void standardise_linear(const struct fit_rows *r, const uint8_t *use,
    const int8_t *weights, struct moderation_scale *scale)
{
    const struct solve_rows *s = &r->rows;
    struct moments m = {0};

    for (size_t i = 0; i < s->n; i++) {
        double z = 0;

        if (use && !use[i])
            continue;
        for (uint32_t k = s->at[i]; k < s->at[i + 1]; k++)
            z += (double)s->value[k] *
                 weights[(size_t)s->index[k] * MODERATION_LINEAR];
        count(&m, z * scale->unit + scale->bias);
    }
    conclude(&m, &scale->linear_mean, &scale->linear_sd);
}

/* ---- phrases ---- */

struct listening {
    const struct moderation_model *model;
    struct moderation_phrases phrases;
};

static void hear(void *cookie, const struct moderation_word *words, size_t n)
{
    struct listening *l = cookie;

    moderation_phrase_words(&l->phrases, l->model, words, n);
}

static void standardise_phrases(const struct fit_rows *r, const uint8_t *use,
    const struct moderation_model *model, struct moderation_head *head)
{
    struct moments m[MODERATION_CATEGORIES] = {{0}};
    struct moderation_words words;
    struct listening l = {.model = model};
    struct moderation_word_sink sink = {hear, &l};

    for (size_t i = 0; i < r->corpus->count; i++) {
        if (use && !use[i])
            continue;
        memset(&l.phrases, 0, sizeof(l.phrases));
        moderation_word_begin(&words);
        moderation_word_feed(&words, r->corpus->rows[i].text, &sink);
        moderation_word_end(&words, &sink);
        for (size_t k = 0; k < MODERATION_CATEGORIES; k++)
            count(&m[k], log1p(moderation_phrase_whole(&l.phrases, k)));
    }
    for (size_t k = 0; k < MODERATION_CATEGORIES; k++)
        conclude(&m[k], &head->scale[k].phrase_mean, &head->scale[k].phrase_sd);
}

/* ---- all of it ---- */

static int fit_linear(const struct fit_rows *r, const struct fit_options *o,
    const uint8_t *use, struct buf *image)
{
    struct moderation_head *head = (void *)image->data;
    int8_t *weights = (int8_t *)image->data + image->len - MODERATION_PAD -
                      (size_t)o->buckets * MODERATION_LINEAR;
    struct solve_problem p;
    int result = solve_open(&p, &r->rows);

    for (size_t i = 0; i < MODERATION_CATEGORIES && result == 0; i++)
        if (i != MODERATION_SEXUAL_MINORS)
            label(r, use, i, &p);
    if (result == 0)
        result = solve_run(&p, o->cost, o->epochs);
    for (size_t i = 0; i < MODERATION_CATEGORIES && result == 0; i++) {
        size_t lane = column(i);

        if (i == MODERATION_SEXUAL_MINORS)
            continue;
        quantise(&p, o->buckets, lane, weights + lane, &head->scale[i]);
        standardise_linear(r, use, weights + lane, &head->scale[i]);
    }
    solve_close(&p);
    return result;
}

int fit_model(const struct fit_rows *rows, const struct lexicon *lexicon,
    const struct fit_options *o, const uint8_t *use, struct buf *image)
{
    struct moderation_model model;

    buf_reset(image);
    lay_out(lexicon, o, image);
    if (image->failed)
        return -1;
    fit_seal(image);
    if (moderation_model_open(&model, (struct span){image->data, image->len}))
        return -1;
    standardise_phrases(rows, use, &model, (void *)image->data);
    if (fit_linear(rows, o, use, image))
        return -1;
    fit_seal(image);
    return 0;
}
