#include "scores.h"

#include <stdlib.h>
#include <string.h>

#include "policy_unescape.h"
#include "sentence.h"

/* What is heard of a choice. */
struct hearing {
    struct moderation *text;
    bool sentence; /* one has ended since the last look */
    bool failed;
};

/* The arguments of one call, which are heard without their escapes. */
struct args {
    uint32_t block;
    void *detector;
};

struct choice {
    struct choice *next;
    struct hearing heard;
    uint32_t number;
    bool begun;    /* a piece of it has been heard */
    size_t unseen; /* bytes since the last look */
    struct args *args;
    size_t args_count;
};

struct scores {
    struct choice *choices; /* the newest first */
    uint32_t every;
    struct flag_rules rules;
};

/* ---- hearing ---- */

static void hear(struct hearing *h, struct span text)
{
    h->failed = h->failed || moderation_feed(h->text, text) != 0;
    h->sentence = h->sentence || sentence_ends(text);
}

/* As a detector: it finds nothing, and has heard all it gets. */

static void *ear_begin(const void *rules, const char *by)
{
    (void)by;
    return (void *)(uintptr_t)rules;
}

static void ear_feed(
    void *d, struct span text, const struct policy_findings *to)
{
    (void)to;
    hear(d, text);
}

static void ear_end(void *d, const struct policy_findings *to)
{
    (void)d;
    (void)to;
}

static uint64_t ear_live(const void *d)
{
    (void)d;
    return UINT64_MAX;
}

static void ear_free(void *d)
{
    (void)d;
}

static const struct policy_detector_kind ear = {
    ear_begin, ear_feed, ear_end, ear_live, ear_free, NULL};

static struct policy_detector ear_of(struct hearing *h)
{
    return (struct policy_detector){&ear, h, NULL};
}

/* ---- choices ---- */

struct scores *scores_make(const struct flag_rules *rules, uint32_t every)
{
    struct scores *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->rules = *rules;
    s->every = every;
    return s;
}

static const struct policy_detector_kind *args_kind(void)
{
    const struct policy_detector inner = {&ear, NULL, NULL};

    return policy_unescape(&inner).kind;
}

static void free_choice(struct choice *c)
{
    for (size_t i = 0; i < c->args_count; i++)
        args_kind()->free(c->args[i].detector);
    free(c->args);
    moderation_free(c->heard.text);
    free(c);
}

void scores_free(struct scores *s)
{
    struct choice *c, *next;

    if (s == NULL)
        return;
    for (c = s->choices; c != NULL; c = next) {
        next = c->next;
        free_choice(c);
    }
    free(s);
}

/* An answer that does not come in a stream is one piece, and over: so a choice
 * rests from its second piece on, or when another begins. */
static int rest(struct choice *c)
{
    bool first = !c->begun;

    c->begun = true;
    return first ? 0 : moderation_rest(c->heard.text);
}

static struct choice *add(struct scores *s, uint32_t number)
{
    struct choice *c;

    if (s->choices != NULL && rest(s->choices) != 0)
        return NULL;
    if ((c = calloc(1, sizeof(*c))) == NULL)
        return NULL;
    if ((c->heard.text = moderation_begin(s->rules.model)) == NULL) {
        free(c);
        return NULL;
    }
    c->number = number;
    c->next = s->choices;
    s->choices = c;
    return c;
}

static struct choice *find(struct scores *s, uint32_t number)
{
    for (struct choice *c = s->choices; c != NULL; c = c->next)
        if (c->number == number)
            return c;
    return add(s, number);
}

static void *args_of(struct choice *c, uint32_t block)
{
    const struct policy_detector inner = ear_of(&c->heard);
    struct policy_detector outer = policy_unescape(&inner);
    struct args *args;
    void *detector;

    for (size_t i = 0; i < c->args_count; i++)
        if (c->args[i].block == block)
            return c->args[i].detector;
    args = reallocarray(c->args, c->args_count + 1, sizeof(*args));
    if (args == NULL)
        return NULL;
    c->args = args;
    detector = outer.kind->begin(outer.rules, outer.by);
    if (detector != NULL)
        args[c->args_count++] = (struct args){block, detector};
    return detector;
}

/* ---- looking ---- */

static uint16_t look(const struct scores *s, struct choice *c)
{
    c->unseen = 0;
    c->heard.sentence = false;
    return flag_reached(&s->rules, c->heard.text);
}

/* A piece of so many bytes has been heard. */
static int heard(const struct scores *s, struct choice *c, size_t n)
{
    int flags = 0;

    c->unseen += n;
    if (c->heard.failed)
        return -1;
    if (c->unseen >= s->every || c->heard.sentence)
        flags = look(s, c);
    return rest(c) == 0 ? flags : -1;
}

int scores_feed(struct scores *s, uint32_t choice, struct span text)
{
    struct choice *c = find(s, choice);

    if (c == NULL)
        return -1;
    hear(&c->heard, text);
    return heard(s, c, text.n);
}

int scores_args(
    struct scores *s, uint32_t choice, uint32_t block, struct span json)
{
    const struct policy_findings nobody = {NULL, NULL};
    struct choice *c = find(s, choice);
    void *detector = c != NULL ? args_of(c, block) : NULL;

    if (detector == NULL)
        return -1;
    /* They are heard string by string. */
    if (moderation_wake(c->heard.text) != 0)
        return -1;
    args_kind()->feed(detector, json, &nobody);
    return args_kind()->failed(detector) ? -1 : heard(s, c, json.n);
}

uint16_t scores_end(struct scores *s)
{
    uint16_t flags = 0;

    for (struct choice *c = s->choices; c != NULL; c = c->next)
        if (c->unseen > 0)
            flags |= look(s, c);
    return flags;
}
