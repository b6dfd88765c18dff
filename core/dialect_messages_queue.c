#include <stdlib.h>

#include "dialect_messages_private.h"

/* The block that e goes on with; or NULL. */
static struct messages_waiting *find(
    struct messages_queue *q, const struct turn_event *e)
{
    enum turn_event_kind kind = e->kind;

    if (kind == TURN_EVENT_ARGS)
        kind = TURN_EVENT_CALL;
    if (kind == TURN_EVENT_SIGNATURE)
        kind = TURN_EVENT_REASONING;
    for (size_t i = q->first + q->count; i-- > q->first;)
        if (q->list[i].block == e->block && q->list[i].kind == kind)
            return &q->list[i];
    return NULL;
}

static struct messages_waiting *add(
    struct messages_queue *q, const struct turn_event *e)
{
    struct messages_waiting *list = q->list;

    if (q->first + q->count == q->cap) {
        list = reallocarray(q->list, q->cap * 2 + 4, sizeof(*list));
        if (list == NULL) {
            q->failed = true;
            return NULL;
        }
        q->list = list;
        q->cap = q->cap * 2 + 4;
    }
    list += q->first + q->count++;
    *list = (struct messages_waiting){.kind = e->kind, .block = e->block};
    if (e->kind == TURN_EVENT_SIGNATURE)
        list->kind = TURN_EVENT_REASONING;
    buf_put(&list->id, e->id.p, e->id.n);
    buf_put(&list->name, e->name.p, e->name.n);
    return list;
}

void messages_queue_add(struct messages_queue *q, const struct turn_event *e)
{
    struct messages_waiting *w = e->kind != TURN_EVENT_CALL ? find(q, e) : NULL;
    struct buf *to;

    /* Arguments of a call that was whole are of no consequence. */
    if (w == NULL && e->kind == TURN_EVENT_ARGS)
        return;
    if (w == NULL)
        w = add(q, e);
    if (w == NULL)
        return;
    to = e->kind == TURN_EVENT_SIGNATURE ? &w->seal : &w->text;
    buf_put(to, e->text.p, e->text.n);
    q->failed = q->failed || to->failed || w->id.failed || w->name.failed;
}

void messages_queue_drop(struct messages_queue *q)
{
    struct messages_waiting *w = &q->list[q->first];

    buf_free(&w->seal);
    buf_free(&w->text);
    buf_free(&w->name);
    buf_free(&w->id);
    q->count--;
    q->first = q->count > 0 ? q->first + 1 : 0;
}

void messages_queue_free(struct messages_queue *q)
{
    while (q->count > 0)
        messages_queue_drop(q);
    free(q->list);
    *q = (struct messages_queue){0};
}
