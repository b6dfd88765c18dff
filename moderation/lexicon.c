#include "lexicon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moderation_word.h"

/* Room while lists are read, with edges where their keys hash to. */
enum { NODES = 13200, SLOTS = 15600, OUTS = 9600, PHRASE_WORDS = 8 };

static const char *const files[MODERATION_CLASSES] = {
    [MODERATION_SEXUAL_TALK] = "sexual",
    [MODERATION_HATE_TALK] = "hate",
    [MODERATION_GROUP] = "group",
    [MODERATION_DEROGATORY] = "derogatory",
    [MODERATION_INSULT] = "insult",
    [MODERATION_YOU] = "you",
    [MODERATION_THREAT] = "threat",
    [MODERATION_HARM] = "harm",
    [MODERATION_GORE] = "gore",
    [MODERATION_SELF] = "self",
    [MODERATION_INTENT] = "intent",
    [MODERATION_METHOD] = "method",
    [MODERATION_CRIME] = "crime",
    [MODERATION_WEAPON] = "weapon",
    [MODERATION_ASK] = "ask",
    [MODERATION_ME] = "me",
    [MODERATION_MINOR] = "minor",
    [MODERATION_CONTEXT] = "context",
    [MODERATION_NEGATION] = "negation",
};

/* A phrase that waits for all to be read: outs of a node lie together. */
struct pending {
    uint32_t node;
    uint32_t order;
    struct moderation_out out;
};

struct reader {
    struct lexicon *l;
    struct pending *pending;
    uint32_t n;
    const char *path;
    int line;
};

/* ---- the trie ---- */

static uint32_t find_or_add(
    struct lexicon *l, uint32_t node, uint32_t hash, bool prefix)
{
    uint32_t key = moderation_model_key(node, hash, prefix);
    uint32_t at = (uint32_t)((uint64_t)key * SLOTS >> 32);

    for (; l->edges[at].child != 0; at = (at + 1) % SLOTS)
        if (l->edges[at].key == key)
            return l->edges[at].child;
    if (l->n_nodes == NODES || key == MODERATION_LAST_KEY)
        return 0;
    l->edges[at] =
        (struct moderation_edge){.key = key, .child = (uint16_t)l->n_nodes};
    l->n_edges++;
    l->filter[key >> 21] |= UINT64_C(1) << (key >> 15 & 63);
    if (prefix)
        l->nodes[node].prefixes = 1;
    return l->n_nodes++;
}

struct words {
    struct lexicon *l;
    const char *at; /* in the phrase, to see which word has a star */
    uint32_t node;
    int count;
    bool prefix[PHRASE_WORDS], bad;
};

static void note_start(struct lexicon *l, const struct moderation_word *word)
{
    uint32_t hash = moderation_word_hash(
        word->text, word->n < MODERATION_START ? word->n : MODERATION_START);

    l->starts[hash >> 23] |= UINT64_C(1) << (hash >> 17 & 63);
}

/* A word of the phrase, as a text's would be. */
static void take_word(struct words *w, const struct moderation_word *word)
{
    bool prefix;

    if (word->joined || w->bad)
        return;
    if (w->count == PHRASE_WORDS) {
        w->bad = true;
        return;
    }
    prefix = w->prefix[w->count++];
    if (prefix &&
        (word->n < MODERATION_PREFIX_MIN || word->n > MODERATION_PREFIX_MAX)) {
        w->bad = true;
        return;
    }
    if (prefix)
        note_start(w->l, word);
    w->node = find_or_add(w->l, w->node, word->hash, prefix);
    w->bad = w->node == 0;
}

static void take_words(
    void *cookie, const struct moderation_word *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take_word(cookie, &words[i]);
}

/* Take the stars out of the phrase and note where they were. */
static void take_stars(char *phrase, struct words *w)
{
    int word = 0;
    char *to = phrase;

    for (char *p = phrase; *p; p++) {
        if (*p == '*') {
            if (word < PHRASE_WORDS)
                w->prefix[word] = true;
            continue;
        }
        word += *p == ' ' || *p == '-';
        *to++ = *p;
    }
    *to = '\0';
}

