#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/window.h"

/* Rolling request and token windows of all callers, in a file that every
 * worker of the store maps. Not money: no transaction, no sync; a boot empties
 * it. Only whoever holds the store's gate touches it. When the file cannot be
 * used, each process counts for itself against a quarter of the limit: rate
 * limiting fails open, and says so. RELIABILITY.md 3. */

enum { RATE_SLOTS = 16384 };

/* Whose window: account id and credential class. */
struct rate_key {
    uint8_t account[16];
    uint8_t class; /* not 0; one for each kind of credential and of request */
};

struct rate;

/**
 * rate_open(dir, boot_id):
 * Map the windows of the store in ${dir}, made or emptied if they are of
 * another boot. Never fails for want of the file (then broken); NULL only when
 * memory is out. rate_close() takes NULL.
 */
struct rate *rate_open(const char *dir, const char *boot_id);
void rate_close(struct rate *r);

/**
 * rate_check(r):
 * Look whether the file still is what was mapped (it may have been truncated,
 * which would be fatal to touch). Once for each batch, before the windows.
 */
void rate_check(struct rate *r);

/**
 * rate_broken(r):
 * Whether windows are counted for this process alone.
 */
bool rate_broken(const struct rate *r);

/**
 * rate_take(r, key, now, limit, state, wait):
 * Count one request of ${key} at ${now} if it fits ${limit} (0: always) and
 * report the window in ${state}. Returns true when it was counted; else
 * ${wait} has the whole seconds to wait.
 */
bool rate_take(struct rate *r, const struct rate_key *key, int64_t now,
    uint64_t limit, struct window_state *state, uint32_t *wait);

/**
 * rate_give_back(r, key, at):
 * Undo a rate_take() of second ${at}.
 */
void rate_give_back(struct rate *r, const struct rate_key *key, int64_t at);

/**
 * rate_look(r, key, now, limit, state):
 * Report the request window without counting.
 */
void rate_look(struct rate *r, const struct rate_key *key, int64_t now,
    uint64_t limit, struct window_state *state);

/**
 * rate_tokens(r, key, now, tokens, limit, state):
 * Count ${tokens} (0: none) and report the token window.
 */
void rate_tokens(struct rate *r, const struct rate_key *key, int64_t now,
    uint32_t tokens, uint64_t limit, struct window_state *state);

#endif
