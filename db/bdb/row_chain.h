#ifndef ROW_CHAIN_H
#define ROW_CHAIN_H

#include "core/chain.h"
#include "rec.h"

/**
 * row_chain_fields(r, chain):
 * The fields of ${chain} in the row of whoever owns it.
 */
void row_chain_fields(struct rec *r, struct chain *chain);

#endif
