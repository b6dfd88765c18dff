#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "buf.h"

/* The grammar of the configuration: a line is empty, a comment or
 * "key = value". '#' begins a comment at the start of a line or behind white
 * space; white space around key and value does not count. */

/* One setting; points into the text it was read from. */
struct conf_setting {
    struct span key;
    struct span value;
    unsigned line; /* 1, 2 ... of the file; 0: from the command line */
};

/**
 * conf_text_next(rest, line, s):
 * Take lines off the front of ${rest}, counting them in ${line}, up to and
 * including the next setting, which is left in ${s}. Returns 1, 0 at the end
 * of the text, or -1 when line ${line} is no setting. A byte order mark before
 * the first line is none of it.
 */
int conf_text_next(struct span *rest, unsigned *line, struct conf_setting *s);

/**
 * conf_text_override(text, s):
 * Read "KEY=VALUE" of the command line, where '#' means nothing. Returns 0,
 * or -1 when there is no key or no '='.
 */
int conf_text_override(const char *text, struct conf_setting *s);

#endif
