#include "quota.h"

#include <string.h>

#define DAY_SECONDS 86400
#define MICROSECONDS INT64_C(1000000)

/* ---- the calendar ---- */

/* Days of the month before ${day} and in all of it. From the civil calendar:
 * years begin in March, so that a leap day comes last. */
static struct quota_days month_of(uint32_t day)
{
    const uint32_t shifted = day + 719468; /* from 0000-03-01 */
    const uint32_t of_era = shifted % 146097;
    const uint32_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const uint32_t month = (5 * of_year + 2) / 153; /* 0: March */
    const uint32_t first = (153 * month + 2) / 5;
    const uint32_t next = (153 * (month + 1) + 2) / 5;
    const uint32_t leap =
        (year + 1) % 4 == 0 && ((year + 1) % 100 != 0 || year + 1 == 400);
    const uint32_t length = month == 11 ? 28 + leap : next - first;
    const uint32_t begin = day - (of_year - first);

    return (struct quota_days){begin, begin + length};
}

struct quota_days quota_days(enum quota_window window, int64_t now)
{
    const uint32_t day =
        now > 0 ? (uint32_t)(now / (DAY_SECONDS * MICROSECONDS)) : 0;
    uint32_t monday;

    switch (window) {
    case QUOTA_WEEKLY:
        monday = (day + 3) / 7 * 7; /* 1970 began on a Thursday */
        monday = monday > 3 ? monday - 3 : 0;
        return (struct quota_days){monday, (day + 3) / 7 * 7 + 4};
    case QUOTA_MONTHLY:
        return month_of(day);
    default:
        return (struct quota_days){day, day + 1};
    }
}

uint32_t quota_ends_in(enum quota_window window, int64_t now)
{
    const struct quota_days days = quota_days(window, now);
    const int64_t left =
        (int64_t)days.end * DAY_SECONDS - (now > 0 ? now / MICROSECONDS : 0);

    return left < 1 ? 1 : (uint32_t)left;
}

/* ---- what is left ---- */

uint64_t quota_left(
    const struct quota_limit *limit, const struct quota_use *use)
{
    uint64_t taken;

    if (limit->tokens == 0)
        return UINT64_MAX;
    if (__builtin_add_overflow(use->tokens, use->reserved, &taken) ||
        taken >= limit->tokens)
        return 0;
    return limit->tokens - taken;
}

bool quota_fit(const struct quota_limit *limit, const struct quota_use *use,
    struct hold_ask *ask)
{
    const uint64_t left = quota_left(limit, use);
    const uint32_t n = ask->n > 0 ? ask->n : 1;

    if (limit->requests != 0 && use->requests >= limit->requests)
        return false;
    if (left == UINT64_MAX)
        return true;
    if (left <= ask->est_in || (left - ask->est_in) / n == 0)
        return false;
    if (ask->max_out > (left - ask->est_in) / n)
        ask->max_out = (left - ask->est_in) / n;
    return true;
}

uint64_t quota_tokens(const struct hold_ask *ask, uint64_t max_out)
{
    uint64_t out, tokens;

    if (__builtin_mul_overflow(max_out, (uint64_t)ask->n, &out))
        out = UINT64_MAX;
    if (ask->first != 0 && ask->first < out)
        out = ask->first;
    if (__builtin_add_overflow(ask->est_in, out, &tokens))
        tokens = UINT64_MAX;
    return tokens;
}

/* ---- names ---- */

static const char *const names[QUOTA_WINDOWS] = {"daily", "weekly", "monthly"};

const char *quota_window_name(enum quota_window window)
{
    return window < QUOTA_WINDOWS ? names[window] : "unknown";
}

int quota_window_read(const char *name, enum quota_window *window)
{
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        if (strcmp(names[i], name) == 0) {
            *window = (enum quota_window)i;
            return 0;
        }
    }
    return -1;
}
