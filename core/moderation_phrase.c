#include "moderation_phrase.h"

#include <math.h>
#include <string.h>

#include "moderation.h"

enum { FORGET = 64, NEGATED = 3 };

static const struct pair {
    uint8_t one, other, into;
    uint8_t reach; /* words between them, at most */
} pairs[] = {
    {MODERATION_GROUP, MODERATION_DEROGATORY, MODERATION_GROUP_DEROGATORY, 8},
    {MODERATION_HATE_TALK, MODERATION_DEROGATORY, MODERATION_GROUP_DEROGATORY,
        6},
    {MODERATION_GROUP, MODERATION_INSULT, MODERATION_GROUP_INSULT, 6},
    {MODERATION_GROUP, MODERATION_HARM, MODERATION_GROUP_HARM, 8},
    {MODERATION_HATE_TALK, MODERATION_HARM, MODERATION_GROUP_HARM, 10},
    {MODERATION_GROUP, MODERATION_THREAT, MODERATION_GROUP_HARM, 8},
    {MODERATION_YOU, MODERATION_INSULT, MODERATION_YOU_INSULT, 5},
    {MODERATION_YOU, MODERATION_DEROGATORY, MODERATION_YOU_INSULT, 4},
    {MODERATION_YOU, MODERATION_HARM, MODERATION_YOU_HARM, 5},
    {MODERATION_ME, MODERATION_SELF, MODERATION_ME_SELF, 6},
    {MODERATION_ASK, MODERATION_SELF, MODERATION_ASK_SELF, 12},
    {MODERATION_ASK, MODERATION_METHOD, MODERATION_ASK_SELF, 12},
    {MODERATION_ASK, MODERATION_CRIME, MODERATION_ASK_CRIME, 14},
    {MODERATION_ASK, MODERATION_WEAPON, MODERATION_ASK_WEAPON, 14},
    {MODERATION_ASK, MODERATION_HARM, MODERATION_ASK_WEAPON, 10},
};

/* How much of each track a category hears of; behind the last of them part is
 * 0. */
static const struct share {
    uint8_t track;
    float part;
} shares[MODERATION_CATEGORIES][8] = {
    [MODERATION_HARASSMENT] = {{MODERATION_INSULT, 1.0f},
        {MODERATION_YOU_INSULT, 1.0f}, {MODERATION_THREAT, 0.7f},
        {MODERATION_YOU_HARM, 0.5f}, {MODERATION_HATE_TALK, 0.4f},
        {MODERATION_GROUP_DEROGATORY, 0.3f}},
    [MODERATION_HARASSMENT_THREATENING] = {{MODERATION_THREAT, 1.0f},
        {MODERATION_YOU_HARM, 1.0f}, {MODERATION_HARM, 0.2f},
        {MODERATION_INSULT, 0.1f}},
    [MODERATION_HATE] = {{MODERATION_HATE_TALK, 1.0f},
        {MODERATION_GROUP_DEROGATORY, 1.0f}, {MODERATION_GROUP_INSULT, 0.8f},
        {MODERATION_GROUP_HARM, 0.6f}, {MODERATION_GROUP, 0.12f}},
    [MODERATION_HATE_THREATENING] = {{MODERATION_GROUP_HARM, 1.0f},
        {MODERATION_HATE_TALK, 0.4f}, {MODERATION_GROUP_DEROGATORY, 0.3f}},
    [MODERATION_ILLICIT] = {{MODERATION_CRIME, 1.0f},
        {MODERATION_ASK_CRIME, 1.0f}, {MODERATION_WEAPON, 0.6f},
        {MODERATION_ASK_WEAPON, 0.6f}},
    [MODERATION_ILLICIT_VIOLENT] = {{MODERATION_WEAPON, 1.0f},
        {MODERATION_ASK_WEAPON, 1.0f}, {MODERATION_CRIME, 0.1f}},
    [MODERATION_SELF_HARM] = {{MODERATION_SELF, 1.0f},
        {MODERATION_INTENT, 1.0f}, {MODERATION_METHOD, 1.0f},
        {MODERATION_ME_SELF, 0.5f}},
    [MODERATION_SELF_HARM_INTENT] = {{MODERATION_INTENT, 1.0f},
        {MODERATION_ME_SELF, 1.0f}, {MODERATION_SELF, 0.3f}},
    [MODERATION_SELF_HARM_INSTRUCTIONS] = {{MODERATION_METHOD, 1.0f},
        {MODERATION_ASK_SELF, 1.0f}, {MODERATION_SELF, 0.3f},
        {MODERATION_INTENT, 0.2f}},
    [MODERATION_SEXUAL] = {{MODERATION_SEXUAL_TALK, 1.0f}},
    [MODERATION_VIOLENCE] = {{MODERATION_HARM, 1.0f}, {MODERATION_THREAT, 1.0f},
        {MODERATION_GORE, 0.7f}, {MODERATION_GROUP_HARM, 0.5f},
        {MODERATION_YOU_HARM, 0.3f}},
    [MODERATION_VIOLENCE_GRAPHIC] = {{MODERATION_GORE, 1.0f},
        {MODERATION_HARM, 0.2f}},
};

