#ifndef VOLUME_FILL_H
#define VOLUME_FILL_H

#include "db/store.h"

/* Millions of calls that somebody made, written straight into the tables of a
 * store that nobody has open: as they would lie there, without the log. */

struct volume_fill {
    const char *dir;
    const uint8_t *ledger_key;
    struct store_account *accounts;
    uint32_t count;       /* of them */
    uint32_t first;       /* percent of the calls are by the first account */
    bool timed;           /* ids as core/id.h makes them, or random */
    uint64_t calls;       /* to be written */
    int64_t begin, named; /* from when on; from when on with a name */
    int64_t end;
};

/**
 * volume_fill(f):
 * Write the calls. Ends the process when that fails.
 */
void volume_fill(struct volume_fill *f);

#endif
