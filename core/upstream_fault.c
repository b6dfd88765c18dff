#include "upstream_fault.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "words.h"

static struct span whole(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

/* A string member of ${object} as a NUL-terminated text; empty when absent. */
static void read_text(const struct json_doc *doc, uint32_t object,
    const char *key, struct buf *out)
{
    uint32_t node = json_member(doc, object, key);

    buf_reset(out);
    if (json_is(doc, node, JSON_STRING))
        json_string(doc, node, out);
    buf_terminate(out);
}

/* The first number in ${text} behind ${words}; 0 when there is none. */
static unsigned long number_after(const char *text, const char *words)
{
    const char *p = strstr(text, words);

    if (p == NULL)
        return 0;
    for (p += strlen(words); *p != '\0' && !isdigit((unsigned char)*p); p++)
        ;
    return strtoul(p, NULL, 10);
}

/* The number after the first of ${words} that has one; 0 when none has. */
static unsigned long first_number(
    const char *text, const char *const *words, size_t count)
{
    unsigned long number = 0;

    for (size_t i = 0; i < count && number == 0; i++)
        number = number_after(text, words[i]);
    return number;
}

/* "maximum context length is M tokens ... requested N tokens", as vLLM,
 * llama.cpp and OpenAI say it in their several ways. */
static bool is_overflow(const char *message, const char *code,
    unsigned long *had, unsigned long *limit)
{
    static const char *const most[] = {"maximum context length",
        "maximum model length", "available context size"};
    static const char *const wanted[] = {"requested", "resulted in",
        "request has", "your prompt contains", "prompt (length", "request ("};

    *limit = first_number(message, most, sizeof(most) / sizeof(most[0]));
    *had = first_number(message, wanted, sizeof(wanted) / sizeof(wanted[0]));
    if (*had != 0 && *limit != 0 && *had <= *limit)
        return false; /* the answer that was asked for is too long */
    return *limit != 0 || strcmp(code, "context_length_exceeded") == 0 ||
           strstr(message, "available context size") != NULL;
}

static void say_overflow(
    struct fault *fault, unsigned long had, unsigned long limit)
{
    if (had > limit && limit != 0)
        fault_set(fault, REFUSE_INVALID_REQUEST, "messages",
            "prompt is too long: %lu tokens > %lu maximum", had, limit);
    else
        fault_set(fault, REFUSE_INVALID_REQUEST, "messages",
            "prompt is too long: the context of the model is used up");
}

/* A 400 or 422 that the caller can do something about. */
static void caller_fault(
    enum refusal code, struct span body, struct fault *fault)
{
    struct json_doc doc = {0};
    struct buf message = {0}, param = {0}, name = {0};
    unsigned long had, limit;
    uint32_t error;

    fault_set(fault, code, NULL, "%s", "");
    if (body.n == 0 || json_parse(&doc, body.p, body.n) != JSON_OK)
        goto done;
    /* Without it the root is the error: JSON_NONE is the root's index. */
    error = json_member(&doc, 0, "error");
    read_text(&doc, error, "message", &message);
    read_text(&doc, error, "param", &param);
    read_text(&doc, error, "code", &name);
    if (message.failed || param.failed || name.failed)
        goto done;
    if (is_overflow(message.data, name.data, &had, &limit))
        say_overflow(fault, had, limit);
    else if (words_fit(whole(&message)))
        fault_set(fault, code, words_fit(whole(&param)) ? param.data : NULL,
            "%s", message.data);
done:
    buf_free(&message);
    buf_free(&param);
    buf_free(&name);
    json_free(&doc);
}

enum upstream_blame upstream_fault(
    int status, struct span body, struct fault *fault)
{
    switch (status) {
    case 400:
        caller_fault(REFUSE_INVALID_REQUEST, body, fault);
        return BLAME_CALLER;
    case 413:
        fault_set(fault, REFUSE_TOO_LARGE, NULL, "%s", "");
        return BLAME_CALLER;
    case 422:
        caller_fault(REFUSE_UPSTREAM_REJECTED, body, fault);
        return BLAME_CALLER;
    case 429:
        fault_set(fault, REFUSE_UPSTREAM_LIMITED, NULL, "%s", "");
        return BLAME_TARGET;
    case 408:
    case 504:
        fault_set(fault, REFUSE_UPSTREAM_TIMEOUT, NULL, "%s", "");
        return BLAME_TARGET;
    case 401:
    case 403:
        fault_set(fault, REFUSE_UPSTREAM_ERROR, NULL, "%s", "");
        return BLAME_OURS;
    default:
        fault_set(fault, REFUSE_UPSTREAM_ERROR, NULL, "%s", "");
        return BLAME_TARGET;
    }
}
