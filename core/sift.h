#ifndef SIFT_H
#define SIFT_H

#include "json.h"
#include "screen.h"
#include "splice.h"

/* The output policy over JSON of an upstream that passes to a caller of the
 * same dialect: what is judged of a frame or of a whole answer, and the same
 * JSON without what may not leave. Every string in it is a text that is judged,
 * also where nothing is known of the object it stands in, but for those that a
 * dialect's table says are none. API.md 9.4, DESIGN.md fixed point 6. */

struct sift_text;

/* What a member's value is; an array's elements are what it is. */
enum sift_as {
    SIFT_TEXT,  /* strings are texts of their own, or pieces of texts */
    SIFT_WHOLE, /* no pieces */
    SIFT_BOTH,  /* pieces, each of which may be all of a text, too */
    SIFT_LINK,  /* so, unless the bytes of a picture are in it, as base64 */
    SIFT_JSON,  /* as texts, but they hold JSON */
    SIFT_VALUE, /* JSON of the model's own, with its keys and numbers */
    SIFT_MARK,  /* not judged: words of the protocol, what is sealed */
    SIFT_NONE   /* an array that leaves empty, or an object that leaves as null,
                   as it repeats a text, unless the screen only watches */
};

struct sift_rule {
    const char *type; /* of the object that has the member, or the key of one
                         that states none; NULL: any */
    const char *key;
    enum sift_as as;
};

enum { SIFT_PLACES = 3, SIFT_HOLDERS = 2 };

/* Which texts that come in pieces are whole. */
enum sift_end_of {
    SIFT_END_PLACE, /* those at the frame's places */
    SIFT_END_ALL
};

struct sift_end {
    const char *type; /* of the frame; of its end where a dot is first */
    enum sift_end_of of;
};

/* A dialect. Strings and lists end with NULL, rules and ends with a key or a
 * type that is NULL. */
struct sift_table {
    const struct sift_rule *rules; /* the first one that fits counts, else the
                                      last; members that end in _id are marks,
                                      too */
    const char *answer;            /* member of a frame: a whole answer */
    const char *const *repeats;    /* members of an answer: the request's */

    /* Where a string goes on with a text: a member of a frame itself, for the
     * text of the frame's type; and each string in these members of a frame,
     * for the text of its key; with the numbers at places. */
    const char *piece;
    const char *holders[SIFT_HOLDERS];
    const char *places[SIFT_PLACES];
    const struct sift_end *ends;
    const char *const *begins; /* types of frames that begin other texts at
                                  their places; NULL: there are none */

    /* Where frames have no types, but choices: an array in the frame. Each
     * string in the holders of a choice goes on with the text at its path
     * there, until the choice says why it ends. */
    const char *choices;
    const char *finish; /* member of a choice */
    const char *fault;  /* member of a frame that is the last, where truthy */

    /* What who writes the frame counts as output, see estimate.h; the scratch
     * has its latch. NULL: all its pieces. */
    uint64_t (*said)(const struct json_doc *frame, struct buf *scratch);

    const char *number; /* member of a frame: its place in the stream */

    /* What says where in a text it belongs: elements of a list beside the whole
     * text, or that member of a frame, for the text of another's type. NULL:
     * there is no such thing. */
    const char *text;
    const char *notes;
    const char *note;
    const char *note_of;
    const char *note_number; /* member of a frame: the note's place in the
                                list */
};

/* Where a text of a choice is: the objects and lists that it is in, as a hash
 * in two places. */
enum { SIFT_CHOICE, SIFT_PATH, SIFT_PATH_REST };

/* In the holder itself. */
enum { SIFT_PATH_ROOT = 0 };

/* Of which text there is a piece: its name, and its places or -1. */
struct sift_where {
    struct span name;
    int64_t at[SIFT_PLACES];
};

/* A piece of a text in the JSON that was made of a frame. */
struct sift_piece {
    struct sift_where where; /* points into the frame */
    bool json;
    size_t begin; /* of the string, with its quotes */
    size_t end;
};

/* What a frame comes to. {0} is empty. */
struct sift_frame {
    struct buf text;   /* its JSON, in which all but the pieces is judged */
    struct buf pieces; /* struct sift_piece, in their order */
    struct buf ends;   /* int64_t, choices that end with it */
    bool note;         /* it has one */
    bool broken; /* an index in it is none: who reads it may take it for any */
};

/**
 * sift_frame(table, screen, doc, where, frame):
 * Put the frame ${doc}, which is at ${where}, into ${frame}. Returns what
 * ${screen}, which reads, says of its texts but the pieces.
 */
enum screen_state sift_frame(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc,
    const struct sift_where *where, struct sift_frame *frame);

/**
 * sift_frame_free(frame):
 * Give back its memory and leave it empty.
 */
void sift_frame_free(struct sift_frame *frame);

/**
 * sift_answer(table, screen, doc, out):
 * Append the answer ${doc}, which is not streamed, without what may not leave.
 * Returns what ${screen}, which reads, says of it.
 */
enum screen_state sift_answer(const struct sift_table *table,
    struct screen *screen, const struct json_doc *doc, struct buf *out);

/**
 * sift_where(table, doc, where):
 * Read the places of the frame ${doc}; its type is the name. Returns 0, or -1
 * when one is no index: who reads the frame may take it for any.
 */
int sift_where(const struct sift_table *table, const struct json_doc *doc,
    struct sift_where *where);

/**
 * sift_is_frame(table, doc):
 * Whether ${doc} is a frame of that dialect.
 */
bool sift_is_frame(const struct sift_table *table, const struct json_doc *doc);

/* The text of a choice that its notes are about; NULL: it is as it came. */
typedef struct sift_text *sift_noted(void *cookie, int64_t choice);

/**
 * sift_move(table, doc, noted, cookie, out):
 * Append the frame ${doc} with the notes of its choices where their texts have
 * them now.
 */
void sift_move(const struct sift_table *table, const struct json_doc *doc,
    sift_noted *noted, void *cookie, struct buf *out);

/**
 * sift_begins(table, type):
 * Whether a frame of that ${type} begins texts.
 */
bool sift_begins(const struct sift_table *table, struct span type);

/**
 * sift_end(table, doc, type):
 * What ends with the frame ${doc} of that ${type}; NULL: nothing.
 */
const struct sift_end *sift_end(const struct sift_table *table,
    const struct json_doc *doc, struct span type);

#endif
