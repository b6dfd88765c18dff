#include <stddef.h>

#include "portable_private.h"

/* An enumeration, a byte or four wide, is written by name: its index here. */
static const char *const plans[] = {"standard", "policy", NULL};
static const char *const callers[] = {"key", "device", "account", NULL};
static const char *const endings[] = {
    "", "settled", "released", "expired", NULL};
static const char *const types[] = {
    "", "grant", "settle", "adjust", "expire", NULL};
static const char *const windows[] = {"daily", "weekly", "monthly", NULL};

#define FIELD(s, type, name, member)                                           \
    {                                                                          \
        name, type, offsetof(struct s, member),                                \
            sizeof(((struct s *)NULL)->member), NULL, false                    \
    }
#define MAYBE(s, type, name, member)                                           \
    {                                                                          \
        name, type, offsetof(struct s, member),                                \
            sizeof(((struct s *)NULL)->member), NULL, true                     \
    }
#define ENUM(s, name, member, names)                                           \
    {                                                                          \
        name, NAMED, offsetof(struct s, member),                               \
            sizeof(((struct s *)NULL)->member), names, false                   \
    }
#define MAYBE_ENUM(s, name, member, names)                                     \
    {                                                                          \
        name, NAMED, offsetof(struct s, member),                               \
            sizeof(((struct s *)NULL)->member), names, true                    \
    }
#define END                                                                    \
    {                                                                          \
        NULL, HEX, 0, 0, NULL, false                                           \
    }

#define CHAIN(s, member)                                                       \
    MAYBE(s, NUMBER, "events_seq", member.seq),                                \
        MAYBE(s, HEX, "events_mac", member.mac),                               \
        MAYBE(s, NUMBER, "events_pruned", member.pruned),                      \
        MAYBE(s, HEX, "events_anchor", member.anchor),                         \
        MAYBE(s, HEX, "events_seal", member.seal)

static const struct field account_fields[] = {
    FIELD(store_account, HEX, "id", id),
    FIELD(store_account, TEXT, "email", email),
    FIELD(store_account, TEXT, "password", password),
    ENUM(store_account, "plan", plan, plans),
    FIELD(store_account, TRUTH, "suspended", suspended),
    FIELD(store_account, NUMBER, "journal_seq", journal_seq),
    FIELD(store_account, AMOUNT, "created", created),
    FIELD(store_account, AMOUNT, "posted", balance.posted),
    FIELD(store_account, AMOUNT, "held", balance.held),
    MAYBE(store_account, NUMBER, "token_version", token_version),
    CHAIN(store_account, events),
    END,
};

static const struct field hold_fields[] = {
    FIELD(portable_hold, HEX, "request", request),
    ENUM(portable_hold, "caller", row.caller, callers),
    FIELD(portable_hold, HEX, "account", row.account),
    FIELD(portable_hold, HEX, "device", row.device),
    FIELD(portable_hold, TEXT, "key_id", row.key_id),
    FIELD(portable_hold, HEX, "nonce", row.nonce),
    FIELD(portable_hold, AMOUNT, "amount", row.amount),
    FIELD(portable_hold, NUMBER, "max_out", row.max_out),
    FIELD(portable_hold, NUMBER, "est_in", row.est_in),
    FIELD(portable_hold, NUMBER, "out_so_far", row.out_so_far),
    FIELD(portable_hold, TRUTH, "accepted", row.accepted),
    FIELD(portable_hold, NUMBER, "n", row.n),
    FIELD(portable_hold, NUMBER, "usd_micro_per_mtok",
        row.price.usd_micro_per_mtok),
    FIELD(portable_hold, NUMBER, "tokens_per_credit",
        row.price.tokens_per_credit),
    FIELD(portable_hold, NUMBER, "slot", row.slot),
    FIELD(portable_hold, NUMBER, "incarnation", row.incarnation),
    FIELD(portable_hold, AMOUNT, "created", row.created),
    FIELD(portable_hold, AMOUNT, "boot", row.boot),
    FIELD(portable_hold, AMOUNT, "lease_until", row.lease_until),
    FIELD(portable_hold, TRUTH, "has_idempotency", row.has_idempotency),
    FIELD(portable_hold, HEX, "idempotency_key", row.idempotency_key),
    MAYBE(portable_hold, TEXT, "project", row.claim.project),
    MAYBE_ENUM(
        portable_hold, "budget_window", row.claim.budget_window, windows),
    MAYBE(portable_hold, NUMBER, "budget_day", row.claim.budget_day),
    MAYBE(portable_hold, TRUTH, "of_user", row.claim.of_user),
    MAYBE_ENUM(portable_hold, "user_window", row.claim.user_window, windows),
    MAYBE(portable_hold, NUMBER, "user_day", row.claim.user_day),
    MAYBE(portable_hold, HEX, "user", row.claim.user),
    MAYBE(portable_hold, NUMBER, "reserved", row.claim.reserved),
    MAYBE(portable_hold, TRUTH, "governed", row.rule.governed),
    MAYBE(portable_hold, TRUTH, "quiet", row.rule.quiet),
    MAYBE(portable_hold, TEXT, "policy", row.rule.policy),
    MAYBE(portable_hold, NUMBER, "policy_version", row.rule.version),
    MAYBE(portable_hold, TEXT, "policy_target", row.rule.target),
    END,
};

