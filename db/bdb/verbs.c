#include <assert.h>

#include "upgrade.h"
#include "verb.h"
#include "verbs.h"

/* The batch does the checkpoint, and only needs to see that it is wanted. */
static enum store_status verb_checkpoint(
    struct trail *t, struct store_verb *verb)
{
    (void)t;
    (void)verb;
    return STORE_OK;
}

static const struct {
    verb_body *body;
    bool must_sync;
    const char *name;
} verbs[STORE_KIND_COUNT] = {
    [STORE_ADMIT] = {verb_admit, false, "admit"},
    [STORE_EXTEND] = {verb_extend, false, "extend"},
    [STORE_SETTLE] = {verb_settle, true, "settle"},
    [STORE_REAP] = {verb_reap, true, "reap"},
    [STORE_ACCOUNT_ADD] = {verb_account_add, true, "account add"},
    [STORE_ACCOUNT_GET] = {verb_account_get, true, "account get"},
    [STORE_ACCOUNT_LIST] = {verb_account_list, true, "account list"},
    [STORE_ACCOUNT_SET] = {verb_account_set, true, "account set"},
    [STORE_KEY_ADD] = {verb_key_add, true, "key add"},
    [STORE_KEY_LIST] = {verb_key_list, true, "key list"},
    [STORE_KEY_SET] = {verb_key_set, true, "key set"},
    [STORE_GRANT] = {verb_grant, true, "grant"},
    [STORE_LEDGER] = {verb_ledger, true, "ledger"},
    [STORE_AUDIT] = {verb_audit, true, "audit"},
    [STORE_CHECKPOINT] = {verb_checkpoint, true, "checkpoint"},
    [STORE_DUMP] = {verb_dump, true, "dump"},
    [STORE_LOAD] = {verb_load, true, "load"},
    [STORE_ROLLUP] = {verb_rollup, true, "rollup"},
    [STORE_PROJECT_ADD] = {verb_project_add, true, "project add"},
    [STORE_PROJECT_GET] = {verb_project_get, true, "project get"},
    [STORE_PROJECT_LIST] = {verb_project_list, true, "project list"},
    [STORE_PROJECT_SET] = {verb_project_set, true, "project set"},
    [STORE_POLICY_PUT] = {verb_policy_put, true, "policy put"},
    [STORE_POLICY_GET] = {verb_policy_get, true, "policy get"},
    [STORE_POLICY_LIST] = {verb_policy_list, true, "policy list"},
    [STORE_POLICY_VERSIONS] = {verb_policy_versions, true, "policy versions"},
    [STORE_EVENT] = {verb_event, true, "event"},
    [STORE_EVENTS] = {verb_events, true, "events"},
    [STORE_EVENTS_VERIFY] = {verb_events_verify, true, "events verify"},
    [STORE_CURSOR] = {verb_cursor, true, "cursor"},
};

void verbs_run(struct trail *t, struct store_verb *verb)
{
    assert(verb->kind < STORE_KIND_COUNT);
    verb->status = verbs[verb->kind].body(t, verb);
}

bool verbs_must_sync(enum store_kind kind)
{
    assert(kind < STORE_KIND_COUNT);
    return verbs[kind].must_sync;
}

const char *verbs_name(enum store_kind kind)
{
    assert(kind < STORE_KIND_COUNT);
    return verbs[kind].name;
}

int verbs_prepare(struct trail *t)
{
    return upgrade_prepare(t, &upgrade_plan);
}