/* ---- what was found ---- */

static float level(const struct moderation_track *t, uint32_t at)
{
    uint32_t gap = at - t->at;

    return gap >= FORGET ? 0 : t->level * (float)(FORGET - gap) / FORGET;
}

static void put(struct moderation_phrases *p, unsigned track, float weight)
{
    struct moderation_track *t = &p->track[track];

    t->level = level(t, p->at) + weight;
    t->at = p->at;
    t->total += weight;
    t->count++;
    t->last = weight;
    if (t->level > t->best)
        t->best = t->level;
}

/* Sexual phrases and minors, both within the same words. A minor that is only
 * hinted at counts for little. */
static void near_minors(struct moderation_phrases *p)
{
    float sexual = level(&p->track[MODERATION_SEXUAL_TALK], p->at);
    float minor = level(&p->track[MODERATION_MINOR], p->at);
    float both;

    if (sexual <= 0 || minor <= 0)
        return;
    if (minor > 4)
        minor = 4;
    both = log1pf(sexual) * minor * minor / (1 + minor);
    both /= 1 + 0.1f * level(&p->track[MODERATION_CONTEXT], p->at);
    if (both > p->minors)
        p->minors = both;
}

static void note_window(
    struct moderation_phrases *p, unsigned track, float weight)
{
    float *window = p->window[p->block];

    switch (track) {
    case MODERATION_SELF:
        window[0] += weight;
        break;
    case MODERATION_INTENT:
    case MODERATION_ME_SELF:
        window[1] += weight;
        break;
    case MODERATION_METHOD:
    case MODERATION_ASK_SELF:
        window[2] += weight;
        break;
    case MODERATION_CONTEXT:
        window[3] += weight;
        break;
    default:
        break;
    }
}

static void find_pairs(
    struct moderation_phrases *p, unsigned class, float weight, uint32_t words)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct pair *pair = &pairs[i];
        const struct moderation_track *t;
        float both;

        if (pair->one != class && pair->other != class)
            continue;
        t = &p->track[pair->one == class ? pair->other : pair->one];
        if (t->count == 0 || p->at - t->at >= pair->reach + words)
            continue;
        both = weight < t->last ? weight : t->last;
        both /= 1 + 0.2f * (float)p->track[pair->into].count;
        put(p, pair->into, both);
        note_window(p, pair->into, both);
    }
}

static bool is_negated(const struct moderation_phrases *p, uint32_t words)
{
    uint32_t begin = p->at - words;

    for (size_t i = 0; i < MODERATION_NEGATIONS; i++)
        if (p->negation[i] > 0 && p->negation[i] <= begin &&
            begin - p->negation[i] < NEGATED)
            return true;
    return false;
}

