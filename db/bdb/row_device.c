#include "row_device.h"

enum { DAY_SECONDS = 86400 };

static void device_fields(struct rec *r, void *row)
{
    struct row_device *d = row;

    rec_i64(r, &d->time);
    rec_bytes(r, d->request, sizeof(d->request));
}

static void count_fields(struct rec *r, void *row)
{
    rec_u32(r, row);
}

static const struct row_kind row_device = {TABLE_DEVICE, 1,
    sizeof(struct row_device), device_fields, "a device row is unreadable"};

static const struct row_kind row_count = {TABLE_DEVICE, 1, sizeof(uint32_t),
    count_fields, "a day's count of free calls is unreadable"};

enum trail_result row_device_get(
    struct trail *t, const uint8_t device[STORE_ID], struct row_device *row)
{
    return row_get(t, &row_device, row_span(device, STORE_ID), row);
}

void row_device_put(struct trail *t, const uint8_t device[STORE_ID],
    const struct row_device *row)
{
    row_put(t, &row_device, row_span(device, STORE_ID), row);
}

void row_device_delete(struct trail *t, const uint8_t device[STORE_ID])
{
    trail_delete(t, TABLE_DEVICE, row_span(device, STORE_ID));
}

uint32_t row_device_day(int64_t time)
{
    return (uint32_t)(time / 1000000 / DAY_SECONDS);
}

static void day_key(uint32_t day, uint8_t key[4])
{
    for (int i = 0; i < 4; i++)
        key[i] = (uint8_t)(day >> (24 - 8 * i));
}

uint32_t row_device_count(struct trail *t, uint32_t day)
{
    uint8_t key[4];
    uint32_t count;

    day_key(day, key);
    if (row_get(t, &row_count, row_span(key, sizeof(key)), &count) !=
        TRAIL_FOUND)
        return 0;
    return count;
}

void row_device_put_count(struct trail *t, uint32_t day, uint32_t count)
{
    uint8_t key[4];

    day_key(day, key);
    row_put(t, &row_count, row_span(key, sizeof(key)), &count);
}
