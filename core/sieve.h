#ifndef SIEVE_H
#define SIEVE_H

#include "codec.h"
#include "screen.h"

/**
 * sieve_make(inner, codec, completion, screen):
 * The stream ${inner} between two that speak the dialect of ${codec}, with
 * ${screen} before it. Frames pass as they are, in their order; one waits while
 * a text of which it has a piece may yet turn out to be denied. What may not
 * leave is taken out of the frame it is in. Without anything
 * that ${screen} looks for in texts it only looks on, at the events of the
 * frames. ${inner} is taken over, also on failure; NULL stands for
 * memory that is out. Returns NULL when memory is out.
 */
struct stream *sieve_make(struct stream *inner, const struct codec *codec,
    const struct completion *completion, struct screen *screen);

#endif
