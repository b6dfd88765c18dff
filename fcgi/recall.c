#include "recall.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/said.h"

/* Short texts are read sooner than looked for. A place takes up to 3 KB. */
enum { SETS = 128, WAYS = 4 };

/* What was used less than LIFE_MS before one look goes with the next, and is
 * ten minutes old then at most. */
enum { LOOK_MS = 60 * 1000, LIFE_MS = 10 * 60 * 1000 - LOOK_MS };

struct name {
    uint8_t bytes[crypto_shorthash_siphashx24_BYTES];
};

struct place {
    struct name name;
    struct moderation *stood; /* NULL: the place is free */
    uint64_t used;            /* when; milliseconds */
};

struct recall {
    struct loop *loop;
    struct loop_timer timer;
    uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
    pthread_mutex_t lock; /* guards the places */
    struct place places[SETS][WAYS];
};

struct beginning {
    struct name name;
    size_t size; /* bytes */
};

/* Of what is said in one request. */
struct beginnings {
    size_t count;
    struct beginning of[]; /* of so many texts: 0 to count */
};

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- names ---- */

static struct name hash(const struct recall *r, const void *p, size_t n)
{
    struct name name;

    crypto_shorthash_siphashx24(name.bytes, p, n, r->key);
    return name;
}

/* The name of what has one, and of what is said behind it. */
static struct name hash_on(
    const struct recall *r, struct name name, struct span text)
{
    const struct name both[2] = {name, hash(r, text.p, text.n)};

    return hash(r, both, sizeof(both));
}

static size_t size_of(const struct policy_input *texts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += texts[i].text.n;
    return size;
}

/* NULL when they are too short to be remembered, or memory is out: nothing is
 * known then, nor will be. */
static struct beginnings *name(const struct recall *r, struct span owner,
    const struct policy_input *texts, size_t count)
{
    struct beginnings *names;
    struct beginning *b;

    if (size_of(texts, count) < RECALL_LEAST)
        return NULL;
    names = malloc(sizeof(*names) + (count + 1) * sizeof(names->of[0]));
    if (names == NULL)
        return NULL;
    names->count = count;
    b = names->of;
    *b = (struct beginning){hash(r, owner.p, owner.n), 0};
    for (size_t i = 0; i < count; i++, b++) {
        b[1].name = hash_on(r, b->name, texts[i].text);
        b[1].size = b->size + texts[i].text.n;
    }
    return names;
}

/* ---- places ---- */

static struct place *set_of(struct recall *r, const struct name *name)
{
    return r->places[name->bytes[0] % SETS];
}

/* The place of that name; NULL: it has none. */
static struct place *find(struct recall *r, const struct name *name)
{
    struct place *set = set_of(r, name);

    for (size_t i = 0; i < WAYS; i++)
        if (set[i].stood != NULL &&
            memcmp(&set[i].name, name, sizeof(*name)) == 0)
            return &set[i];
    return NULL;
}

/* The place for a name that has none. */
static struct place *choose(struct recall *r, const struct name *name)
{
    struct place *set = set_of(r, name), *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].stood == NULL)
            return &set[i];
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    return oldest;
}

/* A copy of what is remembered under that name. NULL: nothing is, or memory is
 * out. */
static struct moderation *recollect(struct recall *r, const struct name *name)
{
    struct moderation *m = NULL;
    struct place *place;

    pthread_mutex_lock(&r->lock);
    place = find(r, name);
    if (place != NULL) {
        place->used = now_ms();
        m = moderation_copy(place->stood);
    }
    pthread_mutex_unlock(&r->lock);
    return m;
}

/* The classifier behind as many texts as are remembered, *${from} of them. They
 * may be many, and the lock is had for one at a time: the loop may wait for
 * it. */
static struct moderation *recollect_most(
    struct recall *r, const struct beginnings *names, size_t *from)
{
    struct moderation *m = NULL;
    size_t i = names->count;

    while (names->of[i].size >= RECALL_LEAST &&
           (m = recollect(r, &names->of[i].name)) == NULL)
        i--;
    *from = m != NULL ? i : 0;
    return m;
}

static void keep(
    struct recall *r, const struct beginning *b, const struct moderation *m)
{
    struct moderation *old, *copy;
    struct place *place;

    if (b->size < RECALL_LEAST)
        return;
    copy = moderation_copy(m);
    if (copy == NULL || moderation_rest(copy) != 0) {
        moderation_free(copy);
        return;
    }
    pthread_mutex_lock(&r->lock);
    place = find(r, &b->name);
    if (place == NULL)
        place = choose(r, &b->name);
    old = place->stood;
    *place = (struct place){b->name, copy, now_ms()};
    pthread_mutex_unlock(&r->lock);
    moderation_free(old);
}

void recall_forget(struct recall *r, uint64_t ms)
{
    const uint64_t now = now_ms();
    struct place *place = &r->places[0][0];

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < SETS * WAYS; i++, place++) {
        if (place->stood == NULL || place->used + ms > now)
            continue;
        moderation_free(place->stood);
        *place = (struct place){0};
    }
    pthread_mutex_unlock(&r->lock);
}

/* ---- reading ---- */

static size_t last_turn(const struct policy_input *texts, size_t count)
{
    while (count > 0 && texts[--count].same_turn)
        ;
    return count;
}

/* Go on from text ${from}, and remember where that leads. */
static void read_on(struct recall *r, const struct beginnings *names,
    const struct policy_input *texts, size_t from, struct moderation *m)
{
    const size_t stops[] = {last_turn(texts, names->count), names->count};

    for (size_t i = 0; i < 2; i++) {
        if (stops[i] <= from)
            continue;
        said_feed(texts + from, stops[i] - from, m);
        keep(r, &names->of[stops[i]], m);
        from = stops[i];
    }
}

struct moderation *recall_read(struct recall *r, struct span owner,
    const struct moderation_model *model, const struct policy_input *texts,
    size_t count, size_t *known)
{
    struct beginnings *names = r != NULL ? name(r, owner, texts, count) : NULL;
    struct moderation *m = NULL;

    *known = 0;
    if (names != NULL)
        m = recollect_most(r, names, known);
    if (m == NULL)
        m = moderation_begin(model);
    if (m != NULL && names != NULL)
        read_on(r, names, texts, *known, m);
    else if (m != NULL)
        said_feed(texts, count, m);
    free(names);
    return m;
}

/* ---- the whole ---- */

static void callback_look(void *cookie)
{
    struct recall *r = cookie;

    recall_forget(r, LIFE_MS);
    loop_timer_set(r->loop, &r->timer, LOOK_MS);
}

struct recall *recall_create(struct loop *loop)
{
    struct recall *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return NULL;
    r->loop = loop;
    r->timer = (struct loop_timer){.fired = callback_look, .cookie = r};
    randombytes_buf(r->key, sizeof(r->key));
    pthread_mutex_init(&r->lock, NULL);
    loop_timer_set(loop, &r->timer, LOOK_MS);
    return r;
}

void recall_free(struct recall *r)
{
    if (r == NULL)
        return;
    loop_timer_cancel(r->loop, &r->timer);
    recall_forget(r, 0);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
