#include "scores.h"

#include <stdlib.h>
#include <string.h>

struct choice {
    uint32_t number;
    struct moderation *text;
    size_t unseen; /* bytes since the last look */
};

struct scores {
    struct flag_rules rules;
    uint32_t every;
    struct choice *choices;
    size_t count, cap;
};

struct scores *scores_make(const struct flag_rules *rules, uint32_t every)
{
    struct scores *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->rules = *rules;
    s->every = every;
    return s;
}

void scores_free(struct scores *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        moderation_free(s->choices[i].text);
    free(s->choices);
    free(s);
}

static struct choice *add(struct scores *s, uint32_t number)
{
    struct choice *choices = s->choices;
    struct choice *c;

    if (s->count == s->cap) {
        choices = reallocarray(choices, s->cap * 2 + 1, sizeof(*choices));
        if (choices == NULL)
            return NULL;
        s->choices = choices;
        s->cap = s->cap * 2 + 1;
    }
    c = &s->choices[s->count];
    *c = (struct choice){number, moderation_begin(s->rules.model), 0};
    if (c->text == NULL)
        return NULL;
    s->count++;
    return c;
}

static struct choice *find(struct scores *s, uint32_t number)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->choices[i].number == number)
            return &s->choices[i];
    return add(s, number);
}

static bool ends_sentence(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\0' && strchr(".!?\n", text.p[i]) != NULL)
            return true;
    return false;
}

static uint16_t look(const struct scores *s, struct choice *c)
{
    c->unseen = 0;
    return flag_reached(&s->rules, c->text);
}

int scores_feed(struct scores *s, uint32_t choice, struct span text)
{
    struct choice *c = find(s, choice);

    if (c == NULL)
        return -1;
    moderation_feed(c->text, text);
    c->unseen += text.n;
    return c->unseen >= s->every || ends_sentence(text) ? look(s, c) : 0;
}

uint16_t scores_end(struct scores *s)
{
    uint16_t flags = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->choices[i].unseen > 0)
            flags |= look(s, &s->choices[i]);
    return flags;
}
