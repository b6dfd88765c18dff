#ifndef VERBS_H
#define VERBS_H

#include <stdbool.h>

#include "db/store.h"
#include "trail.h"

/**
 * verbs_run(t, verb):
 * Run the body of ${verb} in ${t} and set its status. Look at trail_failed()
 * afterwards. May be run again for the same verb.
 */
void verbs_run(struct trail *t, struct store_verb *verb);

/**
 * verbs_must_sync(kind):
 * Whether a verb of ${kind} is only done when it is on disk.
 */
bool verbs_must_sync(enum store_kind kind);

/**
 * verbs_name(kind):
 * What the operator's log calls verbs of ${kind}.
 */
const char *verbs_name(enum store_kind kind);

/**
 * verbs_prepare(t):
 * Write the rows that a new store begins with and check the format of an old
 * one. Returns 0, or -1 when the store's format is not ours (a sentence goes
 * to trail_fail()).
 */
int verbs_prepare(struct trail *t);

#endif
