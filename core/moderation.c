#include "moderation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "moderation_linear.h"
#include "moderation_phrase.h"
#include "moderation_word.h"
#include "sparse.h"

/* What is known of a text. */
struct state {
    const struct moderation_model *model;
    struct moderation_words words;
    struct moderation_linear linear;
    struct moderation_phrases phrases;
    uint32_t in_block; /* words */
    double window[3];  /* the best, of self-harm and its kinds */
};

enum { WORDS = sizeof(struct state) / sizeof(uint64_t) };

/* As words, in which it rests. */
union whole {
    struct state state;
    uint64_t words[WORDS];
};

_Static_assert(sizeof(union whole) == sizeof(struct state),
    "what is known of a text is whole words");
_Static_assert(
    sizeof(struct state) <= SPARSE_MOST * sizeof(uint64_t), "it may rest");

/* A text that rests takes pieces together: to wake up for each takes longer
 * than they do. */
enum { WAITING = 120 };

struct moderation {
    struct state *state; /* NULL: it rests */
    struct sparse rest;
    uint8_t waits;         /* bytes that came meanwhile, */
    char waiting[WAITING]; /* and these */
};

static const char *const names[MODERATION_CATEGORIES] = {
    [MODERATION_HARASSMENT] = "harassment",
    [MODERATION_HARASSMENT_THREATENING] = "harassment/threatening",
    [MODERATION_HATE] = "hate",
    [MODERATION_HATE_THREATENING] = "hate/threatening",
    [MODERATION_ILLICIT] = "illicit",
    [MODERATION_ILLICIT_VIOLENT] = "illicit/violent",
    [MODERATION_SELF_HARM] = "self-harm",
    [MODERATION_SELF_HARM_INTENT] = "self-harm/intent",
    [MODERATION_SELF_HARM_INSTRUCTIONS] = "self-harm/instructions",
    [MODERATION_SEXUAL] = "sexual",
    [MODERATION_SEXUAL_MINORS] = "sexual/minors",
    [MODERATION_VIOLENCE] = "violence",
    [MODERATION_VIOLENCE_GRAPHIC] = "violence/graphic",
};

const char *moderation_name(enum moderation_category category)
{
    return names[category];
}

/* ---- feeding ---- */

static bool is_self_harm(size_t category)
{
    return category >= MODERATION_SELF_HARM &&
           category <= MODERATION_SELF_HARM_INSTRUCTIONS;
}

/* How far the linear part alone may carry a text: what is always blocked, and
 * threats, need words that say so. */
static double most(size_t category, double phrases)
{
    if (is_self_harm(category) ||
        category == MODERATION_HARASSMENT_THREATENING ||
        category == MODERATION_HATE_THREATENING)
        return 2 + 2 * phrases;
    return INFINITY;
}

/* Both verdicts together. */
static double both(
    const struct state *m, size_t category, double linear, double phrases)
{
    const struct moderation_scale *s = &m->model->head->scale[category];

    linear = fmin(linear, most(category, phrases));
    return linear + (log1p(phrases) - s->phrase_mean) / s->phrase_sd;
}

/* Judge the last blocks, where they speak of self-harm at all. */
static void judge_window(struct state *m)
{
    for (size_t i = 0; i < 3; i++) {
        size_t category = MODERATION_SELF_HARM + i;
        double phrases = moderation_phrase_window(&m->phrases, category), z;

        if (phrases < 1)
            continue;
        z = both(m, category,
            moderation_linear_window(&m->linear, m->model, category), phrases);
        if (z > m->window[i])
            m->window[i] = z;
    }
}

static void end_block(struct state *m)
{
    judge_window(m);
    m->in_block = 0;
    moderation_linear_block(&m->linear);
    moderation_phrase_block(&m->phrases);
}

static void take_words(
    void *cookie, const struct moderation_word *words, size_t n)
{
    struct state *m = cookie;
    size_t part;

    for (; n > 0; n -= part, words += part) {
        for (part = 0; part < n && m->in_block < MODERATION_BLOCK; part++)
            m->in_block += !words[part].joined;
        moderation_linear_words(&m->linear, m->model, words, part);
        moderation_phrase_words(&m->phrases, m->model, words, part);
        if (m->in_block == MODERATION_BLOCK)
            end_block(m);
    }
}

static void begin(struct state *m, const struct moderation_model *model)
{
    memset(m, 0, sizeof(*m));
    m->model = model;
    moderation_word_begin(&m->words);
    for (size_t i = 0; i < 3; i++)
        m->window[i] = -INFINITY;
}

