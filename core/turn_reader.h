#ifndef TURN_READER_H
#define TURN_READER_H

#include "json.h"
#include "turn.h"

/* What the dialects share where they read a checked request as a turn: parts
 * are added with the place where the reader is. Texts and raw values as in
 * turn.h. */
struct turn_reader {
    const struct json_doc *doc;
    struct turn *turn;
    struct fault *fault;
    uint32_t message; /* its number in the turn */
    uint32_t item;    /* its index in the request */
    enum turn_role role;
};

/**
 * turn_reader_add(r, kind, at):
 * Append a part of that ${kind} to the message that is read; ${at} is its index
 * in the content, or -1. As turn_part().
 */
struct turn_part *turn_reader_add(
    struct turn_reader *r, enum turn_part_kind kind, int32_t at);

/**
 * turn_reader_add_text(r, kind, text, at):
 * The same with a ${text}; nothing when that is empty.
 */
void turn_reader_add_text(struct turn_reader *r, enum turn_part_kind kind,
    struct span text, int32_t at);

/**
 * turn_reader_content(r, content, read):
 * Read the value ${content}: a string as a text, the elements of an array with
 * ${read}, each with its index, up to the first that it refuses. Returns 0 or
 * what that returned.
 */
int turn_reader_content(struct turn_reader *r, uint32_t content,
    int (*read)(struct turn_reader *r, uint32_t node, int32_t at));

/**
 * turn_reader_enclose(r, first):
 * The parts from the ${first} on are inside of the result before them.
 */
void turn_reader_enclose(struct turn_reader *r, size_t first);

/**
 * turn_reader_choice(r, node):
 * Take the choice that the string ${node} is a word for, as turn_choice_word()
 * has them; auto when it is another.
 */
void turn_reader_choice(struct turn_reader *r, uint32_t node);

/**
 * turn_reader_parallel(r):
 * Take what the request's "parallel_tool_calls" says, if it is there.
 */
void turn_reader_parallel(struct turn_reader *r);

/**
 * turn_reader_stops(r, list):
 * Take the strings of the array ${list} as stops, as many as a turn has room
 * for.
 */
void turn_reader_stops(struct turn_reader *r, uint32_t list);

/**
 * turn_reader_schema(r, holder):
 * The answer shall be of the schema that ${holder} has with a name and
 * strictness.
 */
void turn_reader_schema(struct turn_reader *r, uint32_t holder);

/**
 * turn_reader_file(r, data, name, at):
 * Add the file ${data} called ${name}: a data URL, or what is in one where the
 * name says of which type it is. Returns 0, or -1 with the fault set.
 */
int turn_reader_file(
    struct turn_reader *r, struct span data, struct span name, int32_t at);

/**
 * turn_reader_refuse(r, at, what):
 * Set the fault "PATH: WHAT", where PATH is that of the item that is read, or
 * of what is at index ${at} of its content. Returns -1.
 */
int turn_reader_refuse(struct turn_reader *r, int32_t at, const char *what);

#endif
