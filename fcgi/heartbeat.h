#ifndef HEARTBEAT_H
#define HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct call;

/* Signs of life on a stream that is silent: they keep idle timeouts between
 * here and the client from firing, and make the web server notice a client
 * that has left. The first one opens the stream, if the upstream has not
 * answered by then; from that moment a failure can only be an error frame.
 * DESIGN.md Settled. */

struct heartbeat {
    struct loop_timer timer;
    uint64_t written; /* loop_now() of the last bytes to the client */
};

/**
 * heartbeat_begin(call):
 * ${call} asks for a stream: the grace runs from now.
 */
void heartbeat_begin(struct call *call);

/**
 * heartbeat_opened(call):
 * The stream of ${call} is open: the grace is over, silence counts from now.
 */
void heartbeat_opened(struct call *call);

/**
 * heartbeat_written(call):
 * Bytes have left to the client.
 */
void heartbeat_written(struct call *call);

/**
 * heartbeat_end(call):
 * No more; harmless when there were none.
 */
void heartbeat_end(struct call *call);

#endif
