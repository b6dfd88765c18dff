#ifndef PHRASE_H
#define PHRASE_H

#include "core/buf.h"

/* Texts with a byte for each phrase that many of them have: events say much
 * the same in the same order, and what is written goes to the log twice. */

/**
 * phrase_pack(text, out):
 * Append ${text} to ${out}, shorter if it can be; a text of JSON is not longer.
 */
void phrase_pack(struct span text, struct buf *out);

/**
 * phrase_unpack(packed, out):
 * Append to ${out} what phrase_pack() was given. Returns 0, or -1 when it never
 * wrote ${packed}.
 */
int phrase_unpack(struct span packed, struct buf *out);

#endif
