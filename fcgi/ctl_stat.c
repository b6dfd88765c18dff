#include "ctl.h"

int ctl_stat(struct ctl *c)
{
    struct store_stat stat;
    struct json_object *row = ctl_row_new();

    store_stat(c->store, &stat);
    ctl_add_text(row, "state", c->state.dir);
    ctl_add_int(row, "generation", (int64_t)stat.generation);
    ctl_add_int(row, "members", stat.members);
    ctl_add_int(row, "log_written", (int64_t)stat.log_written);
    ctl_add_int(row, "log_synced", (int64_t)stat.log_synced);
    ctl_add_bool(row, "rate_broken", stat.rate_broken);
    ctl_add_text(
        row, "durability", c->conf->durability_full ? "full" : "relaxed");
    return ctl_print(c, row);
}

int ctl_checkpoint(struct ctl *c)
{
    struct store_checkpoint verb = {.verb.kind = STORE_CHECKPOINT};
    enum store_status status = ctl_run(c, &verb.verb);
    struct store_stat stat;
    struct json_object *row;

    if (status != STORE_OK)
        return ctl_refused(c, status, "checkpoint");
    store_stat(c->store, &stat);
    row = ctl_row_new();
    ctl_add_bool(row, "done", true);
    ctl_add_int(row, "log_written", (int64_t)stat.log_written);
    return ctl_print(c, row);
}
