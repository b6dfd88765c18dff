#ifndef REPLY_H
#define REPLY_H

#include "call.h"

/* The CGI side of an answer: header block and bodies. Nothing is written when
 * the client is gone. */

/**
 * reply_json(call, status, body):
 * A whole JSON answer.
 */
void reply_json(struct call *call, int status, struct span body);

/**
 * reply_fault(call):
 * The whole answer that tells call->fault, in the shape of the call's dialect.
 */
void reply_fault(struct call *call);

/**
 * reply_empty(call, status):
 * A whole answer without a body: 204 for a preflight.
 */
void reply_empty(struct call *call, int status);

/**
 * reply_stream(call):
 * The header block of an SSE answer.
 */
void reply_stream(struct call *call);

/**
 * reply_buf(call, bytes):
 * Part of a body. When memory ran out while ${bytes} was made the answer has a
 * hole: the connection is dropped, and call->conn is NULL afterwards.
 */
void reply_buf(struct call *call, const struct buf *bytes);

/**
 * reply_frames(call, frames):
 * Part of a streamed body, whole SSE frames of our own, with the metadata that
 * a governed surface puts on each. As reply_buf().
 */
void reply_frames(struct call *call, struct buf *frames);

#endif
