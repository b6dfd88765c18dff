#include "ctl.h"

#include <string.h>

static const struct ctl_column policies[] = {
    {"id", 24},
    {"version", 8},
    {"updated_at", 20},
    {"rolled_back_until", 0},
    {NULL, 0},
};

static const struct ctl_column versions[] = {
    {"version", 8},
    {"created_at", 20},
    {"sha256", 0},
    {NULL, 0},
};

static struct json_object *policy_json(const struct store_policy *p)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "id", p->id);
    ctl_add_id(row, "account_id", "acct_", p->account);
    ctl_add_int(row, "version", (int64_t)p->version);
    ctl_add_time(row, "created_at", p->created);
    ctl_add_time(row, "updated_at", p->updated);
    ctl_add_time(row, "rolled_back_until", p->rolled_back_until);
    return row;
}

static struct json_object *version_json(const struct store_revision *r)
{
    struct json_object *row = ctl_row_new();
    char hex[2 * sizeof(r->hash) + 1];

    mac_hex(r->hash, sizeof(r->hash), hex);
    ctl_add_int(row, "version", (int64_t)r->version);
    ctl_add_time(row, "created_at", r->created);
    ctl_add_text(row, "sha256", hex);
    return row;
}

/* ---- the commands ---- */

static int find_policy(
    struct ctl *c, uint8_t account[STORE_ID], char id[STORE_NAME_MAX + 1])
{
    struct store_account row;

    if (ctl_account_find(c, c->words[0], &row))
        return CTL_FAILED;
    memcpy(account, row.id, STORE_ID);
    if (id && ctl_read_name(c->words[1], id))
        return ctl_usage(c,
            "ID is up to %d letters, digits, dots, dashes and underscores",
            STORE_NAME_MAX);
    return CTL_OK;
}

static int read_version(struct ctl *c, uint64_t *version)
{
    int64_t n = 0;

    if (c->options.revision && ctl_read_count(c->options.revision, 1, &n))
        return ctl_usage(c, "--revision is a whole number, 1 or more");
    *version = (uint64_t)n;
    return CTL_OK;
}

static int show_put(struct ctl *c, const struct store_policy_put *put)
{
    struct json_object *row = policy_json(&put->policy);

    ctl_add_bool(row, "changed", !put->already);
    return ctl_print(c, row);
}

int ctl_policy_put(struct ctl *c)
{
    struct store_policy_put put = {0};
    struct buf text = {0};
    int result = find_policy(c, put.account, put.id);

    if (result == CTL_OK)
        result = ctl_read_json(c, c->words[2], STORE_POLICY_MAX, &text);
    if (result == CTL_OK)
        result =
            ctl_policy_save(c, (struct span){text.data, text.len}, 0, &put);
    buf_free(&text);
    return result == CTL_OK ? show_put(c, &put) : result;
}

int ctl_policy_rollback(struct ctl *c)
{
    struct store_policy_get get = {.verb.kind = STORE_POLICY_GET};
    struct store_policy_put put = {0};
    enum store_status status;
    int result = read_version(c, &get.version);

    if (result == CTL_OK && get.version == 0)
        result = ctl_usage(c, "policy rollback needs --revision");
    if (result == CTL_OK)
        result = find_policy(c, get.account, get.id);
    if (result != CTL_OK)
        return result;
    status = ctl_run(c, &get.verb);
    if (status != STORE_OK)
        result = ctl_refused(c, status, "such policy or version");
    memcpy(put.account, get.account, STORE_ID);
    memcpy(put.id, get.id, sizeof(put.id));
    if (result == CTL_OK)
        result = ctl_policy_save(c,
            (struct span){get.document.data, get.document.len}, get.version,
            &put);
    buf_free(&get.document);
    return result == CTL_OK ? show_put(c, &put) : result;
}

int ctl_policy_get(struct ctl *c)
{
    struct store_policy_get get = {.verb.kind = STORE_POLICY_GET};
    struct json_object *row;
    enum store_status status;
    int result = read_version(c, &get.version);

    if (result == CTL_OK)
        result = find_policy(c, get.account, get.id);
    if (result != CTL_OK)
        return result;
    status = ctl_run(c, &get.verb);
    if (status != STORE_OK) {
        buf_free(&get.document);
        return ctl_refused(c, status, "such policy or version");
    }
    row = version_json(&get.revision);
    ctl_add_text(row, "id", get.policy.id);
    ctl_add(row, "document", json_tokener_parse(buf_terminate(&get.document)));
    result = ctl_print(c, row);
    buf_free(&get.document);
    return result;
}

int ctl_policy_list(struct ctl *c)
{
    struct store_policy rows[CTL_SLICE];
    struct store_policy_list list = {
        .verb.kind = STORE_POLICY_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = find_policy(c, list.account, NULL);

    if (result != CTL_OK)
        return result;
    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "list of policies");
        for (size_t i = 0; i < list.count; i++)
            ctl_row(c, policies, policy_json(&rows[i]));
    } while (list.more);
    return ctl_rows_end(c, policies);
}

int ctl_policy_versions(struct ctl *c)
{
    struct store_revision rows[CTL_SLICE];
    struct store_policy_versions list = {
        .verb.kind = STORE_POLICY_VERSIONS, .rows = rows, .max = CTL_SLICE};
    enum store_status status;
    int result = find_policy(c, list.account, list.id);

    if (result != CTL_OK)
        return result;
    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "such policy");
        for (size_t i = 0; i < list.count; i++)
            ctl_row(c, versions, version_json(&rows[i]));
    } while (list.more);
    return ctl_rows_end(c, versions);
}