static int add_phrase(struct reader *r, char *phrase, unsigned class, float w)
{
    struct words words = {.l = r->l};
    struct moderation_word_sink sink = {take_words, &words};
    struct moderation_words split;

    take_stars(phrase, &words);
    moderation_word_begin(&split);
    moderation_word_feed(&split, (struct span){phrase, strlen(phrase)}, &sink);
    moderation_word_end(&split, &sink);
    if (words.bad || words.count == 0 || r->n == OUTS ||
        r->l->phrases == MODERATION_PHRASES || w <= 0 || w > 25)
        return -1;
    r->pending[r->n] = (struct pending){words.node, r->n,
        {(uint8_t) class, (uint8_t)(w * 10 + 0.5f), (uint16_t)r->l->phrases}};
    r->n++;
    r->l->phrases++;
    return 0;
}

/* ---- files ---- */

static int read_line(struct reader *r, char *line, unsigned class)
{
    char *tab = strchr(line, '\t'), *end;
    float weight;

    line[strcspn(line, "\n")] = '\0';
    if (*line == '#' || *line == '\0')
        return 0;
    weight = strtof(line, &end);
    if (!tab || end != tab || add_phrase(r, tab + 1, class, weight)) {
        fprintf(stderr, "%s:%d: not a phrase\n", r->path, r->line);
        return -1;
    }
    return 0;
}

static int read_file(struct reader *r, const char *dir, unsigned class)
{
    char path[4096], *line = NULL;
    size_t cap = 0;
    int result = 0;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s.tsv", dir, files[class]);
    in = fopen(path, "re");
    if (!in) {
        perror(path);
        return -1;
    }
    r->path = path;
    for (r->line = 1; !result && getline(&line, &cap, in) > 0; r->line++)
        result = read_line(r, line, class);
    free(line);
    fclose(in);
    return result;
}

static int by_node(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* The same phrase twice in a class counts once, with the greater weight. */
static void settle(struct reader *r)
{
    struct lexicon *l = r->l;

    qsort(r->pending, r->n, sizeof(*r->pending), by_node);
    for (uint32_t i = 0; i < r->n; i++) {
        struct moderation_node *node = &l->nodes[r->pending[i].node];
        struct moderation_out *out;
        uint32_t k;

        if (node->outs == 0)
            node->out = (uint16_t)l->n_outs;
        for (k = 0; k < node->outs; k++)
            if (l->outs[node->out + k].class == r->pending[i].out.class)
                break;
        out = &l->outs[node->out + k];
        if (k == node->outs) {
            *out = r->pending[i].out;
            node->outs++;
            l->n_outs++;
        } else if (r->pending[i].out.weight > out->weight) {
            out->weight = r->pending[i].out.weight;
        }
    }
}

/* Free slots, and with them the edge behind all others, come last. */
static int by_key(const void *a, const void *b)
{
    const struct moderation_edge *x = a, *y = b;
    uint32_t one = x->child ? x->key : MODERATION_LAST_KEY;
    uint32_t other = y->child ? y->key : MODERATION_LAST_KEY;

    return one < other ? -1 : one > other;
}

static void order_edges(struct lexicon *l)
{
    uint32_t at = 0;

    qsort(l->edges, SLOTS, sizeof(*l->edges), by_key);
    l->edges[l->n_edges++].key = MODERATION_LAST_KEY;
    for (uint32_t i = 0; i < MODERATION_RANGES; i++) {
        while (l->edges[at].key >> MODERATION_RANGE_SHIFT < i)
            at++;
        l->ranges[i] = (uint16_t)at;
    }
}

int lexicon_read(struct lexicon *l, const char *dir)
{
    struct reader r = {.l = l};
    int result = -1;

    memset(l, 0, sizeof(*l));
    l->n_nodes = 1;
    l->edges = calloc(SLOTS, sizeof(*l->edges));
    l->nodes = calloc(NODES, sizeof(*l->nodes));
    l->outs = calloc(OUTS, sizeof(*l->outs));
    r.pending = calloc(OUTS, sizeof(*r.pending));
    if (l->edges && l->nodes && l->outs && r.pending)
        result = 0;
    for (unsigned i = 0; i < MODERATION_CLASSES && !result; i++)
        result = read_file(&r, dir, i);
    if (!result) {
        settle(&r);
        order_edges(l);
    }
    free(r.pending);
    return result;
}

void lexicon_free(struct lexicon *l)
{
    free(l->edges);
    free(l->nodes);
    free(l->outs);
}
