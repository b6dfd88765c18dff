#include "http_head.h"

#include <string.h>
#include <strings.h>

enum { SECONDS_MAX = 86400 };

bool http_name_is(struct span name, const char *lower)
{
    return name.n == strlen(lower) && strncasecmp(name.p, lower, name.n) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span http_trim(struct span value)
{
    while (value.n > 0 && is_blank(value.p[0]))
        value.p++, value.n--;
    while (value.n > 0 && is_blank(value.p[value.n - 1]))
        value.n--;
    return value;
}

static uint32_t read_seconds(struct span value)
{
    uint32_t seconds = 0;

    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return 0;
        seconds = seconds * 10 + (uint32_t)(value.p[i] - '0');
        if (seconds > SECONDS_MAX)
            seconds = SECONDS_MAX;
    }
    return seconds;
}

void http_head_begin(struct http_head *head, int status)
{
    head->status = status;
    head->content_type[0] = '\0';
    head->retry_after = 0;
}

void http_head_field(
    struct http_head *head, struct span name, struct span value)
{
    size_t room = sizeof(head->content_type) - 1;

    value = http_trim(value);
    if (http_name_is(name, "content-type")) {
        size_t n = value.n < room ? value.n : room;

        memcpy(head->content_type, value.p, n);
        head->content_type[n] = '\0';
    } else if (http_name_is(name, "retry-after")) {
        head->retry_after = read_seconds(value);
    }
}
