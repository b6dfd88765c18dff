#ifndef CONF_PLAY_H
#define CONF_PLAY_H

/* What the tests of the configuration share: a text that is taken, or refused
 * for what its sentence says. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

/* The sentence that refused the last text; empty when it was taken. */
static char error[256];

/* The text under so many overrides; NULL: refused. Give it to conf_free(). */
static inline struct conf *read_with(
    const char *text, char *const *set, size_t count)
{
    error[0] = '\0';
    return conf_read((struct span){text, strlen(text)}, set, count, error);
}

/* The text, which must be taken. Give it to conf_free(). */
static inline struct conf *good(const char *text)
{
    struct conf *c = read_with(text, NULL, 0);

    if (!c)
        fail_msg("%s", error);
    return c;
}

/* The text under so many overrides is refused by a sentence with that in it. */
static inline void bad_with(
    const char *text, char *const *set, size_t count, const char *must_say)
{
    assert_null(read_with(text, set, count));
    if (!strstr(error, must_say))
        fail_msg("\"%s\" does not say \"%s\"", error, must_say);
}

static inline void bad(const char *text, const char *must_say)
{
    bad_with(text, NULL, 0, must_say);
}

#endif
