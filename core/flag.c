#include "flag.h"

#include <string.h>

/* Whether the category is name or below it. */
static bool is_of(const char *category, struct span name)
{
    size_t n = strlen(category);

    return name.n > 0 && n >= name.n && memcmp(category, name.p, name.n) == 0 &&
           (n == name.n || category[name.n] == '/');
}

uint16_t flag_meant(struct span name)
{
    uint16_t flags = 0;

    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (is_of(moderation_name(i), name))
            flags |= (uint16_t)(1u << i);
    return flags;
}

uint16_t flag_reached(
    const struct flag_rules *rules, const struct moderation *m)
{
    double scores[MODERATION_CATEGORIES];
    uint16_t flags = 0;

    moderation_score(m, scores);
    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (scores[i] * 1e6 >= (double)rules->thresholds[i])
            flags |= (uint16_t)(1u << i);
    return flags;
}

uint16_t flag_between(const struct moderation *m, uint64_t low, uint64_t high)
{
    double scores[MODERATION_CATEGORIES];
    uint16_t flags = 0;

    moderation_score(m, scores);
    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (scores[i] * 1e6 >= (double)low && scores[i] * 1e6 <= (double)high)
            flags |= (uint16_t)(1u << i);
    return flags;
}

size_t flag_list(uint16_t flags, struct span names[MODERATION_CATEGORIES])
{
    size_t n = 0;

    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (flags >> i & 1)
            names[n++] =
                (struct span){moderation_name(i), strlen(moderation_name(i))};
    return n;
}

const char *flag_word(uint16_t flags)
{
    unsigned i = 0;

    if (flags & FLAG_ALWAYS)
        flags &= FLAG_ALWAYS;
    while (i + 1 < MODERATION_CATEGORIES && !(flags >> i & 1))
        i++;
    return moderation_name(i);
}
