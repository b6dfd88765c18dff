#include "ctl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

/* A minted key is "ak_", 8 digits of its public id, and secrets. */
enum { KEY_HEAD = 3, KEY_ID_DIGITS = 8, KEY_TAIL = 4 };

static const struct ctl_column columns[] = {
    {"id", KEY_ID_SIZE - 1},
    {"key_preview", 12},
    {"created_at", 20},
    {"expires_at", 20},
    {"revoked", 7},
    {"project_id", 16},
    {"label", 0},
    {NULL, 0},
};

/* ${text} is the key itself, or NULL. */
static struct json_object *key_json(
    const struct store_key *key, const char *text)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "id", key->id);
    if (text)
        ctl_add_text(row, "key", text);
    ctl_add_text(row, "key_preview", key->preview);
    ctl_add_id(row, "account_id", "acct_", key->account);
    ctl_add_text(row, "project_id", key->project);
    ctl_add_text(row, "label", key->label);
    ctl_add_time(row, "created_at", key->created);
    ctl_add_time(row, "expires_at", key->expires);
    ctl_add_bool(row, "revoked", key->revoked);
    return row;
}

/* ---- making one ---- */

void ctl_key_mint(char text[KEY_TEXT_SIZE])
{
    uint8_t entropy[KEY_ENTROPY];
    char id[KEY_ID_SIZE];

    do {
        randombytes_buf(entropy, sizeof(entropy));
    } while (credential_mint(entropy, text, id));
    sodium_memzero(entropy, sizeof(entropy));
}

