#ifndef VERB_H
#define VERB_H

#include "db/store.h"
#include "trail.h"

/* The bodies of the verbs, one file for each or for a family of them. A body
 * is straight-line: read rows, decide in core/, list the writes. It returns
 * the verb's status, which is worthless when ${t} has failed. A refusal writes
 * nothing, and a second run of the same verb gives the same answer. */

/* struct rate_key: the class of CLASS_REQUEST; the others follow. */
enum { VERB_CLASS_KEY = 1, VERB_CLASS_ACCOUNT = 3 };

static inline uint8_t verb_rate_class(
    enum store_caller caller, enum store_class class)
{
    return (uint8_t) class +
           (caller == CALLER_ACCOUNT ? VERB_CLASS_ACCOUNT : VERB_CLASS_KEY);
}

typedef enum store_status verb_body(struct trail *t, struct store_verb *verb);

verb_body verb_admit;
verb_body verb_extend;
verb_body verb_settle;
verb_body verb_reap;
verb_body verb_account_add;
verb_body verb_account_get;
verb_body verb_account_list;
verb_body verb_account_set;
verb_body verb_key_add;
verb_body verb_key_list;
verb_body verb_key_set;
verb_body verb_grant;
verb_body verb_ledger;
verb_body verb_audit;
verb_body verb_dump;
verb_body verb_load;
verb_body verb_rollup;
verb_body verb_project_add;
verb_body verb_project_get;
verb_body verb_project_list;
verb_body verb_project_set;
verb_body verb_policy_put;
verb_body verb_policy_get;
verb_body verb_policy_list;
verb_body verb_policy_versions;
verb_body verb_event;
verb_body verb_events;
verb_body verb_events_verify;
verb_body verb_cursor;

#endif
