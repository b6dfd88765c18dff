#ifndef WATCH_H
#define WATCH_H

#include "codec.h"
#include "screen.h"

/**
 * watch_make(inner, reader, screen):
 * The stream ${inner} with ${screen} looking on, which gets the events that
 * ${reader} finds in the same frames. Both are taken over, also on failure;
 * NULL ones stand for memory that is out. Returns NULL when memory is out.
 */
struct stream *watch_make(
    struct stream *inner, struct codec_reader *reader, struct screen *screen);

#endif
