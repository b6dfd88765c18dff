#ifndef POLICY_UNESCAPE_H
#define POLICY_UNESCAPE_H

#include "policy_detector.h"

/* A detector for JSON text that comes in pieces, such as the arguments of a
 * tool: another detector sees what its strings say, without their escapes. What
 * that one finds is found in the JSON text: whole escapes, never a part of one,
 * and never anything beyond a string. A number in which something is replaced
 * becomes a string, so that JSON stays JSON; two keys of an object may become
 * the same. What replaces must need no escapes.
 *
 * Between strings, and wherever JSON has a sign, the other detector sees
 * U+FFFF. Text that is no JSON is seen as it stands. Lone surrogates and bad
 * escapes are U+FFFD. Of numbers and words outside of strings only the first
 * 64 characters are replaced as a whole. At most 64 bytes more than the other
 * detector are held back, or six times as many where all is escapes. */

/**
 * policy_unescape(inner):
 * What ${inner}, which must outlive the use of the detector, finds in JSON
 * text.
 */
struct policy_detector policy_unescape(const struct policy_detector *inner);

#endif