int ctl_key_name(const struct ctl *c, struct store_key *key, const char *text)
{
    if (strlen(text) != KEY_TEXT_SIZE - 1 || strncmp(text, "ak_", 3) != 0 ||
        strspn(text + KEY_HEAD,
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") !=
            KEY_TEXT_SIZE - 1 - KEY_HEAD)
        return -1;
    snprintf(
        key->id, sizeof(key->id), "key_%.*s", KEY_ID_DIGITS, text + KEY_HEAD);
    snprintf(key->preview, sizeof(key->preview), "ak_...%s",
        text + KEY_TEXT_SIZE - 1 - KEY_TAIL);
    credential_digest(
        c->state.pepper, (struct span){text, KEY_TEXT_SIZE - 1}, key->digest);
    return 0;
}

static int make_key(
    struct ctl *c, struct store_key *key, char text[KEY_TEXT_SIZE])
{
    ctl_key_mint(text);
    key->created = clock_real();
    key->revoked = false;
    return ctl_key_name(c, key, text);
}

static int show_key(
    struct ctl *c, const struct store_key *key, char text[KEY_TEXT_SIZE])
{
    int result = ctl_print(c, key_json(key, text));

    sodium_memzero(text, KEY_TEXT_SIZE);
    return result;
}

static int read_settings(struct ctl *c, struct store_key *key)
{
    const struct ctl_options *o = &c->options;
    int64_t now = clock_real();

    if (o->project &&
        ctl_read_label(o->project, key->project, sizeof(key->project)))
        return ctl_usage(
            c, "--project is up to %d printable bytes", STORE_LABEL_MAX);
    if (o->label && ctl_read_label(o->label, key->label, sizeof(key->label)))
        return ctl_usage(
            c, "--label is up to %d printable bytes", STORE_LABEL_MAX);
    if (o->expires && ctl_read_time(o->expires, now, &key->expires))
        return ctl_usage(
            c, "--expires is a time such as 2030-01-31T00:00:00Z or +90d");
    if (o->expires && key->expires <= now)
        return ctl_usage(c, "--expires is in the past");
    return CTL_OK;
}

/* A project stays its account's, so it may be looked up before. */
static int check_project(struct ctl *c, const struct store_key *key)
{
    struct store_project_get get;
    int result;

    if (key->project[0] == '\0')
        return CTL_OK;
    result = ctl_project_find(c, key->project, &get);
    if (result != CTL_OK)
        return result;
    buf_free(&get.web_tools);
    if (memcmp(get.project.account, key->account, STORE_ID) != 0)
        return ctl_fail(c, "the project belongs to another account");
    return CTL_OK;
}

int ctl_key_create(struct ctl *c)
{
    struct store_account account;
    struct store_key_add add = {.verb.kind = STORE_KEY_ADD};
    char text[KEY_TEXT_SIZE];
    enum store_status status;
    int result = read_settings(c, &add.key);

    if (result != CTL_OK)
        return result;
    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    memcpy(add.key.account, account.id, STORE_ID);
    if (check_project(c, &add.key))
        return CTL_FAILED;
    if (make_key(c, &add.key, text))
        return ctl_fail(c, "cannot mint a key");
    status = ctl_run(c, &add.verb);
    if (status != STORE_OK)
        return ctl_refused(c, status, "a key of this id; try again");
    return show_key(c, &add.key, text);
}

/* ---- those that are there ---- */

int ctl_key_list(struct ctl *c)
{
    struct store_account account;
    struct store_key rows[CTL_SLICE];
    struct store_key_list list = {
        .verb.kind = STORE_KEY_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;

    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    memcpy(list.account, account.id, STORE_ID);
    do {
        status = ctl_run(c, &list.verb);
        if (status != STORE_OK)
            return ctl_refused(c, status, "list of keys");
        for (size_t i = 0; i < list.count; i++)
            ctl_row(c, columns, key_json(&rows[i], NULL));
    } while (list.more);
    return ctl_rows_end(c, columns);
}

static int run_set(struct ctl *c, struct store_key_set *set)
{
    const char *id = c->words[0];
    enum store_status status;

    set->verb.kind = STORE_KEY_SET;
    if (strlen(id) != KEY_ID_SIZE - 1 || strncmp(id, "key_", 4) != 0)
        return ctl_fail(c, "%.100s is not the id of a key, key_...", id);
    memcpy(set->id, id, KEY_ID_SIZE);
    status = ctl_run(c, &set->verb);
    if (status != STORE_OK)
        return ctl_refused(c, status, "such key");
    return CTL_OK;
}

int ctl_key_revoke(struct ctl *c)
{
    struct store_key_set set = {.revoke = true};

    if (run_set(c, &set))
        return CTL_FAILED;
    return ctl_print(c, key_json(&set.key, NULL));
}

static int check_usable(struct ctl *c, const struct store_key *key, int64_t now)
{
    if (key->revoked)
        return ctl_fail(c, "%s is revoked; create another key", key->id);
    if (key->expires != 0 && key->expires <= now)
        return ctl_fail(c, "%s has expired; create another key", key->id);
    return CTL_OK;
}

/* The new key and the end of the old one go into the store together. */
static int rotate(struct ctl *c, const struct store_key *old, int64_t end)
{
    struct store_key_add add = {.verb.kind = STORE_KEY_ADD, .key = *old};
    struct store_key_set set = {
        .verb.kind = STORE_KEY_SET, .set_expires = true, .expires = end};
    char text[KEY_TEXT_SIZE];

    if (make_key(c, &add.key, text))
        return ctl_fail(c, "cannot mint a key");
    memcpy(set.id, old->id, KEY_ID_SIZE);
    if (old->expires == 0 || end < old->expires)
        add.verb.next = &set.verb;
    ctl_run(c, &add.verb);
    if (add.verb.status != STORE_OK)
        return ctl_refused(c, add.verb.status, "a key of this id; try again");
    return show_key(c, &add.key, text);
}

int ctl_key_rotate(struct ctl *c)
{
    struct store_key_set now_is = {.revoke = false};
    const char *overlap = c->options.overlap ? c->options.overlap : "24h";
    int64_t now = clock_real(), end;

    if (ctl_read_span(overlap, &end) || __builtin_add_overflow(end, now, &end))
        return ctl_usage(c, "--overlap is a time span such as 24h");
    if (run_set(c, &now_is) || check_usable(c, &now_is.key, now))
        return CTL_FAILED;
    return rotate(c, &now_is.key, end);
}
