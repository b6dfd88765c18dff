#ifndef FOLD_PRIVATE_H
#define FOLD_PRIVATE_H

#include <utf8proc.h>

#include "fold.h"

/* What folding knows of single characters. */

enum {
    FOLD_REPLACEMENT = 0xfffd,
    FOLD_PARTS = 32 /* of one character */
};

/**
 * fold_joins_back(cp), fold_joins_on(cp):
 * Whether ${cp}, which is no mark by its class, may become one with the
 * character before it: the second halves of canonical pairs in
 * UnicodeData.txt; with one behind it that a skeleton keeps: the first halves
 * of such pairs.
 */
bool fold_joins_back(uint32_t cp);
bool fold_joins_on(uint32_t cp);

/**
 * fold_is_western(cp):
 * Whether marks on the base ${cp} are decoration: the alphabets of the West.
 * Elsewhere a mark may be a vowel.
 */
bool fold_is_western(uint32_t cp);

/**
 * fold_decompose(cp, parts):
 * Leave the parts of ${cp}, case-folded, in ${parts}. Returns their number; 0
 * when ${cp} is not to be seen.
 */
size_t fold_decompose(uint32_t cp, utf8proc_int32_t parts[FOLD_PARTS]);

/**
 * fold_is_simple(cp):
 * Whether ${cp} is a letter that folds to itself and stands for itself.
 */
bool fold_is_simple(uint32_t cp);

/**
 * fold_common(cp, capital):
 * What a skeleton has for a letter of which there are whole texts, when that
 * is one letter whatever follows, and whether it is a ${capital}: for Greek and
 * Cyrillic, Hebrew, Arabic and Chinese ones. 0: none of these.
 */
uint32_t fold_common(uint32_t cp, bool *capital);

#endif
