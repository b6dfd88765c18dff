#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reference.h"

/* Text as it is compared. What looks or reads alike becomes alike: case,
 * width, compatibility forms (NFKC with case folding), invisible and control
 * characters (gone), runs of white space (one blank). No text folds to more
 * than two units for each of its bytes: the signs of Arabic that stand for a
 * whole phrase (U+FDFA, U+FDFB) are not spelled out. The skeleton also loses
 * the marks that do not make another letter of the one below, and has one
 * letter for those that are taken for each other. RELIABILITY.md 5.9.
 *
 * The folder is resumable: a text may come in pieces cut anywhere, also inside
 * a character, and the same units come out. Ill-formed UTF-8 folds to
 * U+FFFD. It may decode: take what reference.h calls references for what they
 * stand for, as a skeleton has it. */

enum fold_form { FOLD_PLAIN, FOLD_SKELETON };

/* What a unit was before letters that look alike became one. */
struct fold_letter {
    uint32_t cp : 21;     /* case-folded, composed */
    uint32_t capital : 1; /* it was written as one */
    uint32_t looks : 8;   /* the ASCII letter it passes for, or 0 */
};

/* One folded character, and where in the text it came from. Several units may
 * come from one place. */
struct fold_unit {
    uint32_t cp;
    struct fold_letter letter;
    uint64_t begin; /* bytes from the text's beginning */
    uint64_t end;
};

enum {
    FOLD_SEGMENT = 32, /* characters that may wait for their order */
    FOLD_ROOM = 80     /* units that one character or reference may set free */
};

/* A text on its way. Private but for its place in memory. */
struct fold {
    enum fold_form form;
    uint64_t at;  /* bytes taken but for those of a reference */
    bool blank;   /* the last unit was white space */
    bool western; /* the last base carries marks that may go */
    bool latin;   /* the last unit was an ASCII letter */
    bool decodes; /* references */
    uint8_t have; /* bytes of a character that is not whole */
    char part[4];
    uint64_t begun;   /* where it begins */
    uint8_t gathered; /* bytes of what may be a reference */
    char reference[REFERENCE_MAX];
    size_t waiting; /* units that what follows may still change */
    struct fold_unit segment[FOLD_SEGMENT];
};

/**
 * fold_begin(f, form):
 * Begin a text.
 */
void fold_begin(struct fold *f, enum fold_form form);

/**
 * fold_decode(f):
 * Decode what follows in a text, which is to be a skeleton.
 */
void fold_decode(struct fold *f);

/**
 * fold_feed(f, text, units, room, count):
 * Take bytes of ${text} while there is room for FOLD_ROOM more in ${units},
 * which holds ${room}; leave in ${count} how many units came out. Returns how
 * many bytes were taken.
 */
size_t fold_feed(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count);

/**
 * fold_ascii(f, text, out, count):
 * Take the ASCII at the front of ${text}, in a skeleton that does not decode
 * and of which nothing waits, as fold_feed() would, but leave only the letters,
 * as letter.cp has them, in ${out}, which has room for all of ${text}, and
 * their number in ${count}. Returns how many bytes were taken; 0 where
 * fold_feed() must go on.
 */
size_t fold_ascii(struct fold *f, struct span text, char *out, size_t *count);

/**
 * fold_end(f, units):
 * End the text: write the last units, at most FOLD_ROOM, to ${units} and
 * return how many they are.
 */
size_t fold_end(struct fold *f, struct fold_unit *units);

/**
 * fold_tidy(f):
 * Leave nothing in ${f} of characters that have come out.
 */
void fold_tidy(struct fold *f);

/**
 * fold_pending(f):
 * Where in the text begins what has been taken but has not come out yet; all
 * bytes taken when there is no such thing.
 */
uint64_t fold_pending(const struct fold *f);

/**
 * fold_agree(f, g):
 * Whether two that have taken the same bytes are known to go on alike, but for
 * references.
 */
bool fold_agree(const struct fold *f, const struct fold *g);

/**
 * fold_text(form, text, out):
 * Append the folded form of the whole ${text} to ${out} as UTF-8.
 */
void fold_text(enum fold_form form, struct span text, struct buf *out);

#endif
