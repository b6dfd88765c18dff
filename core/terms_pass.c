#include "lookalike.h"
#include "terms_private.h"

/* How the letters of a hit relate to those of the term. */
struct tally {
    size_t same;   /* letters and digits */
    size_t alike;  /* other letters that pass for them */
    size_t digits; /* digits in the place of letters */
    size_t spelt;  /* letters in the place of digits */
};

enum { ALIKE_ALONE = 4 /* lookalikes that are no accident of a language */ };

static uint32_t shown(struct fold_letter l)
{
    return l.looks != 0 ? l.looks : l.cp;
}

static bool is_digit(uint32_t cp)
{
    return cp == '0' || cp == '1' || cp == '|';
}

static bool is_sign(uint32_t cp)
{
    return cp < 0x80 && !(cp >= 'a' && cp <= 'z') && !(cp >= '0' && cp <= '9');
}

static bool is_weak(struct fold_letter l)
{
    return lookalike_weak(l.cp) && !l.capital;
}

/* One letter for another of the same class: i, l, 1, | or o, 0. A capital i
 * passes for an l inside of a word in small letters. */
static bool swapped(struct fold_letter term, struct fold_letter text,
    const struct fold_letter *before, struct tally *tally)
{
    if (is_digit(shown(text))) {
        tally->digits++;
        return true;
    }
    if (is_digit(shown(term))) {
        tally->spelt++;
        return true;
    }
    tally->alike++;
    return text.cp == 'i' && text.capital && before != NULL &&
           !before->capital && shown(*before) >= 'a' && shown(*before) <= 'z';
}

static bool passes(struct fold_letter term, struct fold_letter text,
    const struct fold_letter *before, struct tally *tally)
{
    if (term.cp == text.cp) {
        tally->same += !is_sign(text.cp);
        return true;
    }
    if (is_weak(text) || is_weak(term))
        return false;
    if (shown(term) != shown(text))
        return swapped(term, text, before, tally);
    tally->alike++;
    return true;
}

bool terms_passes(
    const struct fold_letter *term, const struct fold_letter *text, size_t n)
{
    struct tally tally = {0};

    for (size_t i = 0; i < n; i++)
        if (!passes(term[i], text[i], i > 0 ? &text[i - 1] : NULL, &tally))
            return false;
    if (tally.alike + tally.digits + tally.spelt == 0)
        return true;
    if (tally.digits > tally.same + tally.alike)
        return false;
    if (tally.spelt > 0 && 2 * tally.spelt >= tally.same)
        return false;
    return tally.same > 0 || (tally.alike >= ALIKE_ALONE && tally.digits == 0);
}
