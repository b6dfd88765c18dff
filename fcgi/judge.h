#ifndef JUDGE_H
#define JUDGE_H

#include "core/flag.h"
#include "core/policy_event.h"
#include "core/said.h"
#include "core/screen.h"
#include "db/store.h"
#include "moderate.h"
#include "policies.h"
#include "walk.h"

/* What governs one call: moderation, and on the governed surface, or where a
 * policy comes along, that policy. API.md 3, 7.5, 8, 9.4, 10. */

struct call;

enum { JUDGE_USER_MAX = 256 };

/* What a policy makes of a call: the project and policy it names, the verdict
 * over its input and output, what the caller is told of it and the event that
 * remains. */
struct ruling {
    /* ---- what was asked ---- */
    struct store_govern govern;
    char target[STORE_TARGET_MAX + 1]; /* empty: the surface's name */
    char user[JUDGE_USER_MAX + 1];     /* empty: not named */
    uint32_t inline_policy;            /* of the request; JSON_NONE: none */
    enum refusal spent;                /* a quota; REFUSE_NONE: there is left */

    /* ---- what was found ---- */
    uint8_t inline_name[32];
    struct policy_doc doc; /* the inline one, until it is compiled */
    struct policies_entry *entry;
    struct policies_wait wait;
    struct store_policy_get get;
    struct policy_arm arm;
    struct policy_verdict verdict;
    bool judged;
    /* The request as it was amended, which call->doc points to: by the rules
     * for web tools, and then by the policy. */
    struct buf confined;
    struct buf request;

    /* ---- what is told ---- */
    struct buf metadata;
    struct store_event_add event;
    struct store_event note; /* of a call without a settlement */
    struct buf event_text;
    char event_id[POLICY_EVENT_ID];
    struct buf rollback_text; /* of the event of a rollback, if it comes */
};

/* Most calls are only moderated: what is needed of a policy lies apart. */
struct judge {
    struct ruling *ruling; /* NULL: no policy governs the call */
    struct screen *screen; /* on the answer; NULL: nothing to look for */
    uint16_t blocked;      /* categories that are, as flag.h counts them */
    uint16_t categories;   /* that the policy lists */
    uint16_t flags;        /* that the users' texts are of */

    /* ---- what the users said: until it is judged ---- */
    struct said said;
    struct policy_input *inputs; /* as many */
    struct buf decoded;          /* of which some of the inputs are */
    struct moderate moderate;
};

/**
 * judge_headers(call), judge_body(call):
 * Read what the headers say of project, target and user; what the body says,
 * and the policy that it brings along. Make call->judge where something
 * governs the call. Return 0, or -1 with call->fault set.
 */
int judge_headers(struct call *call);
int judge_body(struct call *call);

/**
 * judge_govern(call):
 * What an admission on a governed surface asks for; NULL on others. Quotas
 * count for the user who was named, else for the account.
 */
struct store_govern *judge_govern(struct call *call);

/**
 * judge_confine(call):
 * Hold the web tools of an admitted call, if it has any, to what its project
 * says of them. Returns 0, or -1 with call->fault set. API.md 1.3.
 */
int judge_confine(struct call *call);

/**
 * judge_free(call):
 * Let go of call->judge, which may be NULL.
 */
void judge_free(struct call *call);

/**
 * judge_target(call):
 * What metadata and events call the target: the caller's word, or the surface.
 */
struct span judge_target(const struct call *call);

/* The steps POLICY and JUDGE. */
enum walk_next policy_run(struct call *call);
enum walk_next judge_run(struct call *call);

/**
 * judge_redacts(r):
 * Whether the policy takes what is of persons out of texts.
 */
bool judge_redacts(const struct ruling *r);

/**
 * judge_minded(call):
 * The categories that a policy may mind in this dialect. API.md 13.1, 18.
 */
uint16_t judge_minded(const struct call *call);

/**
 * judge_flags(call):
 * What texts are scored by; without a model when they are not.
 */
struct flag_rules judge_flags(const struct call *call);

/**
 * judge_screen(call, screen):
 * A new screen between the upstream and the caller in ${screen}; NULL: none is
 * needed. Returns 0, or -1 when memory is out.
 */
int judge_screen(struct call *call, struct screen **screen);

/**
 * judge_answer(call):
 * Judge an answer that is not streamed, call->relay.doc. Returns what the call
 * has come to. With OUTCOME_RULED the answer does not go out: call->fault is
 * set, or it was sent for review and a notice stands in its place.
 */
enum walk_outcome judge_answer(struct call *call);

/**
 * judge_noted(call):
 * The screen has seen more of the answer: let verdict and metadata follow.
 */
void judge_noted(struct call *call);

/**
 * judge_metadata(call):
 * The metadata object that what goes out now bears; empty: none, as on a
 * surface that is not governed or before there is a verdict.
 */
struct span judge_metadata(const struct call *call);

/**
 * judge_tells(call):
 * Whether an event is due when ${call} is settled.
 */
bool judge_tells(const struct call *call);

/**
 * judge_event(call):
 * The event to be written with the settlement, of which there may be no more
 * than a decision to be counted; NULL: nothing.
 */
struct store_event_add *judge_event(struct call *call);

#endif
