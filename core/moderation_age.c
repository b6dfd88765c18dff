#include "moderation_age.h"

#include <string.h>

enum { OF_AGE = 18, OLDEST = 99, NO_NUMBER = -1 };

/* Words that are none of the longest, with zeros behind them. */
typedef char short_word[8];

/* ${text} has room for such a word. */
static inline bool is_one_of(
    const short_word *list, size_t count, const uint8_t *text, size_t n)
{
    static const uint8_t masks[2 * sizeof(short_word)] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint64_t word, mask, other;
    bool found = false;

    if (n > sizeof(word))
        return false;
    memcpy(&word, text, sizeof(word));
    memcpy(&mask, masks + sizeof(mask) - n, sizeof(mask));
    for (size_t i = 0; i < count; i++) {
        memcpy(&other, list[i], sizeof(other));
        found |= other == (word & mask);
    }
    return found;
}

#define IS_ONE_OF(list, text, n)                                               \
    is_one_of(list, sizeof(list) / sizeof((list)[0]), text, n)

#define OF(c) (UINT32_C(1) << ((c)&31))
const uint32_t moderation_age_second[16][32] = {
    [3] = {['o' & 31] = OF('n'),
        ['t' & 31] = OF('w') | OF('e'),
        ['s' & 31] = OF('i')},
    [4] = {['z' & 31] = OF('e'),
        ['f' & 31] = OF('o') | OF('i'),
        ['n' & 31] = OF('i')},
    [5] = {['t' & 31] = OF('h'), ['s' & 31] = OF('e'), ['e' & 31] = OF('i')},
    [6] = {['e' & 31] = OF('l'), ['t' & 31] = OF('w')},
    [7] = {['f' & 31] = OF('i'), ['s' & 31] = OF('i')},
    [8] = {['t' & 31] = OF('h'),
        ['f' & 31] = OF('o'),
        ['e' & 31] = OF('i'),
        ['n' & 31] = OF('i')},
    [9] = {['s' & 31] = OF('e')},
};
#undef OF

static int number_word(const uint8_t *text, size_t n)
{
    static const struct {
        char text[10];
        uint8_t is;
    } words[] = {{"one", 1}, {"two", 2}, {"six", 6}, {"ten", 10}, {"zero", 0},
        {"four", 4}, {"five", 5}, {"nine", 9}, {"three", 3}, {"seven", 7},
        {"eight", 8}, {"eleven", 11}, {"twelve", 12}, {"twenty", 20},
        {"fifteen", 15}, {"sixteen", 16}, {"thirteen", 13}, {"fourteen", 14},
        {"eighteen", 18}, {"nineteen", 19}, {"seventeen", 17}};
    static const uint8_t first[] = {0, 0, 0, 0, 4, 8, 11, 14, 16, 20, 21};

    if (n < 3 || n > 9)
        return NO_NUMBER;
    for (size_t i = first[n]; i < first[n + 1]; i++)
        if ((uint8_t)words[i].text[0] == text[0] &&
            memcmp(words[i].text, text, n) == 0)
            return words[i].is;
    return NO_NUMBER;
}

/* The number that one or two digits at p are. */
static int digits(const uint8_t *p, size_t n)
{
    int number = 0;

    if (n == 0 || n > 2)
        return NO_NUMBER;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return NO_NUMBER;
        number = 10 * number + p[i] - '0';
    }
    return number;
}

/* An age in one word: 14yo, 14f, f14. */
static int whole_age(const uint8_t *p, size_t n)
{
    static const short_word tails[] = {
        "yo", "yr", "yrs", "y", "f", "m", "yearold"};
    size_t front = 0;

    if (n == 3 && (p[0] == 'f' || p[0] == 'm'))
        return digits(p + 1, 2);
    while (front < n && p[front] >= '0' && p[front] <= '9')
        front++;
    if (front > 0 && front < n && IS_ONE_OF(tails, p + front, n - front))
        return digits(p, front);
    return NO_NUMBER;
}

static enum moderation_age_is judge(int age)
{
    if (age < 1 || age > OLDEST)
        return MODERATION_AGE_NONE;
    return age < OF_AGE ? MODERATION_AGE_MINOR : MODERATION_AGE_ADULT;
}

/* The word after a number: whether it makes it an age. Behind "was" and the
 * like a number from ten on is one unless something is counted. */
static bool makes_age(
    const struct moderation_age *a, const uint8_t *text, size_t n)
{
    static const short_word units[] = {
        "year", "years", "yo", "yr", "yrs", "y", "yearold", "yearolds"};
    static const short_word counted[] = {"minutes", "minute", "hours", "hour",
        "seconds", "days", "weeks", "months", "percent", "dollars", "euros",
        "pounds", "miles", "feet", "inches", "degrees", "times", "people",
        "more", "left", "of", "other", "pages", "points", "items", "am", "pm",
        "to", "or", "stops", "steps", "meters", "km", "kg"};

    if (IS_ONE_OF(units, text, n))
        return true;
    return a->introduced && a->number > 10 && !IS_ONE_OF(counted, text, n);
}

/* Where an age in one word has one. */
static bool has_digit(const uint8_t *text, size_t n)
{
    return n > 1 && ((text[0] >= '0' && text[0] <= '9') ||
                        (text[1] >= '0' && text[1] <= '9'));
}

static int any_number(const uint8_t *text, size_t n)
{
    return text[0] >= '0' && text[0] <= '9' ? digits(text, n)
                                            : number_word(text, n);
}

/* A word that is a number: an age at once behind some words. */
static enum moderation_age_is take_number(struct moderation_age *a, int number)
{
    static const short_word strong[] = {
        "age", "aged", "ages", "turned", "turning"};
    static const short_word weak[] = {
        "im", "was", "is", "am", "were", "only", "just", "barely"};

    if (IS_ONE_OF(strong, a->before, a->n))
        return judge(number);
    a->number = (uint8_t)(number + 1);
    a->introduced = IS_ONE_OF(weak, a->before, a->n);
    return MODERATION_AGE_NONE;
}

static enum moderation_age_is look_at(
    struct moderation_age *a, const struct moderation_word *word)
{
    enum moderation_age_is is = MODERATION_AGE_NONE;
    int number = any_number(word->text, word->n), whole;

    if (a->number > 0 && makes_age(a, word->text, word->n))
        is = judge(a->number - 1);
    a->number = 0;
    if (number >= 0) {
        is = take_number(a, number);
    } else if (has_digit(word->text, word->n)) {
        whole = whole_age(word->text, word->n);
        if (whole >= 0)
            is = judge(whole);
    }
    return is;
}

enum moderation_age_is moderation_age_word(
    struct moderation_age *a, const struct moderation_word *word)
{
    enum moderation_age_is is = look_at(a, word);

    moderation_age_pass(a, word);
    return is;
}

void moderation_age_tidy(struct moderation_age *a)
{
    memset(a->before + a->n, 0, sizeof(a->before) - a->n);
}
