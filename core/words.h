#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>

#include "buf.h"

enum { WORDS_MAX = 400 /* bytes of somebody's words that we repeat */ };

/**
 * words_fit(text):
 * Whether ${text}, which an upstream wrote, may be repeated to a caller: not
 * empty, not long, and without anything that could be an address, markup or a
 * key. CLIENTS.md R21.
 */
bool words_fit(struct span text);

#endif
