#ifndef STAMP_H
#define STAMP_H

#include "buf.h"

/* The "policy" object on what a governed surface answers. API.md 8.1, 9.4;
 * DESIGN.md fixed point 6. */

/**
 * stamp_object(json, policy, out):
 * Append the JSON object ${json} with ${policy}, an object too, as its last
 * member. ${json} has no such member: those of an upstream do not pass
 * (passage.h, dialect_chat_private.h), and no writer makes one.
 */
void stamp_object(struct span json, struct span policy, struct buf *out);

/**
 * stamp_frames(frames, policy, out):
 * Append the SSE ${frames}, which are whole, with ${policy} in every data that
 * is a JSON object; comments and [DONE] pass.
 */
void stamp_frames(struct span frames, struct span policy, struct buf *out);

#endif
