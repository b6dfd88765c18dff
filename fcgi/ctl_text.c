#include "ctl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "core/utf8.h"

#define SECOND INT64_C(1000000)

/* Digits that fit; moves ${text} behind them. */
static int digits(const char **text, int64_t *value)
{
    const char *p = *text;

    *value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, *p - '0', value))
            return -1;
    }
    if (p == *text)
        return -1;
    *text = p;
    return 0;
}

int ctl_read_count(const char *text, int64_t least, int64_t *value)
{
    if (digits(&text, value) || *text || *value < least)
        return -1;
    return 0;
}

static int64_t unit_seconds(char c)
{
    switch (c) {
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    default:
        return 0;
    }
}

int ctl_read_span(const char *text, int64_t *micros)
{
    int64_t unit;

    if (*text == '+')
        text++;
    if (digits(&text, micros))
        return -1;
    unit = unit_seconds(*text);
    if (unit == 0 || text[1] ||
        __builtin_mul_overflow(*micros, unit * SECOND, micros))
        return -1;
    return 0;
}

/* ---- RFC 3339 ---- */

/* Exactly ${count} digits with a value from ${min} to ${max}. */
static bool field(const char **text, int count, int min, int max, int *value)
{
    *value = 0;
    for (; count > 0; count--, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return *value >= min && *value <= max;
}

static bool literal(const char **text, char c)
{
    if (toupper((unsigned char)**text) != c)
        return false;
    ++*text;
    return true;
}

static bool date_and_time(const char **p, struct tm *tm)
{
    bool good = field(p, 4, 1970, 9999, &tm->tm_year) && literal(p, '-') &&
                field(p, 2, 1, 12, &tm->tm_mon) && literal(p, '-') &&
                field(p, 2, 1, 31, &tm->tm_mday) &&
                (literal(p, 'T') || literal(p, ' ')) &&
                field(p, 2, 0, 23, &tm->tm_hour) && literal(p, ':') &&
                field(p, 2, 0, 59, &tm->tm_min) && literal(p, ':') &&
                field(p, 2, 0, 60, &tm->tm_sec);

    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return good;
}

static bool fraction(const char **p)
{
    if (**p != '.')
        return true;
    ++*p;
    if (**p < '0' || **p > '9')
        return false;
    while (**p >= '0' && **p <= '9')
        ++*p;
    return true;
}

static bool zone(const char **p, int *seconds)
{
    int hours, minutes, sign = **p == '-' ? -1 : 1;

    *seconds = 0;
    if (literal(p, 'Z'))
        return true;
    if (!literal(p, '+') && !literal(p, '-'))
        return false;
    if (!field(p, 2, 0, 23, &hours) || !literal(p, ':') ||
        !field(p, 2, 0, 59, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static int read_rfc3339(const char *text, int64_t *micros)
{
    struct tm tm = {0}, check;
    int offset;
    time_t t;

    if (!date_and_time(&text, &tm) || !fraction(&text) ||
        !zone(&text, &offset) || *text)
        return -1;
    check = tm;
    t = timegm(&check);
    /* The 31st of a month that has none moves to the next month. */
    if (check.tm_mday != tm.tm_mday && tm.tm_sec < 60)
        return -1;
    *micros = ((int64_t)t - offset) * SECOND;
    return 0;
}

int ctl_read_time(const char *text, int64_t now, int64_t *micros)
{
    int64_t span;

    if (*text != '+' && *text != '-')
        return read_rfc3339(text, micros);
    if (ctl_read_span(text + 1, &span))
        return -1;
    if (*text == '-')
        span = -span;
    return __builtin_add_overflow(now, span, micros) ? -1 : 0;
}

void ctl_write_time(int64_t micros, char out[CTL_TIME_TEXT])
{
    time_t t = (time_t)(micros / SECOND);
    struct tm tm;

    if (!gmtime_r(&t, &tm) ||
        strftime(out, CTL_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, CTL_TIME_TEXT, "%lld", (long long)micros);
}

/* ---- names ---- */

int ctl_read_email(const char *text, char email[STORE_EMAIL_MAX + 1])
{
    const char *at = strchr(text, '@');
    size_t n = strlen(text);

    if (!at || at == text || !at[1] || strchr(at + 1, '@') ||
        n > STORE_EMAIL_MAX)
        return -1;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && !isgraph((unsigned char)text[i]))
            return -1;
        email[i] = (char)tolower((unsigned char)text[i]);
    }
    return 0;
}

int ctl_read_label(const char *text, char *out, size_t size)
{
    size_t n = strlen(text);

    if (n >= size || !utf8_valid((struct span){text, n}))
        return -1;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return -1;
    }
    memcpy(out, text, n + 1);
    return 0;
}

int ctl_read_name(const char *text, char out[STORE_NAME_MAX + 1])
{
    const size_t n = strlen(text);

    if (n == 0 || n > STORE_NAME_MAX ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                     "0123456789._-") != n)
        return -1;
    memcpy(out, text, n + 1);
    return 0;
}

/* ---- files ---- */

static int check_json(struct ctl *c, const char *path, const struct buf *text)
{
    struct json_doc doc = {0};
    enum json_error error = json_parse(&doc, text->data, text->len);
    int result = CTL_OK;

    if (error != JSON_OK)
        result = ctl_fail(c, "%.200s: %s", path, json_strerror(error));
    else if (json_kind(&doc, 0) != JSON_OBJECT)
        result = ctl_fail(c, "%.200s is not a JSON object", path);
    json_free(&doc);
    return result;
}

int ctl_read_json(
    struct ctl *c, const char *path, size_t most, struct buf *text)
{
    const bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "re");
    size_t n = 0;
    char *at;
    int bad;

    if (!file)
        return ctl_fail(c, "%.200s: %s", path, strerror(errno));
    do {
        at = buf_reserve(text, 65536);
        n = at ? fread(at, 1, 65536, file) : 0;
        if (at)
            buf_commit(text, n);
    } while (n > 0 && text->len <= most);
    bad = ferror(file);
    if (!input)
        fclose(file);
    if (bad || text->failed)
        return ctl_fail(c, "%.200s cannot be read", path);
    if (text->len > most)
        return ctl_fail(c, "%.200s has more than %zu bytes", path, most);
    return check_json(c, path, text);
}