static const struct field book_fields[] = {
    FIELD(portable_book, NUMBER, "part", part),
    FIELD(portable_book, AMOUNT, "grants", row.grants),
    FIELD(portable_book, AMOUNT, "revenue", row.revenue),
    FIELD(portable_book, AMOUNT, "uncollected", row.uncollected),
    END,
};

static const struct field entry_fields[] = {
    FIELD(ledger_entry, HEX, "account", account),
    FIELD(ledger_entry, NUMBER, "seq", seq),
    ENUM(ledger_entry, "type", type, types),
    FIELD(ledger_entry, NUMBER, "flags", flags),
    FIELD(ledger_entry, AMOUNT, "amount", amount),
    FIELD(ledger_entry, AMOUNT, "uncollected", uncollected),
    FIELD(ledger_entry, AMOUNT, "posted_after", posted_after),
    FIELD(ledger_entry, AMOUNT, "held_after", held_after),
    FIELD(ledger_entry, AMOUNT, "time", time),
    FIELD(ledger_entry, HEX, "request", request),
    FIELD(ledger_entry, NUMBER, "tokens_in", tokens_in),
    FIELD(ledger_entry, NUMBER, "tokens_out", tokens_out),
    FIELD(ledger_entry, HEX, "mac", mac),
    END,
};

#define PART(name, i)                                                          \
    FIELD(rollup, NUMBER, name "_entries", part[i].entries),                   \
        FIELD(rollup, AMOUNT, name "_amount", part[i].amount),                 \
        FIELD(rollup, AMOUNT, name "_uncollected", part[i].uncollected),       \
        FIELD(rollup, NUMBER, name "_tokens_in", part[i].tokens_in),           \
        FIELD(rollup, NUMBER, name "_tokens_out", part[i].tokens_out)

static const struct field rollup_fields[] = {
    FIELD(rollup, HEX, "account", sum.account),
    FIELD(rollup, NUMBER, "first", sum.first),
    FIELD(rollup, NUMBER, "seq", sum.seq),
    FIELD(rollup, AMOUNT, "day", day),
    FIELD(rollup, AMOUNT, "posted_after", sum.posted_after),
    FIELD(rollup, AMOUNT, "held_after", sum.held_after),
    FIELD(rollup, AMOUNT, "time", sum.time),
    PART("grant", LEDGER_GRANT - 1),
    PART("settle", LEDGER_SETTLE - 1),
    PART("adjust", LEDGER_ADJUST - 1),
    PART("expire", LEDGER_EXPIRE - 1),
    FIELD(rollup, HEX, "before_mac", before),
    FIELD(rollup, HEX, "last_mac", sum.mac),
    FIELD(rollup, HEX, "mac", mac),
    END,
};

