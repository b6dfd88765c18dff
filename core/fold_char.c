#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#include "fold_private.h"

/* Four are looked at together; ${count} is a multiple of that. */
static inline bool is_one_of(const uint32_t *list, size_t count, uint32_t cp)
{
    typedef uint32_t four __attribute__((vector_size(16)));
    four found = {0}, some;

    for (size_t i = 0; i < count; i += 4) {
        memcpy(&some, list + i, sizeof(some));
        found |= (four)(some == cp);
    }
    return (found[0] | found[1] | found[2] | found[3]) != 0;
}

bool fold_joins_back(uint32_t cp)
{
    static const uint32_t joiners[] = {0x09be, 0x09d7, 0x0b3e, 0x0b56, 0x0b57,
        0x0bbe, 0x0bd7, 0x0cc2, 0x0cd5, 0x0cd6, 0x0d3e, 0x0d57, 0x0dcf, 0x0ddf,
        0x102e, 0x1b35, 0x11127, 0x1133e, 0x11357, 0x114b0, 0x114ba, 0x114bd,
        0x115af, 0x11930};

    if (cp < 0x09be || (cp > 0x30ff && cp < 0x11127) || cp > 0x11930)
        return false;
    if (cp >= 0x1161 && cp <= 0x11c2)
        return cp <= 0x1175 || cp >= 0x11a8;
    return is_one_of(joiners, sizeof(joiners) / sizeof(joiners[0]), cp);
}

bool fold_joins_on(uint32_t cp)
{
    static const uint32_t firsts[] = {0x0928, 0x0930, 0x0933, 0x09c7, 0x0b47,
        0x0b92, 0x0bc6, 0x0bc7, 0x0c46, 0x0cbf, 0x0cc6, 0x0cca, 0x0d46, 0x0d47,
        0x0dd9, 0x0ddc, 0x1025, 0x1b05, 0x1b07, 0x1b09, 0x1b0b, 0x1b0d, 0x1b11,
        0x1b3a, 0x1b3c, 0x1b3e, 0x1b3f, 0x1b42, 0x3046, 0x309d, 0x30a6, 0x30fd,
        0x11099, 0x1109b, 0x110a5, 0x11131, 0x11132, 0x11347, 0x114b9, 0x115b8,
        0x115b9, 0x11935, 0x11935, 0x11935};

    if (cp < 0x0928 || (cp > 0x30ff && cp < 0xac00) || cp > 0x11935)
        return false;
    if (cp >= 0xac00 && cp <= 0xd7a3)
        return (cp - 0xac00) % 28 == 0;
    if ((cp >= 0x1100 && cp <= 0x1112) || (cp >= 0x304b && cp <= 0x307b) ||
        (cp >= 0x30ab && cp <= 0x30f2))
        return true;
    return is_one_of(firsts, sizeof(firsts) / sizeof(firsts[0]), cp);
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0x85 || cp == 0x2028 ||
           cp == 0x2029 || cp == 0x1680;
}

bool fold_is_western(uint32_t cp)
{
    return cp < 0x0590 || (cp >= 0x1d00 && cp < 0x3000) ||
           (cp >= 0xa720 && cp < 0xa800) || (cp >= 0x13a0 && cp < 0x1400) ||
           (cp >= 0xa4d0 && cp < 0xa500) || (cp >= 0x1f100 && cp < 0x1f200);
}

size_t fold_decompose(uint32_t cp, utf8proc_int32_t parts[FOLD_PARTS])
{
    utf8proc_ssize_t n;
    int boundary = 0;

    parts[0] = (utf8proc_int32_t)cp;
    if (is_blank(cp)) {
        parts[0] = ' ';
        return 1;
    }
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
        return 0;
    if (cp == FOLD_REPLACEMENT || (cp >= 0xac00 && cp <= 0xd7a3) ||
        (cp >= 0x4e00 && cp < 0xa000))
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, FOLD_PARTS,
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
            UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
        &boundary);
    assert(n <= FOLD_PARTS);
    if (n > FOLD_PARTS_MOST) {
        parts[0] = (utf8proc_int32_t)cp;
        return 1;
    }
    return n > 0 ? (size_t)n : 0;
}

bool fold_is_simple(uint32_t cp)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);

    return (p->category == UTF8PROC_CATEGORY_LL ||
               p->category == UTF8PROC_CATEGORY_LO) &&
           p->decomp_seqindex == UINT16_MAX &&
           p->casefold_seqindex == UINT16_MAX && !p->ignorable &&
           p->combining_class == 0 && !fold_joins_back(cp) &&
           !fold_joins_on(cp);
}
