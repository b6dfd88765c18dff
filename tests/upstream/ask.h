#ifndef ASK_H
#define ASK_H

#include "core/buf.h"
#include "script.h"

/* What a request asks for, in any of the three dialects, or of a moderator. */

enum ask_dialect { ASK_CHAT, ASK_MESSAGES, ASK_RESPONSES, ASK_MODERATIONS };

enum { ASK_TOOLS = 2, ASK_ECHO = 12 };

struct ask {
    struct script script;
    struct buf model;            /* decoded */
    struct buf echo;             /* first words of the last user message */
    struct buf stops;            /* NUL-terminated stop strings */
    struct buf sample;           /* JSON text to answer with; may be empty */
    struct buf tools[ASK_TOOLS]; /* names of the first functions */
    size_t n_tools;
    int64_t limit; /* of completion tokens; -1: none */
    unsigned n;    /* choices */
    bool stream, include_usage;
    bool tool_wanted;  /* by the message or by tool_choice */
    bool tool_results; /* they stand behind the last assistant turn */
    uint64_t prompt_tokens;
};

/**
 * ask_read(a, dialect, body, message, param):
 * Read the request ${body} into ${a}, which is zeroed. Returns 0, or -1 with
 * what is wrong in ${message} and the field in ${param}, which may stay NULL.
 * ask_free() is due in both cases.
 */
int ask_read(struct ask *a, enum ask_dialect dialect, struct span body,
    struct buf *message, const char **param);

/**
 * ask_free(a):
 * Give the memory of ${a} back.
 */
void ask_free(struct ask *a);

#endif