static const struct field done_fields[] = {
    FIELD(portable_done, HEX, "request", request),
    ENUM(portable_done, "ending", row.ending, endings),
    ENUM(portable_done, "caller", row.caller, callers),
    FIELD(portable_done, HEX, "account", row.account),
    FIELD(portable_done, NUMBER, "seq", row.seq),
    FIELD(portable_done, AMOUNT, "credits", row.charge.credits),
    FIELD(portable_done, AMOUNT, "collected", row.charge.collected),
    FIELD(portable_done, AMOUNT, "uncollected", row.charge.uncollected),
    FIELD(portable_done, TRUTH, "overrun", row.charge.overrun),
    FIELD(portable_done, AMOUNT, "posted", row.posted),
    FIELD(portable_done, NUMBER, "flags", row.flags),
    FIELD(portable_done, AMOUNT, "time", row.time),
    FIELD(portable_done, AMOUNT, "held", row.held),
    FIELD(portable_done, NUMBER, "usd_micro_per_mtok",
        row.price.usd_micro_per_mtok),
    FIELD(portable_done, NUMBER, "tokens_per_credit",
        row.price.tokens_per_credit),
    FIELD(portable_done, TRUTH, "corrected", row.corrected),
    FIELD(portable_done, NUMBER, "adjust_seq", row.adjust_seq),
    FIELD(portable_done, TRUTH, "has_idempotency", row.has_idempotency),
    FIELD(portable_done, HEX, "idempotency_key", row.idempotency_key),
    MAYBE(portable_done, TRUTH, "tells", row.tells),
    MAYBE(portable_done, NUMBER, "event", row.event),
    END,
};

static const struct field key_fields[] = {
    FIELD(store_key, TEXT, "id", id),
    FIELD(store_key, HEX, "digest", digest),
    FIELD(store_key, HEX, "account", account),
    FIELD(store_key, TEXT, "project", project),
    FIELD(store_key, TEXT, "label", label),
    FIELD(store_key, TEXT, "preview", preview),
    FIELD(store_key, AMOUNT, "created", created),
    FIELD(store_key, AMOUNT, "expires", expires),
    FIELD(store_key, TRUTH, "revoked", revoked),
    END,
};

static const struct field device_fields[] = {
    FIELD(portable_device, HEX, "device", device),
    FIELD(portable_device, AMOUNT, "time", row.time),
    FIELD(portable_device, HEX, "request", row.request),
    END,
};

static const struct field day_fields[] = {
    FIELD(portable_day, NUMBER, "day", day),
    FIELD(portable_day, NUMBER, "calls", calls),
    END,
};

static const struct field grant_fields[] = {
    FIELD(portable_grant, HEX, "account", account),
    FIELD(portable_grant, HEX, "name", name),
    FIELD(portable_grant, AMOUNT, "credits", row.credits),
    FIELD(portable_grant, TEXT, "note", row.note),
    FIELD(portable_grant, NUMBER, "seq", row.seq),
    FIELD(portable_grant, AMOUNT, "posted", row.posted),
    FIELD(portable_grant, AMOUNT, "time", row.time),
    END,
};

static const struct field call_fields[] = {
    FIELD(portable_call, HEX, "account", account),
    FIELD(portable_call, HEX, "name", name),
    FIELD(portable_call, HEX, "body", row.body),
    FIELD(portable_call, HEX, "request", row.request),
    FIELD(portable_call, TRUTH, "ended", row.ended),
    FIELD(portable_call, AMOUNT, "credits", row.credits),
    FIELD(portable_call, AMOUNT, "time", row.time),
    END,
};

static const struct field purged_fields[] = {
    FIELD(portable_purged, AMOUNT, "time", time),
    END,
};

#define LIMIT(name, member)                                                    \
    FIELD(portable_project, NUMBER, name "_requests", row.member.requests),    \
        FIELD(portable_project, NUMBER, name "_tokens", row.member.tokens),    \
        ENUM(portable_project, name "_window", row.member.window, windows)

static const struct field project_fields[] = {
    FIELD(portable_project, TEXT, "id", row.id),
    FIELD(portable_project, HEX, "account", row.account),
    FIELD(portable_project, TEXT, "label", row.label),
    FIELD(portable_project, TRUTH, "disabled", row.disabled),
    LIMIT("budget", budget),
    LIMIT("user_quota", user_quota),
    FIELD(portable_project, TEXT, "policy", row.policy),
    FIELD(portable_project, AMOUNT, "created", row.created),
    FIELD(portable_project, AMOUNT, "updated", row.updated),
    MAYBE(portable_project, LONG, "web_tools", web_tools),
    CHAIN(portable_project, row.events),
    END,
};

