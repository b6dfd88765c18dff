#ifndef PLAY_TEXT_H
#define PLAY_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "completion.h"

/* Texts that go in and come out of dialects, written with ' for quotes. */

/* What a caller is told whose call took 30 tokens at 5 USD a million. */
static const struct credits play_credits = {48, 1, 30, {5000000, 500}};

#define METER                                                                  \
    "'remaining_credits':48,'estimated_credits_used':1,"                       \
    "'estimated_cost_usd':0.00015"

/* The text as it is meant. Give it to free(). */
static inline char *play_quoted(const char *text)
{
    char *copy = strdup(text);

    assert_non_null(copy);
    for (char *c = copy; *c != '\0'; c++) {
        if (*c == '\'')
            *c = '"';
    }
    return copy;
}

#endif
