#ifndef POLICY_STREAM_H
#define POLICY_STREAM_H

#include "policy_detector.h"

/* The output policy over an answer that comes in pieces. The texts of an
 * answer are channels: the text, the reasoning, the tool arguments of a choice
 * or block, each for itself. What comes out of a channel is the same however
 * its text was cut: all of it but the spans that a detector replaces, or up to
 * the place where one fires; for those that replace the text ends there. Only
 * what may still become a hit is held back.
 * DESIGN.md fixed point 8. */

struct policy_stream;

enum {
    POLICY_DETECTORS = 8,     /* that look at one stream */
    POLICY_NOTED = 256,       /* different findings that are noted */
    POLICY_CHANNELS = 1024,   /* open at a time */
    POLICY_HELD_MAX = 8 << 20 /* bytes of a channel that are held back */
};

/**
 * policy_stream_make(detectors, count, watch):
 * Begin an answer that ${count} <= POLICY_DETECTORS
 * ${detectors} look at; what they refer to must
 * outlive it. With ${watch} nothing is held back, replaced or stopped: what
 * would have fired is noted. Returns NULL when memory is out.
 */
struct policy_stream *policy_stream_make(
    const struct policy_detector *detectors, size_t count, bool watch);

/**
 * policy_stream_free(s):
 * Let go of ${s}, which may be NULL.
 */
void policy_stream_free(struct policy_stream *s);

/**
 * policy_stream_channel(s, channel):
 * Open one more channel and leave its number in ${channel}: 0, 1 and so on, or
 * that of one that was closed.
 * Returns 0, or -1 when memory is out or POLICY_CHANNELS are open.
 */
int policy_stream_channel(struct policy_stream *s, size_t *channel);

enum policy_stream_state {
    POLICY_STREAM_GOES,
    POLICY_STREAM_FIRED,    /* the channel is over, and so is the answer */
    POLICY_STREAM_NO_MEMORY /* nothing may leave any more; also when more than
                               POLICY_HELD_MAX is held back */
};

/**
 * policy_stream_feed(s, channel, text, out):
 * Take decoded ${text} of a ${channel} and append to ${out} what may leave
 * now. After anything has fired, in any channel, nothing is appended.
 */
enum policy_stream_state policy_stream_feed(
    struct policy_stream *s, size_t channel, struct span text, struct buf *out);

/**
 * policy_stream_end(s, channel, out):
 * The text of ${channel} is whole: append what was held back. Once for each
 * channel.
 */
enum policy_stream_state policy_stream_end(
    struct policy_stream *s, size_t channel, struct buf *out);

/* A piece of a channel's text that does not leave as it came. */
struct policy_cut {
    uint64_t begin; /* bytes from the beginning of the text */
    uint64_t end;   /* UINT64_MAX: nothing that is behind it leaves either */
    const char *by; /* what leaves in its place */
};

/**
 * policy_stream_left(s, channel), policy_stream_cuts(s, channel, count):
 * For whoever has the text of ${channel} at hand and wants to know where it
 * leaves: the place up to which that is decided, UINT64_MAX where all that
 * comes is; and what is cut out before that, ${count} pieces in their order.
 */
uint64_t policy_stream_left(const struct policy_stream *s, size_t channel);
const struct policy_cut *policy_stream_cuts(
    const struct policy_stream *s, size_t channel, size_t *count);

/**
 * policy_stream_close(s, channel):
 * Let go of ${channel}. Its number may be given again.
 */
void policy_stream_close(struct policy_stream *s, size_t channel);

/**
 * policy_stream_held(s, channel):
 * The text of ${channel} that is held back, legal until more of it comes.
 */
struct span policy_stream_held(const struct policy_stream *s, size_t channel);

/**
 * policy_stream_whats(s, detector):
 * The whats below 32 of what was found of a ${detector}, as bits, however much
 * of it policy_stream_found() tells: the kinds of policy_pii_replace().
 */
uint32_t policy_stream_whats(const struct policy_stream *s, size_t detector);

/**
 * policy_stream_found(s, count):
 * What was found: every different thing that was replaced or, in a stream that
 * is only watched, would have fired, at most POLICY_NOTED of them; then, of the
 * place of the first firing, all findings that end there. There are
 * ${count} of them; the number never falls.
 */
const struct policy_finding *policy_stream_found(
    const struct policy_stream *s, size_t *count);

#endif
