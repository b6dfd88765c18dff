#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/chain.h"
#include "core/credential.h"
#include "core/hold.h"
#include "core/ledger.h"
#include "core/mac.h"
#include "core/refusal.h"
#include "core/rollup.h"
#include "store_verb.h"

/* Accounts, their keys and their journals, and the operator's verbs on them, as
 * store.h shows them to its callers. */

enum store_plan { PLAN_STANDARD, PLAN_POLICY };

struct store_account {
    uint8_t id[STORE_ID];
    char email[STORE_EMAIL_MAX + 1]; /* lower case */
    char password[128];              /* crypt(3)-style hash or empty */
    enum store_plan plan;
    bool suspended;
    uint64_t journal_seq; /* of the newest journal entry */
    int64_t created;      /* microseconds since 1970 */
    struct balance balance;
    struct chain events;    /* of what has no project */
    uint32_t token_version; /* tokens of another one are void */
};

struct store_key {
    char id[KEY_ID_SIZE];
    uint8_t digest[MAC_SIZE];
    uint8_t account[STORE_ID];
    char project[STORE_LABEL_MAX + 1]; /* empty: unscoped */
    char label[STORE_LABEL_MAX + 1];
    char preview[16]; /* "ak_...abcd" */
    int64_t created;
    int64_t expires; /* microseconds since 1970; 0: never */
    bool revoked;
};

struct store_account_add {
    struct store_verb verb;       /* STORE_EXISTS: the e-mail is taken */
    struct store_account account; /* in: id, email, password, plan, created */
};

struct store_account_get {
    struct store_verb verb;
    uint8_t id[STORE_ID]; /* looked at when email is empty */
    char email[STORE_EMAIL_MAX + 1];
    struct store_account account;
};

struct store_account_list {
    struct store_verb verb;
    uint8_t after[STORE_ID]; /* in: zero to begin; out: where to go on */
    struct store_account *rows;
    size_t max; /* rows has room for */
    size_t count;
    bool more;
};

struct store_account_set {
    struct store_verb verb;
    uint8_t id[STORE_ID];
    bool set_suspended, suspended;
    bool set_plan;
    enum store_plan plan;
    bool set_password; /* voids all tokens */
    char password[128];
    bool void_tokens;

    uint32_t token_version; /* after voiding; keeps a second run from voiding
                               those issued since the first */
};

struct store_key_add {
    struct store_verb verb; /* NOT_FOUND: account; EXISTS: id or digest */
    struct store_key key;
};

struct store_key_list {
    struct store_verb verb;
    uint8_t account[STORE_ID];
    char after[KEY_ID_SIZE]; /* in: empty to begin; out: where to go on */
    struct store_key *rows;
    size_t max;
    size_t count;
    bool more;
};

struct store_key_set {
    struct store_verb verb;
    char id[KEY_ID_SIZE];
    bool revoke;
    bool set_expires;
    int64_t expires;
    struct store_key key; /* as it is now */
};

struct store_grant {
    struct store_verb verb; /* EXISTS: same key, other amount or note */
    uint8_t account[STORE_ID];
    int64_t credits;           /* > 0 */
    char idempotency_key[256]; /* required */
    char note[256];
    int64_t now;
    enum refusal refusal; /* REFUSE_INTERNAL: would overflow */
    int64_t posted;
    bool already; /* the same grant was made before */
};

struct store_ledger {
    struct store_verb verb;
    uint8_t account[STORE_ID];
    uint64_t after; /* in: last seq seen, 0 to begin; out: where to go on */
    struct ledger_entry *rows; /* roll-ups among them as their sums */
    struct rollup *rollups;    /* if not NULL, in place of rows: roll-ups */
    size_t max;
    size_t count;
    bool more;
};

#endif
