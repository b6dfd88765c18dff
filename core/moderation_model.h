#ifndef MODERATION_MODEL_H
#define MODERATION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* The file of weights: written by moderation/train, mapped or read by whoever
 * judges, used as it lies there. Little-endian; a machine that is not does not
 * recognise the magic. Behind the head lie, each at a multiple of eight: edges,
 * nodes, outs, and the linear weights, MODERATION_LINEAR of a bucket side by
 * side, with room for a vector to be read behind the last. */

enum {
    MODERATION_CATEGORIES = 13,
    MODERATION_LINEAR = 12,     /* all but sexual/minors */
    MODERATION_LINEAR_GAP = 10, /* which is this one */
    MODERATION_PREFIX_MIN = 3,
    MODERATION_PREFIX_MAX = 12,
    MODERATION_FILTER = 2048, /* words of the filters */
    MODERATION_STARTS = 512,
    MODERATION_START = 5,     /* letters that tell the beginning of a word */
    MODERATION_RANGES = 4096, /* of keys, by their high bits */
    MODERATION_RANGE_SHIFT = 20,
    MODERATION_PAD = 16
};

#define MODERATION_MAGIC UINT64_C(0x34306f4d6b697054)

/* What a phrase speaks of. The order is that of the names of the lists, and
 * part of the file's format. */
enum moderation_class {
    MODERATION_SEXUAL_TALK,
    MODERATION_HATE_TALK, /* slurs and whole statements */
    MODERATION_GROUP,     /* names of groups of people */
    MODERATION_DEROGATORY,
    MODERATION_INSULT,
    MODERATION_YOU,
    MODERATION_THREAT,
    MODERATION_HARM, /* violence */
    MODERATION_GORE,
    MODERATION_SELF, /* self-harm */
    MODERATION_INTENT,
    MODERATION_METHOD,
    MODERATION_CRIME,
    MODERATION_WEAPON,
    MODERATION_ASK, /* how to */
    MODERATION_ME,
    MODERATION_MINOR,
    MODERATION_CONTEXT,
    MODERATION_NEGATION,
    MODERATION_CLASSES
};

struct moderation_head {
    uint64_t magic;
    uint32_t buckets;
    uint32_t edges;
    uint32_t nodes;
    uint32_t outs;
    uint64_t check; /* of all that follows */
    /* By category: how the linear sum and the phrases are standardised, and
     * where and how steeply their sum becomes a half. The first four are not
     * used of sexual/minors. */
    struct moderation_scale {
        float bias, unit;
        float linear_mean, linear_sd;
        float phrase_mean, phrase_sd;
        float middle, slope;
    } scale[MODERATION_CATEGORIES];
    /* Which keys some edge has, and which first MODERATION_START letters, or
     * all where there are fewer, the beginnings of words in phrases: by the
     * high bits of their hashes. */
    uint64_t filter[MODERATION_FILTER];
    uint64_t starts[MODERATION_STARTS];
    uint16_t ranges[MODERATION_RANGES]; /* the first edge of each, or behind */
};

/* From a node by a word, or by the beginning of one, to another. They are in
 * the order of their keys; the last has the greatest key and leads nowhere. */
struct moderation_edge {
    uint32_t key;
    uint16_t child; /* 0: nowhere */
    uint16_t spare;
};

#define MODERATION_LAST_KEY UINT32_MAX

struct moderation_node {
    uint16_t out; /* the first of its outs */
    uint8_t outs;
    uint8_t prefixes; /* some edge of it takes the beginning of a word */
};

/* A phrase ends here. */
struct moderation_out {
    uint8_t class;
    uint8_t weight; /* in tenths */
    uint16_t phrase;
};

struct moderation_model {
    const struct moderation_head *head;
    const struct moderation_edge *edges;
    const struct moderation_node *nodes;
    const struct moderation_out *outs;
    const int8_t *weights;
};

enum { MODERATION_PHRASES = 9600 };

/**
 * moderation_model_open(m, bytes):
 * Look at a model through ${m}. ${bytes}, at a multiple of eight, stay the
 * caller's and must outlive it; nothing is allocated. Returns 0, or -1 when
 * they are not a whole model of this version: any bytes may be given.
 */
int moderation_model_open(struct moderation_model *m, struct span bytes);

/**
 * moderation_model_check(bytes, n):
 * The sum that a head keeps of the ${n} bytes behind its field.
 */
uint64_t moderation_model_check(const void *bytes, size_t n);

/**
 * moderation_model_key(node, hash, prefix):
 * The key of the edge from ${node} by what hashes to ${hash}: a word, or with
 * ${prefix} a beginning of one.
 */
static inline uint32_t moderation_model_key(
    uint32_t node, uint32_t hash, bool prefix)
{
    uint32_t h = hash ^ (node * 0x9e3779b1u) ^ (prefix ? 0x5bd1e995u : 0);

    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    return h;
}

/**
 * moderation_model_may_lead(m, key), moderation_model_find(m, key):
 * Whether there is an edge of that ${key}, though now and then there is none;
 * the node that the edge leads to, or 0.
 */
static inline bool moderation_model_may_lead(
    const struct moderation_model *m, uint32_t key)
{
    return (m->head->filter[key >> 21] >> (key >> 15 & 63) & 1) != 0;
}
static inline uint32_t moderation_model_find(
    const struct moderation_model *m, uint32_t key)
{
    const struct moderation_edge *e;

    /* A range has three edges on average, and nobody guesses which it will be.
     */
    e = &m->edges[m->head->ranges[key >> MODERATION_RANGE_SHIFT]];
    e += e->key < key;
    e += e->key < key;
    e += e->key < key;
    while (e->key < key)
        e++;
    return e->key == key ? e->child : 0;
}

/**
 * moderation_model_may_start(m, hash):
 * Whether some phrase has the beginning of a word of which the first
 * MODERATION_START letters, or all if there are fewer, hash to ${hash}; now and
 * then it has not.
 */
static inline bool moderation_model_may_start(
    const struct moderation_model *m, uint32_t hash)
{
    return (m->head->starts[hash >> 23] >> (hash >> 17 & 63) & 1) != 0;
}

#endif
