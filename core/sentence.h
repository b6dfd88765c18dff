#ifndef SENTENCE_H
#define SENTENCE_H

#include <stdbool.h>

#include "buf.h"

/**
 * sentence_ends(text):
 * Whether a sentence ends somewhere in ${text}, which is UTF-8: at a sign that
 * ends one in its script, or with a line. "e.g." ends one, too.
 */
bool sentence_ends(struct span text);

#endif
