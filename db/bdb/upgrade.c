#include <stdio.h>
#include <string.h>

#include "row_hold.h"
#include "upgrade.h"

/* ---- 1 to 2: holds lie in their places, no longer under their ids ---- */

static bool note_key(void *cookie, struct span key, struct span value)
{
    (void)value;
    if (key.n == STORE_ID)
        buf_put(cookie, key.p, key.n);
    return true;
}

static void move_hold(
    struct trail *t, const uint8_t request[STORE_ID], struct buf *value)
{
    uint8_t place[STORE_ID];

    row_hold_place(request, place);
    if (trail_get(t, TABLE_HOLD, row_span(request, STORE_ID), value) !=
        TRAIL_FOUND)
        return;
    trail_delete(t, TABLE_HOLD, row_span(request, STORE_ID));
    trail_put(t, TABLE_HOLD, row_span(place, STORE_ID),
        (struct span){value->data, value->len});
}

static int place_holds(struct trail *t)
{
    struct buf requests = {0}, value = {0};

    trail_walk(t, TABLE_HOLD, row_span("", 0), note_key, &requests);
    if (requests.failed)
        trail_fail(t, "out of memory for the open holds");
    for (size_t at = 0; at < requests.len && !trail_failed(t); at += STORE_ID)
        move_hold(t, (const uint8_t *)requests.data + at, &value);
    buf_free(&value);
    buf_free(&requests);
    return trail_failed(t) ? -1 : 0;
}

/* ---- the plan ---- */

static const struct upgrade_step steps[] = {{1, 2, place_holds}};

const struct upgrade_plan upgrade_plan = {
    UPGRADE_FORMAT, steps, sizeof(steps) / sizeof(steps[0])};

static void format_fields(struct rec *r, void *row)
{
    rec_u32(r, row);
}

static const struct row_kind row_format = {TABLE_META, 1, sizeof(uint32_t),
    format_fields, "the format of the store is unreadable"};

static struct span format_key(void)
{
    return row_span("format", strlen("format"));
}

static int upgrade_refuse(struct trail *t, uint32_t format, uint32_t ours)
{
    char why[120];

    if (format > ours)
        snprintf(why, sizeof(why),
            "the store has format %u, of a newer program; this one knows "
            "format %u",
            (unsigned)format, (unsigned)ours);
    else
        snprintf(why, sizeof(why),
            "the store has format %u, from which nothing leads to %u",
            (unsigned)format, (unsigned)ours);
    trail_fail(t, why);
    return -1;
}

static const struct upgrade_step *upgrade_find(
    const struct upgrade_plan *plan, uint32_t from)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].from == from && plan->steps[i].to > from &&
            plan->steps[i].to <= plan->format)
            return &plan->steps[i];
    return NULL;
}

static int upgrade_climb(
    struct trail *t, const struct upgrade_plan *plan, uint32_t format)
{
    const struct upgrade_step *step;

    while (format != plan->format) {
        step = upgrade_find(plan, format);
        if (step == NULL)
            return upgrade_refuse(t, format, plan->format);
        if (!trail_alone(t)) {
            trail_fail(t, "the store must be upgraded: stop all workers first");
            return -1;
        }
        if (step->run(t) < 0)
            return -1;
        format = step->to;
    }
    row_put(t, &row_format, format_key(), &format);
    return trail_failed(t) ? -1 : 0;
}

int upgrade_prepare(struct trail *t, const struct upgrade_plan *plan)
{
    uint32_t format = plan->format;

    switch (row_get(t, &row_format, format_key(), &format)) {
    case TRAIL_FOUND:
        if (format == plan->format)
            return 0;
        return upgrade_climb(t, plan, format);
    case TRAIL_NONE:
        return upgrade_climb(t, plan, plan->format);
    case TRAIL_FAILED:
        break;
    }
    return -1;
}
