#include "refusal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

struct row {
    int status;
    const char *type;
    const char *code;
    const char *anthropic;
    bool retry;
    const char *message;
};

static const struct row rows[REFUSE_COUNT] = {
#define REFUSAL_ROW(name, status, type, code, anthropic, retry, message)       \
    [REFUSE_##name] = {status, type, code, anthropic, retry, message},
    REFUSAL_TABLE(REFUSAL_ROW)
#undef REFUSAL_ROW
};

static const struct row *row_of(enum refusal code)
{
    assert((unsigned)code < REFUSE_COUNT);
    return &rows[code];
}

/* The length of text without the character that its end cuts in two. */
static size_t whole_characters(const char *text, size_t n)
{
    size_t lead = n;

    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0 || (unsigned char)text[lead - 1] < 0x80)
        return lead;
    lead--;
    return lead + utf8_step(text + lead, n - lead);
}

static void put_text(char *to, size_t size, const char *fmt, va_list args)
{
    int n = vsnprintf(to, size, fmt, args);

    if (n < 0)
        to[0] = '\0';
    else if ((size_t)n >= size)
        to[whole_characters(to, size - 1)] = '\0';
}

static void put_string(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);

    if (n >= size)
        n = whole_characters(from, size - 1);
    memcpy(to, from, n);
    to[n] = '\0';
}

int fault_set(
    struct fault *f, enum refusal code, const char *param, const char *fmt, ...)
{
    va_list args;

    f->code = code;
    put_string(f->param, sizeof(f->param), param != NULL ? param : "");
    va_start(args, fmt);
    put_text(f->message, sizeof(f->message), fmt, args);
    va_end(args);
    return -1;
}

int refusal_status(enum refusal code)
{
    return row_of(code)->status;
}

const char *refusal_code(enum refusal code)
{
    return row_of(code)->code;
}

bool refusal_retry(enum refusal code)
{
    return row_of(code)->retry;
}

static void put_quoted(struct buf *out, const char *text)
{
    json_quote(out, (struct span){text, strlen(text)});
}

const char *refusal_message(const struct fault *f)
{
    return f->message[0] != '\0' ? f->message : row_of(f->code)->message;
}

static void openai_body(const struct fault *f, struct buf *out)
{
    buf_puts(out, "{\"error\":{\"message\":");
    put_quoted(out, refusal_message(f));
    buf_puts(out, ",\"type\":");
    put_quoted(out, row_of(f->code)->type);
    buf_puts(out, ",\"param\":");
    if (f->param[0] != '\0')
        put_quoted(out, f->param);
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"code\":");
    put_quoted(out, row_of(f->code)->code);
    buf_puts(out, "}}");
}

/* "PARAM: what is wrong", also when the message itself begins with PARAM. */
static void anthropic_message(const struct fault *f, struct buf *out)
{
    char text[sizeof(f->param) + sizeof(f->message) + 2];
    const char *message = refusal_message(f);
    size_t n = strlen(f->param);

    if (n == 0) {
        put_quoted(out, message);
        return;
    }
    if (strncmp(message, f->param, n) == 0)
        message += n + strspn(message + n, ": ");
    snprintf(text, sizeof(text), "%s: %s", f->param, message);
    put_quoted(out, text);
}

static void anthropic_body(
    const struct fault *f, const char *request_id, struct buf *out)
{
    buf_puts(out, "{\"type\":\"error\",\"error\":{\"type\":");
    put_quoted(out, row_of(f->code)->anthropic);
    buf_puts(out, ",\"message\":");
    anthropic_message(f, out);
    buf_puts(out, ",\"code\":");
    put_quoted(out, row_of(f->code)->code);
    buf_puts(out, "},\"request_id\":");
    if (request_id != NULL)
        put_quoted(out, request_id);
    else
        buf_puts(out, "null");
    buf_puts(out, "}");
}

void refusal_body(const struct fault *f, enum dialect dialect,
    const char *request_id, struct buf *out)
{
    assert(f->code != REFUSE_NONE);
    if (dialect == DIALECT_MESSAGES)
        anthropic_body(f, request_id, out);
    else
        openai_body(f, out);
}

void refusal_frame(const struct fault *f, enum dialect dialect,
    const char *request_id, struct buf *out)
{
    assert(dialect != DIALECT_RESPONSES);
    buf_puts(
        out, dialect == DIALECT_MESSAGES ? "event: error\ndata: " : "data: ");
    refusal_body(f, dialect, request_id, out);
    buf_puts(out, "\n\n");
}
