#include "lookalike.h"

#include <stddef.h>

/* Letters that pass for ASCII letters, by code point: Cyrillic, Greek,
 * Armenian, Cherokee, Coptic, Lisu, phonetic and stroked Latin, and the letters
 * in black discs and squares. Put together by eye and by the idea of UTS #39;
 * what NFKC or the removal of marks turns into ASCII is not here. Scripts
 * whose every text would pass for Latin (Hebrew, Arabic, the digits of Indic
 * scripts) are left out. */
static const struct pair {
    uint32_t cp;
    char letter;
} pairs[] = {
    {0x00F8, 'o'},
    {0x0111, 'd'},
    {0x0127, 'h'},
    {0x0131, 'i'},
    {0x0138, 'k'},
    {0x0142, 'l'},
    {0x014B, 'n'},
    {0x0167, 't'},
    {0x0180, 'b'},
    {0x0185, 'b'},
    {0x0188, 'c'},
    {0x0192, 'f'},
    {0x0199, 'k'},
    {0x019A, 'l'},
    {0x01A5, 'p'},
    {0x01AD, 't'},
    {0x01B4, 'y'},
    {0x01BD, 's'},
    {0x01C0, 'l'},
    {0x01E5, 'g'},
    {0x0225, 'z'},
    {0x0240, 'z'},
    {0x0247, 'e'},
    {0x0249, 'j'},
    {0x024D, 'r'},
    {0x024F, 'y'},
    {0x0251, 'a'},
    {0x0253, 'b'},
    {0x0256, 'd'},
    {0x0257, 'd'},
    {0x025B, 'e'},
    {0x0260, 'g'},
    {0x0261, 'g'},
    {0x0262, 'g'},
    {0x0266, 'h'},
    {0x0268, 'i'},
    {0x0269, 'i'},
    {0x026A, 'i'},
    {0x026B, 'l'},
    {0x026D, 'l'},
    {0x026F, 'w'},
    {0x0271, 'm'},
    {0x0272, 'n'},
    {0x0274, 'n'},
    {0x0275, 'o'},
    {0x027D, 'r'},
    {0x027E, 'r'},
    {0x0280, 'r'},
    {0x0282, 's'},
    {0x0288, 't'},
    {0x0289, 'u'},
    {0x028A, 'u'},
    {0x028B, 'u'},
    {0x028F, 'y'},
    {0x0290, 'z'},
    {0x0298, 'o'},
    {0x0299, 'b'},
    {0x029C, 'h'},
    {0x029F, 'l'},
    {0x02A0, 'q'},
    {0x13A0, 'd'},
    {0x13A1, 'r'},
    {0x13A2, 't'},
    {0x13A5, 'i'},
    {0x13A9, 'y'},
    {0x13AA, 'a'},
    {0x13AB, 'j'},
    {0x13AC, 'e'},
    {0x13B3, 'w'},
    {0x13B6, 'g'},
    {0x13B7, 'm'},
    {0x13BB, 'h'},
    {0x13C0, 'g'},
    {0x13C2, 'h'},
    {0x13C3, 'z'},
    {0x13CF, 'b'},
    {0x13D2, 'r'},
    {0x13D4, 'w'},
    {0x13D5, 's'},
    {0x13D9, 'v'},
    {0x13DA, 's'},
    {0x13DE, 'l'},
    {0x13DF, 'c'},
    {0x13E2, 'p'},
    {0x13E6, 'k'},
    {0x13E7, 'd'},
    {0x13F4, 'b'},
    {0x1D00, 'a'},
    {0x1D04, 'c'},
    {0x1D05, 'd'},
    {0x1D07, 'e'},
    {0x1D0A, 'j'},
    {0x1D0B, 'k'},
    {0x1D0D, 'm'},
    {0x1D0F, 'o'},
    {0x1D18, 'p'},
    {0x1D1B, 't'},
    {0x1D1C, 'u'},
    {0x1D20, 'v'},
    {0x1D21, 'w'},
    {0x1D22, 'z'},
    {0x1D29, 'p'},
    {0x212E, 'e'},
    {0x2184, 'c'},
    {0x2223, 'l'},
    {0x2228, 'v'},
    {0x292B, 'x'},
    {0x2C81, 'a'},
    {0x2C83, 'b'},
    {0x2C89, 'e'},
    {0x2C8F, 'h'},
    {0x2C93, 'i'},
    {0x2C95, 'k'},
    {0x2C99, 'm'},
    {0x2C9B, 'n'},
    {0x2C9F, 'o'},
    {0x2CA3, 'p'},
    {0x2CA5, 'c'},
    {0x2CA7, 't'},
    {0x2CA9, 'y'},
    {0x2CAD, 'x'},
    {0xA4D0, 'b'},
    {0xA4D1, 'p'},
    {0xA4D2, 'd'},
    {0xA4D3, 'd'},
    {0xA4D4, 't'},
    {0xA4D6, 'g'},
    {0xA4D7, 'k'},
    {0xA4D9, 'j'},
    {0xA4DA, 'c'},
    {0xA4DC, 'z'},
    {0xA4DD, 'f'},
    {0xA4DF, 'm'},
    {0xA4E0, 'n'},
    {0xA4E1, 'l'},
    {0xA4E2, 's'},
    {0xA4E3, 'r'},
    {0xA4E4, 'b'},
    {0xA4E6, 'v'},
    {0xA4E7, 'h'},
    {0xA4EA, 'w'},
    {0xA4EB, 'x'},
    {0xA4EE, 'a'},
    {0xA4F0, 'e'},
    {0xA4F2, 'i'},
    {0xA4F3, 'o'},
    {0xA4F4, 'u'},
    {0xA730, 'f'},
    {0xA731, 's'},
    {0xA799, 'f'},
    {0x1F150, 'a'},
    {0x1F151, 'b'},
    {0x1F152, 'c'},
    {0x1F153, 'd'},
    {0x1F154, 'e'},
    {0x1F155, 'f'},
    {0x1F156, 'g'},
    {0x1F157, 'h'},
    {0x1F158, 'i'},
    {0x1F159, 'j'},
    {0x1F15A, 'k'},
    {0x1F15B, 'l'},
    {0x1F15C, 'm'},
    {0x1F15D, 'n'},
    {0x1F15E, 'o'},
    {0x1F15F, 'p'},
    {0x1F160, 'q'},
    {0x1F161, 'r'},
    {0x1F162, 's'},
    {0x1F163, 't'},
    {0x1F164, 'u'},
    {0x1F165, 'v'},
    {0x1F166, 'w'},
    {0x1F167, 'x'},
    {0x1F168, 'y'},
    {0x1F169, 'z'},
    {0x1F170, 'a'},
    {0x1F171, 'b'},
    {0x1F172, 'c'},
    {0x1F173, 'd'},
    {0x1F174, 'e'},
    {0x1F175, 'f'},
    {0x1F176, 'g'},
    {0x1F177, 'h'},
    {0x1F178, 'i'},
    {0x1F179, 'j'},
    {0x1F17A, 'k'},
    {0x1F17B, 'l'},
    {0x1F17C, 'm'},
    {0x1F17D, 'n'},
    {0x1F17E, 'o'},
    {0x1F17F, 'p'},
    {0x1F180, 'q'},
    {0x1F181, 'r'},
    {0x1F182, 's'},
    {0x1F183, 't'},
    {0x1F184, 'u'},
    {0x1F185, 'v'},
    {0x1F186, 'w'},
    {0x1F187, 'x'},
    {0x1F188, 'y'},
    {0x1F189, 'z'},
};

