#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* How one answer is to be given: directives, key=value or bare words, apart by
 * spaces or semicolons. They stand in the model name behind its first ';' and
 * in the last user message behind "script:" up to the end of that line; the
 * message wins. Those for a moderator stand behind "moderator:" in a text or in
 * the URL of an image. %XX in a value is a byte. The table in script.c lists
 * them. */

enum script_usage {
    SCRIPT_USAGE_TRUE, /* what was counted */
    SCRIPT_USAGE_NONE,
    SCRIPT_USAGE_ZERO,
    SCRIPT_USAGE_NEGATIVE,
    SCRIPT_USAGE_STRING,
    SCRIPT_USAGE_HUGE,
    SCRIPT_USAGE_TWICE,
    SCRIPT_USAGE_EARLY,
    SCRIPT_USAGE_GIVEN /* prompt and completion below */
};

enum { SCRIPT_BARRIERS = 4 };

struct script_barrier {
    char name[32];
    int64_t at; /* frames before it */
};

/* Numbers are -1 where nothing was said. */
struct script {
    int64_t words, gap, first, first_frame, status, retry_after;
    int64_t cut_after, reset_after, stall_after, error_after, garbage_after;
    int64_t split, slow, reasoning, bigheader, bigbody, huge_frame;
    enum script_usage usage;
    int64_t prompt, completion;
    struct script_barrier barriers[SCRIPT_BARRIERS];
    size_t n_barriers;
    char text[256], message[256], param[64], finish[16], content_type[128];
    char call[64], args[256], flag[128];
    bool no_done, cut_headers, crlf, cr, bom, comments, ids, nospace;
    bool role_empty, empty_choices, after_done, bad_utf8, gzip, html, badjson;
    bool empty, redirect, own_keys, tool, two_tools, unpaced, ignore_max;
    bool until_close;
};

/**
 * script_init(s):
 * Make ${s} the script that says nothing.
 */
void script_init(struct script *s);

/**
 * script_read(s, text, bad):
 * Obey the directives in ${text}. Returns 0, or -1 with the first one that is
 * unknown or has an impossible value in ${bad}.
 */
int script_read(struct script *s, struct span text, struct span *bad);

/**
 * script_in_model(model), script_in_message(message),
 * script_for_moderator(text):
 * The directives that a decoded model name, message text, or text or URL that
 * is to be judged holds; of no length when there are none.
 */
struct span script_in_model(struct span model);
struct span script_in_message(struct span message);
struct span script_for_moderator(struct span text);

#endif
