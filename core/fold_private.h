#ifndef FOLD_PRIVATE_H
#define FOLD_PRIVATE_H

#include <utf8proc.h>

#include "fold.h"

/* What folding knows of single characters, and its steps. */

enum {
    FOLD_REPLACEMENT = 0xfffd,
    FOLD_PARTS = 32, /* of one character, at most */
    /* Of one that is taken for them. Two stand for whole phrases, of 18 letters
     * and 8: they stay what they are, or a text of nothing else would cost many
     * times what others of its length do. */
    FOLD_PARTS_MOST = 7
};

/**
 * fold_joins_back(cp), fold_joins_on(cp):
 * Whether ${cp}, which is no mark by its class, may become one with the
 * character before it: the second halves of canonical pairs in
 * UnicodeData.txt; with one behind it that a skeleton keeps: the first halves
 * of such pairs.
 */
bool fold_joins_back(uint32_t cp);
bool fold_joins_on(uint32_t cp);

/**
 * fold_is_western(cp):
 * Whether marks on the base ${cp} are decoration: the alphabets of the West,
 * and what passes for their letters. Elsewhere a mark may be a vowel.
 */
bool fold_is_western(uint32_t cp);

/**
 * fold_decompose(cp, parts):
 * Leave the parts of ${cp}, case-folded, in ${parts}. Returns their number; 0
 * when ${cp} is not to be seen.
 */
size_t fold_decompose(uint32_t cp, utf8proc_int32_t parts[FOLD_PARTS]);

/**
 * fold_is_simple(cp):
 * Whether ${cp} is a letter that folds to itself and stands for itself.
 */
bool fold_is_simple(uint32_t cp);

/**
 * fold_folded[c], fold_skeleton[c]:
 * The ASCII character ${c}, folded; and as in a skeleton, where those letters
 * and digits are one that are taken for each other. NUL: not to be seen.
 */
extern const char fold_folded[128];
extern const char fold_skeleton[128];

/**
 * fold_is_latin(cp):
 * Whether ${cp} is an ASCII letter.
 */
static inline bool fold_is_latin(uint32_t cp)
{
    return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z' && cp < 0x80;
}

/**
 * fold_run(f, text, units, room, count):
 * Take ASCII from the front of ${text}, as fold_feed() does, while nothing
 * waits and nothing has to. Returns the bytes.
 */
size_t fold_run(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count);

/**
 * fold_plainly(f, text, units, room, count):
 * fold_feed() that decodes nothing.
 */
size_t fold_plainly(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count);

/**
 * fold_stand_in(f, said, width, out):
 * Take ${said}, a character or a byte, for the next ${width} bytes of the text.
 * Returns how many units came out.
 */
size_t fold_stand_in(
    struct fold *f, struct span said, size_t width, struct fold_unit *out);

/**
 * fold_last(f, out):
 * End the text, of which no reference is left.
 */
size_t fold_last(struct fold *f, struct fold_unit *out);

/**
 * fold_greek(cp):
 * What a skeleton has for a Greek small letter from U+03AC to U+03CE: without
 * accents, and sigma is one letter. 0: it is none.
 */
static inline uint32_t fold_greek(uint32_t cp)
{
    static const char accented[] = "\xb1\xb5\xb7\xb9", late[] = "\xbf\xc5\xc9";

    if (cp < 0x03b0)
        return 0x0300 + (uint8_t)accented[cp - 0x03ac];
    if (cp >= 0x03cc)
        return 0x0300 + (uint8_t)late[cp - 0x03cc];
    if (cp == 0x03b0 || cp > 0x03c9)
        return 0;
    return cp != 0x03c2 ? cp : 0x03c3;
}

/**
 * fold_arabic(cp):
 * The same for Arabic from U+0622 to U+064A: without hamza and madda above or
 * below.
 */
static inline uint32_t fold_arabic(uint32_t cp)
{
    static const char carriers[] = "\x27\x27\x48\x27\x4a";

    if (cp < 0x0627)
        return 0x0600 + (uint8_t)carriers[cp - 0x0622];
    return cp <= 0x063a || cp >= 0x0641 ? cp : 0;
}

/**
 * fold_common(cp, capital):
 * What a skeleton has for a letter of which there are whole texts, when that
 * is one letter whatever follows, and whether it is a ${capital}: for Greek and
 * Cyrillic, Hebrew, Arabic and Chinese ones. 0: none of these.
 */
static inline uint32_t fold_common(uint32_t cp, bool *capital)
{
    *capital = cp < 0x0430 && cp >= 0x0410;
    if (cp < 0x0410)
        return cp >= 0x03ac && cp <= 0x03ce ? fold_greek(cp) : 0;
    if (cp < 0x0450) {
        cp += *capital ? 0x20 : 0;
        return cp != 0x0439 ? cp : 0x0438; /* without its breve */
    }
    if (cp >= 0x4e00)
        return cp < 0xa000 ? cp : 0;
    if (cp >= 0x0622)
        return cp <= 0x064a ? fold_arabic(cp) : 0;
    return cp >= 0x05d0 && cp <= 0x05ea ? cp : 0;
}

#endif
