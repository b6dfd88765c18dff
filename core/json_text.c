#include <assert.h>
#include <string.h>

#include "json_private.h"
#include "utf8.h"

/* The texts of strings: escapes into UTF-8 and back. */

uint32_t json_hex4(const char *p)
{
    uint32_t unit = 0;
    int i;

    for (i = 0; i < 4; i++) {
        unit <<= 4;
        unit += (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    }
    return unit;
}

/* Decode the valid escape at p, two when they are a surrogate pair, and move p
 * behind it. */
static size_t unescape(const char **p, char out[4])
{
    static const char letters[] = "bfnrt";
    static const char controls[] = "\b\f\n\r\t";
    const char *letter;
    uint32_t c;

    if ((*p)[1] != 'u') {
        letter = strchr(letters, (*p)[1]);
        out[0] = letter != NULL ? controls[letter - letters] : (*p)[1];
        *p += 2;
        return 1;
    }
    c = json_hex4(*p + 2);
    *p += 6;
    if (c >= 0xd800 && c <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (json_hex4(*p + 2) - 0xdc00);
        *p += 6;
    }
    return utf8_encode(c, out);
}

/* The next piece of a string: bytes as they stand, or one escape decoded into
 * room. */
static struct span next_piece(const char **p, const char *end, char room[4])
{
    struct span piece = {*p, 0};
    const char *escape;

    if (**p == '\\') {
        piece.p = room;
        piece.n = unescape(p, room);
        return piece;
    }
    escape = memchr(*p, '\\', (size_t)(end - *p));
    piece.n = (size_t)((escape != NULL ? escape : end) - *p);
    *p += piece.n;
    return piece;
}

static bool decodes_to(struct span inside, struct span wanted)
{
    const char *p = inside.p;
    const char *end = inside.p + inside.n;
    struct span piece;
    char room[4];

    while (p < end) {
        piece = next_piece(&p, end, room);
        if (piece.n > wanted.n || memcmp(piece.p, wanted.p, piece.n) != 0)
            return false;
        wanted.p += piece.n;
        wanted.n -= piece.n;
    }
    return wanted.n == 0;
}

bool json_string_is(const struct json_doc *doc, uint32_t node, const char *text)
{
    if (json_kind(doc, node) != JSON_STRING)
        return false;
    return decodes_to(
        json_inside(doc, node), (struct span){text, strlen(text)});
}

bool json_key_same(const struct json_doc *doc, uint32_t a, uint32_t b)
{
    struct span left = json_inside(doc, a);
    struct span right = json_inside(doc, b);
    char decoded[JSON_MAX_KEY];
    const char *p = left.p;
    size_t n = 0;

    if (!doc->nodes[a].escaped && !doc->nodes[b].escaped)
        return left.n == right.n && memcmp(left.p, right.p, left.n) == 0;
    while (p < left.p + left.n) {
        if (*p != '\\')
            decoded[n++] = *p++;
        else
            n += unescape(&p, decoded + n);
    }
    return decodes_to(right, (struct span){decoded, n});
}

void json_unescape(struct span inside, struct buf *out)
{
    const char *p = inside.p;
    const char *end = inside.p + inside.n;
    struct span piece;
    char room[4];

    while (p < end) {
        piece = next_piece(&p, end, room);
        buf_put(out, piece.p, piece.n);
    }
}

void json_string(const struct json_doc *doc, uint32_t node, struct buf *out)
{
    assert(json_kind(doc, node) == JSON_STRING);
    json_unescape(json_inside(doc, node), out);
}

static void quote_byte(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        buf_puts(out, "\\\"");
        break;
    case '\\':
        buf_puts(out, "\\\\");
        break;
    case '\n':
        buf_puts(out, "\\n");
        break;
    case '\r':
        buf_puts(out, "\\r");
        break;
    case '\t':
        buf_puts(out, "\\t");
        break;
    default:
        buf_printf(out, "\\u%04x", c);
    }
}

void json_escape(struct buf *out, struct span s)
{
    size_t begin = 0;
    size_t i;
    unsigned char c;

    for (i = 0; i < s.n; i++) {
        c = (unsigned char)s.p[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buf_put(out, s.p + begin, i - begin);
        quote_byte(out, c);
        begin = i + 1;
    }
    if (begin < s.n)
        buf_put(out, s.p + begin, s.n - begin);
}

void json_quote(struct buf *out, struct span s)
{
    buf_puts(out, "\"");
    json_escape(out, s);
    buf_puts(out, "\"");
}
