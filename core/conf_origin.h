#ifndef CONF_ORIGIN_H
#define CONF_ORIGIN_H

#include "buf.h"

/* Where an upstream lives: an origin, and nothing else that a URL may have. */

/**
 * conf_origin_read(url, out):
 * Append the origin ("http://host" or "https://host:port", scheme in lower
 * case) of ${url} to ${out}. ${url} may end in /, /v1 or /v1/; any other path,
 * a user name, a query or a fragment is refused. Returns 0 or -1.
 */
int conf_origin_read(struct span url, struct buf *out);

/**
 * conf_origin_loopback(origin):
 * Whether the host of ${origin} is localhost, 127.0.0.0/8 or [::1].
 */
bool conf_origin_loopback(const char *origin);

#endif