/* Those of Greek, Cyrillic and Armenian, of which there are whole texts, by
 * their place in this range. */
#define AT(cp) [(cp)-LOOKALIKE_BEGIN]

const char lookalike_table[LOOKALIKE_END - LOOKALIKE_BEGIN] = {
    AT(0x03B1) = 'a',
    AT(0x03B2) = 'b',
    AT(0x03B3) = 'y',
    AT(0x03B5) = 'e',
    AT(0x03B6) = 'z',
    AT(0x03B7) = 'n',
    AT(0x03B9) = 'i',
    AT(0x03BA) = 'k',
    AT(0x03BC) = 'm',
    AT(0x03BD) = 'v',
    AT(0x03BF) = 'o',
    AT(0x03C1) = 'p',
    AT(0x03C3) = 'o',
    AT(0x03C4) = 't',
    AT(0x03C5) = 'u',
    AT(0x03C7) = 'x',
    AT(0x03C9) = 'w',
    AT(0x03F3) = 'j',
    AT(0x0430) = 'a',
    AT(0x0432) = 'b',
    AT(0x0433) = 'r',
    AT(0x0435) = 'e',
    AT(0x043A) = 'k',
    AT(0x043C) = 'm',
    AT(0x043D) = 'h',
    AT(0x043E) = 'o',
    AT(0x0440) = 'p',
    AT(0x0441) = 'c',
    AT(0x0442) = 't',
    AT(0x0443) = 'y',
    AT(0x0445) = 'x',
    AT(0x044C) = 'b',
    AT(0x0452) = 'h',
    AT(0x0455) = 's',
    AT(0x0456) = 'i',
    AT(0x0458) = 'j',
    AT(0x045B) = 'h',
    AT(0x0461) = 'w',
    AT(0x0475) = 'v',
    AT(0x049B) = 'k',
    AT(0x04A3) = 'h',
    AT(0x04AB) = 'c',
    AT(0x04AF) = 'y',
    AT(0x04B1) = 'y',
    AT(0x04B3) = 'x',
    AT(0x04BB) = 'h',
    AT(0x04BD) = 'e',
    AT(0x04CF) = 'l',
    AT(0x0501) = 'd',
    AT(0x0511) = 'e',
    AT(0x051B) = 'q',
    AT(0x051D) = 'w',
    AT(0x0561) = 'w',
    AT(0x0566) = 'q',
    AT(0x0570) = 'h',
    AT(0x0575) = 'j',
    AT(0x0578) = 'n',
    AT(0x057C) = 'n',
    AT(0x057D) = 'u',
    AT(0x0581) = 'g',
    AT(0x0585) = 'o',
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

/* Greek capitals look like other letters than their small ones do. Whether a
 * text is Greek or pretends to be Latin shows in the letter before. */
static char greek_capital(uint32_t cp)
{
    switch (cp) {
    case 0x03b7:
        return 'h';
    case 0x03bd:
        return 'n';
    case 0x03c5:
        return 'y';
    default:
        return 0;
    }
}

char lookalike(uint32_t cp, bool capital, bool latin)
{
    size_t low = 0, high = PAIRS, middle;
    char letter = 0;

    if (cp < pairs[0].cp || cp > pairs[PAIRS - 1].cp ||
        (cp >= 0x3000 && cp < 0xa000) || (cp >= LOOKALIKE_END && cp < 0x13a0))
        return 0;
    if (capital && latin && (letter = greek_capital(cp)) != 0)
        return letter;
    if (cp >= LOOKALIKE_BEGIN && cp < LOOKALIKE_END)
        return (char)lookalike_near(cp);
    while (low < high) {
        middle = (low + high) / 2;
        if (pairs[middle].cp < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return low < PAIRS && pairs[low].cp == cp ? pairs[low].letter : 0;
}

/* Who types with care, or a program for him, writes them for the ASCII ones. */
char lookalike_sign(uint32_t cp)
{
    if (cp < 0x02b9 || (cp >= 0x2cc0 && cp < 0xa789))
        return 0;
    switch (cp) {
    case 0x02d7: /* minus as a modifier */
    case 0x2010: /* hyphen, and one that does not break, by NFKC */
    case 0x2012: /* as wide as a digit */
    case 0x2013: /* en dash */
    case 0x2043: /* bullet */
    case 0x2212: /* minus */
    case 0x2796:
        return '-';
    case 0x02b9:
    case 0x02bb:
    case 0x02bc:
    case 0x02bd:
    case 0x02c8:
    case 0x055a:
    case 0x2018: /* single quotation marks and apostrophe */
    case 0x2019:
    case 0x201b:
    case 0x2032: /* primes, of which NFKC makes the double ones */
    case 0x2035:
        return '\'';
    case 0x201c: /* double quotation marks */
    case 0x201d:
    case 0x201f:
        return '"';
    case 0x2044: /* of fractions */
    case 0x2215: /* division */
    case 0x29f8:
        return '/';
    case 0x204e:
    case 0x2217:
        return '*';
    case 0x2236: /* ratio */
    case 0xa789:
        return ':';
    case 0x201a: /* low quotation mark */
        return ',';
    case 0x223c:
        return '~';
    case 0x2795:
        return '+';
    default:
        return 0;
    }
}

bool lookalike_weak(uint32_t cp)
{
    switch (cp) {
    case 0x03b2: /* beta */
    case 0x03b5: /* epsilon */
    case 0x03bc: /* mu */
    case 0x0432: /* ve */
    case 0x043c: /* em */
    case 0x043d: /* en */
    case 0x0442: /* te */
        return true;
    default:
        return false;
    }
}
