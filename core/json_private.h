#ifndef JSON_PRIVATE_H
#define JSON_PRIVATE_H

#include "json.h"

/* What the files of json share and nobody else includes. */

/* ---- json_scan.c ---- */

/**
 * json_scan_string(p, end, escaped):
 * Move ${*p} from the opening quote of a string to behind its closing quote
 * and tell in ${escaped} whether there is a backslash between them. Returns
 * JSON_OK, or what is wrong with the byte at ${*p}.
 */
enum json_error json_scan_string(
    const char **p, const char *end, bool *escaped);

/**
 * json_scan_number(p, end, power):
 * Move ${*p} behind the number that begins there and tell in ${power} whether
 * it has an exponent. Returns JSON_OK, or what is wrong at ${*p}.
 */
enum json_error json_scan_number(const char **p, const char *end, bool *power);

/* ---- json_text.c ---- */

/**
 * json_key_same(doc, a, b):
 * Whether the keys ${a} and ${b} decode to the same text.
 */
bool json_key_same(const struct json_doc *doc, uint32_t a, uint32_t b);

/* ---- json_key.c ---- */

/**
 * json_key_twice(doc, object, count, key):
 * Whether two of the ${count} members of ${object} have the same key; ${key}
 * is then the later one. Takes O(n log n) whatever the keys are. Returns
 * JSON_OK, JSON_DUPLICATE_KEY or JSON_NO_MEMORY.
 */
enum json_error json_key_twice(
    const struct json_doc *doc, uint32_t object, uint32_t count, uint32_t *key);

#endif
