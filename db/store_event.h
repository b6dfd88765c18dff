#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "core/buf.h"
#include "core/mac.h"
#include "core/spike.h"
#include "store_verb.h"

/* What was decided, for whoever must show it later: events, numbered and
 * chained (core/chain.h) in each project, and in each account for what has no
 * project. An event is JSON without a word of prompt or answer, which the
 * store does not look into. It is written in the transaction of what it tells
 * of, and kept until it is old and every consumer has it. API.md 10. */

enum { STORE_TARGET_MAX = 128, STORE_EVENT_MAX = 64 << 10 };

/* Whose events: a project's, or, when that is empty, an account's. */
struct store_owner {
    char project[STORE_LABEL_MAX + 1];
    uint8_t account[STORE_ID];
};

/* An event to be written along with something else, or only a decision to be
 * counted: a policy without audit goes off by itself like others. */
struct store_event_add {
    struct span text;                  /* JSON object; empty: no event */
    uint8_t id[STORE_ID];              /* random */
    char project[STORE_LABEL_MAX + 1]; /* whose; empty: the account's */
    char target[STORE_TARGET_MAX + 1]; /* for filters */
    /* A decision by this policy of the account, to be counted: */
    char policy[STORE_LABEL_MAX + 1]; /* empty: none */
    bool flagged;                     /* of a kind that counts against it */
    struct spike_rule rule;
    struct span rollback; /* the text of the event of a rollback; or empty */
    uint8_t rollback_id[STORE_ID];

    uint64_t seq;     /* its number */
    bool rolled_back; /* it was one too many */
};

/* As it was written. */
struct store_event_row {
    uint64_t seq;
    uint8_t id[STORE_ID];
    int64_t time; /* microseconds since 1970 */
    char target[STORE_TARGET_MAX + 1];
    uint8_t mac[MAC_SIZE];
    size_t text; /* where it begins, in the buffer beside the rows */
    size_t text_n;
};

/* An event of what neither holds nor bills anything. */
struct store_event {
    struct store_verb verb; /* NOT_FOUND: the project, or the account */
    uint8_t account[STORE_ID];
    int64_t now;
    struct store_event_add event;
};

/* A page of one owner's events. */
struct store_events {
    struct store_verb verb; /* NOT_FOUND: the owner */
    struct store_owner owner;
    uint64_t after; /* in: last seq seen, 0 to begin; out: where to go on */
    int64_t since;  /* older ones are left out */
    char target[STORE_TARGET_MAX + 1]; /* others are left out, unless empty */
    struct store_event_row *rows;
    size_t max;
    size_t count;
    struct buf texts; /* emptied first; the caller frees */
    bool more;
    uint64_t pruned; /* events up to this number are forgotten */
};

/* All chains from anchor to head, in slices: zero the struct, run it until
 * done. */
struct store_events_verify {
    struct store_verb verb;
    uint32_t most; /* rows in one slice */
    bool done;
    uint64_t chains, events, breaches;
    struct buf report; /* a line for each breach; caller frees */

    /* Where to go on. Private. */
    int phase;
    struct store_owner owner;
    bool begun;
    uint64_t seq;
    uint8_t mac[MAC_SIZE];
};

/* How far a consumer has an owner's events. What it has not is kept. */
enum store_cursor_act {
    CURSOR_LOOK,
    CURSOR_SET,
    CURSOR_DROP,
    CURSOR_NEXT /* the first consumer behind this one, "" to begin */
};

struct store_cursor {
    struct store_verb verb; /* NOT_FOUND: the owner, or, not setting it, the
                               cursor; REFUSED: beyond the newest event */
    enum store_cursor_act act;
    struct store_owner owner;
    char consumer[STORE_LABEL_MAX + 1];
    uint64_t seq;                   /* in: with CURSOR_SET; out */
    char next[STORE_LABEL_MAX + 1]; /* out, with CURSOR_NEXT: whose seq is */
};

#endif
