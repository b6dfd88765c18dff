#include "ctl.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { AUDIT_SLICE = 100000, REAP_SLICE = 64 };

static const struct ctl_column columns[] = {
    {"seq", 8},
    {"type", 7},
    {"amount", 10},
    {"credits_after", 13},
    {"held_after", 10},
    {"uncollected", 11},
    {"prompt_tokens", 13},
    {"completion_tokens", 17},
    {"time", 20},
    {"request_id", 36},
    {"first_seq", 9},
    {"flags", 0},
    {NULL, 0},
};

/* ---- the journal of an account ---- */

static struct json_object *flags_json(uint8_t flags)
{
    static const struct {
        uint8_t flag;
        const char *name;
    } names[] = {
        {LEDGER_ESTIMATED, "estimated"},
        {LEDGER_OVERRUN, "overrun"},
        {LEDGER_UPSTREAM_CUT, "upstream_cut"},
        {LEDGER_CLIENT_GONE, "client_gone"},
    };
    struct json_object *array = ctl_array_new();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (flags & names[i].flag)
            ctl_append(array, names[i].name);
    }
    return array;
}

static struct json_object *entry_json(const struct ledger_entry *e)
{
    struct json_object *row = ctl_row_new();

    ctl_add_int(row, "seq", (int64_t)e->seq);
    ctl_add_text(row, "type", ledger_type_name(e->type));
    ctl_add_int(row, "amount", e->amount);
    ctl_add_int(row, "credits_after", e->posted_after);
    ctl_add_int(row, "held_after", e->held_after);
    /* A grant has the hash of its idempotency key here: no request. */
    if (e->type == LEDGER_GRANT || e->type == LEDGER_ROLLUP)
        ctl_add_text(row, "request_id", NULL);
    else
        ctl_add_id(row, "request_id", "req_", e->request);
    ctl_add_time(row, "time", e->time);
    ctl_add_int(row, "prompt_tokens", (int64_t)e->tokens_in);
    ctl_add_int(row, "completion_tokens", (int64_t)e->tokens_out);
    ctl_add_int(row, "uncollected", e->uncollected);
    ctl_add(row, "flags", flags_json(e->flags));
    if (e->type == LEDGER_ROLLUP)
        ctl_add_int(row, "first_seq", (int64_t)e->first);
    return row;
}

int ctl_ledger(struct ctl *c)
{
    struct store_account account;
    struct ledger_entry rows[CTL_SLICE];
    struct store_ledger list = {
        .verb.kind = STORE_LEDGER, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int64_t since = INT64_MIN;

    if (c->options.since &&
        ctl_read_time(c->options.since, clock_real(), &since))
        return ctl_usage(
            c, "--since is a time such as 2030-01-31T00:00:00Z or -24h");
    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    memcpy(list.account, account.id, STORE_ID);
    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "such account");
        for (size_t i = 0; i < list.count; i++) {
            if (rows[i].time >= since)
                ctl_row(c, columns, entry_json(&rows[i]));
        }
    } while (list.more);
    return ctl_rows_end(c, columns);
}

/* ---- the invariants of all ---- */

struct json_object *ctl_report(struct buf *report)
{
    struct json_object *array = ctl_array_new();
    char *rest = NULL, *line;

    if (!buf_terminate(report))
        return array;
    for (line = strtok_r(report->data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        ctl_append(array, line);
    return array;
}

static int show_audit(struct ctl *c, struct store_audit *audit)
{
    struct json_object *row = ctl_row_new();
    int result;

    ctl_add_int(row, "accounts", (int64_t)audit->accounts);
    ctl_add_int(row, "entries", (int64_t)audit->entries);
    ctl_add_int(row, "holds", (int64_t)audit->holds);
    ctl_add_int(row, "breaches", (int64_t)audit->breaches);
    ctl_add(row, "report", ctl_report(&audit->report));
    result = ctl_print(c, row);
    return audit->breaches > 0 ? CTL_FAILED : result;
}

enum store_status ctl_audit_run(struct ctl *c, struct store_audit *audit)
{
    enum store_status status;

    *audit = (struct store_audit){
        .verb.kind = STORE_AUDIT, .boot = clock_boot(), .most = AUDIT_SLICE};
    do {
        status = ctl_run(c, &audit->verb);
    } while (status == STORE_OK && !audit->done);
    return status;
}

int ctl_audit(struct ctl *c)
{
    struct store_audit audit;
    enum store_status status;
    int result;

    if (c->options.archive)
        return ctl_archive_audit(c, c->options.archive);
    status = ctl_audit_run(c, &audit);
    if (status != STORE_OK)
        result = ctl_refused(c, status, "audit");
    else
        result = show_audit(c, &audit);
    buf_free(&audit.report);
    buf_free(&audit.cursor);
    return result;
}

/* ---- the holds of dead workers ---- */

enum store_status ctl_reap_run(struct ctl *c, struct ctl_reaped *sum)
{
    struct store_reap reap = {.verb.kind = STORE_REAP, .most = REAP_SLICE};
    enum store_status status;

    *sum = (struct ctl_reaped){0};
    do {
        reap.now = clock_real();
        reap.boot = clock_boot();
        status = ctl_run(c, &reap.verb);
        sum->holds += reap.reaped;
        sum->credits += reap.credits;
        sum->purged += reap.purged;
    } while (status == STORE_OK && reap.more);
    return status;
}

int ctl_reap(struct ctl *c)
{
    struct ctl_reaped sum;
    enum store_status status = ctl_reap_run(c, &sum);
    struct json_object *row;

    if (status != STORE_OK)
        return ctl_refused(c, status, "reaping");
    row = ctl_row_new();
    ctl_add_int(row, "reaped", sum.holds);
    ctl_add_int(row, "credits", sum.credits);
    ctl_add_int(row, "purged", sum.purged);
    return ctl_print(c, row);
}
