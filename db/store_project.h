#ifndef STORE_PROJECT_H
#define STORE_PROJECT_H

#include "core/buf.h"
#include "core/chain.h"
#include "core/quota.h"
#include "core/spike.h"
#include "store_event.h"
#include "store_verb.h"

/* Projects and policies, as store.h shows them to its callers. Their ids are
 * short texts of visible characters. A project's is its own among all projects
 * of the store, a policy's among those of its account. What a policy says is
 * JSON that the store does not look into. API.md 7, 11. */

enum {
    STORE_NAME_MAX = STORE_LABEL_MAX, /* bytes of such an id */
    STORE_WEB_TOOLS_MAX = 64 << 10,
    STORE_POLICY_MAX = 4 << 20
};

struct store_project {
    char id[STORE_NAME_MAX + 1];
    uint8_t account[STORE_ID];
    char label[STORE_LABEL_MAX + 1];
    bool disabled;
    struct quota_limit budget;       /* of the whole project */
    struct quota_limit user_quota;   /* of each of its users */
    char policy[STORE_NAME_MAX + 1]; /* of its account; empty: none */
    int64_t created;                 /* microseconds since 1970 */
    int64_t updated;
    bool has_web_tools;
    struct chain events;
};

struct store_policy {
    uint8_t account[STORE_ID];
    char id[STORE_NAME_MAX + 1];
    uint64_t version;          /* the newest */
    int64_t created;           /* of the first version */
    int64_t updated;           /* of the newest */
    int64_t rolled_back_until; /* microseconds since 1970; 0: it is not */
    /* Of the newest version, for projects that have none of their own. */
    struct quota_limit budget;
    struct quota_limit user_quota;
};

/* One version; it never changes. */
struct store_revision {
    uint64_t version;
    int64_t created;
    uint8_t hash[32]; /* SHA-256 of the document */
    uint8_t put[STORE_ID];
};

/* ---- projects ---- */

struct store_project_add {
    struct store_verb verb;       /* EXISTS: the id is taken; NOT_FOUND: no such
                                     account, or it has no such policy */
    struct store_project project; /* in; events is filled in */
    struct span web_tools;        /* JSON; may be empty */
};

struct store_project_get {
    struct store_verb verb;
    char id[STORE_NAME_MAX + 1];
    int64_t now;
    struct store_project project;
    struct quota_use used; /* in the window of the budget, its own or lent */
    struct buf web_tools;  /* the caller frees */
};

struct store_project_list {
    struct store_verb verb;
    bool of_account; /* only those of this one */
    uint8_t account[STORE_ID];
    char after[STORE_NAME_MAX + 1]; /* in: empty to begin; out: to go on */
    struct store_project *rows;
    size_t max;
    size_t count;
    bool more;
};

/* What is not to be set stays as it is. */
struct store_project_set {
    struct store_verb verb; /* NOT_FOUND: the project, or the policy */
    char id[STORE_NAME_MAX + 1];
    int64_t now;
    bool set_label, set_disabled, set_budget, set_user_quota, set_policy,
        set_web_tools;
    struct store_project to;
    struct span web_tools;
    struct store_project project; /* as it is now */
};

/* ---- policies ---- */

/* One more version, unless the newest says the same. Either ends a rollback by
 * itself. */
struct store_policy_put {
    struct store_verb verb; /* NOT_FOUND: the account, or the version;
                               REFUSED: behind is not the newest */
    uint8_t account[STORE_ID];
    char id[STORE_NAME_MAX + 1];
    uint8_t put[STORE_ID]; /* random: names this very verb */
    bool only_behind;     /* the version, 0 for none, that is behind; so that */
    uint64_t behind;      /* the event can say the number of the new one */
    uint64_t again;       /* the new version says what this one did; or 0 */
    struct span document; /* JSON, normalised; when again is 0 */
    struct quota_limit budget, user_quota; /* that the new version states */
    int64_t now;
    struct store_event_add event; /* if it has a text: of a new version */

    struct store_policy policy;
    bool already; /* the newest one says so: it is not a new one */
};

struct store_policy_get {
    struct store_verb verb;
    uint8_t account[STORE_ID];
    char id[STORE_NAME_MAX + 1];
    uint64_t version; /* 0: the newest */
    struct store_policy policy;
    struct store_revision revision;
    struct buf document; /* the caller frees */
};

struct store_policy_list {
    struct store_verb verb;
    uint8_t account[STORE_ID];
    char after[STORE_NAME_MAX + 1]; /* in: empty to begin; out: to go on */
    struct store_policy *rows;
    size_t max;
    size_t count;
    bool more;
};

/* The newest versions, backwards. */
struct store_policy_versions {
    struct store_verb verb;
    uint8_t account[STORE_ID];
    char id[STORE_NAME_MAX + 1];
    uint64_t before; /* in: 0 to begin; out: where to go on */
    struct store_revision *rows;
    size_t max;
    size_t count;
    bool more;
};

/* ---- what governs a call ---- */

/* What an admission on a governed surface asks for, from headers, body and
 * configuration, and what the store knows to it. */
struct store_govern {
    char project[STORE_NAME_MAX + 1]; /* empty: the key's */
    bool strict;                      /* the key's own project, no other */
    char policy[STORE_NAME_MAX + 1];  /* empty: the project's */
    bool brings_policy; /* or needs none: neither of the two, nor a project */
    bool has_web_tools; /* so that what the project says of them matters */
    uint8_t subject[STORE_ID]; /* hash of the user whom quotas count for */
    char target[STORE_TARGET_MAX + 1]; /* of its event, should its worker die */

    struct store_rule {
        char project[STORE_NAME_MAX + 1]; /* empty: none */
        char label[STORE_LABEL_MAX + 1];
        char policy[STORE_NAME_MAX + 1]; /* empty: none */
        uint64_t version;                /* the newest of it */
        int64_t rolled_back_until;
    } rule;
    struct buf web_tools; /* JSON; empty: nothing is said. The caller frees */
};

#endif
