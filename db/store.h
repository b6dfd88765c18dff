#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/credential.h"
#include "core/hold.h"
#include "core/ledger.h"
#include "core/mac.h"
#include "core/refusal.h"
#include "core/window.h"
#include "store_account.h"
#include "store_dir.h"
#include "store_event.h"
#include "store_project.h"
#include "store_upkeep.h"
#include "store_verb.h"

/* The store as its callers see it: domain verbs, each atomic. A verb is a
 * struct that the caller fills, hands over with store_run() and reads back.
 * Verbs that wait together share one transaction, so a refusal writes nothing
 * and every verb is idempotent by its ids: a batch of unknown fate is run
 * again. Verbs that may be lost to a power cut (admit, extend) are done when
 * the batch is committed; all others when it is on disk. RELIABILITY.md 1.3,
 * 2.3-2.5. */

struct store;

enum store_durability { STORE_FULL, STORE_RELAXED };

struct store_options {
    const char *dir;             /* data; owned by us, mode 0700 */
    uint8_t ledger_key[MAC_KEY]; /* seals the journal */
    enum store_durability durability;
    uint32_t stuck_ms;         /* kill a silent gate holder; default 10000 */
    uint32_t cache_bytes;      /* same in every process; default 64 MiB */
    uint32_t log_bytes;        /* size of a log file; default 8 MiB */
    uint32_t checkpoint_bytes; /* of log between checkpoints; default 16 MiB */
    uint64_t reserve_bytes;    /* less free on disk: no new holds; 0: off */
    void (*log)(void *cookie, const char *line); /* any thread; may be NULL */
    void *log_cookie;
};

/* ---- the request's verbs ---- */

enum store_caller {
    CALLER_KEY,
    CALLER_DEVICE, /* anonymous; the others pay */
    CALLER_ACCOUNT /* a signed-in user: the account is known already */
};

/* Whose rolling minute a request belongs to: each class of an account has one
 * of its own, for its keys together and one for its signed-in user. */
enum store_class { CLASS_REQUEST, CLASS_COUNT_TOKENS };

/* How far an admission goes. Each depth includes the ones before it. */
enum store_depth {
    ADMIT_IDENTIFY, /* is the credential good? */
    ADMIT_COUNT,    /* and is it within its rate? counts the request */
    ADMIT_HOLD      /* and is there money? opens the hold */
};

/* key -> account -> plan, project -> rate -> policy -> balance -> quotas ->
 * hold, all or nothing (but for the rate, which is not money: it is given back
 * when the money is refused). */
struct store_admit {
    struct store_verb verb; /* STORE_OK or STORE_REFUSED */

    uint8_t request[STORE_ID]; /* names the hold */
    /* Random: tells a second delivery of the request from this verb run again
     * after a failure. */
    uint8_t nonce[8];
    enum store_caller caller;
    enum store_depth depth;
    uint8_t digest[MAC_SIZE]; /* key digest; or device in the first 16 bytes */
    uint32_t token_version;   /* of the token that names account, below */
    struct hold_ask ask;
    enum store_class class;
    uint64_t rate_limit;     /* requests a rolling minute; 0: none */
    uint64_t token_limit;    /* for the report only */
    uint32_t free_days;      /* a device's free call comes back after this */
    uint32_t free_daily_cap; /* free calls a UTC day over all devices */
    int64_t now;             /* microseconds since 1970 */
    int64_t boot;            /* seconds of CLOCK_BOOTTIME */
    int64_t lease;           /* seconds until the hold counts as forgotten */
    /* The caller's own name of the call, so that a repetition is not a second
     * one; with ADMIT_HOLD, and not of a device. */
    bool has_idempotency;
    uint8_t idempotency_key[MAC_SIZE];  /* hash of the header's value */
    uint8_t idempotency_body[MAC_SIZE]; /* fingerprint of what was asked */
    /* Of a governed surface, and not of a device; NULL: no plan, project or
     * quota is looked at. The caller's, until the verb is done. */
    struct store_govern *govern;

