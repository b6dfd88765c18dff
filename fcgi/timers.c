#include "timers.h"

#include <assert.h>

/* Who is due earlier is above; the children of one are a list in no order. */

/* Two heaps become one: the top that is due later is the first child of the
 * other. NULL is an empty heap. */
static struct loop_timer *meld(struct loop_timer *a, struct loop_timer *b)
{
    struct loop_timer *above, *below;

    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    above = b->due < a->due ? b : a;
    below = above == a ? b : a;
    below->link = &above->child;
    below->next = above->child;
    if (below->next != NULL)
        below->next->link = &below->next;
    above->child = below;
    return above;
}

/* A list of heaps becomes one: first each two neighbours, then what they came
 * to from the last to the first, which is what keeps lists short. */
static struct loop_timer *meld_list(struct loop_timer *t)
{
    struct loop_timer *pairs = NULL, *top = NULL, *twin, *next;

    for (; t != NULL; t = next) {
        twin = t->next;
        next = twin != NULL ? twin->next : NULL;
        t = meld(t, twin);
        t->next = pairs;
        pairs = t;
    }
    for (; pairs != NULL; pairs = next) {
        next = pairs->next;
        top = meld(top, pairs);
    }
    return top;
}

static void add_heap(struct timers *all, struct loop_timer *top)
{
    all->first = meld(all->first, top);
    if (all->first == NULL)
        return;
    all->first->next = NULL;
    all->first->link = &all->first;
}

void timers_add(struct timers *all, struct loop_timer *t, uint64_t due)
{
    assert(t->link == NULL);
    t->due = due;
    t->child = NULL;
    add_heap(all, t);
    all->count++;
}

void timers_remove(struct timers *all, struct loop_timer *t)
{
    assert(*t->link == t);
    *t->link = t->next;
    if (t->next != NULL)
        t->next->link = t->link;
    t->link = NULL;
    add_heap(all, meld_list(t->child));
    all->count--;
}
