#include <stdlib.h>

#include "estimate.h"
#include "passage_stream.h"

struct passage_stream *passage_stream_new(size_t size,
    const struct stream_kind *kind, const struct completion *completion,
    const struct completion_names *names)
{
    struct passage_stream *p = calloc(1, size);

    if (p == NULL)
        goto err0;
    p->base.kind = kind;
    p->est_in = completion->est_in;
    if (completion_names_copy(names, &p->names) != 0)
        goto err1;
    return p;

err1:
    free(p);
err0:
    return NULL;
}

void passage_stream_free(struct passage_stream *p)
{
    completion_names_free(&p->names);
    free(p);
}

uint64_t passage_stream_most(const struct passage_stream *p, uint64_t stated)
{
    uint64_t counted = estimate_tokens(p->quarters);

    return stated > counted ? stated : counted;
}

bool passage_stream_delivered(const struct stream *base)
{
    return ((const struct passage_stream *)base)->delivered;
}

void passage_stream_missed(struct stream *base, int64_t quarters)
{
    struct passage_stream *p = (struct passage_stream *)base;

    p->quarters = estimate_add(p->quarters, quarters);
}
