#ifndef RECHUNK_SIEVE_PLAY_H
#define RECHUNK_SIEVE_PLAY_H

#include <string.h>

#include "core/dialect_play.h"
#include "core/policy_play.h"
#include "core/policy_unescape.h"
#include "core/rechunk.h"

/* What the tests of streams that are cut and woven at random share. */

static const char *const terms[] = {"bad", "badly done", "adder", "project x",
    "na\xc3\xafve plan", "\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85\xd0\xbe",
    "\xe7\xa6\x81\xe8\xaf\x8d", "\xf0\x9f\x92\xa3\xf0\x9f\x94\xa5",
    "a\"b\\c\n"};

/* None of the terms, but much that begins like one. */
static const char *const texts[] = {
    "Good words, ba dly z adde ba projec proj ect",
    "\xd0\x9f\xd0\xbb\xd0\xbe\xd1\x82 \xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85 "
    "na\xc3\xafve \xe2\x80\x8b\xcc\x81 e\xcc\x81 pla\xe2\x80\xa6",
    "\xe7\xa6\x81 \xe8\xaf\x8d \xf0\x9f\x92\xa3 a\"b\\ c\n"};

enum {
    TERMS = sizeof(terms) / sizeof(terms[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0])
};

#define SAMPLES                                                                \
    {.texts = texts,                                                           \
        .text_count = TEXTS,                                                   \
        .patterns = terms,                                                     \
        .pattern_count = TERMS}

/* A policy that denies the terms. */
struct policy_trial {
    struct policy_play play;
    struct policy_detector of[2]; /* what it is, in words and in JSON */
    struct policy_detector finds[2];
};

static inline void trial_begin(struct policy_trial *t, const char *action)
{
    struct buf text = {0};

    buf_puts(&text, "{\"name\":\"a\",\"rules\":{\"denylist\":[");
    for (size_t i = 0; i < TERMS; i++) {
        buf_puts(&text, i > 0 ? "," : "");
        json_quote(&text, (struct span){terms[i], strlen(terms[i])});
    }
    buf_printf(&text, "],\"enforcement_action\":\"%s\"}}", action);
    assert_int_equal(
        policy_play_begin(&t->play, buf_terminate(&text), true), 0);
    buf_free(&text);
    t->finds[0] = policy_terms_fire(t->play.policy->deny);
    t->of[0] = strcmp(action, "rewrite") == 0
                   ? policy_terms_replace(t->play.policy->deny)
                   : t->finds[0];
    t->of[1] = policy_unescape(&t->of[0]);
    t->finds[1] = policy_unescape(&t->finds[0]);
}

/* The sample, with its pattern or without; or JSON that says it. */
static inline void trial_text(
    const struct rechunk_sample *s, bool json, bool clean, struct buf *out)
{
    struct buf text = {0};

    if (clean)
        buf_puts(&text, s->texts[s->text]);
    else
        rechunk_put(s, &text);
    buf_reset(out);
    if (json) {
        buf_puts(out, "{\"q\":[1,");
        json_quote(out, (struct span){text.data, text.len});
        buf_puts(out, "]}");
    } else {
        buf_put(out, text.data, text.len);
    }
    buf_free(&text);
}

/* The size of the next piece, of whole characters. */
static inline size_t trial_step(struct span rest, size_t most)
{
    size_t n = most < rest.n ? 1 + rechunk_below(most) : rest.n;

    while (n < rest.n && ((uint8_t)rest.p[n] & 0xc0) == 0x80)
        n++;
    return n < rest.n ? n : rest.n;
}

/* A frame that is written with ' for quotes, with the text in place of $. */
static inline void trial_frame(
    const char *frame, struct span text, struct buf *out)
{
    for (; *frame != '\0'; frame++) {
        if (*frame == '$')
            json_quote(out, text);
        else
            buf_puts(out, *frame == '\'' ? "\"" : (char[]){*frame, '\0'});
    }
}

/* What leaves of a stream of frames, each a line, through a screen, or without
 * one. */
static inline enum stream_frame trial_run(enum dialect dialect,
    struct screen *screen, const struct buf *frames, struct buf *out)
{
    struct play p = play_begin(dialect, dialect);
    const char *line = frames->data, *end = line + frames->len, *eol;
    enum stream_frame rc = STREAM_TAKEN;

    play_open_screened(&p, screen);
    for (; line < end && rc == STREAM_TAKEN; line = eol + 1) {
        eol = memchr(line, '\n', (size_t)(end - line));
        assert_non_null(eol);
        rc = stream_frame(p.stream, (struct span){line, (size_t)(eol - line)},
            &p.out, &p.fault);
    }
    if (rc == STREAM_TAKEN)
        rc = stream_end(p.stream, &p.out);
    buf_reset(out);
    buf_put(out, p.out.data, p.out.len);
    play_end(&p);
    return rc;
}

struct trial_tally {
    unsigned long leaks, differences, missed, altered;
};

static inline void trial_told(
    const struct trial_tally *tally, unsigned long rounds)
{
    print_message("# %lu streams: %lu leaks, %lu different, %lu missed, %lu "
                  "clean ones altered\n",
        rounds, tally->leaks, tally->differences, tally->missed,
        tally->altered);
    assert_int_equal(tally->leaks, 0);
    assert_int_equal(tally->differences, 0);
    assert_int_equal(tally->missed, 0);
    assert_int_equal(tally->altered, 0);
}

#endif
