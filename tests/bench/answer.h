#ifndef ANSWER_H
#define ANSWER_H

#include "core/buf.h"

/* An HTTP/1.1 answer as it arrives, as much of it as a load generator has to
 * know: where it ends, and the bytes of its body. {0} waits for a head. */

struct answer {
    int status;
    struct buf head; /* until its end was seen */
    bool in_body, chunked, in_size, closes;
    size_t left; /* of the body, or of this chunk with its line end */
    size_t size; /* of the chunk whose size is being read */
    bool last;
    void (*body)(void *cookie, struct span bytes);
    void *cookie;
};

/**
 * answer_feed(a, bytes):
 * Take ${bytes} and hand what is body among them to a->body. Returns 1 when
 * the answer is complete (it then waits for the next one; a->status stays), 0
 * when more has to come, -1 when this is no answer.
 */
int answer_feed(struct answer *a, struct span bytes);

/**
 * answer_reset(a):
 * Wait for a head again.
 */
void answer_reset(struct answer *a);

#endif
