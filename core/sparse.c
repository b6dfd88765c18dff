#include "sparse.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 64, LINE = 8, ROOM = 8 };

/* Write the words of a group that are not zero to *to, and move it behind them.
 * Returns which they are. Most lines of eight are all zero. */
static uint64_t pack(const uint64_t *group, size_t n, uint64_t **to)
{
    uint64_t mask = 0, any;

    for (size_t i = 0; i < n; i += LINE) {
        size_t end = n - i < LINE ? n : i + LINE;

        any = 0;
        for (size_t k = i; k < end; k++)
            any |= group[k];
        for (size_t k = i; any != 0 && k < end; k++) {
            **to = group[k];
            *to += group[k] != 0;
            mask |= (uint64_t)(group[k] != 0) << k;
        }
    }
    return mask;
}

static int make_room(struct sparse *s, size_t n)
{
    uint64_t *words;

    if (n <= s->cap)
        return 0;
    n = (n + ROOM - 1) / ROOM * ROOM;
    words = reallocarray(s->words, n, sizeof(*words));
    if (words == NULL)
        return -1;
    s->words = words;
    s->cap = (uint32_t)n;
    return 0;
}

int sparse_keep(struct sparse *s, const uint64_t *block, size_t n)
{
    uint64_t packed[SPARSE_MOST + SPARSE_MOST / GROUP + 1], *to = packed, *mask;
    size_t size;

    for (size_t i = 0; i < n; i += GROUP) {
        mask = to++;
        *mask = pack(block + i, n - i < GROUP ? n - i : GROUP, &to);
    }
    size = (size_t)(to - packed);
    if (make_room(s, size) != 0)
        return -1;
    memcpy(s->words, packed, size * sizeof(packed[0]));
    s->n = (uint32_t)size;
    return 0;
}

void sparse_show(const struct sparse *s, uint64_t *block, size_t n)
{
    const uint64_t *from = s->words;
    uint64_t mask;

    memset(block, 0, n * sizeof(*block));
    if (s->n == 0)
        return;
    for (size_t i = 0; i < n; i += GROUP)
        for (mask = *from++; mask != 0; mask &= mask - 1)
            block[i + (size_t)__builtin_ctzll(mask)] = *from++;
}

void sparse_free(struct sparse *s)
{
    free(s->words);
    *s = (struct sparse){0};
}