static const struct field policy_fields[] = {
    FIELD(store_policy, HEX, "account", account),
    FIELD(store_policy, TEXT, "id", id),
    FIELD(store_policy, NUMBER, "version", version),
    FIELD(store_policy, AMOUNT, "created", created),
    FIELD(store_policy, AMOUNT, "updated", updated),
    FIELD(store_policy, AMOUNT, "rolled_back_until", rolled_back_until),
    MAYBE(store_policy, NUMBER, "budget_requests", budget.requests),
    MAYBE(store_policy, NUMBER, "budget_tokens", budget.tokens),
    MAYBE_ENUM(store_policy, "budget_window", budget.window, windows),
    MAYBE(store_policy, NUMBER, "user_quota_requests", user_quota.requests),
    MAYBE(store_policy, NUMBER, "user_quota_tokens", user_quota.tokens),
    MAYBE_ENUM(store_policy, "user_quota_window", user_quota.window, windows),
    END,
};

static const struct field revision_fields[] = {
    FIELD(portable_revision, HEX, "account", account),
    FIELD(portable_revision, TEXT, "policy", policy),
    FIELD(portable_revision, NUMBER, "version", row.version),
    FIELD(portable_revision, AMOUNT, "created", row.created),
    FIELD(portable_revision, HEX, "hash", row.hash),
    FIELD(portable_revision, HEX, "put", row.put),
    FIELD(portable_revision, LONG, "document", document),
    END,
};

static const struct field quota_fields[] = {
    FIELD(portable_quota, TEXT, "project", key.project),
    ENUM(portable_quota, "window", key.window, windows),
    FIELD(portable_quota, NUMBER, "day", key.day),
    FIELD(portable_quota, TRUTH, "of_user", key.of_user),
    FIELD(portable_quota, HEX, "user", key.user),
    FIELD(portable_quota, NUMBER, "requests", row.requests),
    FIELD(portable_quota, NUMBER, "tokens", row.tokens),
    END,
};

static const struct field event_fields[] = {
    FIELD(portable_event, TEXT, "project", owner.project),
    FIELD(portable_event, HEX, "account", owner.account),
    FIELD(portable_event, NUMBER, "seq", row.seq),
    FIELD(portable_event, HEX, "id", row.id),
    FIELD(portable_event, AMOUNT, "time", row.time),
    FIELD(portable_event, TEXT, "target", row.target),
    FIELD(portable_event, LONG, "text", text),
    FIELD(portable_event, HEX, "mac", row.mac),
    END,
};

static const struct field cursor_fields[] = {
    FIELD(portable_cursor, TEXT, "project", owner.project),
    FIELD(portable_cursor, HEX, "account", owner.account),
    FIELD(portable_cursor, TEXT, "consumer", consumer),
    FIELD(portable_cursor, NUMBER, "seq", seq),
    END,
};

const struct portable_table portable_tables[PORTABLE_COUNT] = {
    [PORTABLE_ACCOUNT] = {"account", account_fields},
    [PORTABLE_HOLD] = {"hold", hold_fields},
    [PORTABLE_BOOK] = {"book", book_fields},
    [PORTABLE_ENTRY] = {"entry", entry_fields},
    [PORTABLE_ROLLUP] = {"rollup", rollup_fields},
    [PORTABLE_DONE] = {"done", done_fields},
    [PORTABLE_KEY] = {"key", key_fields},
    [PORTABLE_DEVICE] = {"device", device_fields},
    [PORTABLE_DAY] = {"day", day_fields},
    [PORTABLE_GRANT] = {"grant", grant_fields},
    [PORTABLE_CALL] = {"call", call_fields},
    [PORTABLE_PURGED] = {"purged", purged_fields},
    [PORTABLE_PROJECT] = {"project", project_fields},
    [PORTABLE_POLICY] = {"policy", policy_fields},
    [PORTABLE_REVISION] = {"revision", revision_fields},
    [PORTABLE_QUOTA] = {"quota", quota_fields},
    [PORTABLE_EVENT] = {"event", event_fields},
    [PORTABLE_CURSOR] = {"cursor", cursor_fields},
};
