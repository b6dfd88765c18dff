#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf_table.h"

/* The text form of the values of options. */

/**
 * conf_value_read(o, value, at):
 * Read ${value} as one of option ${o} and store it at ${at}, in place of what
 * was there; only judge it when ${at} is NULL. Returns 0, or -1 with errno
 * EINVAL when it is not a legal value and ENOMEM when memory is out; then
 * nothing has changed.
 */
int conf_value_read(const struct conf_option *o, struct span value, void *at);

/**
 * conf_value_copy(o, from, to):
 * Copy the number of option ${o} at ${from} to ${to}. Not for text.
 */
void conf_value_copy(const struct conf_option *o, const void *from, void *to);

/**
 * conf_value_describe(o, out):
 * Append "TYPE, RANGE" of option ${o}.
 */
void conf_value_describe(const struct conf_option *o, struct buf *out);

/**
 * conf_value_name(list, name):
 * Take the next name off the front of the comma-separated ${list}. Returns 1,
 * 0 at the end, or -1 when it is empty or not visible ASCII.
 */
int conf_value_name(struct span *list, struct span *name);

#endif
