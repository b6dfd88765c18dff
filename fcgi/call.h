#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "beside.h"
#include "budget.h"
#include "conn.h"
#include "core/completion.h"
#include "core/credential.h"
#include "core/exchange.h"
#include "core/json.h"
#include "core/sse.h"
#include "core/stream.h"
#include "deadline.h"
#include "heartbeat.h"
#include "jobs.h"
#include "judge.h"
#include "login.h"
#include "probe.h"
#include "request.h"
#include "reserve.h"
#include "route.h"
#include "simulation.h"
#include "targets.h"
#include "upstream.h"
#include "walk.h"
#include "worker.h"

/* One call of a client, from its request to its log line. Shared by the steps
 * of the walk and by nobody else. */

/* What a model is sold as in this call; points into the settings. */
struct offer {
    struct completion_names names;
    const struct conf_model *configured; /* NULL: models.any */
    struct price price;
    uint32_t max_output;
    uint32_t context; /* 0: not known */
};

/* Reasons not to read the upstream; it goes on when there is none. */
enum relay_pause { PAUSE_CLIENT = 1, PAUSE_BUDGET = 2 };

/* The upstream's side, from the first attempt to the end of the answer. */
struct relay {
    struct upstream_call *upstream; /* NULL: none under way */
    struct upstream_body *body;
    uint64_t tried; /* bit per target of the model */
    unsigned attempts;
    int status;      /* of the attempt under way; 0: no head yet */
    bool opened;     /* the client's stream has begun: no way back */
    bool accepted;   /* an upstream answered 200 */
    bool judged;     /* the target of the attempt under way was */
    bool limited;    /* a target said 429: better than what came after */
    bool full;       /* no target may have one more call */
    bool overflowed; /* the text of a refusal was too long to keep */
    unsigned paused; /* why the upstream is not read: enum relay_pause */
    struct loop_timer drain_timer;
    bool draining; /* the client left; we read on for the bill */
    struct target_try try;
    const struct conf_upstream *target; /* of the attempt under way */
    uint32_t retry_after;               /* of the attempt under way */
    uint32_t limited_until;             /* Retry-After of the 429 */
    struct sse sse;
    struct stream *stream;
    struct buf answer;   /* not streamed: the body so far */
    struct json_doc doc; /* of the answer */
};

struct call {
    struct worker *worker;
    struct call *next, **link; /* worker->calls */
    struct settings *settings;
    enum walk_step_id step;
    struct conn *conn;       /* NULL: the client is gone */
    struct request *request; /* NULL: the upstream has been asked */
    const struct route *route;
    enum dialect dialect;
    char path[256]; /* cut; for the log */
    bool head_only; /* HEAD */
    bool cors;

    uint8_t id[STORE_ID]; /* names the hold */
    char request_id[80];  /* what both request-id headers say */
    uint64_t started;     /* loop_now() */

    struct credential credential;
    bool free_tier;      /* anonymous, with X-Free-Tier */
    struct json_doc doc; /* of the request's body */
    struct completion completion;
    struct offer offer;
    struct exchange exchange;      /* between two dialects */
    struct codec_tag tag;          /* of an answer that is made here */
    struct judge *judge;           /* NULL: nothing governs the call */
    struct simulation *simulation; /* NULL: the call is none */

    struct beside *beside; /* NULL: the thread beside the loop has it not */

    struct fault fault; /* code NONE: nothing is wrong so far */
    uint32_t retry_after;
    enum walk_outcome outcome;

    struct job job; /* the verb under way */
    bool admitted;  /* the key was good: rate headers are known */
    bool flood;     /* refused at the door, as one of too many */
    bool held;      /* a hold is open: only settle ends it */
    struct store_admit admit;
    struct store_settle settle;
    struct login *login;           /* what signing in takes; or NULL */
    struct loop_timer retry_timer; /* of a settlement that the store shut out */
    unsigned settle_tries;
    struct relay relay;
    struct budget budget;
    struct heartbeat heartbeat;
    struct deadline deadline;
    struct probe probe;
    int answered; /* status for the log; 0: none */
};

/**
 * call_fail(call, code):
 * Note ${code} with the table's message as what the caller will be told.
 */
void call_fail(struct call *call, enum refusal code);

/**
 * call_ruling(call):
 * The ruling of the policy that governs ${call}; NULL: none does.
 */
static inline struct ruling *call_ruling(const struct call *call)
{
    return call->judge != NULL ? call->judge->ruling : NULL;
}

/**
 * admit_caller(call):
 * Note in call->admit who calls, as far as the credential tells. Returns why
 * nobody need look at anything else of the call, with call->retry_after, or
 * REFUSE_NONE.
 */
enum refusal admit_caller(struct call *call);

/* The steps, each in a file of its own; see walk.c for their order. */
enum walk_next intake_run(struct call *call);
enum walk_next admit_run(struct call *call);
enum walk_next admit_check(struct call *call);
enum walk_next relay_run(struct call *call);
enum walk_next settle_run(struct call *call);
enum walk_next settle_check(struct call *call);
enum walk_next finish_run(struct call *call);

/**
 * admit_device(call, device):
 * The name of the device that calls: see credential_device().
 */
void admit_device(const struct call *call, uint8_t device[16]);

/**
 * admit_address(call):
 * How throttles know the address of ${call}.
 */
uint64_t admit_address(const struct call *call);

/**
 * admit_is_local(call):
 * Whether the caller is at the machine itself: or a proxy is that nobody named,
 * and with it everybody.
 */
bool admit_is_local(const struct call *call);

/**
 * relay_client_gone(call), relay_drain(call), relay_room(call),
 * relay_free(call):
 * The client left; the worker stops; the client's queue has room again; let go
 * of everything.
 */
void relay_client_gone(struct call *call);
void relay_drain(struct call *call);
void relay_room(struct call *call);
void relay_free(struct call *call);

#endif
