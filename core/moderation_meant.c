#include "moderation_meant.h"

#include <stdbool.h>
#include <string.h>

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || c >= 0x80;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Words of which stars hide a part, and what they are. */
static const char *const masked[][2] = {
    {"f*ck", "fuck"},
    {"f*cking", "fucking"},
    {"f*cked", "fucked"},
    {"f*k", "fuck"},
    {"f*", "fuck"},
    {"motherf*cker", "motherfucker"},
    {"sh*t", "shit"},
    {"s*t", "shit"},
    {"bullsh*t", "bullshit"},
    {"b*tch", "bitch"},
    {"b*tches", "bitches"},
    {"b*ch", "bitch"},
    {"c*nt", "cunt"},
    {"c*ck", "cock"},
    {"d*ck", "dick"},
    {"p*ssy", "pussy"},
    {"a*s", "ass"},
    {"a*shole", "asshole"},
    {"n*gger", "nigger"},
    {"n*ggers", "niggers"},
    {"n*gga", "nigga"},
    {"n*er", "nigger"},
    {"f*g", "fag"},
    {"f*ggot", "faggot"},
    {"f*t", "faggot"},
    {"r*tard", "retard"},
    {"wh*re", "whore"},
    {"sl*t", "slut"},
    {"s*x", "sex"},
    {"p*rn", "porn"},
    {"r*pe", "rape"},
    {"r*ped", "raped"},
    {"k*ll", "kill"},
    {"k*l", "kill"},
    {"d*e", "die"},
    {"su*cide", "suicide"},
    {"s*icide", "suicide"},
    {"s*cide", "suicide"},
    {"s*e", "suicide"},
};

/* Shorten each run of stars to one, look the word up, or drop the stars. */
static size_t unmask(uint8_t *p, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++)
        if (p[i] != '*' || to == 0 || p[to - 1] != '*')
            p[to++] = p[i];
    for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
        if (strlen(masked[i][0]) == to && memcmp(masked[i][0], p, to) == 0) {
            n = strlen(masked[i][1]);
            memcpy(p, masked[i][1], n);
            return n;
        }
    }
    n = 0;
    for (size_t i = 0; i < to; i++)
        if (p[i] != '*')
            p[n++] = p[i];
    return n;
}

/* The letter that c stands for inside a word, or c. */
static uint8_t letter_of(uint8_t c)
{
    static const char from[] = "0134578$@!|", to[] = "oieastbsail";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? (uint8_t)to[at - from] : c;
}

/* Whether digits at the front are part of a disguise: one digit before
 * letters that are neither an ordinal's nor a unit's. */
static bool front_is_disguise(const uint8_t *p, size_t n)
{
    static const char *const units[] = {"st", "nd", "rd", "th", "yo", "yr",
        "yrs", "am", "pm", "kg", "km", "cm", "mm", "mg", "ml", "gb", "mb", "tb",
        "ft", "lb", "lbs", "hr", "hrs", "min", "mins", "pcs", "px", "oz",
        "year", "years", "day", "days", "way", "star"};

    if (n < 4 || is_digit(p[1]))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strlen(units[i]) == n - 1 && memcmp(units[i], p + 1, n - 1) == 0)
            return false;
    return true;
}

/* Read digits and signs of a word with letters as letters, where a letter or
 * the word's end follows. Digits at the very end stay unless others have gone:
 * covid19, but h3ll0. */
static void read_disguise(uint8_t *p, size_t n)
{
    size_t first = 0;
    bool done = false;

    if (is_digit(p[0]) && !front_is_disguise(p, n))
        while (first < n && is_digit(p[first]))
            first++;
    for (size_t i = first; i < n; i++) {
        size_t k = i;

        while (k < n && is_digit(p[k]))
            k++;
        if (k == n && k > i && !done)
            return;
        if (!is_letter(p[i])) {
            done = true;
            p[i] = letter_of(p[i]);
        }
    }
}

/* How many of the letters c that are written in a row three times or more are
 * meant: of those that English doubles at most two, of others one. Where there
 * is nothing else in the word it is not the letter by itself: xxx, kkk. */
static size_t meant_of(uint8_t c, bool alone)
{
    if (alone)
        return 3;
    return c == 'l' || c == 's' ? 2 : 1;
}

static size_t shorten(uint8_t *p, size_t n)
{
    size_t to = 0, i = 0, k, keep;

    while (i < n) {
        for (k = i; k < n && p[k] == p[i]; k++)
            ;
        keep = k - i;
        if (keep > 2 && !is_digit(p[i]) && p[i] < 0x80)
            keep = meant_of(p[i], keep == n);
        memmove(p + to, p + i, keep);
        to += keep;
        i = k;
    }
    return to;
}

size_t moderation_meant(
    uint8_t text[MODERATION_MEANT], size_t n, size_t letters)
{
    size_t to = 0;

    while (n > 0 && !is_letter(text[n - 1]) && !is_digit(text[n - 1]) &&
           (text[n - 1] != '$' || letters == 0))
        n--;
    if (letters == 0) {
        for (size_t i = 0; i < n; i++)
            if (is_digit(text[i]))
                text[to++] = text[i];
        return to;
    }
    if (memchr(text, '*', n))
        n = unmask(text, n);
    if (n > 1)
        read_disguise(text, n);
    return shorten(text, n);
}
