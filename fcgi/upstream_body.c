#include <stdlib.h>

#include "upstream_private.h"

struct upstream_body *upstream_body_create(struct buf *bytes)
{
    struct upstream_body *body = malloc(sizeof(*body));

    if (body == NULL || bytes->failed) {
        buf_free(bytes);
        free(body);
        return NULL;
    }
    body->bytes = *bytes;
    body->holders = 1;
    *bytes = (struct buf){0};
    return body;
}

void upstream_body_release(struct upstream_body *body)
{
    if (body == NULL || --body->holders > 0)
        return;
    buf_free(&body->bytes);
    free(body);
}
