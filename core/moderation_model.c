#include "moderation_model.h"

#include <string.h>

static uint64_t padded(uint64_t n)
{
    return (n + 7) & ~UINT64_C(7);
}

static uint64_t after_edges(const struct moderation_head *h)
{
    return padded(sizeof(*h)) +
           padded((uint64_t)h->edges * sizeof(struct moderation_edge));
}

static uint64_t after_nodes(const struct moderation_head *h)
{
    return after_edges(h) +
           padded((uint64_t)h->nodes * sizeof(struct moderation_node));
}

static uint64_t after_outs(const struct moderation_head *h)
{
    return after_nodes(h) +
           padded((uint64_t)h->outs * sizeof(struct moderation_out));
}

/* Bytes of a whole file with that head. */
static uint64_t size_of(const struct moderation_head *head)
{
    return after_outs(head) + (uint64_t)head->buckets * MODERATION_LINEAR +
           MODERATION_PAD;
}

uint64_t moderation_model_check(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t sum = UINT64_C(0xcbf29ce484222325), word;

    for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x100000001b3);
        sum ^= sum >> 29;
    }
    for (; n > 0; n--, p++)
        sum = (sum ^ *p) * UINT64_C(0x100000001b3);
    return sum;
}

/* Every walk along edges ends: they ascend, and none leads out. */
static bool edges_are_sound(const struct moderation_model *m)
{
    const struct moderation_edge *last = &m->edges[m->head->edges - 1];

    for (const struct moderation_edge *e = m->edges; e <= last; e++)
        if (e->child >= m->head->nodes || (e > m->edges && e->key <= e[-1].key))
            return false;
    return last->key == MODERATION_LAST_KEY && last->child == 0;
}

/* Each begins where the keys do. */
static bool ranges_are_sound(const struct moderation_model *m)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < MODERATION_RANGES; i++) {
        while (m->edges[at].key >> MODERATION_RANGE_SHIFT < i)
            at++;
        if (m->head->ranges[i] != at)
            return false;
    }
    return true;
}

static bool nodes_are_sound(const struct moderation_model *m)
{
    for (uint32_t i = 0; i < m->head->nodes; i++)
        if ((uint32_t)m->nodes[i].out + m->nodes[i].outs > m->head->outs)
            return false;
    for (uint32_t i = 0; i < m->head->outs; i++)
        if (m->outs[i].class >= MODERATION_CLASSES ||
            m->outs[i].phrase >= MODERATION_PHRASES)
            return false;
    return true;
}

/* Finite, and what is divided by is not zero. */
static bool scales_are_sound(const struct moderation_head *head)
{
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        const float *f = &head->scale[i].bias;

        for (size_t k = 0; k < sizeof(head->scale[i]) / sizeof(*f); k++)
            if (!(f[k] > -1e6f && f[k] < 1e6f))
                return false;
        if (head->scale[i].linear_sd <= 1e-6f ||
            head->scale[i].phrase_sd <= 1e-6f)
            return false;
    }
    return true;
}

static bool head_is_sound(const struct moderation_head *head)
{
    return head->magic == MODERATION_MAGIC && head->buckets > 0 &&
           head->buckets <= 1u << 20 && head->edges > 0 &&
           head->edges <= UINT16_MAX && head->nodes > 0 &&
           head->nodes <= UINT16_MAX && head->outs <= UINT16_MAX &&
           scales_are_sound(head);
}

int moderation_model_open(struct moderation_model *m, struct span bytes)
{
    const struct moderation_head *head = (const void *)bytes.p;
    size_t behind = offsetof(struct moderation_head, scale);

    if ((uintptr_t)bytes.p % 8 != 0 || bytes.n < sizeof(*head) ||
        !head_is_sound(head) || size_of(head) != bytes.n ||
        moderation_model_check(bytes.p + behind, bytes.n - behind) !=
            head->check)
        return -1;
    m->head = head;
    m->edges = (const void *)(bytes.p + padded(sizeof(*head)));
    m->nodes = (const void *)(bytes.p + after_edges(head));
    m->outs = (const void *)(bytes.p + after_nodes(head));
    m->weights = (const void *)(bytes.p + after_outs(head));
    return edges_are_sound(m) && ranges_are_sound(m) && nodes_are_sound(m) ? 0
                                                                           : -1;
}
