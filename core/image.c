#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "image.h"

enum {
    IMAGE_MAX = 12 << 20, /* bytes, decoded */
    HOST_MAX = 253
};

static bool begins(struct span s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

static struct span behind(struct span s, size_t n)
{
    return (struct span){s.p + n, s.n - n};
}

/* ---- data URLs ---- */

static bool is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '+' || c == '/';
}

const char *image_base64_check(struct span text)
{
    size_t n = text.n;
    size_t padding = 0;

    while (padding < 2 && n > 0 && text.p[n - 1] == '=') {
        padding++;
        n--;
    }
    if (n == 0 || text.n % 4 != 0)
        return "an image in valid base64";
    for (size_t i = 0; i < n; i++) {
        if (!is_base64((unsigned char)text.p[i]))
            return "an image in valid base64";
    }
    if (text.n / 4 * 3 - padding > IMAGE_MAX)
        return "an image of at most 12 MiB";
    return NULL;
}

static const char *check_data(struct span url)
{
    static const char *const heads[] = {
        "data:image/png;base64,",
        "data:image/jpeg;base64,",
        "data:image/webp;base64,",
        "data:image/gif;base64,",
    };

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (begins(url, heads[i]))
            return image_base64_check(behind(url, strlen(heads[i])));
    }
    return "a data URL of image/png, jpeg, webp or gif in base64";
}

/* ---- https URLs ---- */

static bool is_public_ip4(uint32_t ip)
{
    static const struct {
        uint32_t net;
        unsigned bits;
    } closed[] = {
        {0x00000000, 8},  /* 0.0.0.0/8 */
        {0x0a000000, 8},  /* 10.0.0.0/8 */
        {0x64400000, 10}, /* 100.64.0.0/10 */
        {0x7f000000, 8},  /* 127.0.0.0/8 */
        {0xa9fe0000, 16}, /* 169.254.0.0/16 */
        {0xac100000, 12}, /* 172.16.0.0/12 */
        {0xc0000000, 24}, /* 192.0.0.0/24 */
        {0xc0a80000, 16}, /* 192.168.0.0/16 */
        {0xc6120000, 15}, /* 198.18.0.0/15 */
        {0xe0000000, 3},  /* 224.0.0.0/4, 240.0.0.0/4 */
    };

    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        if ((ip ^ closed[i].net) >> (32 - closed[i].bits) == 0)
            return false;
    }
    return true;
}

/* Global unicast only, without the ranges that wrap an IPv4 address (6to4,
 * Teredo). */
static bool is_public_ip6(const unsigned char *ip)
{
    static const unsigned char teredo[4] = {0x20, 0x01, 0x00, 0x00};

    if (ip[0] >> 5 != 1)
        return false;
    if (ip[0] == 0x20 && ip[1] == 0x02)
        return false;
    return memcmp(ip, teredo, sizeof(teredo)) != 0;
}

static bool is_local_name(const char *host)
{
    size_t n = strlen(host);

    return strcasecmp(host, "localhost") == 0 ||
           (n > 10 && strcasecmp(host + n - 10, ".localhost") == 0);
}

static bool is_name_byte(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool is_public_name(const char *host)
{
    struct in_addr ip;

    for (size_t i = 0; host[i] != '\0'; i++) {
        if (!is_name_byte((unsigned char)host[i]))
            return false;
    }
    /* inet_aton() knows the short, octal and hexadecimal spellings too. */
    if (inet_aton(host, &ip) != 0)
        return is_public_ip4(ntohl(ip.s_addr));
    return host[0] != '\0' && !is_local_name(host);
}

static bool is_port(struct span s)
{
    if (s.n == 0)
        return true;
    if (s.p[0] != ':' || s.n > 6)
        return false;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

/* host[:port]; a user name before the host is not taken. */
static bool is_public_authority(struct span authority)
{
    bool bracket = authority.n > 0 && authority.p[0] == '[';
    const char *end = memchr(authority.p, bracket ? ']' : ':', authority.n);
    size_t n = end != NULL ? (size_t)(end - authority.p) : authority.n;
    struct in6_addr ip;
    char host[HOST_MAX + 1];

    if ((bracket && end == NULL) || n > HOST_MAX)
        return false;
    if (!is_port(behind(authority, bracket ? n + 1 : n)))
        return false;
    memcpy(host, authority.p, n);
    /* A dot at the end names the same host. */
    if (n > 0 && host[n - 1] == '.')
        n--;
    host[n] = '\0';
    if (!bracket)
        return is_public_name(host);
    return inet_pton(AF_INET6, host + 1, &ip) == 1 && is_public_ip6(ip.s6_addr);
}

static const char *check_https(struct span url)
{
    struct span authority = behind(url, strlen("https://"));
    size_t n = 0;

    for (size_t i = 0; i < url.n; i++) {
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return "an https URL without blanks";
    }
    while (n < authority.n && memchr("/?#", authority.p[n], 3) == NULL)
        n++;
    authority.n = n;
    if (!is_public_authority(authority))
        return "an https URL of a public host";
    return NULL;
}

const char *image_check(struct span url)
{
    if (begins(url, "data:"))
        return check_data(url);
    if (begins(url, "https://"))
        return check_https(url);
    return "an https URL or a data URL of an image";
}
