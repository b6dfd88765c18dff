#ifndef SSE_PLAY_H
#define SSE_PLAY_H

/* What the tests of the splitter share: texts, and a list of their events. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sse.h"

/* Events are written down as "name|data;" so that lists can be compared. */
static inline int note(void *cookie, struct span name, struct span data)
{
    struct buf *list = cookie;

    buf_put(list, name.p, name.n);
    buf_puts(list, "|");
    buf_put(list, data.p, data.n);
    buf_puts(list, ";");
    return 0;
}

static inline struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

#endif
