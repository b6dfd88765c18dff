/* Any bytes: the spool comes to the same verdict and keeps the same records
 * whether they come at once or in two pieces, and what it calls a request can
 * be parsed. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"
#include "spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feed a copy that ends where the bytes end. */
static enum spool_state feed(
    struct spool *s, const uint8_t *data, size_t size, size_t *used)
{
    char *copy = malloc(size + (size == 0));
    enum spool_state state;

    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    state = spool_feed(s, (struct span){copy, size}, used);
    assert(*used <= size);
    free(copy);
    return state;
}

static void assert_same_bytes(const struct buf *a, const struct buf *b)
{
    assert(a->len == b->len);
    assert(a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void parse(struct spool *s)
{
    static struct request_parser *parser; /* one for all inputs */
    struct request *r;

    if (parser == NULL)
        parser = request_parser_create();
    assert(parser != NULL);
    if ((r = request_parse(parser, s)) == NULL)
        return;
    assert(request_body(r).n <= s->body);
    assert(request_body(r).n <= s->body_max);
    request_param(r, "REQUEST_METHOD");
    request_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spool whole = {.body_max = 1000, .most = 100};
    struct spool split = whole;
    enum spool_state verdict, other;
    size_t used, first, second = 0;

    verdict = feed(&whole, data, size, &used);
    other = feed(&split, data, size / 2, &first);
    if (other == SPOOL_MORE)
        other = feed(&split, data + first, size - first, &second);
    assert(other == verdict);
    assert(first + second == used);
    if (verdict != SPOOL_GARBAGE) {
        assert_same_bytes(&whole.bytes, &split.bytes);
        assert_same_bytes(&whole.reply, &split.reply);
    }
    if (verdict == SPOOL_COMPLETE ||
        (verdict == SPOOL_MORE && spool_cut(&whole) == 0))
        parse(&whole);
    spool_free(&whole);
    spool_free(&split);
    return 0;
}
