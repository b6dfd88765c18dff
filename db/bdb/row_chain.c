#include "row_chain.h"

void row_chain_fields(struct rec *r, struct chain *chain)
{
    rec_u64(r, &chain->pruned);
    rec_bytes(r, chain->anchor, sizeof(chain->anchor));
    rec_u64(r, &chain->seq);
    rec_bytes(r, chain->mac, sizeof(chain->mac));
    rec_bytes(r, chain->seal, sizeof(chain->seal));
}
