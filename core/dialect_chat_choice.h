#ifndef DIALECT_CHAT_CHOICE_H
#define DIALECT_CHAT_CHOICE_H

#include "turn.h"

/* One choice of a chat answer that is written from its events: how far it has
 * come; and, where it is not streamed, what it says. Only files of dialect_chat
 * include this. */

/* A call of a tool. */
struct chat_call {
    uint32_t block;
    bool argued;     /* some of its arguments came */
    struct buf head; /* id and name as members, in a body */
    struct buf args; /* text, in a body */
};

/* {0} is one that has not begun. */
struct chat_choice {
    bool begun;
    bool stopped; /* it is known why */
    enum turn_stop stop;
    struct buf content; /* texts, in a body */
    struct buf refusal;
    struct buf reasoning;
    struct buf logprobs; /* elements of the array */
    struct chat_call *calls;
    size_t call_count, call_cap;
    bool out_of_memory; /* latched */
};

/**
 * chat_choice_call(c, block):
 * Append a call. Returns NULL when memory is out.
 */
struct chat_call *chat_choice_call(struct chat_choice *c, uint32_t block);

/**
 * chat_choice_called(c, block):
 * The call of that block; NULL: there is none.
 */
struct chat_call *chat_choice_called(
    const struct chat_choice *c, uint32_t block);

/**
 * chat_choice_keep(c, e):
 * Keep for a body what the event ${e} says.
 */
void chat_choice_keep(struct chat_choice *c, const struct turn_event *e);

/**
 * chat_choice_finish_reason(c):
 * The word for why it ends.
 */
const char *chat_choice_finish_reason(const struct chat_choice *c);

/**
 * chat_choice_call_members(e, out):
 * Append id, type and function of the call that begins with ${e}, as far as the
 * function's arguments.
 */
void chat_choice_call_members(const struct turn_event *e, struct buf *out);

/**
 * chat_choice_body(c, index, out):
 * Append the choice as a body has it.
 */
void chat_choice_body(
    const struct chat_choice *c, uint32_t index, struct buf *out);

/**
 * chat_choice_failed(c):
 * Whether memory ran out.
 */
bool chat_choice_failed(const struct chat_choice *c);

/**
 * chat_choice_free(c):
 * Give its memory back.
 */
void chat_choice_free(struct chat_choice *c);

#endif
