#ifndef THROTTLE_H
#define THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* How often anybody may try to sign in, offer a wrong key, or be refused, in a
 * file that all workers map: each account, each address, each caller and all
 * together. Each count is one number that is swapped atomically, so nobody
 * waits for anybody. Who signs in fails closed without it, unlike the rate of
 * calls. RELIABILITY.md 3.3, 5.1, 5.3. */

enum throttle_whom {
    THROTTLE_ALL,     /* limited by the second */
    THROTTLE_ADDRESS, /* by the minute */
    THROTTLE_ACCOUNT, /* by the minute: twice as many at first, and then ever
                         more slowly until one succeeds */
    THROTTLE_KEY_ALL, /* wrong keys: by the second */
    THROTTLE_KEY_ADDRESS, /* by the minute */
    THROTTLE_KEY_FLOOD,   /* of an address that had enough of these, too */
    THROTTLE_REFUSED      /* by the rate limit, and by the minute */
};

struct throttle;

/**
 * throttle_open(dir):
 * Map the file in the state directory ${dir}, made if it is not there. NULL
 * with errno when it cannot be used. throttle_close() takes NULL.
 */
struct throttle *throttle_open(const char *dir);
void throttle_close(struct throttle *t);

/**
 * throttle_sound(t):
 * Whether the file still is what was mapped; it may have been truncated, which
 * would be fatal to touch. Ask before each of the following.
 */
bool throttle_sound(const struct throttle *t);

/**
 * throttle_take(t, whom, limit, hash, now):
 * Count a try of whoever ${hash} stands for (evenly distributed, and not to be
 * guessed; of no meaning to THROTTLE_ALL) at ${now}, CLOCK_BOOTTIME
 * milliseconds, against ${limit}, at most 1000 a second or 60000 a minute; 0:
 * none. Returns 0, or the whole seconds to wait.
 */
uint32_t throttle_take(struct throttle *t, enum throttle_whom whom,
    uint32_t limit, uint64_t hash, uint64_t now);

/**
 * throttle_wait(t, whom, limit, hash, now):
 * What throttle_take() would return, without counting anything.
 */
uint32_t throttle_wait(struct throttle *t, enum throttle_whom whom,
    uint32_t limit, uint64_t hash, uint64_t now);

/**
 * throttle_now():
 * The time that the others want.
 */
uint64_t throttle_now(void);

/**
 * throttle_forgive(t, whom, hash):
 * Forget all tries of ${hash}: it succeeded.
 */
void throttle_forgive(
    struct throttle *t, enum throttle_whom whom, uint64_t hash);

/**
 * throttle_enter(t):
 * Take one of the places of the whole host for who computes a hash, without
 * waiting, for one thread of this process at a time. Returns its number, or -1:
 * errno is EAGAIN when all are taken. throttle_leave() gives it back; so does
 * the end of the process.
 */
int throttle_enter(struct throttle *t);
void throttle_leave(struct throttle *t, int place);

#endif
