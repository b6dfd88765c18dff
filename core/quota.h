#ifndef QUOTA_H
#define QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "hold.h"

/* What a project, or one of its users, may use in a calendar window of UTC.
 * Tokens are reserved when a call begins and settled when it ends, as credits
 * are, so that calls at once never use more than there is. API.md 11. */

enum quota_window { QUOTA_DAILY, QUOTA_WEEKLY, QUOTA_MONTHLY, QUOTA_WINDOWS };

struct quota_limit {
    uint64_t requests; /* 0: no limit */
    uint64_t tokens;   /* 0: no limit */
    enum quota_window window;
};

/* What was used of it in one window. */
struct quota_use {
    uint64_t requests; /* calls that cost something, and those under way */
    uint64_t tokens;   /* of calls that have ended */
    uint64_t reserved; /* for calls under way */
};

/* A window: its first day and the one after its last, counted from 1970. */
struct quota_days {
    uint32_t first, end;
};

/**
 * quota_days(window, now):
 * The ${window} that ${now}, microseconds since 1970, lies in: a day, a week
 * from Monday on, or a month.
 */
struct quota_days quota_days(enum quota_window window, int64_t now);

/**
 * quota_ends_in(window, now):
 * Seconds until that window ends, at least 1.
 */
uint32_t quota_ends_in(enum quota_window window, int64_t now);

/**
 * quota_left(limit, use):
 * Tokens that are neither used nor reserved; UINT64_MAX without a limit.
 */
uint64_t quota_left(
    const struct quota_limit *limit, const struct quota_use *use);

/**
 * quota_fit(limit, use, ask):
 * Whether one more call, ${ask}, may begin. If so, ask->max_out is cut to what
 * the tokens that are left allow to each choice.
 */
bool quota_fit(const struct quota_limit *limit, const struct quota_use *use,
    struct hold_ask *ask);

/**
 * quota_tokens(ask, max_out):
 * The tokens that ${ask} reserves when each choice may have ${max_out} of
 * output: its worst case, or what it asks for at first.
 */
uint64_t quota_tokens(const struct hold_ask *ask, uint64_t max_out);

/**
 * quota_window_name(window), quota_window_read(name, window):
 * "daily", "weekly" or "monthly"; the reverse returns 0 or -1.
 */
const char *quota_window_name(enum quota_window window);
int quota_window_read(const char *name, enum quota_window *window);

#endif