static bool can_be_negated(unsigned class)
{
    return class != MODERATION_YOU && class != MODERATION_ME &&
           class != MODERATION_ASK && class != MODERATION_MINOR &&
           class != MODERATION_CONTEXT && class != MODERATION_GROUP;
}

static float repetition(struct moderation_phrases *p, unsigned phrase)
{
    static const float factors[] = {1.0f, 0.4f, 0.1f, 0.1f};
    unsigned shift = phrase % 4 * 2, seen = p->seen[phrase / 4] >> shift & 3;

    if (seen < 3)
        p->seen[phrase / 4] = (uint8_t)(p->seen[phrase / 4] + (1u << shift));
    return factors[seen];
}

/* A phrase of so many words ends here. */
static void hit(struct moderation_phrases *p, const struct moderation_out *out,
    uint32_t words, bool quoted)
{
    struct moderation_track *t = &p->track[out->class];
    float weight = (float)out->weight / 10 + 0.5f * (float)(words - 1);

    if (out->class == MODERATION_NEGATION) {
        p->negation[t->count++ % MODERATION_NEGATIONS] = p->at;
        return;
    }
    weight *= repetition(p, out->phrase);
    if (can_be_negated(out->class)) {
        if (is_negated(p, words))
            weight *= 0.5f;
        if (quoted)
            weight *= 0.8f;
    }
    find_pairs(p, out->class, weight, words);
    /* One within another of its class adds only what it is more. */
    if (t->count > 0 && words > 1 && p->at - t->at < words)
        weight = weight > t->last ? weight - t->last : 0.1f * weight;
    put(p, out->class, weight);
    note_window(p, out->class, weight);
    if (out->class == MODERATION_SEXUAL_TALK || out->class == MODERATION_MINOR)
        near_minors(p);
}

/* ---- walking ---- */

/* Of words on their way, as bits: those with which a phrase begins, those of
 * which a beginning may stand in one, those of which one begins a phrase, and
 * those that may have to do with an age. Most are none of these, and to find
 * out takes less time for all of them before any is looked at. */
struct outlook {
    uint32_t whole, may_start, starts, age;
    uint16_t lengths[MODERATION_TOGETHER]; /* of beginnings that start one */
};

/* The lengths, as bits, of the beginnings of a word by which an edge may lead
 * away from a node. Of more of them than it has: it takes less time than to end
 * where it does. */
static uint32_t prefix_lengths(const struct moderation_model *model,
    uint32_t node, const struct moderation_word *word)
{
    enum { MIN = MODERATION_PREFIX_MIN, HALF = 5 };
    uint32_t h = MODERATION_HASH, lengths = 0, key, n = 0;

    while (n < MIN - 1)
        h = moderation_word_hash_step(h, word->text[n++]);
    do {
#pragma GCC unroll 5
        for (uint32_t end = n + HALF; n < end;) {
            h = moderation_word_hash_step(h, word->text[n++]);
            key = moderation_model_key(node, moderation_word_hash_end(h), true);
            lengths |= (uint32_t)moderation_model_may_lead(model, key) << n;
        }
    } while (n < word->n && n < MODERATION_PREFIX_MAX);
    return lengths & (uint32_t)((UINT64_C(2) << word->n) - 1);
}

static uint32_t word_key(uint32_t node, const struct moderation_word *word)
{
    return moderation_model_key(node, word->hash, false);
}

static uint32_t prefix_key(
    uint32_t node, const struct moderation_word *word, size_t n)
{
    return moderation_model_key(
        node, moderation_word_hash(word->text, n), true);
}

/* Whether the word begins a phrase that ends with it or may go on with the
 * next one, if that is known. Most that begin with "of" or "is" do not. */
