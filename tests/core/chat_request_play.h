#ifndef CHAT_REQUEST_PLAY_H
#define CHAT_REQUEST_PLAY_H

/* What the tests of chat requests share: a request is written with ' for
 * quotes, read, and refused or accepted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect_chat.h"
#include "play_text.h"

#define MODEL "'model':'m'"
#define MESSAGES "'messages':[{'role':'user','content':'hi'}]"
#define WITH(fields) "{" MODEL "," MESSAGES "," fields "}"
#define SAYING(messages) "{" MODEL ",'messages':[" messages "]}"
#define PART(part) SAYING("{'role':'user','content':[" part "]}")
#define IMAGE(url) PART("{'type':'image_url','image_url':{'url':'" url "'}}")
#define HISTORY(fields) SAYING("{'role':'assistant'," fields "}")

#define CALLS(calls) HISTORY("'content':'','tool_calls':" calls)
#define CALL                                                                   \
    "{'id':'1','type':'function','function':{'name':'f','arguments':''}}"

/* A request in its memory. */
struct play {
    char *text;
    struct json_doc doc;
    struct completion request;
    struct fault fault;
};

static inline int read_request(struct play *p, const char *text)
{
    memset(p, 0, sizeof(*p));
    p->text = play_quoted(text);
    assert_int_equal(json_parse(&p->doc, p->text, strlen(p->text)), JSON_OK);
    return chat_request_read(&p->doc, &p->request, &p->fault);
}

static inline void end(struct play *p)
{
    json_free(&p->doc);
    free(p->text);
}

static inline void refuses(const char *text, const char *param)
{
    struct play p;

    assert_int_equal(read_request(&p, text), -1);
    assert_int_equal(p.fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(p.fault.param, param);
    assert_string_not_equal(p.fault.message, "");
    end(&p);
}

static inline void refuses_saying(
    const char *text, const char *param, const char *message)
{
    struct play p;

    assert_int_equal(read_request(&p, text), -1);
    assert_string_equal(p.fault.param, param);
    assert_string_equal(p.fault.message, message);
    end(&p);
}

static inline struct completion accepts(const char *text)
{
    struct completion request;
    struct play p;

    if (read_request(&p, text) != 0)
        fail_msg("%s: %s", text, p.fault.message);
    request = p.request;
    end(&p);
    return request;
}

#endif
