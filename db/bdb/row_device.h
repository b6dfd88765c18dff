#ifndef ROW_DEVICE_H
#define ROW_DEVICE_H

#include "db/store.h"
#include "row.h"

/* The free tier. TABLE_DEVICE: device -> struct row_device, and day (4 bytes,
 * days since 1970) -> free calls of that UTC day. */

struct row_device {
    int64_t time;              /* of its free call, microseconds since 1970 */
    uint8_t request[STORE_ID]; /* which call that was */
};

/**
 * row_device_get(t, device, row), row_device_put(t, device, row),
 * row_device_delete(t, device):
 * Read, write or remove the free call of ${device}.
 */
enum trail_result row_device_get(
    struct trail *t, const uint8_t device[STORE_ID], struct row_device *row);
void row_device_put(struct trail *t, const uint8_t device[STORE_ID],
    const struct row_device *row);
void row_device_delete(struct trail *t, const uint8_t device[STORE_ID]);

/**
 * row_device_day(time):
 * The UTC day of ${time}, microseconds since 1970.
 */
uint32_t row_device_day(int64_t time);

/**
 * row_device_count(t, day), row_device_put_count(t, day, count):
 * Read (0 when there is none) or write the number of free calls of ${day}.
 */
uint32_t row_device_count(struct trail *t, uint32_t day);
void row_device_put_count(struct trail *t, uint32_t day, uint32_t count);

#endif
