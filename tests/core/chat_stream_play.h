#ifndef CHAT_STREAM_PLAY_H
#define CHAT_STREAM_PLAY_H

/* What the tests of chat streams share: frames, written with ' for quotes, go
 * into a stream and out of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect_chat.h"
#include "dialect_play.h"

#define HI "{'choices':[{'index':0,'delta':{'content':'hi'}}]}"
#define STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"
#define STOP_METERED                                                           \
    "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]," METER "}"
#define USAGE                                                                  \
    "{'choices':[],'usage':{'prompt_tokens':18,'completion_tokens':12}}"
#define USAGE_METERED                                                          \
    "{'choices':[],'usage':{'prompt_tokens':18,'completion_tokens':12}," METER \
    "}"
#define DATA(json) "data: " json "\n\n"
#define DONE "data: [DONE]\n\n"

/* A stream of the upstream's "up", which the caller calls ${model}. */
static inline struct play begin_as(
    const struct completion *request, const char *model)
{
    struct play p = {.stream = chat_stream(
                         request, &(struct completion_names){model, "up"})};

    assert_non_null(p.stream);
    return p;
}

static inline struct play begin(void)
{
    struct completion request = {.stream = true, .n = 1, .est_in = 100};

    return begin_as(&request, "model");
}

/* The caller wants a usage chunk. */
static inline struct play begin_with_usage(void)
{
    struct completion request = {
        .stream = true, .include_usage = true, .n = 1, .est_in = 100};

    return begin_as(&request, "model");
}

/* What has come out since the beginning, unlike play_out_is(). */
static inline void out_is(struct play *p, const char *expected)
{
    char *wanted = play_quoted(expected);

    assert_string_equal(buf_terminate(&p->out), wanted);
    free(wanted);
}

static inline void finish(struct play *p)
{
    stream_finish(p->stream, &play_credits, &p->out);
}

/* A stream of that one frame lets this out. */
static inline void lets_out(const char *frame, const char *expected)
{
    struct play p = begin();

    play_take(&p, frame);
    out_is(&p, expected);
    play_end(&p);
}

/* A stream of that one frame lets it out as it came. */
static inline void passes(const char *json)
{
    char expected[1000];

    snprintf(expected, sizeof(expected), DATA("%s"), json);
    lets_out(json, expected);
}

#endif
