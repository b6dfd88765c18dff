#ifndef SSE_H
#define SSE_H

#include <stddef.h>

#include "buf.h"

/* Splits a byte stream into server-sent events (WHATWG HTML 9.2.6), however
 * the bytes were cut: LF, CR and CRLF ends, a byte order mark, comments, data
 * without the space, several data lines joined by LF. id and retry are
 * dropped. An event without a data line is no event. */

enum {
    SSE_MAX_LINE = 1 << 20,      /* bytes of one line */
    SSE_MAX_EVENT = 4 << 20,     /* bytes of data of one event */
    SSE_MAX_IDLE_BYTES = 64 << 10 /* comments and blanks between two events */
};

enum sse_error {
    SSE_OK,
    SSE_STOPPED,    /* the callback said so */
    SSE_TOO_LONG,   /* line or event above its limit */
    SSE_CHATTER,    /* SSE_MAX_IDLE_BYTES passed without an event */
    SSE_NO_MEMORY
};

/* {0} is a splitter at the start of a stream. */
struct sse {
    struct buf line; /* the part of a line that came so far */
    struct buf data; /* data lines of the event so far */
    struct buf name; /* value of the event line, empty: "message" */
    size_t idle;     /* bytes since the last event */
    unsigned has_data : 1;
    unsigned after_cr : 1;
    unsigned begun : 1; /* the byte order mark was looked for */
    unsigned bom : 2;   /* bytes of a possible mark seen */
};

/**
 * sse_event_fn(cookie, name, data):
 * An event is complete. The spans are valid during the call only; an empty
 * name means "message". Return 0 to go on, anything else to stop.
 */
typedef int sse_event_fn(void *cookie, struct span name, struct span data);

/**
 * sse_feed(s, bytes, event, cookie):
 * Take the next ${bytes} of the stream and call ${event} for each event that
 * they complete, in order. Data that came in one piece is not copied. Returns
 * SSE_OK or why the stream cannot go on; ${s} is then only fit for
 * sse_free(). A partial event at the end of a stream is discarded by rule, so
 * there is no call for the end.
 */
enum sse_error sse_feed(
    struct sse *s, struct span bytes, sse_event_fn *event, void *cookie);

/**
 * sse_free(s):
 * Give back the memory of ${s} and leave it as at the start.
 */
void sse_free(struct sse *s);

#endif
