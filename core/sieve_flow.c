#include "sieve_flow.h"

#include <stdlib.h>
#include <string.h>

bool sieve_flow_is_there(
    const struct sieve_flow *f, const struct sift_where *where)
{
    bool told = false;

    for (size_t i = 0; i < SIFT_PLACES; i++) {
        if (where->at[i] >= 0 && f->at[i] != where->at[i])
            return false;
        told = told || where->at[i] >= 0;
    }
    return told;
}

/* ---- ends ---- */

static void forget(struct sieve_flows *flows, struct sieve_flow *f)
{
    struct sieve_flow *before =
        f->before > 0 ? &flows->list[f->before - 1] : NULL;

    free(f->name);
    f->name = NULL;
    f->before = 0;
    sift_text_free(&f->text);
    if (before == NULL)
        return;
    before->goes_on = false;
    if (before->closed)
        forget(flows, before);
}

/* What is known of a text that has left is of use for notes, and for whoever
 * goes on behind its end. */
static void close_flow(struct sieve_flows *flows, struct sieve_flow *f)
{
    if (!f->ended || f->waiting > 0 || f->closed)
        return;
    screen_close(flows->screen, &f->judged);
    f->closed = true;
    if (f->past && !f->goes_on)
        forget(flows, f);
}

void sieve_flow_left(struct sieve_flows *flows, struct sieve_flow *f)
{
    f->waiting--;
    close_flow(flows, f);
}

static enum screen_state end_flow(
    struct sieve_flows *flows, struct sieve_flow *f)
{
    enum screen_state state =
        screen_read(flows->screen, &f->judged, (struct span){"", 0}, true);

    f->ended = true;
    close_flow(flows, f);
    return state;
}

enum screen_state sieve_flow_end(struct sieve_flows *flows, enum sift_end_of of,
    const struct sift_where *where)
{
    enum screen_state state = SCREEN_GOES;

    for (size_t i = 0; i < flows->count && state == SCREEN_GOES; i++) {
        struct sieve_flow *f = &flows->list[i];

        if (!f->ended && (of == SIFT_END_ALL || sieve_flow_is_there(f, where)))
            state = end_flow(flows, f);
    }
    return state;
}

/* ---- beginnings ---- */

void sieve_flow_begin(struct sieve_flows *flows, const struct sift_where *where)
{
    for (size_t i = 0; i < flows->count; i++) {
        struct sieve_flow *f = &flows->list[i];

        if (f->name == NULL || !f->ended || !sieve_flow_is_there(f, where))
            continue;
        f->past = true;
        if (f->closed && !f->goes_on)
            forget(flows, f);
    }
}

/* Texts that came with a choice end with it. */
static bool *lost(struct sieve_flows *flows, const struct sieve_flow *f)
{
    int64_t choice = f->at[SIFT_CHOICE];

    return &flows->lost[choice < 0             ? 0
                        : choice < CHOICES_MAX ? choice
                                               : CHOICES_MAX];
}

static struct sieve_flow *forget_oldest(struct sieve_flows *flows)
{
    struct sieve_flow *f;

    for (size_t i = 0; i < flows->count; i++) {
        f = &flows->list[flows->oldest++ % flows->count];
        if (!f->closed || f->goes_on)
            continue;
        *lost(flows, f) = true;
        forget(flows, f);
        return f;
    }
    return NULL;
}

static int grow(struct sieve_flows *flows)
{
    size_t cap = flows->cap * 2 + 4;
    struct sieve_flow *list = reallocarray(flows->list, cap, sizeof(*list));
    uint32_t *sums;

    if (list == NULL)
        return -1;
    flows->list = list;
    sums = reallocarray(flows->sums, cap, sizeof(*sums));
    if (sums == NULL)
        return -1;
    flows->sums = sums;
    flows->cap = cap;
    return 0;
}

static struct sieve_flow *free_flow(struct sieve_flows *flows)
{
    struct sieve_flow *f;

    for (size_t i = 0; i < flows->count; i++)
        if (flows->list[i].name == NULL)
            return &flows->list[i];
    if (flows->count >= SIEVE_TEXTS_MAX && (f = forget_oldest(flows)) != NULL)
        return f;
    if (flows->count == flows->cap && grow(flows) != 0)
        return NULL;
    f = &flows->list[flows->count++];
    *f = (struct sieve_flow){0};
    return f;
}

/* Others may have the same. */
static uint32_t sum_of(const int64_t at[SIFT_PLACES], struct span name)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < SIFT_PLACES; i++)
        sum = (sum ^ (uint64_t)at[i]) * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < name.n; i++)
        sum = (sum ^ (unsigned char)name.p[i]) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(sum >> 32);
}

static struct sieve_flow *make(
    struct sieve_flows *flows, const struct sift_piece *piece, struct span name)
{
    struct sieve_flow *f = free_flow(flows);

    if (f == NULL)
        return NULL;
    *f = (struct sieve_flow){.closed = true, .ended = true};
    memcpy(f->at, piece->where.at, sizeof(f->at));
    flows->sums[f - flows->list] = sum_of(f->at, name);
    f->name = strndup(name.p, name.n);
    if (f->name == NULL ||
        screen_open(flows->screen, piece->json, &f->judged) != 0)
        return NULL;
    f->closed = false;
    f->ended = false;
    return f;
}

