#ifndef MAC_H
#define MAC_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { MAC_KEY = 32, MAC_SIZE = 32 };

/**
 * mac_sign(key, parts, count, out):
 * HMAC-SHA-256 under ${key} over the ${count} ${parts}, each preceded by its
 * length as 4 big-endian bytes, so that no two lists collide.
 */
void mac_sign(const uint8_t key[MAC_KEY], const struct span *parts,
    size_t count, uint8_t out[MAC_SIZE]);

/**
 * mac_hex(bytes, n, out):
 * Write ${n} bytes as 2n lower-case hex digits and a NUL to ${out}.
 */
void mac_hex(const uint8_t *bytes, size_t n, char *out);

/**
 * mac_unhex(text, n, out):
 * The reverse for exactly 2 x ${n} digits. Returns 0, or -1 when ${text} is
 * anything else.
 */
int mac_unhex(const char *text, size_t n, uint8_t *out);

#endif
