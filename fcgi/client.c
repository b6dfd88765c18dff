#include "client.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An address as 16 bytes; IPv4 in its mapped form. */
struct address {
    uint8_t b[16];
};

static bool parse(const char *text, struct address *a, bool *v4)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    memcpy(a->b, mapped, sizeof(mapped));
    *v4 = inet_pton(AF_INET, text, a->b + 12) == 1;
    return *v4 || inet_pton(AF_INET6, text, a->b) == 1;
}

static bool same_prefix(
    const struct address *a, const struct address *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);

    return memcmp(a->b, b->b, whole) == 0 &&
           (rest == 0 || (a->b[whole] & mask) == (b->b[whole] & mask));
}

/* The length of a prefix: digits, at most ${most}. */
static bool read_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 3 || text[n] != '\0')
        return false;
    *bits = (unsigned)strtoul(text, NULL, 10);
    return *bits <= most;
}

/* One entry of the list, "10.0.0.0/8" or an address. */
static bool covers(const char *entry, const struct address *a)
{
    char text[64];
    struct address net;
    unsigned bits;
    char *slash;
    bool v4;

    snprintf(text, sizeof(text), "%s", entry);
    if ((slash = strchr(text, '/')) != NULL)
        *slash++ = '\0';
    if (!parse(text, &net, &v4))
        return false;
    bits = v4 ? 32 : 128;
    if (slash != NULL && !read_bits(slash, bits, &bits))
        return false;
    return same_prefix(&net, a, v4 ? bits + 96 : bits);
}

/* The next item of a comma-separated list, blanks cut off. */
static const char *next_item(const char *list, char *item, size_t size)
{
    size_t n;

    list += strspn(list, ", \t");
    n = strcspn(list, ", \t");
    snprintf(item, size, "%.*s", (int)n, list);
    return n == 0 ? NULL : list + n;
}

static bool is_trusted(const struct address *a, const char *trusted)
{
    char entry[64];

    if (trusted == NULL)
        return false;
    while ((trusted = next_item(trusted, entry, sizeof(entry))) != NULL)
        if (covers(entry, a))
            return true;
    return false;
}

void client_address(const char *remote, const char *forwarded, size_t times,
    const char *trusted, char *out, size_t size)
{
    const char *nearest = remote != NULL ? remote : "", *rest = forwarded;
    struct address a;
    char hop[64];
    bool v4;

    snprintf(out, size, "%s", nearest);
    if (rest == NULL || !parse(nearest, &a, &v4) || !is_trusted(&a, trusted))
        return;
    if (times > 1) {
        out[0] = '\0';
        return;
    }
    /* Nobody vouches for what stands left of a hop that is no address. */
    while ((rest = next_item(rest, hop, sizeof(hop))) != NULL)
        if (!parse(hop, &a, &v4))
            snprintf(out, size, "%s", nearest);
        else if (!is_trusted(&a, trusted))
            snprintf(out, size, "%s", hop);
}

bool client_is_local(const char *address)
{
    struct address a;
    bool v4;

    return parse(address, &a, &v4) && is_trusted(&a, "127.0.0.0/8, ::1");
}
