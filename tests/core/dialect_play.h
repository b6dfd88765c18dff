#ifndef DIALECT_PLAY_H
#define DIALECT_PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate.h"
#include "exchange.h"
#include "play_text.h"

/* What the tests of the dialects share. Quotes are written ' in their texts. */

/* A stream and what came out of it. */
struct play {
    struct json_doc request;
    struct completion completion;
    struct exchange exchange;
    struct codec_tag tag;
    struct stream *stream;
    struct buf out;
    struct fault fault;
};

/* A stream of the upstream's dialect to a caller of another one or the same;
 * 25 tokens are estimated as its input. */
static inline struct play play_begin(enum dialect caller, enum dialect upstream)
{
    static const char *const requests[] = {
        [DIALECT_CHAT] = "{\"model\":\"model\",\"stream\":true,\"messages\":["
                         "{\"role\":\"user\",\"content\":\"hi\"}]}",
        [DIALECT_MESSAGES] =
            "{\"model\":\"model\",\"stream\":true,\"messages\":[{\"role\":"
            "\"user\",\"content\":\"hi\"}]}",
        [DIALECT_RESPONSES] =
            "{\"model\":\"model\",\"stream\":true,\"input\":\"hi\"}",
    };
    const char *text = requests[caller];
    struct play p = {.tag = {.id = "ID", .created = 7}};

    assert_int_equal(json_parse(&p.request, text, strlen(text)), JSON_OK);
    assert_int_equal(
        codec_of(caller)->read(&p.request, &p.completion, &p.fault), 0);
    assert_int_equal(
        exchange_begin(&p.exchange, caller, upstream, &p.request, &p.fault), 0);
    p.completion.est_in = 25;
    p.tag.names = (struct completion_names){"model", "up"};
    p.tag.memo = (struct span){p.exchange.memo.data, p.exchange.memo.len};
    return p;
}

static inline void play_open_screened(struct play *p, struct screen *screen)
{
    p->stream = exchange_stream(&p->exchange, &p->completion, &p->tag, screen);
    assert_non_null(p->stream);
}

static inline void play_open(struct play *p)
{
    play_open_screened(p, NULL);
}

static inline void play_end(struct play *p)
{
    stream_free(p->stream);
    exchange_free(&p->exchange);
    json_free(&p->request);
    buf_free(&p->out);
}

static inline enum stream_frame play_feed(struct play *p, const char *text)
{
    char *json = play_quoted(text);
    enum stream_frame rc = stream_frame(
        p->stream, (struct span){json, strlen(json)}, &p->out, &p->fault);

    free(json);
    return rc;
}

static inline void play_take(struct play *p, const char *text)
{
    assert_int_equal(play_feed(p, text), STREAM_TAKEN);
}

/* What came out since the last look. */
static inline void play_out_is(struct play *p, const char *expected)
{
    char *wanted = play_quoted(expected);

    assert_string_equal(buf_terminate(&p->out), wanted);
    buf_reset(&p->out);
    free(wanted);
}

static inline bool play_out_has(struct play *p, const char *piece)
{
    char *wanted = play_quoted(piece);
    bool found = strstr(buf_terminate(&p->out), wanted) != NULL;

    free(wanted);
    return found;
}

static inline struct usage play_usage(const struct play *p)
{
    struct usage usage;

    stream_usage(p->stream, &usage);
    return usage;
}

/* The request text is refused for that field by its dialect; or taken, when
 * param is NULL. */
static inline int play_read(enum dialect dialect, const char *text,
    struct completion *completion, struct fault *fault)
{
    char *json = play_quoted(text);
    struct json_doc doc = {0};
    int rc;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    rc = codec_of(dialect)->read(&doc, completion, fault);
    json_free(&doc);
    free(json);
    return rc;
}

static inline void play_request(
    enum dialect dialect, const char *text, const char *param)
{
    struct completion completion;
    struct fault fault = {0};
    int rc = play_read(dialect, text, &completion, &fault);

    if (param == NULL) {
        assert_string_equal(fault.param, "");
        assert_int_equal(rc, 0);
    } else {
        assert_int_equal(rc, -1);
        assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
        assert_string_equal(fault.param, param);
    }
}

/* The request says that many quarters of a token, and what the JSON makes. */
static inline void play_estimate(enum dialect dialect, const char *text,
    uint64_t quarters, const char *json)
{
    char *told = play_quoted(json);
    struct completion completion;
    struct fault fault = {0};

    assert_int_equal(play_read(dialect, text, &completion, &fault), 0);
    quarters += estimate_text((struct span){told, strlen(told)});
    assert_int_equal(completion.est_in, estimate_input(quarters));
    free(told);
}

/* The ${part} makes that many quarters of a token beside what its ${rest} does,
 * in a request of one message that the macro ${around} makes of it. */
#define PLAY_PART(dialect, around, part, quarters, rest)                       \
    do {                                                                       \
        char text[512];                                                        \
                                                                               \
        snprintf(text, sizeof(text), around("%s"), part);                      \
        play_estimate(                                                         \
            dialect, text, (quarters) + 4 * ESTIMATE_PER_MESSAGE, rest);       \
    } while (0)

#endif
