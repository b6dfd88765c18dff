#include "ctl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "password.h"
#include "state_file.h"

/* The demo is made in steps that can each be repeated: what must be known
 * later (password, key) is on disk before the store hears of it. */

enum { DEMO_CREDITS = 1000000, SECRET_FILE_MAX = 2048 };

#define DEMO_EMAIL "demo@localhost"
#define DEMO_NAME "demo" /* of its project and policy */
#define DEMO_POLICY "{\"name\":\"Demo\",\"rules\":{}}"

int ctl_init(struct ctl *c)
{
    struct json_object *row = ctl_row_new();
    struct store_stat stat;

    store_stat(c->store, &stat);
    ctl_add_text(row, "state", c->state.dir);
    ctl_add_text(row, "configuration", c->state.conf_file);
    ctl_add_int(row, "generation", (int64_t)stat.generation);
    return ctl_print(c, row);
}

/* ---- secrets in files ---- */

static void path_of(const struct ctl *c, const char *name, char out[1100])
{
    snprintf(out, 1100, "%s/%s", c->state.dir, name);
}

/* The first line of a file that is made from ${fresh} when it is missing. */
static int keep(
    struct ctl *c, const char *name, const char *fresh, struct buf *out)
{
    char path[1100], line[KEY_TEXT_SIZE + PASSWORD_FRESH], error[256];
    char *end;
    int result;

    path_of(c, name, path);
    snprintf(line, sizeof(line), "%s\n", fresh);
    result = state_file_create(path, line, strlen(line), 0600, error);
    sodium_memzero(line, sizeof(line));
    if (result || state_file_read(path, SECRET_FILE_MAX, true, out, error))
        return ctl_fail(c, "%s", error);
    if (!buf_terminate(out))
        return ctl_fail(c, "out of memory");
    end = strchr(out->data, '\n');
    if (end)
        out->len = (size_t)(end - out->data);
    return buf_terminate(out) ? CTL_OK : ctl_fail(c, "out of memory");
}

static void forget(struct buf *b)
{
    if (b->data)
        sodium_memzero(b->data, b->len);
    buf_free(b);
}

/* ---- the account ---- */

static int hash_password(struct ctl *c, char hash[128])
{
    char fresh[PASSWORD_FRESH];
    struct buf kept = {0};
    int result;

    password_fresh(fresh);
    result = keep(c, "demo.txt", fresh, &kept);
    if (result == CTL_OK &&
        password_hash((struct span){kept.data, kept.len}, hash))
        result = ctl_fail(c, "out of memory");
    sodium_memzero(fresh, sizeof(fresh));
    forget(&kept);
    return result;
}

static enum store_status get_account(
    struct ctl *c, struct store_account *account)
{
    struct store_account_get get = {
        .verb.kind = STORE_ACCOUNT_GET, .email = DEMO_EMAIL};
    enum store_status status = ctl_run(c, &get.verb);

    if (status == STORE_OK)
        *account = get.account;
    return status;
}

static int add_account(struct ctl *c, struct store_account *account)
{
    enum store_status status;

    *account = (struct store_account){.email = DEMO_EMAIL, .plan = PLAN_POLICY};
    if (hash_password(c, account->password))
        return CTL_FAILED;
    status = ctl_account_create(c, account, DEMO_CREDITS);
    if (status == STORE_EXISTS)
        status = get_account(c, account);
    if (status != STORE_OK)
        return ctl_refused(c, status, "demo account");
    return CTL_OK;
}

static int ensure_account(struct ctl *c, struct store_account *account)
{
    enum store_status status = get_account(c, account);
    struct store_grant grant;

    if (status == STORE_NOT_FOUND)
        return add_account(c, account);
    if (status != STORE_OK)
        return ctl_refused(c, status, "demo account");
    ctl_account_grant(account, DEMO_CREDITS, &grant);
    status = ctl_run(c, &grant.verb);
    /* The account may have been made by hand, with other credits. */
    if (status != STORE_OK && status != STORE_EXISTS)
        return ctl_refused(c, status, "grant to the demo account");
    return CTL_OK;
}

/* ---- the project ---- */

