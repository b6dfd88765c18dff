#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>

#include "buf.h"
#include "refusal.h"

/* One golden case: a request on its way to an upstream and the answer on its
 * way back, as a file that people read. Its first line is a comment that says
 * what must hold; then come sections, each behind a line "--- NAME":
 *
 *   request           what the client sends
 *   upstream-request  what the upstream gets
 *   refusal           or: the field that makes it impossible
 *   upstream-answer   what the upstream answers, not streamed
 *   client-answer     what the client gets
 *   upstream-stream   or streamed; the client's request says so
 *   client-stream     $OUT stands for the estimated output, $SUM for that and
 *                     the estimated input
 *   usage             input and output that are billed, or "estimated"
 *
 * The directory names the two dialects: chat-messages. Where they are the same
 * the text must be the same to the byte; elsewhere it must be the same JSON:
 * order of members and spelling of strings are free, spelling of numbers is
 * not. When a policy looks at it that finds nothing, the answer of one dialect
 * must be the same to the byte, too; from chat to chat it must tell the same,
 * choice by choice. */

enum golden_section {
    GOLDEN_REQUEST,
    GOLDEN_UPSTREAM_REQUEST,
    GOLDEN_REFUSAL,
    GOLDEN_UPSTREAM_ANSWER,
    GOLDEN_CLIENT_ANSWER,
    GOLDEN_UPSTREAM_STREAM,
    GOLDEN_CLIENT_STREAM,
    GOLDEN_USAGE,
    GOLDEN_SECTIONS
};

struct golden {
    char *text;                           /* of the file */
    struct span section[GOLDEN_SECTIONS]; /* p == NULL: not there */
    enum dialect caller, upstream;
};

/**
 * golden_read(path, n):
 * The ${n} bytes of the file ${path} and a NUL, which the caller frees; or
 * NULL.
 */
char *golden_read(const char *path, size_t *n);

/**
 * golden_load(g, dir, path):
 * Read the case ${path} of the directory ${dir}, "CALLER-UPSTREAM". Returns 0,
 * or -1 when it is no case.
 */
int golden_load(struct golden *g, const char *dir, const char *path);

/**
 * golden_free(g):
 * Give back its memory.
 */
void golden_free(struct golden *g);

/**
 * golden_same_json(a, b), golden_same_stream(a, b):
 * Whether two texts are the same JSON; two streams the same events.
 */
bool golden_same_json(struct span a, struct span b);
bool golden_same_stream(struct span a, struct span b);

#endif