    enum refusal refusal;
    uint8_t account[STORE_ID]; /* in, of CALLER_ACCOUNT */
    char key_id[KEY_ID_SIZE];  /* empty without a key */
    bool key_bound;            /* the key is of a project */
    struct hold_grant grant;
    int64_t posted;
    struct window_state requests;
    struct window_state tokens;
    uint32_t retry_after; /* seconds; with a refusal that says 429, or 409 */
    bool rate_broken;     /* the shared windows are gone; counted locally */
    /* With REFUSE_IDEMPOTENCY_REPLAYED: what was charged, and for what. */
    uint8_t first_request[STORE_ID];
    int64_t first_credits;

    /* The request's id was made for it, so nobody looks for what became of
     * it. Not in a second run, which may find what the first one did. */
    bool unseen;
    bool rate_counted; /* keeps a second run from counting twice */
};

/* A stream's progress mark, a new lease, and more credits if they are wanted.
 * Absolute, so that a second run changes nothing. */
struct store_extend {
    struct store_verb verb; /* STORE_OK, STORE_NOT_FOUND: the hold has ended */

    uint8_t request[STORE_ID];
    bool accepted;       /* the upstream has begun to answer */
    bool quiet;          /* of a governed call: its event is not wanted */
    uint64_t out_so_far; /* output tokens by now; what a reaper bills */
    uint64_t want_out;   /* output tokens to hold for; 0: as it is */
    uint64_t est_in;     /* estimated input tokens, if that has grown; or 0 */
    int64_t boot;        /* seconds of CLOCK_BOOTTIME */
    int64_t lease;       /* seconds from boot */

    int64_t held;    /* credits held now */
    uint64_t covers; /* output tokens that they pay for; no limit: UINT64_MAX */
};

/* Compare-and-set on an OPEN hold: bill or release, exactly once. A second
 * settle of the same request changes nothing and reports the first. One that
 * comes after the reaper's bill corrects it, once, and reports the whole
 * charge. */
struct store_settle {
    struct store_verb verb; /* STORE_OK, STORE_NOT_FOUND */

    uint8_t request[STORE_ID];
    struct usage usage;
    bool free_of_charge; /* nothing was used: release the hold */
    uint8_t flags;       /* enum ledger_flag, ESTIMATED and OVERRUN aside */
    int64_t now;
    int64_t boot;
    /* To be written or counted with the bill, unless the reaper has written
     * one; or NULL. The caller's, until the verb is done. */
    struct store_event_add *event;

    struct charge charge;
    int64_t posted; /* after it; meaningless for an anonymous call */
    bool anonymous;
    bool already; /* somebody settled it before */
    bool counted; /* keeps a second run from counting tokens twice */
};

/* Where forgetting quotas and events goes on; zero to begin. */
struct store_forget {
    uint8_t quota[96];
    size_t quota_n;
    uint8_t events[96];
    size_t events_n;
};

/* End the holds of dead workers: those with accepted upstream calls are billed
 * by their progress, with an event that tells no decision if something governed
 * the call, the others released. And forget, a piece at a time, what
 * is old: how holds ended after seven days, calls' idempotency keys after one,
 * quotas some time after their window, events that all consumers have.
 * Keep the struct from pass to pass. */
struct store_reap {
    struct store_verb verb;

    int64_t now;
    int64_t boot;
    uint32_t most;           /* holds to look at in one go, at least 1 */
    int64_t events_before;   /* older events may be forgotten; 0: none */
    uint8_t after[STORE_ID]; /* in: zero to begin; out: where to go on */

    bool more; /* holds were left for the next go; else after is zero again */
    uint32_t reaped;
    int64_t credits;  /* billed by this pass */
    uint32_t purged;  /* rows forgotten by this pass */
    uint32_t wait_ms; /* when the next pass should come */

