#ifndef PII_PRIVATE_H
#define PII_PRIVATE_H

#include "pii.h"

/* A text as recognisers see it: one byte a character. ASCII stands for itself,
 * and so does what folds to it; of the rest only the class is left. */
enum {
    PII_NOTHING = 0,      /* no character: the text is over */
    PII_INVISIBLE = 1,    /* never in a view */
    PII_LETTER = 0x80,    /* of a script that has blanks between words */
    PII_IDEOGRAPH = 0x81, /* of one that has none: no part of a word */
    PII_OTHER = 0x82,
    PII_STOP = 0x83 /* U+FFFF: one text ends, another begins */
};

enum { PII_BEFORE = 32 /* characters that may be looked at before a place */ };

/* What can be seen from a place in a text. Whoever looks behind the end while
 * more may come sets ${more}: then nothing is decided yet. So the verdict on a
 * place depends on the text alone, not on how it was cut. */
struct pii_view {
    const uint8_t *c; /* the place; what is before it has negative indexes */
    size_t n;
    size_t before;
    bool whole; /* the end of the view is to be taken for that of the text */
    bool more;
};

/* Characters as bits of pii_classes[]. */
enum {
    PII_DIGIT = 1,
    PII_ALPHA = 2, /* ASCII */
    PII_HEX = 4,
    PII_ALIEN = 8,    /* PII_LETTER */
    PII_MAIL = 16,    /* may be in the name of an address */
    PII_TOKEN = 32,   /* may be in a key: letters, digits, "-", "_" */
    PII_BASE64 = 64,  /* letters, digits, "+", "/", "=" */
    PII_BEGINS = 128, /* something may begin here */
    PII_WORD = PII_DIGIT | PII_ALPHA | PII_ALIEN
};

extern const uint8_t pii_classes[256];

/**
 * pii_is(c, classes):
 * Whether ${c} is of one of the ${classes}.
 */
static inline bool pii_is(uint8_t c, int classes)
{
    return (pii_classes[c] & classes) != 0;
}

/**
 * pii_peek(v, i):
 * The character at ${i}; PII_NOTHING behind the end.
 */
static inline uint8_t pii_peek(struct pii_view *v, size_t i)
{
    if (i < v->n)
        return v->c[i];
    v->more = v->more || !v->whole;
    return PII_NOTHING;
}

/**
 * pii_back(v, i):
 * The character ${i} >= 1 before the place; PII_NOTHING before the beginning
 * or too far from it.
 */
static inline uint8_t pii_back(const struct pii_view *v, size_t i)
{
    return i <= v->before ? *(v->c - i) : PII_NOTHING;
}

/**
 * pii_fold(cp):
 * The character that ${cp} is to recognisers.
 */
uint8_t pii_fold(uint32_t cp);

/**
 * pii_digits(v, i, most):
 * How many digits there are from ${i} on, at most ${most} + 1.
 */
size_t pii_digits(struct pii_view *v, size_t i, size_t most);

/**
 * pii_says(v, words):
 * Whether one of the ${words} (" tel phone fax ", a blank before and behind
 * each) stands before the place, with nothing but signs, blanks and small words
 * between.
 */
bool pii_says(const struct pii_view *v, const char *words);

/* ---- numbers in groups ---- */

enum { PII_GROUPS = 12, PII_GROUP_MAX = 20 };

/* Digits, and what stands between them. */
struct pii_number {
    size_t groups;
    size_t digits; /* all of them */
    size_t end;    /* of what was read */
    uint8_t next;  /* what stands between that and one more group; 0: none
                      follows, or it begins a parenthesis */
    bool full;     /* more groups follow than can be told */
    struct pii_group {
        uint8_t begin;
        uint8_t end;
        uint8_t sep;    /* before it: a blank, '-', '.', '/'; 0: nothing */
        bool paren;     /* it stands in parentheses */
        bool joined;    /* something clings to its end: it is no number */
        uint8_t listed; /* ',' or ':' and a digit follow: it is one of a list,
                           or part of an amount or a time; 0: they do not */
    } group[PII_GROUPS];
};

/**
 * pii_number_read(v, number):
 * Read the number at the place: an optional '+' or parenthesis, groups of
 * digits with one sign or blank between them.
 */
void pii_number_read(struct pii_view *v, struct pii_number *number);

/**
 * pii_number_shift(v, number, by):
 * Make of the ${number} that was read ${by} characters before the place what
 * would be read at the place. Returns whether that is where its second group
 * begins; else it is to be read.
 */
bool pii_number_shift(struct pii_view *v, struct pii_number *number, size_t by);

/* ---- recognisers ---- */

/* Each returns how many characters from the place on are of its kind, 0 when
 * none are. */
size_t pii_card(struct pii_view *v, const struct pii_number *number);
size_t pii_ssn(const struct pii_view *v, const struct pii_number *number);
size_t pii_phone(const struct pii_view *v, const struct pii_number *number);
size_t pii_ip4(struct pii_view *v);
size_t pii_ip6(struct pii_view *v);
size_t pii_iban(struct pii_view *v);

/**
 * pii_mail(v, at):
 * The address whose name is the ${at} characters before its '@', or "%40".
 */
size_t pii_mail(struct pii_view *v, size_t at);

/* How what was recognised may go on beyond the view. */
enum pii_tail {
    PII_TAIL_NONE,
    PII_TAIL_TOKEN,  /* with all that may be in a key */
    PII_TAIL_DOTTED, /* and dots */
    PII_TAIL_BASE64, /* or with all of base 64 */
    PII_TAIL_PEM     /* up to the line that ends a private key */
};

/**
 * pii_key(v, tail), pii_pem(v, tail):
 * The key or token, and the private key, at the place, as above; how it may go
 * on is left in ${tail}.
 */
size_t pii_key(struct pii_view *v, enum pii_tail *tail);
size_t pii_pem(struct pii_view *v, enum pii_tail *tail);

#endif