static bool begins(const struct moderation_model *model,
    const struct moderation_word *word, const struct moderation_word *end)
{
    uint32_t node = moderation_model_find(model, word_key(0, word));
    const struct moderation_node *n = &model->nodes[node];
    const struct moderation_word *next = word + (word + 1 < end);
    bool on = moderation_model_may_lead(model, word_key(node, next));

    return (node != 0) & ((n->outs != 0) | (n->prefixes != 0) | on |
                             next->joined | (next == word));
}

/* The lengths, as bits, of the beginnings of the word that begin a phrase. */
static uint32_t begins_by_prefix(
    const struct moderation_model *model, const struct moderation_word *word)
{
    uint32_t may = prefix_lengths(model, 0, word), is = 0, n;

    for (; may != 0; may &= may - 1) {
        n = (uint32_t)__builtin_ctz(may);
        if (moderation_model_find(model, prefix_key(0, word, n)) != 0)
            is |= UINT32_C(1) << n;
    }
    return is;
}

static uint32_t may_start(
    const struct moderation_model *model, const struct moderation_word *word)
{
    uint32_t may = 0;

    for (size_t i = 0; i < sizeof(word->start) / sizeof(word->start[0]); i++)
        may |= moderation_model_may_start(model, word->start[i]);
    return may;
}

/* What may be, without a branch; and then what is. */
static void look_out(struct outlook *o, const struct moderation_model *model,
    const struct moderation_word *words, size_t n)
{
    const struct moderation_word *w = words;
    uint32_t may = 0, left;
    size_t i;

    *o = (struct outlook){.whole = 0};
    for (i = 0; i < n; i++, w++) {
        o->may_start |= may_start(model, w) << i;
        o->age |= (uint32_t)moderation_age_may_be(w) << i;
        may |= (uint32_t)moderation_model_may_lead(model, word_key(0, w)) << i;
    }
    for (left = may; left != 0; left &= left - 1) {
        i = (size_t)__builtin_ctz(left);
        o->whole |= (uint32_t)begins(model, &words[i], words + n) << i;
    }
    for (left = o->may_start; left != 0; left &= left - 1) {
        i = (size_t)__builtin_ctz(left);
        o->lengths[i] = (uint16_t)begins_by_prefix(model, &words[i]);
        o->starts |= (uint32_t)(o->lengths[i] != 0) << i;
    }
}

/* A word, and where walks have got to with it. */
struct front {
    struct moderation_phrases *p;
    const struct moderation_model *model;
    const struct moderation_word *word;
    uint32_t n;
    struct moderation_walk walk[MODERATION_WALKS];
};

static void step_by(struct front *f, struct moderation_walk from, uint32_t key)
{
    uint32_t words = from.words + 1u, node;
    const struct moderation_node *n;

    if (!moderation_model_may_lead(f->model, key) ||
        (node = moderation_model_find(f->model, key)) == 0)
        return;
    n = &f->model->nodes[node];
    for (uint32_t i = 0; i < n->outs; i++)
        hit(f->p, &f->model->outs[n->out + i], words, f->word->quoted);
    if (f->n < MODERATION_WALKS)
        f->walk[f->n++] =
            (struct moderation_walk){(uint16_t)node, (uint16_t)words};
}

static void step_word(struct front *f, struct moderation_walk from)
{
    step_by(f, from, word_key(from.node, f->word));
}

/* By beginnings of the word. */
static void step_prefixes(
    struct front *f, struct moderation_walk from, uint32_t lengths)
{
    for (; lengths != 0; lengths &= lengths - 1) {
        size_t n = (size_t)__builtin_ctz(lengths);

        step_by(f, from, prefix_key(from.node, f->word, n));
    }
}

