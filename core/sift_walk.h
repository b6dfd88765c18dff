#ifndef SIFT_WALK_H
#define SIFT_WALK_H

#include "sift.h"
#include "sift_text.h"

/* What happens to the values of a document that is sifted. */

enum { SIFT_NOBODY = UINT32_MAX };

/* A text that is whole in several strings. */
struct sift_parts {
    struct screen_text judged;
    struct buf nodes;      /* uint32_t: the strings, in their order */
    size_t next;           /* of these */
    struct sift_text left; /* of the text */
};

/* A walk over a document. */
struct sift_walk {
    const struct sift_table *table;
    struct screen *screen;
    struct splice splice;
    struct sift_frame *frame; /* NULL: a whole answer */
    struct sift_where where;  /* of the frame */
    uint32_t holder; /* object whose strings are pieces; or SIFT_NOBODY */
    bool says;       /* in what a choice says: all strings are */
    bool joined;     /* in parts of a text */
    struct sift_where list;   /* what strings in the list at hand go on with */
    uint32_t named;           /* key of the object that is next */
    uint32_t ahead;           /* string that was judged before its turn */
    struct sift_text seen;    /* it, or the one that was judged last */
    struct buf shown;         /* what leaves of that */
    bool touched;             /* it is not as it came */
    struct sift_parts *parts; /* of the text that is walked over, or NULL */
    const struct sift_text *of; /* the text whose notes are walked over */
    struct buf plain;
    enum screen_state state;
};

/**
 * sift_walk_is_key(w, key, name):
 * Whether the string ${key} is ${name}, which may be NULL: then it is not.
 */
bool sift_walk_is_key(
    const struct sift_walk *w, uint32_t key, const char *name);

/**
 * sift_walk_type(w, object):
 * The type that ${object} states, a string; or JSON_NONE.
 */
uint32_t sift_walk_type(const struct sift_walk *w, uint32_t object);

/**
 * sift_walk_value(w, value, as), sift_walk_object(w, object),
 * sift_walk_member(w, object, type, key, value): Judge what is text in a value,
 * in the members of an object, in one of them, and put in its place what of it
 * may leave.
 */
void sift_walk_value(struct sift_walk *w, uint32_t value, enum sift_as as);
void sift_walk_object(struct sift_walk *w, uint32_t object);
void sift_walk_member(struct sift_walk *w, uint32_t object, uint32_t type,
    uint32_t key, uint32_t value);

#endif
