#include "moderation_linear.h"

#include <math.h>
#include <string.h>

typedef int8_t row_bytes __attribute__((vector_size(16)));
typedef int16_t half_sums __attribute__((vector_size(16)));

static inline uint32_t mix(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ h >> 16;
}

/* Cheaper, for there are many, and enough: buckets are by the high bits. */
static inline uint32_t mix_piece(uint32_t h)
{
    h *= 0x9e3779b1u;
    h ^= h >> 16;
    return h * 0x7feb352du;
}

/* Whether the feature is new, which it then is no more. */
static inline bool is_new(struct moderation_seen *seen, uint32_t feature)
{
    uint64_t *at = &seen->bits[feature >> 6 & 127];
    uint64_t bit = UINT64_C(1) << (feature & 63);
    bool is = (*at & bit) == 0;

    *at |= bit;
    return is;
}

/* Four bytes as they are read. */
static inline uint32_t four(const uint8_t *p)
{
    uint32_t x;

    memcpy(&x, p, sizeof(x));
    return __builtin_bswap32(x);
}

/* The pieces of a word of n > 1 bytes, between blanks: one fewer. Four at a
 * time, also behind the last, for where it ends nobody guesses. */
static void hash_pieces(const uint8_t *text, uint32_t n, uint32_t *out)
{
    uint32_t begin = mix_piece((uint32_t)' ' << 24 | four(text) >> 8);
    uint32_t i = 0,
             tail = n > 2 ? four(text + n - 3) : ' ' << 24 | four(text) >> 8;

    out[0] = begin;
    do {
#pragma GCC unroll 4
        for (uint32_t end = i + 4; i < end; i++)
            out[i + 1] = mix_piece(four(text + i));
    } while (i + 3 < n);
    out[n - 2] = mix_piece(tail >> 8 << 8 | ' ');
}

size_t moderation_linear_hash(struct moderation_seen *seen,
    const struct moderation_word *word, uint32_t before,
    uint32_t out[MODERATION_FEATURES])
{
    size_t count = 0;

    if (before != 0) {
        out[0] = mix(word->hash * 31 + before * 0x9e3779b1u);
        count = is_new(seen, out[0]);
    }
    if (word->n == 1) /* a letter alone says nothing but beside others */
        return count;
    out[count] = mix(word->hash ^ 0x11111111u);
    if (!is_new(seen, out[count]))
        return count;
    hash_pieces(word->text, word->n, out + count + 1);
    return count + word->n;
}

/* The sums of the rows of so many features, of which there are not too many. A
 * byte becomes two with its sign behind it; the file is little-endian anyway.
 */
static void sum_rows(const struct moderation_model *model,
    const uint32_t *features, size_t n, int16_t sums[MODERATION_PAD])
{
    half_sums low = {0}, high = {0};
    row_bytes row, sign;

    for (size_t i = 0; i < n; i++) {
        memcpy(&row,
            model->weights + (size_t)moderation_linear_bucket(
                                 features[i], model->head->buckets) *
                                 MODERATION_LINEAR,
            sizeof(row));
        sign = row < 0;
        low += (half_sums)__builtin_shufflevector(
            row, sign, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        high += (half_sums)__builtin_shufflevector(row, sign, 8, 24, 9, 25, 10,
            26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    memcpy(sums, &low, sizeof(low));
    memcpy(sums + MODERATION_PAD / 2, &high, sizeof(high));
}

static void add_rows(struct moderation_linear *l,
    const struct moderation_model *model, const uint32_t *features, size_t n)
{
    int16_t sums[MODERATION_PAD];
    int32_t *block = l->block[l->at];

    sum_rows(model, features, n, sums);
    for (size_t i = 0; i < MODERATION_LINEAR; i++)
        block[i] += sums[i];
    l->features[l->at] += (uint32_t)n;
}

void moderation_linear_words(struct moderation_linear *l,
    const struct moderation_model *model, const struct moderation_word *words,
    size_t n)
{
    uint32_t features[MODERATION_BATCH];
    size_t count = 0;

    for (; n > 0; n--, words++) {
        if (words->joined)
            continue;
        if (count > MODERATION_BATCH - MODERATION_FEATURES) {
            add_rows(l, model, features, count);
            count = 0;
        }
        count += moderation_linear_hash(
            &l->seen, words, l->before, features + count);
        l->before = words->hash | 1;
    }
    add_rows(l, model, features, count);
}

void moderation_linear_block(struct moderation_linear *l)
{
    for (size_t i = 0; i < MODERATION_LINEAR; i++)
        l->total[i] += l->block[l->at][i];
    l->total_features += l->features[l->at];
    l->at = (l->at + 1) % MODERATION_BLOCKS;
    memset(l->block[l->at], 0, sizeof(l->block[l->at]));
    l->features[l->at] = 0;
}

double moderation_linear_norm(double features)
{
    if (features < 1)
        return 1;
    return features < MODERATION_LONG ? 1 / sqrt(features)
                                      : sqrt(MODERATION_LONG) / features;
}

/* Bounded, so that no text, however often it repeats what is harmless, can
 * outweigh what the phrases say. */
static double standardise(
    const struct moderation_scale *scale, double sum, double features)
{
    double z = sum * scale->unit * moderation_linear_norm(features);

    z = (z + scale->bias - scale->linear_mean) / scale->linear_sd;
    return z < -3 ? -3 : z > 8 ? 8 : z;
}

double moderation_linear_whole(const struct moderation_linear *l,
    const struct moderation_model *model, size_t category)
{
    size_t column = category - (category > MODERATION_LINEAR_GAP);

    return standardise(&model->head->scale[category],
        (double)(l->total[column] + l->block[l->at][column]),
        (double)(l->total_features + l->features[l->at]));
}

double moderation_linear_window(const struct moderation_linear *l,
    const struct moderation_model *model, size_t category)
{
    size_t column = category - (category > MODERATION_LINEAR_GAP);
    int64_t sum = 0;
    uint64_t n = 0;

    for (size_t i = 0; i < MODERATION_BLOCKS; i++) {
        sum += l->block[i][column];
        n += l->features[i];
    }
    return standardise(&model->head->scale[category], (double)sum, (double)n);
}
