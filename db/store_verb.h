#ifndef STORE_VERB_H
#define STORE_VERB_H

#include <stdbool.h>
#include <stdint.h>

/* The head of every verb of store.h, which tells what verbs are. */

enum { STORE_ID = 16, STORE_EMAIL_MAX = 254, STORE_LABEL_MAX = 64 };

enum store_kind {
    STORE_ADMIT,
    STORE_EXTEND,
    STORE_SETTLE,
    STORE_REAP,
    STORE_ACCOUNT_ADD,
    STORE_ACCOUNT_GET,
    STORE_ACCOUNT_LIST,
    STORE_ACCOUNT_SET,
    STORE_KEY_ADD,
    STORE_KEY_LIST,
    STORE_KEY_SET,
    STORE_GRANT,
    STORE_LEDGER,
    STORE_AUDIT,
    STORE_CHECKPOINT,
    STORE_DUMP,
    STORE_LOAD,
    STORE_ROLLUP,
    STORE_PROJECT_ADD,
    STORE_PROJECT_GET,
    STORE_PROJECT_LIST,
    STORE_PROJECT_SET,
    STORE_POLICY_PUT,
    STORE_POLICY_GET,
    STORE_POLICY_LIST,
    STORE_POLICY_VERSIONS,
    STORE_EVENT,
    STORE_EVENTS,
    STORE_EVENTS_VERIFY,
    STORE_CURSOR,
    STORE_KIND_COUNT
};

enum store_status {
    STORE_OK,
    STORE_REFUSED,   /* a decision; the verb says which */
    STORE_NOT_FOUND, /* no such account, key, hold ... */
    STORE_EXISTS,    /* e-mail, key id or idempotency key taken */
    STORE_CLOSED     /* recovery failed, the disk is full: try again later */
};

/* The head of every verb. */
struct store_verb {
    enum store_kind kind;
    enum store_status status; /* written by store_run() */
    struct store_verb *next;  /* the batch; owned by store_run() meanwhile */
    void *owner;              /* the submitter's; the store leaves it alone */
};

#endif