/* Allows everything; once somebody has changed it, it is theirs. */
static int ensure_policy(struct ctl *c, const struct store_account *account)
{
    struct store_policy_get get = {
        .verb.kind = STORE_POLICY_GET, .id = DEMO_NAME};
    struct store_policy_put put = {.id = DEMO_NAME};
    enum store_status status;
    int result = CTL_OK;

    memcpy(get.account, account->id, STORE_ID);
    memcpy(put.account, account->id, STORE_ID);
    status = ctl_run(c, &get.verb);
    buf_free(&get.document);
    if (status == STORE_NOT_FOUND)
        result = ctl_policy_save(
            c, (struct span){DEMO_POLICY, strlen(DEMO_POLICY)}, 0, &put);
    else if (status != STORE_OK)
        result = ctl_refused(c, status, "demo policy");
    return result;
}

/* Leaves its id in ${project}; none, if another account was faster. */
static int ensure_project(struct ctl *c, const struct store_account *account,
    char project[STORE_NAME_MAX + 1])
{
    struct store_project_add add = {.verb.kind = STORE_PROJECT_ADD,
        .project = {.id = DEMO_NAME, .label = "Demo", .policy = DEMO_NAME}};
    struct store_project_get get = {
        .verb.kind = STORE_PROJECT_GET, .id = DEMO_NAME};
    enum store_status status;

    if (ensure_policy(c, account))
        return CTL_FAILED;
    memcpy(add.project.account, account->id, STORE_ID);
    add.project.created = clock_real();
    status = ctl_run(c, &add.verb);
    if (status != STORE_OK && status != STORE_EXISTS)
        return ctl_refused(c, status, "demo project");
    status = ctl_run(c, &get.verb);
    buf_free(&get.web_tools);
    if (status != STORE_OK)
        return ctl_refused(c, status, "demo project");
    if (memcmp(get.project.account, account->id, STORE_ID) == 0)
        snprintf(project, STORE_NAME_MAX + 1, "%s", DEMO_NAME);
    return CTL_OK;
}

/* ---- the key ---- */

/* What the store has under the id of ${key} must be that key, and usable. */
static int check_key(
    struct ctl *c, const struct store_key *key, const struct store_key *have)
{
    if (sodium_memcmp(have->digest, key->digest, MAC_SIZE) != 0 ||
        memcmp(have->account, key->account, STORE_ID) != 0 || have->revoked ||
        (have->expires && have->expires <= clock_real()))
        return ctl_fail(c,
            "the key in %.200s/demo.key is no longer valid; remove the file "
            "to get another",
            c->state.dir);
    return CTL_OK;
}

/* The key comes last: where it is, all else was made, or made before there
 * were projects, and it stays as it is. */
static int ensure_key_row(
    struct ctl *c, const struct store_account *account, struct store_key *key)
{
    struct store_key_set look = {.verb.kind = STORE_KEY_SET};
    struct store_key_add add = {.verb.kind = STORE_KEY_ADD};
    enum store_status status;

    memcpy(look.id, key->id, KEY_ID_SIZE);
    status = ctl_run(c, &look.verb);
    if (status == STORE_OK)
        return check_key(c, key, &look.key);
    if (status != STORE_NOT_FOUND)
        return ctl_refused(c, status, "demo key");
    if (ensure_project(c, account, key->project))
        return CTL_FAILED;
    key->created = clock_real();
    add.key = *key;
    status = ctl_run(c, &add.verb);
    return status == STORE_OK ? CTL_OK : ctl_refused(c, status, "demo key");
}

static int ensure_key(
    struct ctl *c, const struct store_account *account, struct buf *text)
{
    struct store_key key = {.label = "demo"};
    char fresh[KEY_TEXT_SIZE];

    ctl_key_mint(fresh);
    if (keep(c, "demo.key", fresh, text))
        return CTL_FAILED;
    sodium_memzero(fresh, sizeof(fresh));
    if (ctl_key_name(c, &key, text->data))
        return ctl_fail(
            c, "%.200s/demo.key does not hold a key of ours", c->state.dir);
    memcpy(key.account, account->id, STORE_ID);
    return ensure_key_row(c, account, &key);
}

int ctl_demo(struct ctl *c)
{
    struct store_account account;
    struct buf text = {0};
    int result = CTL_FAILED;

    if (ensure_account(c, &account) || ensure_key(c, &account, &text))
        goto out;
    if (c->json) {
        struct json_object *row = ctl_row_new();

        ctl_add_id(row, "account_id", "acct_", account.id);
        ctl_add_text(row, "email", account.email);
        ctl_add_text(row, "key", text.data);
        result = ctl_print(c, row);
    } else {
        result = puts(text.data) < 0 || fflush(stdout) ? CTL_FAILED : CTL_OK;
    }
out:
    forget(&text);
    return result;
}