/* What stands nowhere yet, and does not rest. */
static struct moderation *create(void)
{
    struct moderation *m = calloc(1, sizeof(*m));

    if (m == NULL || (m->state = malloc(sizeof(union whole))) == NULL) {
        free(m);
        return NULL;
    }
    return m;
}

struct moderation *moderation_begin(const struct moderation_model *model)
{
    struct moderation *m = create();

    if (m != NULL)
        begin(m->state, model);
    return m;
}

static void feed(struct state *m, struct span text)
{
    struct moderation_word_sink sink = {take_words, m};

    moderation_word_feed(&m->words, text, &sink);
}

/* Write what is known of the text to ${all}, whether it rests or not. */
static void show(const struct moderation *m, union whole *all)
{
    if (m->state != NULL) {
        all->state = *m->state;
        return;
    }
    sparse_show(&m->rest, all->words, WORDS);
    feed(&all->state, (struct span){m->waiting, m->waits});
}

struct moderation *moderation_copy(const struct moderation *m)
{
    struct moderation *copy = create();

    if (copy != NULL)
        show(m, (union whole *)copy->state);
    return copy;
}

int moderation_rest(struct moderation *m)
{
    union whole all;

    if (m->state == NULL)
        return 0;
    all.state = *m->state;
    moderation_word_tidy(&all.state.words);
    moderation_age_tidy(&all.state.phrases.age);
    if (sparse_keep(&m->rest, all.words, WORDS) != 0)
        return -1;
    free(m->state);
    m->state = NULL;
    return 0;
}

int moderation_wake(struct moderation *m)
{
    union whole *all;

    if (m->state != NULL)
        return 0;
    if ((all = malloc(sizeof(*all))) == NULL)
        return -1;
    show(m, all);
    m->waits = 0;
    m->state = &all->state;
    return 0;
}

int moderation_feed(struct moderation *m, struct span text)
{
    union whole all;

    if (m->state != NULL) {
        feed(m->state, text);
        return 0;
    }
    if (text.n == 0)
        return 0;
    if (text.n <= sizeof(m->waiting) - m->waits) {
        memcpy(m->waiting + m->waits, text.p, text.n);
        m->waits = (uint8_t)(m->waits + text.n);
        return 0;
    }
    show(m, &all);
    feed(&all.state, text);
    if (sparse_keep(&m->rest, all.words, WORDS) != 0)
        return -1;
    m->waits = 0;
    return 0;
}

void moderation_free(struct moderation *m)
{
    if (m == NULL)
        return;
    free(m->state);
    sparse_free(&m->rest);
    free(m);
}

/* ---- scores ---- */

/* Where the text, which is over, stands in ${category}. */
static double stand(const struct state *m, size_t category)
{
    double z;

    if (category == MODERATION_SEXUAL_MINORS)
        return m->phrases.minors + 0.05 * stand(m, MODERATION_SEXUAL);
    z = both(m, category,
        moderation_linear_whole(&m->linear, m->model, category),
        moderation_phrase_whole(&m->phrases, category));
    if (is_self_harm(category))
        z = fmax(z, m->window[category - MODERATION_SELF_HARM]);
    return z;
}

static void finish(struct state *m, double standing[MODERATION_CATEGORIES])
{
    struct moderation_word_sink sink = {take_words, m};

    moderation_word_end(&m->words, &sink);
    judge_window(m);
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        standing[i] = stand(m, i);
}

static void calibrate(
    const struct moderation_model *model, double scores[MODERATION_CATEGORIES])
{
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        const struct moderation_scale *s = &model->head->scale[i];

        scores[i] = 1 / (1 + exp(s->slope * (s->middle - scores[i])));
    }
}

void moderation_score(
    const struct moderation *m, double scores[MODERATION_CATEGORIES])
{
    union whole all;

    show(m, &all);
    finish(&all.state, scores);
    calibrate(all.state.model, scores);
}

void moderation_standing(const struct moderation_model *model, struct span text,
    double standing[MODERATION_CATEGORIES])
{
    struct state m;

    begin(&m, model);
    feed(&m, text);
    finish(&m, standing);
}

void moderation_text(const struct moderation_model *model, struct span text,
    double scores[MODERATION_CATEGORIES])
{
    moderation_standing(model, text, scores);
    calibrate(model, scores);
}
