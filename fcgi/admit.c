#include <string.h>
#include <time.h>

#include "call.h"
#include "client.h"
#include "clock.h"
#include "count.h"
#include "guess.h"
#include "insist.h"
#include "log.h"
#include "reply.h"
#include "token.h"

/* Asking the store, and looking at what it decided. */

enum {
    LEASE_MARGIN = 60,    /* seconds beyond the longest call */
    LEASE_ENDLESS = 86400 /* of a call that may last as long as it likes */
};

static void admit_done(void *cookie)
{
    struct call *call = cookie;

    call->step = STEP_ADMITTED;
    walk_on(call);
}

static void set_clocks(struct call *call)
{
    call->admit.now = clock_real();
    call->admit.boot = clock_boot();
}

enum { ADDRESS = 64 };

static void address_of(const struct call *call, char address[ADDRESS])
{
    static const char forwarded[] = "HTTP_X_FORWARDED_FOR";
    const struct request *r = call->request;

    client_address(request_param(r, "REMOTE_ADDR"), request_param(r, forwarded),
        request_param_count(r, forwarded),
        call->settings->conf->trusted_proxies, address, ADDRESS);
}

void admit_device(const struct call *call, uint8_t device[16])
{
    char address[ADDRESS];

    address_of(call, address);
    credential_device(call->worker->state.pepper, address, device);
}

bool admit_is_local(const struct call *call)
{
    char address[ADDRESS];

    address_of(call, address);
    return client_is_local(address);
}

uint64_t admit_address(const struct call *call)
{
    uint8_t device[16];
    uint64_t hash;

    admit_device(call, device);
    memcpy(&hash, device, sizeof(hash));
    return hash;
}

static void set_device(struct call *call)
{
    const struct conf *conf = call->settings->conf;

    call->admit.free_days = conf->free_days;
    call->admit.free_daily_cap = conf->free_daily_cap;
    if (call->offer.max_output > conf->free_max_tokens)
        call->offer.max_output = conf->free_max_tokens;
    admit_device(call, call->admit.digest);
}

/* identify() has read the rest from the token. */
static void set_user(struct call *call)
{
    call->admit.caller = CALLER_ACCOUNT;
    call->admit.rate_limit = call->settings->conf->rate_jwt;
}

static void set_key(struct call *call)
{
    call->admit.caller = CALLER_KEY;
    call->admit.rate_limit = call->settings->conf->rate_key;
    credential_digest(
        call->worker->state.pepper, call->credential.text, call->admit.digest);
}

static void set_ask(struct call *call)
{
    struct hold_ask *ask = &call->admit.ask;
    uint64_t wanted = (uint64_t)call->completion.max_tokens;

    ask->est_in = call->completion.est_in;
    ask->n = call->completion.n;
    ask->price = call->offer.price;
    ask->max_out = call->offer.max_output;
    if (call->offer.context > ask->est_in &&
        call->offer.context - ask->est_in < ask->max_out)
        ask->max_out = call->offer.context - ask->est_in;
    if (wanted != 0 && wanted < ask->max_out)
        ask->max_out = wanted;
    if (call->completion.stream)
        ask->first = BUDGET_STEP; /* the hold grows with the stream */
}

static int64_t lease_of(const struct call *call)
{
    const struct conf *conf = call->settings->conf;
    uint32_t longest = 0;

    for (size_t i = 0; i < conf->n_upstreams; i++) {
        if (conf->upstreams[i].total_ms == 0)
            return LEASE_ENDLESS + LEASE_MARGIN;
        if (conf->upstreams[i].total_ms > longest)
            longest = conf->upstreams[i].total_ms;
    }
    return longest / 1000 + LEASE_MARGIN;
}

/* A token that is none is told the same as a key that is none. */
static enum refusal identify(struct call *call)
{
    if (call->free_tier && call->route->door == DOOR_KEY_FREE &&
        call->settings->conf->free_enabled) {
        call->admit.caller = CALLER_DEVICE;
        return REFUSE_NONE;
    }
    if (call->credential.kind == CREDENTIAL_KEY) {
        set_key(call);
        return REFUSE_NONE;
    }
    if (call->credential.kind == CREDENTIAL_JWT &&
        token_read(&call->worker->state.jwt, call->credential.text, time(NULL),
            call->admit.account, &call->admit.token_version)) {
        set_user(call);
        return REFUSE_NONE;
    }
    return REFUSE_INVALID_API_KEY;
}

/* Some are among so many that the store is not asked about them. */
static enum refusal stem_flood(struct call *call)
{
    if (call->admit.caller == CALLER_KEY && guess_floods(call))
        return REFUSE_KEYS_LIMITED;
    if (call->admit.caller != CALLER_DEVICE && insist_blocks(call))
        return REFUSE_RATE_LIMITED;
    return REFUSE_NONE;
}

enum refusal admit_caller(struct call *call)
{
    enum refusal code;

    if (call->route->door == DOOR_OPEN)
        return REFUSE_NONE;
    if ((code = identify(call)) != REFUSE_NONE)
        return code;
    if (call->route->work == ROUTE_COUNT) {
        call->admit.class = CLASS_COUNT_TOKENS;
        call->admit.rate_limit = call->settings->conf->rate_count_tokens;
    }
    code = stem_flood(call);
    call->flood = code != REFUSE_NONE;
    return code;
}