/* A name is the same however it is written. Returns an empty one when memory is
 * out. */
static struct span plain_name(struct sieve_flows *flows, struct span name)
{
    if (memchr(name.p, '\\', name.n) == NULL)
        return name;
    buf_reset(&flows->name);
    json_unescape(name, &flows->name);
    return (struct span){
        flows->name.data, flows->name.failed ? 0 : flows->name.len};
}

struct sieve_flow *sieve_flow_of(
    struct sieve_flows *flows, const struct sift_piece *piece)
{
    const struct span name = plain_name(flows, piece->where.name);
    const uint32_t sum = sum_of(piece->where.at, name);
    struct sieve_flow *f;

    if (name.n == 0 && piece->where.name.n > 0)
        return NULL;
    for (size_t i = flows->count; i-- > 0;) {
        if (flows->sums[i] != sum)
            continue;
        f = &flows->list[i];
        if (f->name != NULL && !f->past &&
            memcmp(f->at, piece->where.at, sizeof(f->at)) == 0 &&
            span_is(name, f->name))
            return f;
    }
    f = make(flows, piece, name);
    if (f != NULL && flows->table->choices != NULL && *lost(flows, f)) {
        f->ended = true;
        close_flow(flows, f);
    }
    return f;
}

/* ---- what may leave ---- */

uint64_t sieve_flow_fired(
    const struct sieve_flows *flows, const struct sieve_flow *f)
{
    size_t count;
    const struct policy_cut *cuts =
        screen_cuts(flows->screen, &f->judged, &count);

    return count > 0 && cuts[count - 1].end == UINT64_MAX
               ? cuts[count - 1].begin
               : UINT64_MAX;
}

static int by_number(const void *left, const void *right)
{
    const int64_t *l = left, *r = right;

    return *l < *r ? -1 : *l > *r;
}

/* The choices that have gone on in that turn, in their order. */
static int note_choices(struct sieve_flows *flows, uint64_t turn)
{
    buf_reset(&flows->choices);
    for (size_t i = 0; i < flows->count; i++)
        if (flows->list[i].name != NULL && flows->list[i].turn == turn)
            buf_put(&flows->choices, &flows->list[i].at[SIFT_CHOICE],
                sizeof(int64_t));
    if (flows->choices.failed)
        return -1;
    if (flows->choices.len > sizeof(int64_t))
        qsort(flows->choices.data, flows->choices.len / sizeof(int64_t),
            sizeof(int64_t), by_number);
    return 0;
}

static bool went_on(const struct sieve_flows *flows, int64_t choice)
{
    return bsearch(&choice, flows->choices.data,
               flows->choices.len / sizeof(int64_t), sizeof(int64_t),
               by_number) != NULL;
}

static bool is_parted(
    const struct sieve_flows *flows, const struct sieve_flow *f, uint64_t turn)
{
    struct span held;

    if (f->waiting == 0 || f->ended || f->judged.json || f->turn == turn)
        return false;
    held = screen_held(flows->screen, &f->judged);
    return held.n > 0 && held.n <= SIEVE_PART_MAX && held.n <= flows->spare &&
           went_on(flows, f->at[SIFT_CHOICE]);
}

/* The next part of a text begins. */
static enum screen_state part(struct sieve_flows *flows, size_t i)
{
    struct sift_piece like = {0};
    struct sieve_flow *f = &flows->list[i], *next;
    struct span held;
    enum screen_state state;

    f->past = true;
    f->goes_on = true;
    memcpy(like.where.at, f->at, sizeof(f->at));
    next = make(flows, &like, (struct span){f->name, strlen(f->name)});
    if (next == NULL)
        return SCREEN_NO_MEMORY;
    f = &flows->list[i];
    held = screen_held(flows->screen, &f->judged);
    next->before = i + 1;
    next->came = next->heard = held.n;
    flows->spare -= held.n;
    state = screen_read(flows->screen, &next->judged, held, false);
    return state == SCREEN_GOES ? end_flow(flows, f) : state;
}

enum screen_state sieve_flow_part(struct sieve_flows *flows, uint64_t turn)
{
    const size_t count = flows->count;
    enum screen_state state = SCREEN_GOES;

    if (note_choices(flows, turn) != 0)
        return SCREEN_NO_MEMORY;
    if (flows->choices.len == 0)
        return state;
    for (size_t i = 0; i < count && state == SCREEN_GOES; i++)
        if (is_parted(flows, &flows->list[i], turn))
            state = part(flows, i);
    return state;
}

void sieve_flow_follow(struct sieve_flows *flows, struct sieve_flow *f)
{
    struct sieve_flow *before;

    if (f->before == 0)
        return;
    before = &flows->list[f->before - 1];
    f->before = 0;
    f->text = before->text;
    f->text.at = f->heard;
    f->text.cut = 0;
    f->text.told = 0;
    before->text = (struct sift_text){0};
    before->goes_on = false;
    forget(flows, before);
}

void sieve_flow_free(struct sieve_flows *flows)
{
    for (size_t i = 0; i < flows->count; i++)
        forget(flows, &flows->list[i]);
    free(flows->sums);
    free(flows->list);
    buf_free(&flows->choices);
    buf_free(&flows->name);
}