    /* Where forgetting goes on; zero to begin. Private. */
    uint8_t next_done[STORE_ID];
    uint8_t next_call[STORE_ID + 1 + MAC_SIZE];
    struct store_forget forget;
};

/* ---- the store ---- */

/* What the operator sees of a store; one moment's copy. */
struct store_stat {
    uint64_t generation;  /* recoveries so far */
    uint64_t batches;     /* of this process */
    uint64_t verbs;       /* of this process */
    uint64_t syncs;       /* of this process */
    uint64_t log_written; /* position of the log's end */
    uint64_t log_synced;  /* and of what is surely on disk */
    uint32_t members;     /* processes that have it open */
    bool rate_broken;
};

/**
 * store_open(options, store, error):
 * Join the store in options->dir, creating or recovering it as needed, and
 * leave it in ${store}. Refuses a directory that others may read or that lies
 * on a network file system. Returns 0, or -1 with a sentence for the operator
 * in ${error}. Blocks. A process opens a store once, and never forks after;
 * from then on SIGBUS ends it with status 71, in the calling thread too.
 */
int store_open(
    const struct store_options *options, struct store **store, char error[256]);

/**
 * store_run(store, batch, done, cookie):
 * Do all verbs of the list ${batch}. ${done} is called once for each as soon
 * as it may be acknowledged (admissions before the log is synced, the rest
 * after); from then on the verb is the caller's again. While its next is not
 * NULL another is given back right behind it. Blocks; always from the same
 * thread, the only one that may enter the library.
 */
void store_run(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie);

/* Committed verbs that may be acknowledged when the log is on disk. */
struct store_owed {
    struct store_verb *verbs; /* NULL: none */
    uint64_t generation, position;
};

/**
 * store_commit(store, batch, done, cookie, owed):
 * The first half of store_run(): as that, but does not wait for the disk. The
 * verbs that have to are left in ${owed} for store_harden().
 */
void store_commit(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed);

/**
 * store_harden(store, owed, done, cookie):
 * The second half: wait for the disk and give back the verbs of ${owed}, as
 * store_run() does. Does not enter the library: any thread, also while another
 * is in store_commit(). Where the disk failed they, and all that were committed
 * after them, are STORE_CLOSED.
 */
void store_harden(struct store *store, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie);

/**
 * store_tick(store):
 * With relaxed durability: sync what is not on disk. In a store that nobody
 * uses: make the checkpoint that is due. Call it about once a second from the
 * thread of store_run().
 */
void store_tick(struct store *store);

/**
 * store_reap_due(store, boot):
 * Where nobody stays to reap in time, whoever serves a call asks here whether
 * to: true for one process a second of ${boot}, CLOCK_BOOTTIME seconds, among
 * all that have the store open. Does not enter the library; any thread.
 */
bool store_reap_due(struct store *store, int64_t boot);

/**
 * store_stat(store, stat):
 * Fill ${stat}. Does not enter the library.
 */
void store_stat(struct store *store, struct store_stat *stat);

/**
 * store_recover(store, error):
 * Recover now. From the thread of store_run(). Returns 0, or -1 with a sentence
 * in ${error}.
 */
int store_recover(struct store *store, char error[256]);

/**
 * store_backup(store, dir, go_on, cookie, copy, error):
 * Copy ${store}, which goes on working, into the new directory ${dir}. From the
 * thread of store_run(). The gate is held for some 20 ms at a time; between,
 * ${go_on} is asked, and ends the copy by returning false. The copy can only be
 * used after store_mend(). Returns 0, or -1 with a sentence in ${error}.
 */
int store_backup(struct store *store, const char *dir,
    bool (*go_on)(void *cookie), void *cookie, struct store_copy *copy,
    char error[256]);

/**
 * store_close(store):
 * Leave the store cleanly. From the thread of store_run(). Takes NULL.
 */
void store_close(struct store *store);

#endif
