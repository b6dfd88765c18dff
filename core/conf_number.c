#include "conf_number.h"

#include <string.h>

#include "conf.h"

enum { MONEY_PLACES = 6 };

static int digits(struct span *s, uint64_t *number)
{
    size_t n = 0;

    *number = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(s->p[n] - '0'), number))
            return -1;
        n++;
    }
    s->p += n;
    s->n -= n;
    return n > 0 ? 0 : -1;
}

int conf_number_int(struct span s, uint64_t *number)
{
    return digits(&s, number) || s.n > 0 ? -1 : 0;
}

int conf_number_size(struct span s, uint64_t *number)
{
    unsigned shift;

    if (digits(&s, number))
        return -1;
    if (s.n == 0)
        return 0;
    shift = *s.p == 'k' || *s.p == 'K'   ? 10
            : *s.p == 'm' || *s.p == 'M' ? 20
            : *s.p == 'g' || *s.p == 'G' ? 30
                                         : 0;
    if (shift == 0 || s.n > 1 || *number > UINT64_MAX >> shift)
        return -1;
    *number <<= shift;
    return 0;
}

int conf_number_money(struct span s, uint64_t *number)
{
    uint64_t fraction = 0;
    size_t places = 0;

    if (digits(&s, number))
        return -1;
    if (s.n > 0) {
        places = s.n - 1;
        if (*s.p != '.' || places == 0 || places > MONEY_PLACES)
            return -1;
        s.p++;
        s.n--;
        if (conf_number_int(s, &fraction))
            return -1;
    }
    for (; places < MONEY_PLACES; places++)
        fraction *= 10;
    return __builtin_mul_overflow(*number, 1000000, number) ||
                   __builtin_add_overflow(*number, fraction, number)
               ? -1
               : 0;
}

int conf_number_bool(struct span s, uint64_t *number)
{
    *number = span_is(s, "on");
    return *number || span_is(s, "off") ? 0 : -1;
}

int conf_number_durability(struct span s, uint64_t *number)
{
    *number = span_is(s, "full");
    return *number || span_is(s, "relaxed") ? 0 : -1;
}

int conf_number_mode(struct span s, uint64_t *number)
{
    *number = span_is(s, "fcgid");
    return *number || span_is(s, "resident") ? 0 : -1;
}

int conf_number_profile(struct span s, uint64_t *number)
{
    *number = span_is(s, "small");
    return *number || span_is(s, "normal") ? 0 : -1;
}

int conf_number_wires(struct span s, uint64_t *number)
{
    *number = 0;
    for (;;) {
        const char *plus = memchr(s.p, '+', s.n);
        struct span word = {s.p, plus ? (size_t)(plus - s.p) : s.n};

        if (span_is(word, "chat"))
            *number |= WIRE_CHAT;
        else if (span_is(word, "messages"))
            *number |= WIRE_MESSAGES;
        else if (span_is(word, "responses"))
            *number |= WIRE_RESPONSES;
        else
            return -1;
        if (!plus)
            return 0;
        s.p += word.n + 1;
        s.n -= word.n + 1;
    }
}

/* The index of a word among those that are legal. */
static int read_word(
    struct span s, const char *const *words, size_t count, uint64_t *number)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(s, words[i])) {
            *number = i;
            return 0;
        }
    }
    return -1;
}

int conf_number_leaver(struct span s, uint64_t *number)
{
    static const char *const words[] = {[LEAVER_ESTIMATE] = "estimate",
        [LEAVER_DRAIN] = "drain",
        [LEAVER_FREE] = "free"};

    return read_word(s, words, sizeof(words) / sizeof(words[0]), number);
}

int conf_number_moderator(struct span s, uint64_t *number)
{
    static const char *const words[] = {
        [MODERATOR_BOTH] = "both", [MODERATOR_ENDPOINT] = "endpoint"};

    return read_word(s, words, sizeof(words) / sizeof(words[0]), number);
}

int conf_number_failure(struct span s, uint64_t *number)
{
    static const char *const words[] = {
        [FAILURE_OPEN] = "open", [FAILURE_CLOSED] = "closed"};

    return read_word(s, words, sizeof(words) / sizeof(words[0]), number);
}

int conf_number_action(struct span s, uint64_t *number)
{
    static const char *const words[] = {"asked", "block"};

    return read_word(s, words, sizeof(words) / sizeof(words[0]), number);
}

int conf_number_images(struct span s, uint64_t *number)
{
    static const char *const words[] = {[IMAGES_PASS] = "pass",
        [IMAGES_REFUSE] = "refuse",
        [IMAGES_ENDPOINT] = "endpoint"};

    return read_word(s, words, sizeof(words) / sizeof(words[0]), number);
}
