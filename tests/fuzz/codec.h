#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include "core/exchange.h"

/* What the fuzzers of the codecs share. */

enum { CODEC_CHOICES = 4 }; /* that are asked for, at most */

/* A call of a small request, fit for any upstream. */
struct codec_play {
    struct json_doc request;
    struct completion completion;
    struct codec_tag tag;
};

/**
 * codec_play_begin(play, caller, stream), codec_play_end(play):
 * Read a small request of the dialect ${caller} and fill ${play}; give its
 * memory back.
 */
void codec_play_begin(
    struct codec_play *play, enum dialect caller, bool stream);
void codec_play_end(struct codec_play *play);

/**
 * codec_try_request(caller, doc):
 * Pass ${doc} as a request of ${caller} on to each dialect: what comes out must
 * be a request that its dialect takes.
 */
void codec_try_request(enum dialect caller, const struct json_doc *doc);

/**
 * codec_try_answer(upstream, doc):
 * Pass ${doc} as an answer of ${upstream} on to each dialect: what comes out
 * must be an answer of that dialect.
 */
void codec_try_answer(enum dialect upstream, const struct json_doc *doc);

/**
 * codec_check_stream(dialect, text):
 * Abort unless ${text} is a whole legal stream of that dialect: CLIENTS.md 2.5.
 */
void codec_check_stream(enum dialect dialect, struct span text);

/**
 * codec_contents(text, contents):
 * Append the decoded content of each choice of the chat stream ${text}.
 */
void codec_contents(struct span text, struct buf contents[CODEC_CHOICES]);

/**
 * codec_check_frames(text):
 * Abort unless ${text} consists of whole frames of JSON, as far as the
 * document can be read here.
 */
void codec_check_frames(struct span text);

#endif
