#ifndef TERMS_PLAY_H
#define TERMS_PLAY_H

#include <string.h>

#include "terms.h"

/* Terms looked for in a text that comes in pieces. */

static inline bool terms_play_note(void *cookie, const struct terms_hit *hit)
{
    buf_printf(cookie, "%u:%d-%d ", (unsigned)hit->term, (int)hit->begin,
        (int)hit->end);
    return false;
}

/* The same by a sink that has enough of one. */
static inline bool terms_play_enough(void *cookie, const struct terms_hit *hit)
{
    terms_play_note(cookie, hit);
    return true;
}

static inline struct terms *terms_play_make(
    enum fold_form form, const char *const *list)
{
    struct span spans[16];
    struct terms *t;
    size_t n = 0, bad;

    for (; list[n] != NULL; n++)
        spans[n] = (struct span){list[n], strlen(list[n])};
    t = terms_make(form, spans, n, &bad);
    assert_non_null(t);
    return t;
}

/* The hits of a text in pieces of a size, as "term:begin-end ". */
static inline void terms_play_find(
    const struct terms *t, const char *text, size_t size, struct buf *out)
{
    struct terms_scan *s = terms_scan_make(t);
    struct terms_sink sink = {terms_play_note, out};
    size_t n = strlen(text), step;
    char *piece;

    assert_non_null(s);
    buf_reset(out);
    for (size_t at = 0; at < n; at += step) {
        step = n - at < size ? n - at : size;
        piece = malloc(step);
        assert_non_null(piece);
        memcpy(piece, text + at, step);
        terms_scan_feed(s, (struct span){piece, step}, &sink);
        free(piece);
    }
    terms_scan_end(s, &sink);
    terms_scan_free(s);
}

/* They are the same whatever the size. */
static inline void terms_play_form(enum fold_form form, const char *const *list,
    const char *text, const char *hits)
{
    struct terms *t = terms_play_make(form, list);
    struct buf out = {0};

    for (size_t size = strlen(text) + 1; size > 0; size--) {
        terms_play_find(t, text, size, &out);
        assert_string_equal(buf_terminate(&out), hits);
    }
    buf_free(&out);
    terms_free(t);
}

/* A sink that has enough of one "a" is told of no other; it is known with the
 * text, or only at its end. */
static inline void terms_play_one(
    const char *text, bool at_once, const char *hit)
{
    static const char *const list[] = {"a", NULL};
    struct terms *t = terms_play_make(FOLD_SKELETON, list);
    struct terms_scan *s = terms_scan_make(t);
    struct buf out = {0};
    struct terms_sink sink = {terms_play_enough, &out};

    assert_int_equal(
        terms_scan_feed(s, (struct span){text, strlen(text)}, &sink), at_once);
    if (!at_once)
        assert_true(terms_scan_end(s, &sink));
    assert_string_equal(buf_terminate(&out), hit);
    terms_scan_free(s);
    terms_free(t);
    buf_free(&out);
}

#define terms_play(text, hits, ...)                                            \
    terms_play_form(                                                           \
        FOLD_SKELETON, (const char *const[]){__VA_ARGS__, NULL}, text, hits)
#define terms_play_plain(text, hits, ...)                                      \
    terms_play_form(                                                           \
        FOLD_PLAIN, (const char *const[]){__VA_ARGS__, NULL}, text, hits)

/* Where what may yet become a hit begins in a text. */
static inline void terms_play_live(
    const char *text, int begin, const char *const *list)
{
    struct terms *t = terms_play_make(FOLD_SKELETON, list);
    struct terms_scan *s = terms_scan_make(t);
    struct buf out = {0};
    struct terms_sink sink = {terms_play_note, &out};

    terms_scan_feed(s, (struct span){text, strlen(text)}, &sink);
    assert_int_equal(terms_scan_live(s), begin);
    terms_scan_free(s);
    terms_free(t);
    buf_free(&out);
}

#endif