/* Go on from the walks with a word, and begin new ones. */
static void walk(struct moderation_phrases *p,
    const struct moderation_model *model, const struct outlook *o,
    const struct moderation_word *words, size_t i)
{
    struct front f = {.p = p, .model = model, .word = &words[i]};
    const struct moderation_walk root = {0, 0};
    bool prefixes = o->may_start >> i & 1;

    if (f.word->joined) {
        /* The parts have their walks; this one goes beside them. */
        memcpy(f.walk, p->walk, sizeof(f.walk));
        f.n = p->walks;
    }
    for (uint32_t k = 0; !f.word->joined && k < p->walks; k++) {
        step_word(&f, p->walk[k]);
        if (prefixes && model->nodes[p->walk[k].node].prefixes)
            step_prefixes(
                &f, p->walk[k], prefix_lengths(model, p->walk[k].node, f.word));
    }
    if (o->whole >> i & 1)
        step_word(&f, root);
    step_prefixes(&f, root, o->lengths[i]);
    memcpy(p->walk, f.walk, sizeof(p->walk));
    p->walks = f.n;
}

static void take_age(struct moderation_phrases *p,
    const struct moderation_word *word, bool may_be)
{
    if (!may_be && p->age.number == 0) {
        moderation_age_pass(&p->age, word);
        return;
    }
    if (moderation_age_word(&p->age, word) != MODERATION_AGE_MINOR)
        return;
    put(p, MODERATION_MINOR,
        1.6f / (1 + 0.3f * (float)p->track[MODERATION_MINOR].count));
    near_minors(p);
}

void moderation_phrase_words(struct moderation_phrases *p,
    const struct moderation_model *model, const struct moderation_word *words,
    size_t n)
{
    struct outlook o;

    look_out(&o, model, words, n);
    for (size_t i = 0; i < n; i++) {
        if (!words[i].joined) {
            p->at++;
            take_age(p, &words[i], o.age >> i & 1);
        }
        if (p->walks > 0 || (o.whole | o.starts) >> i & 1)
            walk(p, model, &o, words, i);
    }
}

void moderation_phrase_block(struct moderation_phrases *p)
{
    p->block = (p->block + 1) % MODERATION_BLOCKS;
    memset(p->window[p->block], 0, sizeof(p->window[p->block]));
}

/* ---- what it comes to ---- */

static double strength(const struct moderation_track *t, double root)
{
    return 0.5 * t->best + 4 * t->total / (8 + root);
}

/* News, medicine, lessons, prevention and fiction speak of much. How much that
 * excuses depends on the category: most where who asks for help, or how to
 * help, would be refused it. */
static double excuse(size_t category, double context, uint32_t words)
{
    double part;

    switch (category) {
    case MODERATION_SEXUAL:
        part = 0.08;
        break;
    case MODERATION_SELF_HARM:
    case MODERATION_SELF_HARM_INTENT:
    case MODERATION_SELF_HARM_INSTRUCTIONS:
        part = 0.4;
        break;
    default:
        part = 0.12;
    }
    return 1 + part * context * (words > 40 ? 40.0 / words : 1);
}

double moderation_phrase_whole(
    const struct moderation_phrases *p, size_t category)
{
    double sum = 0, root = sqrt(p->at);

    for (const struct share *s = shares[category]; s->part > 0; s++)
        if (p->track[s->track].count > 0)
            sum += s->part * strength(&p->track[s->track], root);
    return sum / excuse(category, p->track[MODERATION_CONTEXT].total, p->at);
}

double moderation_phrase_window(
    const struct moderation_phrases *p, size_t category)
{
    static const float parts[3][3] = {
        {1.0f, 1.0f, 1.0f}, {0.3f, 1.0f, 0.3f}, {0.3f, 0.2f, 1.0f}};
    const float *part = parts[category - MODERATION_SELF_HARM];
    double sum = 0, context = 0;
    uint32_t words = MODERATION_BLOCK * MODERATION_BLOCKS;

    for (size_t i = 0; i < MODERATION_BLOCKS; i++) {
        for (size_t k = 0; k < 3; k++)
            sum += part[k] * p->window[i][k];
        context += p->window[i][3];
    }
    if (sum <= 0)
        return 0;
    sum = 0.5 * sum + 4 * sum / (8 + sqrt(words));
    return sum / excuse(category, context, words);
}
