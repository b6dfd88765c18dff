#include "guess.h"

#include <string.h>

#include "call.h"

/* So many more wrong keys a minute are a flood. */
enum { FLOOD = 10 };

static uint64_t key_of(const struct call *call)
{
    uint64_t key;

    memcpy(&key, call->admit.digest, sizeof(key));
    return key;
}

/* Wrong keys a minute that the address of ${call} is told of. Behind a proxy on
 * the machine that trusted_proxies does not name all have one address, and none
 * is to answer for the others. */
static uint32_t limit_of(const struct call *call)
{
    return admit_is_local(call) ? 0
                                : call->settings->conf->rate_wrong_key_address;
}

void guess_right(struct call *call)
{
    uint64_t key = key_of(call);

    call->worker->known.of[key % GUESS_KNOWN] = key;
}

bool guess_wrong(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    const uint32_t limit = limit_of(call);
    struct throttle *throttle = worker_throttle(call->worker);
    uint64_t now = throttle_now(), address;
    uint32_t wait;

    if (throttle == NULL)
        return false;
    address = admit_address(call);
    wait = throttle_take(throttle, THROTTLE_KEY_ADDRESS, limit, address, now);
    if (wait > 0)
        throttle_take(
            throttle, THROTTLE_KEY_FLOOD, FLOOD * limit, address, now);
    else
        wait = throttle_take(
            throttle, THROTTLE_KEY_ALL, conf->rate_wrong_key, 0, now);
    call->retry_after = wait;
    return wait > 0;
}

bool guess_floods(struct call *call)
{
    uint64_t key = key_of(call);
    struct throttle *throttle;
    uint32_t limit;

    if (call->worker->known.of[key % GUESS_KNOWN] == key)
        return false;
    limit = limit_of(call);
    if (limit == 0)
        return false;
    throttle = worker_throttle(call->worker);
    if (throttle == NULL)
        return false;
    call->retry_after = throttle_wait(throttle, THROTTLE_KEY_FLOOD,
        FLOOD * limit, admit_address(call), throttle_now());
    return call->retry_after > 0;
}
