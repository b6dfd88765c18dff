#include "conf_origin.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 253 };

static bool skip(struct span *s, const char *prefix)
{
    size_t n = strlen(prefix);

    if (s->n < n || strncasecmp(s->p, prefix, n) != 0)
        return false;
    s->p += n;
    s->n -= n;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool is_ipv6(struct span s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return strlen(text) == s.n && inet_pton(AF_INET6, text, &address) == 1;
}

/* The length of the host at the front of ${s}, brackets included; 0: none. */
static size_t host_length(struct span s)
{
    size_t n = 0;

    if (s.n > 0 && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.n);

        if (!end)
            return 0;
        n = (size_t)(end - s.p) + 1;
        return is_ipv6((struct span){s.p + 1, n - 2}) ? n : 0;
    }
    while (n < s.n && is_name_char(s.p[n]))
        n++;
    if (n == 0 || n > HOST_MAX || s.p[0] == '.' || s.p[0] == '-')
        return 0;
    return n;
}

/* The length of ":port" at the front of ${s}; 0: none, -1: not a port. */
static int port_length(struct span s)
{
    unsigned port = 0;
    size_t n = 1;

    if (s.n == 0 || s.p[0] != ':')
        return 0;
    while (n < s.n && n <= 5 && s.p[n] >= '0' && s.p[n] <= '9')
        port = port * 10 + (unsigned)(s.p[n++] - '0');
    return port >= 1 && port <= 65535 ? (int)n : -1;
}

static bool is_known_path(struct span s)
{
    return s.n == 0 || span_is(s, "/") || span_is(s, "/v1") ||
           span_is(s, "/v1/");
}

int conf_origin_read(struct span url, struct buf *out)
{
    const char *scheme = skip(&url, "http://")    ? "http://"
                         : skip(&url, "https://") ? "https://"
                                                  : NULL;
    size_t host;
    int port;

    if (!scheme)
        return -1;
    host = host_length(url);
    if (host == 0)
        return -1;
    port = port_length((struct span){url.p + host, url.n - host});
    if (port < 0)
        return -1;
    host += (size_t)port;
    if (!is_known_path((struct span){url.p + host, url.n - host}))
        return -1;
    buf_puts(out, scheme);
    buf_put(out, url.p, host);
    return 0;
}

bool conf_origin_loopback(const char *origin)
{
    struct span s = {origin, strlen(origin)};
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    size_t n;

    if (!skip(&s, "http://") && !skip(&s, "https://"))
        return false;
    n = host_length(s);
    if (n == 9 && strncasecmp(s.p, "localhost", n) == 0)
        return true;
    if (n == 5 && memcmp(s.p, "[::1]", n) == 0)
        return true;
    if (n == 0 || n >= sizeof(text))
        return false;
    memcpy(text, s.p, n);
    text[n] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 &&
           ntohl(address.s_addr) >> 24 == 127;
}
