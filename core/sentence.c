#include "sentence.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* What ends sentences, beyond ASCII: of the characters with the property
 * Sentence_Terminal (PropList.txt) those of scripts in which people write
 * today; the ellipsis; what breaks lines. Thai and Lao have none. */
static const uint16_t ends[] = {0x0085, /* next line */
    0x037e,                             /* Greek question mark */
    0x0589,                             /* Armenian */
    0x061d,                             /* Arabic, also Urdu and Persian */
    0x061e, 0x061f, 0x06d4, 0x0700,     /* Syriac */
    0x0701, 0x0702, 0x07f9,             /* N'Ko */
    0x0964,                 /* danda: Devanagari, Bengali and so on */
    0x0965, 0x0df4,         /* Sinhala */
    0x0f0d,                 /* Tibetan */
    0x0f0e, 0x104a,         /* Burmese */
    0x104b, 0x1362,         /* Ethiopic */
    0x1367, 0x1368, 0x17d4, /* Khmer */
    0x17d5, 0x1803,         /* Mongolian */
    0x1809, 0x1c7e,         /* Ol Chiki */
    0x1c7f, 0x2026,         /* ellipsis */
    0x2028, 0x2029,         /* of lines, of paragraphs */
    0x203c, 0x203d, 0x2047, 0x2048, 0x2049, 0x3002, /* Chinese and Japanese */
    0xa9c8,                                         /* Javanese */
    0xa9c9, 0xabeb,                                 /* Meetei */
    0xfe12,                                         /* written downwards */
    0xfe15, 0xfe16, 0xfe52,                         /* small */
    0xfe56, 0xfe57, 0xff01,                         /* full width */
    0xff0e, 0xff1f, 0xff61};

static int compare(const void *key, const void *element)
{
    uint32_t cp = *(const uint32_t *)key, end = *(const uint16_t *)element;

    return cp < end ? -1 : cp > end;
}

static bool is_end(uint32_t cp)
{
    if (cp < 0x80)
        return cp == '.' || cp == '!' || cp == '?' ||
               (cp >= '\n' && cp <= '\r');
    return bsearch(&cp, ends, sizeof(ends) / sizeof(ends[0]), sizeof(ends[0]),
               compare) != NULL;
}

bool sentence_ends(struct span text)
{
    uint32_t cp;
    size_t step;

    for (size_t at = 0; at<text.n; at += step> 0 ? step : 1) {
        step = utf8_read(text.p + at, text.n - at, &cp);
        if (step > 0 && is_end(cp))
            return true;
    }
    return false;
}
