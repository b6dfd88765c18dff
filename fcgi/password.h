#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

#include "core/buf.h"

/* Passwords of accounts, as Argon2id hashes. All of it but password_fresh()
 * takes some 20 ms and 19 MiB. RELIABILITY.md 5.3. */

enum {
    PASSWORD_MIN = 8, /* bytes */
    PASSWORD_MAX = 1024,
    PASSWORD_HASH = 128, /* a hash and NUL; empty: there is no password */
    PASSWORD_FRESH = 25  /* a password of ours and NUL */
};

enum password_verdict { PASSWORD_RIGHT, PASSWORD_WRONG, PASSWORD_NO_MEMORY };

/**
 * password_hash(password, out):
 * Hash ${password}. Returns 0, or -1 when memory is out.
 */
int password_hash(struct span password, char out[PASSWORD_HASH]);

/**
 * password_check(hash, password):
 * Whether ${hash} is of ${password}. An empty one is of none, which takes as
 * long to find out.
 */
enum password_verdict password_check(
    const char hash[PASSWORD_HASH], struct span password);

/**
 * password_fresh(text):
 * Make a password that nobody can guess.
 */
void password_fresh(char text[PASSWORD_FRESH]);

#endif