/* A repetition learns what became of the first: no answer is kept. */
static void tell_replayed(struct call *call)
{
    char id[2 * STORE_ID + 1];

    mac_hex(call->admit.first_request, STORE_ID, id);
    fault_set(&call->fault, REFUSE_IDEMPOTENCY_REPLAYED, "Idempotency-Key",
        "The request with this Idempotency-Key was answered as req_%s and "
        "billed once, %lld credits.",
        id, (long long)call->admit.first_credits);
}

static enum walk_next refuse(struct call *call, enum refusal code)
{
    if (code == REFUSE_IDEMPOTENCY_REPLAYED)
        tell_replayed(call);
    else
        call_fail(call, code);
    reply_fault(call);
    call->step = STEP_FINISH;
    return WALK_ON;
}

static enum walk_next answer_here(struct call *call)
{
    call->step = STEP_FINISH;
    call->route->answer(call);
    return WALK_ON;
}

enum walk_next admit_run(struct call *call)
{
    if (call->route->door == DOOR_OPEN)
        return answer_here(call);
    if (call->admit.caller == CALLER_DEVICE)
        set_device(call);
    set_clocks(call);
    call->admit.depth = ADMIT_COUNT;
    if (call->route->work == ROUTE_COMPLETION &&
        call->fault.code == REFUSE_NONE) {
        call->admit.depth = ADMIT_HOLD;
        set_ask(call);
    }
    call->admit.token_limit = call->settings->conf->rate_tokens;
    call->admit.lease = lease_of(call);
    call->admit.govern = judge_govern(call);
    memcpy(call->admit.request, call->id, sizeof(call->id));
    call->admit.verb.kind = STORE_ADMIT;
    call->job.verb = &call->admit.verb;
    call->job.done = admit_done;
    spill_replay(call->worker->spill);
    jobs_submit(call->worker->jobs, &call->job);
    moderate_meanwhile(call);
    return WALK_WAIT;
}

/* Once a minute: every request finds it out. */
static void tell_failopen(struct worker *worker)
{
    uint64_t now = loop_now(worker->loop);

    if (worker->failopen_told != 0 && now < worker->failopen_told + 60000)
        return;
    worker->failopen_told = now;
    log_event("ratelimit_failopen", "the shared rate windows are broken");
}

static bool is_quota(enum refusal code)
{
    return code == REFUSE_USER_QUOTA_EXCEEDED ||
           code == REFUSE_PROJECT_QUOTA_EXCEEDED;
}

/* A call without a quota left is judged, too, for the metadata and the
 * event. */
static enum walk_next judge_spent(struct call *call, enum refusal code)
{
    call_ruling(call)->spent = code;
    call->step = STEP_POLICY;
    return WALK_ON;
}

static enum walk_step_id next_step(struct call *call)
{
    if (call->route->work == ROUTE_COUNT)
        return count_step(call);
    if (call->judge == NULL)
        return STEP_RELAY;
    return call_ruling(call) != NULL ? STEP_POLICY : STEP_MODERATE;
}

/* The project's rules for web tools make a body a bad one, which is told before
 * all that the store finds behind them. */
static enum walk_next refuse_web_tools(struct call *call, enum refusal code)
{
    call->held = code == REFUSE_NONE;
    call->step = STEP_SETTLE;
    return WALK_ON;
}

/* What the store said of a caller is noted; who offers too many wrong keys is
 * told another refusal. */
static enum refusal note_caller(struct call *call, enum refusal code)
{
    if (code == REFUSE_RATE_LIMITED)
        insist_refused(call);
    if (call->admit.caller != CALLER_KEY)
        return code;
    if (code != REFUSE_INVALID_API_KEY)
        guess_right(call);
    else if (guess_wrong(call))
        return REFUSE_KEYS_LIMITED;
    return code;
}

enum walk_next admit_check(struct call *call)
{
    enum refusal code = call->admit.refusal;

    if (call->admit.rate_broken)
        tell_failopen(call->worker);
    if (call->admit.verb.status == STORE_CLOSED)
        return refuse(call, REFUSE_STORE_CLOSED);
    call->admitted = !call->free_tier && code != REFUSE_INVALID_API_KEY;
    if (judge_confine(call) != 0)
        return refuse_web_tools(call, code);
    if (code != REFUSE_NONE)
        call->retry_after = call->admit.retry_after;
    code = note_caller(call, code);
    if (is_quota(code))
        return judge_spent(call, code);
    if (code != REFUSE_NONE)
        return refuse(call, code);
    if (call->route->door == DOOR_ACCOUNT && call->admit.key_bound)
        return refuse(call, REFUSE_PROJECT_FORBIDDEN);
    if (call->fault.code != REFUSE_NONE) {
        reply_fault(call);
        call->step = STEP_FINISH;
        return WALK_ON;
    }
    if (call->route->work == ROUTE_HERE)
        return answer_here(call);
    call->held = call->route->work == ROUTE_COMPLETION;
    call->step = next_step(call);
    return WALK_ON;
}
