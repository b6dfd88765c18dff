#include "ctl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "core/mac.h"
#include "password.h"

static const struct ctl_column columns[] = {
    {"id", CTL_ID_TEXT - 1},
    {"plan", 8},
    {"status", 9},
    {"credits", 12},
    {"held", 10},
    {"created_at", 20},
    {"email", 0},
    {NULL, 0},
};

static struct json_object *account_json(const struct store_account *account)
{
    struct json_object *row = ctl_row_new();

    ctl_add_id(row, "id", "acct_", account->id);
    ctl_add_text(row, "email", account->email);
    ctl_add_text(
        row, "plan", account->plan == PLAN_POLICY ? "policy" : "standard");
    ctl_add_int(row, "credits", account->balance.posted);
    ctl_add_int(row, "held", account->balance.held);
    ctl_add_text(row, "status", account->suspended ? "suspended" : "active");
    ctl_add_time(row, "created_at", account->created);
    return row;
}

/* ---- finding one ---- */

static int read_who(const char *who, struct store_account_get *get)
{
    if (strchr(who, '@'))
        return ctl_read_email(who, get->email);
    if (strncmp(who, "acct_", 5) != 0)
        return -1;
    return mac_unhex(who + 5, STORE_ID, get->id);
}

int ctl_account_find(
    struct ctl *c, const char *who, struct store_account *account)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};
    enum store_status status;

    if (read_who(who, &get))
        return ctl_fail(c, "%.100s is neither an e-mail nor acct_...", who);
    status = ctl_run(c, &get.verb);
    if (status != STORE_OK)
        return ctl_refused(c, status, "such account");
    *account = get.account;
    return CTL_OK;
}

int ctl_account_show(struct ctl *c)
{
    struct store_account account;

    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    return ctl_print(c, account_json(&account));
}

int ctl_account_list(struct ctl *c)
{
    struct store_account rows[CTL_SLICE];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;

    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "list of accounts");
        for (size_t i = 0; i < list.count; i++)
            ctl_row(c, columns, account_json(&rows[i]));
    } while (list.more);
    return ctl_rows_end(c, columns);
}

/* ---- adding one ---- */

/* All of standard input, but for one line feed at its end. */
static int read_password(char text[PASSWORD_MAX + 2], size_t *n)
{
    *n = fread(text, 1, PASSWORD_MAX + 2, stdin);
    if (ferror(stdin))
        return -1;
    if (*n > 0 && text[*n - 1] == '\n')
        --*n;
    if (*n < PASSWORD_MIN || *n > PASSWORD_MAX)
        return -1;
    return memchr(text, '\0', *n) ? -1 : 0;
}

static int take_password(struct ctl *c, char hash[128])
{
    char text[PASSWORD_MAX + 2];
    size_t n;
    int result = CTL_OK;

    if (read_password(text, &n))
        result = ctl_fail(c, "a password has %d to %d bytes without NUL",
            PASSWORD_MIN, PASSWORD_MAX);
    else if (password_hash((struct span){text, n}, hash))
        result = ctl_fail(c, "out of memory");
    sodium_memzero(text, sizeof(text));
    return result;
}

static int read_plan(const char *text, enum store_plan *plan)
{
    if (!text || strcmp(text, "standard") == 0)
        *plan = PLAN_STANDARD;
    else if (strcmp(text, "policy") == 0)
        *plan = PLAN_POLICY;
    else
        return -1;
    return 0;
}

void ctl_account_grant(const struct store_account *account, int64_t credits,
    struct store_grant *verb)
{
    char hex[2 * STORE_ID + 1];

    *verb = (struct store_grant){
        .verb.kind = STORE_GRANT, .credits = credits, .now = clock_real()};
    memcpy(verb->account, account->id, STORE_ID);
    mac_hex(account->id, STORE_ID, hex);
    snprintf(verb->idempotency_key, sizeof(verb->idempotency_key),
        "account-add:acct_%s", hex);
    snprintf(verb->note, sizeof(verb->note), "account add");
}

enum store_status ctl_account_create(
    struct ctl *c, struct store_account *account, int64_t credits)
{
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
    struct store_grant grant;

    randombytes_buf(account->id, STORE_ID);
    account->created = clock_real();
    add.account = *account;
    ctl_account_grant(account, credits, &grant);
    if (credits > 0)
        add.verb.next = &grant.verb;
    ctl_run(c, &add.verb);
    if (add.verb.status == STORE_OK && credits > 0) {
        account->balance.posted = grant.posted;
        return grant.verb.status;
    }
    return add.verb.status;
}

int ctl_account_add(struct ctl *c)
{
    struct store_account account = {0};
    const char *credits = c->options.credits ? c->options.credits : "0";
    enum store_status status;
    int64_t n;

    if (ctl_read_email(c->words[0], account.email))
        return ctl_fail(c, "%.100s is no e-mail address", c->words[0]);
    if (read_plan(c->options.plan, &account.plan))
        return ctl_usage(c, "--plan is policy or standard");
    if (ctl_read_count(credits, 0, &n))
        return ctl_usage(c, "--credits is a whole number, 0 or more");
    if (c->options.password_stdin && take_password(c, account.password))
        return CTL_FAILED;
    status = ctl_account_create(c, &account, n);
    if (status != STORE_OK)
        return ctl_refused(c, status, "an account with this e-mail");
    return ctl_print(c, account_json(&account));
}

/* ---- changing one ---- */

/* Do ${set} to the account that the command names. */
static int change(struct ctl *c, struct store_account_set *set)
{
    struct store_account account;
    enum store_status status;

    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    set->verb.kind = STORE_ACCOUNT_SET;
    memcpy(set->id, account.id, STORE_ID);
    status = ctl_run(c, &set->verb);
    if (status != STORE_OK)
        return ctl_refused(c, status, "such account");
    return CTL_OK;
}

static int change_and_show(struct ctl *c, struct store_account_set set)
{
    return change(c, &set) ? CTL_FAILED : ctl_account_show(c);
}

int ctl_account_suspend(struct ctl *c)
{
    return change_and_show(c,
        (struct store_account_set){.set_suspended = true, .suspended = true});
}

int ctl_account_resume(struct ctl *c)
{
    return change_and_show(
        c, (struct store_account_set){.set_suspended = true});
}

int ctl_account_logout(struct ctl *c)
{
    return change_and_show(c, (struct store_account_set){.void_tokens = true});
}

/* A password of ours is shown this once. */
static int show_with_password(struct ctl *c, const char *password)
{
    struct store_account account;
    struct json_object *row;

    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    row = account_json(&account);
    ctl_add_text(row, "password", password);
    return ctl_print(c, row);
}

static int invent_password(
    struct ctl *c, char text[PASSWORD_FRESH], char hash[128])
{
    password_fresh(text);
    if (password_hash((struct span){text, strlen(text)}, hash))
        return ctl_fail(c, "out of memory");
    return CTL_OK;
}

int ctl_account_password(struct ctl *c)
{
    struct store_account_set set = {.set_password = true};
    char fresh[PASSWORD_FRESH] = "";
    int result;

    if (c->options.password_stdin)
        result = take_password(c, set.password);
    else
        result = invent_password(c, fresh, set.password);
    if (result == CTL_OK)
        result = change(c, &set);
    if (result == CTL_OK)
        result = fresh[0] ? show_with_password(c, fresh) : ctl_account_show(c);
    sodium_memzero(fresh, sizeof(fresh));
    return result;
}
