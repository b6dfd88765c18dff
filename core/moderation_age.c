#include "moderation_age.h"

#include <string.h>

enum { OF_AGE = 18, OLDEST = 99, NO_NUMBER = -1 };

static bool is_one_of(const char *const *list, const uint8_t *text, size_t n)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == n && memcmp(*list, text, n) == 0)
            return true;
    return false;
}

/* What two letters the names of numbers begin with. */
static bool may_be_number(const uint8_t *text)
{
    switch (text[0]) {
    case 'z':
        return text[1] == 'e';
    case 'o':
        return text[1] == 'n';
    case 't':
        return text[1] == 'w' || text[1] == 'h' || text[1] == 'e';
    case 'f':
        return text[1] == 'o' || text[1] == 'i';
    case 's':
        return text[1] == 'i' || text[1] == 'e';
    case 'e':
        return text[1] == 'i' || text[1] == 'l';
    case 'n':
        return text[1] == 'i';
    default:
        return false;
    }
}

static int number_word(const uint8_t *text, size_t n)
{
    static const struct {
        uint8_t n;
        char text[10];
    } words[] = {{4, "zero"}, {3, "one"}, {3, "two"}, {5, "three"}, {4, "four"},
        {4, "five"}, {3, "six"}, {5, "seven"}, {5, "eight"}, {4, "nine"},
        {3, "ten"}, {6, "eleven"}, {6, "twelve"}, {8, "thirteen"},
        {8, "fourteen"}, {7, "fifteen"}, {7, "sixteen"}, {9, "seventeen"},
        {8, "eighteen"}, {8, "nineteen"}, {6, "twenty"}};

    if (n < 3 || n > 9 || !may_be_number(text))
        return NO_NUMBER;
    for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
        if (words[i].n == n && memcmp(words[i].text, text, n) == 0)
            return i;
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
    static const char *const tails[] = {
        "yo", "yr", "yrs", "y", "f", "m", "yearold", NULL};
    size_t front = 0;

    if (n == 3 && (p[0] == 'f' || p[0] == 'm'))
        return digits(p + 1, 2);
    while (front < n && p[front] >= '0' && p[front] <= '9')
        front++;
    if (front > 0 && front < n && is_one_of(tails, p + front, n - front))
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
    static const char *const units[] = {
        "year", "years", "yo", "yr", "yrs", "y", "yearold", "yearolds", NULL};
    static const char *const counted[] = {"minutes", "minute", "hours", "hour",
        "seconds", "days", "weeks", "months", "percent", "dollars", "euros",
        "pounds", "miles", "feet", "inches", "degrees", "times", "people",
        "more", "left", "of", "other", "pages", "points", "items", "am", "pm",
        "to", "or", "stops", "steps", "meters", "km", "kg", NULL};

    if (is_one_of(units, text, n))
        return true;
    return a->introduced && a->number > 10 && !is_one_of(counted, text, n);
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
    static const char *const strong[] = {
        "age", "aged", "ages", "turned", "turning", NULL};
    static const char *const weak[] = {
        "im", "was", "is", "am", "were", "only", "just", "barely", NULL};

    if (is_one_of(strong, a->before, a->n))
        return judge(number);
    a->number = (uint8_t)(number + 1);
    a->introduced = is_one_of(weak, a->before, a->n);
    return MODERATION_AGE_NONE;
}

enum moderation_age_is moderation_age_word(
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
    a->n = word->n <= sizeof(a->before) ? (uint8_t)word->n : 0;
    memcpy(a->before, word->text, sizeof(a->before));
    return is;
}
