#ifndef HOLD_H
#define HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "price.h"
#include "refusal.h"

/* An account's money. Invariant: 0 <= held <= posted. */
struct balance {
    int64_t posted; /* credits owned */
    int64_t held;   /* of these promised to calls under way */
};

/* What a call may come to cost. */
struct hold_ask {
    uint64_t est_in;  /* estimated input tokens */
    uint64_t max_out; /* output tokens a choice may have */
    uint32_t n;       /* choices */
    uint64_t first;   /* output tokens, over all choices, to hold for at first
                       * (a stream, whose hold grows); 0: the worst case */
    struct price price;
};

struct hold_grant {
    int64_t credits;  /* to hold */
    uint64_t max_out; /* output tokens a choice may have now */
};

/**
 * hold_open(b, ask, grant):
 * Decide how much of ${b} a call holds and how much output it may have. Without
 * ask->first: its worst case or what is available, and the output that affords.
 * With it: the input and the first tokens, or what is available; and the output
 * that everything available affords, so that the upstream usually ends itself
 * before the money does. Returns REFUSE_NONE,
 * REFUSE_INSUFFICIENT_CREDITS when nothing is available or the input alone
 * costs more, REFUSE_MODEL_UNAVAILABLE when there is no price,
 * REFUSE_INTERNAL on overflow. Changes nothing. RELIABILITY.md 2.3.
 */
enum refusal hold_open(const struct balance *b, const struct hold_ask *ask,
    struct hold_grant *grant);

/* How a hold may grow. */
struct hold_growth {
    int64_t credits; /* held from now on, never less than before */
    uint64_t covers; /* output tokens, over all choices, that this pays for */
};

/**
 * hold_grow(b, held, est_in, out, price, growth):
 * Decide how far a hold of ${held} credits of ${b} grows so as to cover ${out}
 * output tokens in all: as far as the available credits go, perhaps not at
 * all. Changes nothing. Returns 0, or -1 on overflow or a balance that is not
 * sound. RELIABILITY.md 2.4.
 */
int hold_grow(const struct balance *b, int64_t held, uint64_t est_in,
    uint64_t out, const struct price *price, struct hold_growth *growth);

/* What is known of a call's use when it is settled. */
struct usage {
    bool known;         /* the upstream said so; also zero, at the end */
    uint64_t tokens_in; /* said or estimated */
    uint64_t tokens_out;
};

enum {
    USAGE_MAX = 100000000 /* more tokens than this are no usage at all */
};

/* What a settlement does to the account. */
struct charge {
    int64_t credits;     /* what the call costs */
    int64_t collected;   /* what the account pays, <= credits */
    int64_t uncollected; /* the rest: our loss */
    bool overrun;        /* credits exceeded the hold */
};

/**
 * hold_charge(b, held, price, usage, free_of_charge, c):
 * Decide the settlement of a call that holds ${held} credits of ${b}: known
 * usage is paid from the hold and then from what is available; estimated
 * usage never costs more than the hold. ${free_of_charge} charges nothing.
 * Returns 0, or -1 on overflow (then nothing may be written).
 * RELIABILITY.md 2.5.
 */
int hold_charge(const struct balance *b, int64_t held,
    const struct price *price, const struct usage *usage, bool free_of_charge,
    struct charge *c);

/**
 * hold_alarms(c):
 * Whether what nobody pays of ${c} is more than an estimate may be wrong by:
 * over 5 percent of the bill or over 20 credits. RELIABILITY.md 2.5.
 */
bool hold_alarms(const struct charge *c);

/**
 * hold_correct(b, held, paid, price, usage, free_of_charge, c):
 * Decide the whole settlement, as hold_charge() does, of a call that held
 * ${held} credits of ${b}, does not any more, and has been billed before its
 * use was known: ${paid} credits are collected already. What the account pays
 * is the difference, which may be in its favour. Returns 0, or -1 on overflow.
 * RELIABILITY.md 2.5.
 */
int hold_correct(const struct balance *b, int64_t held, int64_t paid,
    const struct price *price, const struct usage *usage, bool free_of_charge,
    struct charge *c);

#endif
