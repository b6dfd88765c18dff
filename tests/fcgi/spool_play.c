#include "spool_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct spool play_fresh(void)
{
    return (struct spool){.body_max = 4096, .most = 400};
}

enum spool_state play_feed(
    struct spool *s, const struct buf *b, size_t piece, size_t *used)
{
    enum spool_state state = SPOOL_MORE;

    for (*used = 0; state == SPOOL_MORE && *used < b->len;) {
        size_t n = b->len - *used < piece ? b->len - *used : piece, took;
        /* A copy of its own, so that a sanitizer sees every step too far. */
        char *copy = malloc(n);

        assert_non_null(copy);
        memcpy(copy, b->data + *used, n);
        state = spool_feed(s, (struct span){copy, n}, &took);
        free(copy);
        assert_true(took <= n);
        assert_true(state != SPOOL_MORE || took == n);
        *used += took;
    }
    return state;
}

enum spool_state play_feed_all(struct spool *s, const struct buf *b)
{
    size_t used;

    return play_feed(s, b, b->len, &used);
}
