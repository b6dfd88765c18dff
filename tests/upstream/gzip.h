#ifndef GZIP_H
#define GZIP_H

#include "core/buf.h"

/**
 * gzip_store(in, out):
 * Append ${in} to ${out} as a gzip member of stored blocks.
 */
void gzip_store(struct span in, struct buf *out);

#endif
