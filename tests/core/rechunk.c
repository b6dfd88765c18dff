#include "rechunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/utf8.h"

static uint64_t random_state = 0x9e3779b97f4a7c15u;

size_t rechunk_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

size_t rechunk_size(size_t n)
{
    static const size_t sizes[] = {1, 2, 3, 5, 8, 16};
    size_t i = rechunk_below(sizeof(sizes) / sizeof(sizes[0]) + 1);

    return i < sizeof(sizes) / sizeof(sizes[0]) ? sizes[i] : n;
}

/* A piece as an upstream may say it: all escapes. Only whole characters can
 * be. */
static void feed_escaped(
    struct policy_stream *s, struct span piece, struct buf *out)
{
    struct buf json = {0}, scratch = {0};
    struct json_doc doc = {0};

    buf_puts(&json, "\"");
    for (size_t i = 0; i < piece.n; i++) {
        if ((uint8_t)piece.p[i] < 0x80)
            buf_printf(&json, "\\u%04x", (unsigned)(uint8_t)piece.p[i]);
        else
            buf_put(&json, piece.p + i, 1);
    }
    buf_puts(&json, "\"");
    assert_int_equal(json_parse(&doc, json.data, json.len), JSON_OK);
    policy_stream_feed(s, 0, json_view(&doc, 0, &scratch), out);
    json_free(&doc);
    buf_free(&json);
    buf_free(&scratch);
}

static void feed(struct policy_stream *s, struct span piece, struct buf *out)
{
    char *copy;

    if (piece.n > 0 && utf8_valid(piece) && rechunk_below(4) == 0) {
        feed_escaped(s, piece, out);
        return;
    }
    copy = malloc(piece.n + 1);
    assert_non_null(copy);
    memcpy(copy, piece.p, piece.n);
    policy_stream_feed(s, 0, (struct span){copy, piece.n}, out);
    free(copy);
}

bool rechunk_run(const struct policy_detector *detectors, size_t count,
    struct span text, size_t most, struct buf *out)
{
    struct policy_stream *s = policy_stream_make(detectors, count, false);
    enum policy_stream_state state;
    size_t step, channel;

    buf_reset(out);
    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    for (size_t at = 0; at < text.n; at += step) {
        step = most < text.n ? rechunk_below(most + 1) : text.n;
        step = text.n - at < step ? text.n - at : step;
        feed(s, (struct span){text.p + at, step}, out);
    }
    state = policy_stream_end(s, channel, out);
    assert_int_not_equal(state, POLICY_STREAM_NO_MEMORY);
    policy_stream_free(s);
    return state == POLICY_STREAM_FIRED;
}

void rechunk_next(struct rechunk_sample *s)
{
    const char *text = s->texts[s->text];

    do
        s->at++;
    while (((uint8_t)text[s->at < strlen(text) ? s->at : 0] & 0xc0) == 0x80);
    if (s->at <= strlen(text))
        return;
    s->at = 0;
    s->pattern = (s->pattern + 1) % s->pattern_count;
    if (s->pattern == 0)
        s->text = (s->text + 1) % s->text_count;
}

void rechunk_put(const struct rechunk_sample *s, struct buf *text)
{
    buf_reset(text);
    buf_put(text, s->texts[s->text], s->at);
    buf_puts(text, s->patterns[s->pattern]);
    buf_puts(text, s->texts[s->text] + s->at);
}

bool rechunk_same(const struct buf *x, struct span y)
{
    return x->len == y.n && (y.n == 0 || memcmp(x->data, y.p, y.n) == 0);
}
