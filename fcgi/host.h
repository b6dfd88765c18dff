#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "core/buf.h"

struct call;

/* What the web server in front, often somebody else's, does to us, as far as
 * one request shows it, in words that can be sent to whoever runs it. */

/**
 * host_wants_probe(call):
 * Whether ${call} asks for the self-test: its query is "probe". The caller of
 * that has sent an Authorization header.
 */
bool host_wants_probe(const struct call *call);

/**
 * host_exposes_state(call):
 * Whether the state directory lies in the server's document root.
 */
bool host_exposes_state(const struct call *call);

/**
 * host_report(call, status, out):
 * Append {"status":...,"server":...,"host":[...]}: for each thing that a server
 * may break whether it is fine, broken or unknown, how to tell, and what to ask
 * for.
 */
void host_report(const struct call *call, const char *status, struct buf *out);

#endif
