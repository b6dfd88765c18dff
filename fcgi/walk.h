#ifndef WALK_H
#define WALK_H

#include "core/buf.h"

struct call;
struct conn;
struct request;
struct worker;

/* The life of a request, as one table: each step names its successor by
 * setting call->step, and says whether to go on now or to wait for an event.
 * Every failure once there is a hold passes through SETTLE. */
#define WALK_TABLE(X)                                                          \
    X(INTAKE, intake_run, "route, credential, strict JSON, field checks")      \
    X(ADMIT, admit_run, "one store verb: key, rate, balance, hold")            \
    X(ADMITTED, admit_check, "look at what the store decided")                 \
    X(POLICY, policy_run, "the policy in force: known, or from the store")     \
    X(MODERATE, moderate_run,                                                  \
        "what users say by category, perhaps asked elsewhere")                 \
    X(JUDGE, judge_run, "the policy over what the users said")                 \
    X(RESERVE, reserve_run, "one store verb: hold for what was put into it")   \
    X(LOOKUP, login_lookup, "one store verb: the account")                     \
    X(PASSWORD, login_password, "compare it with its hash, in a thread")       \
    X(TOKEN, login_token, "a token for who signed in")                         \
    X(PROFILE, login_profile, "what is told of the account")                   \
    X(SIMULATE, simulation_run, "a dry run: the verdict, one event")           \
    X(SIMULATED, simulation_told, "what came of it")                           \
    X(RELAY, relay_run, "call an upstream; bytes in, events, bytes out")       \
    X(SETTLE, settle_run, "one store verb: bill or release")                   \
    X(SETTLED, settle_check, "the end of the answer, with the bill")           \
    X(PROBE, probe_run, "an answer in pieces, for who watches the web server") \
    X(FINISH, finish_run, "END_REQUEST, log line, memory back")

#define WALK_ENUM(name, run, does) STEP_##name,
enum walk_step_id { WALK_TABLE(WALK_ENUM) STEP_COUNT };
#undef WALK_ENUM

enum walk_next {
    WALK_ON,   /* run call->step now */
    WALK_WAIT, /* an event will call walk_on() */
    WALK_OVER  /* the call does not exist any more */
};

/* How a call came to its settlement: name for the log, ledger flags.
 * RELIABILITY.md 2.5. */
#define OUTCOME_TABLE(X)                                                       \
    X(REFUSED, "refused", 0)                                                   \
    X(COMPLETE, "complete", 0)                                                 \
    X(UPSTREAM_FAILED, "upstream_failed", 0)                                   \
    X(UPSTREAM_CUT, "upstream_cut", LEDGER_UPSTREAM_CUT)                       \
    X(CLIENT_GONE, "client_gone", LEDGER_CLIENT_GONE)                          \
    X(POLICY, "policy_refused", 0)                                             \
    X(ESCALATED, "escalated", 0)                                               \
    X(RULED, "policy_ended", 0)                                                \
    X(OUT_OF_CREDIT, "out_of_credit", 0)                                       \
    X(OUT_OF_TIME, "out_of_time", 0)                                           \
    X(DRAINED, "drained", LEDGER_UPSTREAM_CUT)

#define OUTCOME_ENUM(name, text, flags) OUTCOME_##name,
enum walk_outcome { OUTCOME_TABLE(OUTCOME_ENUM) OUTCOME_COUNT };
#undef OUTCOME_ENUM

/**
 * walk_begin(worker, conn, request):
 * A request is here: walk it. Takes ${request}.
 */
void walk_begin(
    struct worker *worker, struct conn *conn, struct request *request);

/**
 * walk_on(call):
 * The event that ${call} waited for has come.
 */
void walk_on(struct call *call);

/**
 * walk_gone(call), walk_room(call):
 * The client left; the client's queue has room again.
 */
void walk_gone(void *call);
void walk_room(void *call);

/**
 * walk_drain(call):
 * The worker stops: end ${call} legally, soon.
 */
void walk_drain(struct call *call);

/**
 * walk_abandon(call):
 * Forget ${call} without a word, when the loop has ended; its hold is left to
 * the reaper.
 */
void walk_abandon(struct call *call);

/**
 * walk_outcome_name(outcome), walk_outcome_flags(outcome):
 * Columns of the table.
 */
const char *walk_outcome_name(enum walk_outcome outcome);
unsigned walk_outcome_flags(enum walk_outcome outcome);

/**
 * walk_print(out):
 * Append the steps as text, one a line.
 */
void walk_print(struct buf *out);

#endif
