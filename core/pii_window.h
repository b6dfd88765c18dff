#ifndef PII_WINDOW_H
#define PII_WINDOW_H

#include "pii_private.h"

/* A piece of a text that comes in pieces, as recognisers see it: its last
 * characters, and where in the text they stand. Escapes of JSON are what they
 * stand for, since much text is JSON, or has it inside: "\n", "\r", "\t", "\/"
 * and "\u0040" are one character each, wherever they stand. */

enum {
    PII_WINDOW = 448, /* more than PII_BEFORE and PII_LIMIT characters */
    PII_PART = 6      /* bytes of a character at most: "\u0040" */
};

struct pii_window {
    uint8_t have; /* bytes of a character that is not whole */
    char part[PII_PART];
    uint64_t seen; /* bytes of the text that are characters */
    size_t unseen; /* of these the last ones that are invisible */
    size_t n;
    uint64_t at[PII_WINDOW + PII_PART]; /* bytes of the text before it */
    uint8_t size[PII_WINDOW + PII_PART];
    uint8_t c[PII_WINDOW + PII_PART];
};

static inline bool pii_window_full(const struct pii_window *w)
{
    return w->n >= PII_WINDOW;
}

/**
 * pii_window_fill(w, text):
 * Go on with ${text} until the window is full, which it must not be. Returns
 * how many bytes of it were taken.
 */
size_t pii_window_fill(struct pii_window *w, struct span text);

/**
 * pii_window_end(w):
 * The text is over: what is not whole is not. The window must not be full.
 */
void pii_window_end(struct pii_window *w);

/**
 * pii_window_drop(w, n):
 * Let go of the first ${n} characters.
 */
void pii_window_drop(struct pii_window *w, size_t n);

#endif
