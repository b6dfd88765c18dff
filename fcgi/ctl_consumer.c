#include "ctl.h"

#include <stdio.h>
#include <string.h>

/* Consumers of events: who they are and how far they have come. What becomes
 * of the events is up to whoever runs turnpikectl for them. */

static const struct ctl_column columns[] = {
    {"consumer", 16},
    {"project_id", 20},
    {"account_id", 37},
    {"seq", 8},
    {"behind", 0},
    {NULL, 0},
};

static struct store_cursor cursor(enum store_cursor_act act,
    const struct store_owner *owner, const char *consumer)
{
    struct store_cursor verb = {
        .verb.kind = STORE_CURSOR, .act = act, .owner = *owner};

    snprintf(verb.consumer, sizeof(verb.consumer), "%s", consumer);
    return verb;
}

/* ---- for others ---- */

int ctl_consumer_look(struct ctl *c, const struct store_owner *owner,
    const char *consumer, uint64_t *seq)
{
    struct store_cursor look = cursor(CURSOR_LOOK, owner, consumer);
    enum store_status status = ctl_run(c, &look.verb);

    *seq = status == STORE_OK ? look.seq : 0;
    return status == STORE_OK || status == STORE_NOT_FOUND
               ? CTL_OK
               : ctl_refused(c, status, "cursor");
}

int ctl_consumer_set(struct ctl *c, const struct store_owner *owner,
    const char *consumer, uint64_t seq)
{
    struct store_cursor set = cursor(CURSOR_SET, owner, consumer);
    enum store_status status;

    set.seq = seq;
    status = ctl_run(c, &set.verb);
    return status == STORE_OK ? CTL_OK : ctl_refused(c, status, "cursor");
}

/* ---- the commands ---- */

static void list_one(
    struct ctl *c, const struct store_cursor *found, uint64_t newest)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "consumer", found->next);
    ctl_add_text(row, "project_id", found->owner.project);
    if (found->owner.project[0])
        ctl_add(row, "account_id", NULL);
    else
        ctl_add_id(row, "account_id", "acct_", found->owner.account);
    ctl_add_int(row, "seq", (int64_t)found->seq);
    ctl_add_int(row, "behind",
        newest > found->seq ? (int64_t)(newest - found->seq) : 0);
    ctl_row(c, columns, row);
}

static int list_owner(
    void *cookie, const struct store_owner *owner, uint64_t newest)
{
    struct store_cursor next = cursor(CURSOR_NEXT, owner, "");
    enum store_status status;

    while ((status = ctl_run(cookie, &next.verb)) == STORE_OK) {
        list_one(cookie, &next, newest);
        memcpy(next.consumer, next.next, sizeof(next.consumer));
    }
    return status == STORE_NOT_FOUND ? CTL_OK
                                     : ctl_refused(cookie, status, "consumers");
}

int ctl_consumer_list(struct ctl *c)
{
    int result = ctl_each_owner(c, list_owner, c);

    return result == CTL_OK ? ctl_rows_end(c, columns) : result;
}

struct dropping {
    struct ctl *c;
    char consumer[STORE_LABEL_MAX + 1];
    int64_t dropped;
};

static int drop_owner(
    void *cookie, const struct store_owner *owner, uint64_t newest)
{
    struct dropping *d = cookie;
    struct store_cursor drop = cursor(CURSOR_DROP, owner, d->consumer);
    enum store_status status = ctl_run(d->c, &drop.verb);

    (void)newest;
    d->dropped += status == STORE_OK;
    return status == STORE_OK || status == STORE_NOT_FOUND
               ? CTL_OK
               : ctl_refused(d->c, status, "consumer");
}

int ctl_consumer_drop(struct ctl *c)
{
    struct dropping d = {.c = c};
    struct json_object *row;
    int result;

    if (ctl_read_name(c->words[0], d.consumer))
        return ctl_usage(c, "NAME is that of a consumer");
    result = ctl_each_owner(c, drop_owner, &d);
    if (result == CTL_OK && d.dropped == 0)
        return ctl_refused(c, STORE_NOT_FOUND, "consumer");
    row = ctl_row_new();
    ctl_add_text(row, "consumer", d.consumer);
    ctl_add_int(row, "dropped", d.dropped);
    return ctl_print_if(c, result, row);
}
