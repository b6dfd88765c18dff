#include "dialect_chat_choice.h"

#include <stdlib.h>

/* ---- calls ---- */

struct chat_call *chat_choice_call(struct chat_choice *c, uint32_t block)
{
    struct chat_call *calls = c->calls;

    if (c->call_count == c->call_cap) {
        calls = reallocarray(c->calls, c->call_cap * 2 + 4, sizeof(*calls));
        if (calls == NULL) {
            c->out_of_memory = true;
            return NULL;
        }
        c->calls = calls;
        c->call_cap = c->call_cap * 2 + 4;
    }
    calls[c->call_count] = (struct chat_call){.block = block};
    return &calls[c->call_count++];
}

struct chat_call *chat_choice_called(
    const struct chat_choice *c, uint32_t block)
{
    for (size_t i = c->call_count; i-- > 0;)
        if (c->calls[i].block == block)
            return &c->calls[i];
    return NULL;
}

void chat_choice_call_members(const struct turn_event *e, struct buf *out)
{
    buf_puts(out, "\"id\":");
    turn_string(out, e->id);
    buf_puts(out, ",\"type\":\"function\",\"function\":{\"name\":");
    turn_string(out, e->name);
}

/* ---- keeping ---- */

static void keep_text(
    struct chat_choice *c, struct buf *text, const struct turn_event *e)
{
    buf_put(text, e->text.p, e->text.n);
    if (e->logprobs.n <= 2)
        return;
    if (c->logprobs.len > 0)
        buf_puts(&c->logprobs, ",");
    buf_put(&c->logprobs, e->logprobs.p + 1, e->logprobs.n - 2);
}

static void keep_call(struct chat_choice *c, const struct turn_event *e)
{
    struct chat_call *call = chat_choice_call(c, e->block);

    if (call == NULL)
        return;
    chat_choice_call_members(e, &call->head);
    c->out_of_memory = c->out_of_memory || call->head.failed;
}

static void keep_args(struct chat_choice *c, const struct turn_event *e)
{
    struct chat_call *call = chat_choice_called(c, e->block);

    if (call == NULL)
        return;
    buf_put(&call->args, e->text.p, e->text.n);
    c->out_of_memory = c->out_of_memory || call->args.failed;
}

void chat_choice_keep(struct chat_choice *c, const struct turn_event *e)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
        keep_text(c, &c->content, e);
        break;
    case TURN_EVENT_REFUSAL:
        keep_text(c, &c->refusal, e);
        break;
    case TURN_EVENT_REASONING:
        keep_text(c, &c->reasoning, e);
        break;
    case TURN_EVENT_CALL:
        keep_call(c, e);
        break;
    case TURN_EVENT_ARGS:
        keep_args(c, e);
        break;
    default:
        break;
    }
}

/* ---- writing ---- */

const char *chat_choice_finish_reason(const struct chat_choice *c)
{
    static const char *const reasons[] = {
        [TURN_STOP_END] = "stop",
        [TURN_STOP_SEQUENCE] = "stop",
        [TURN_STOP_LENGTH] = "length",
        [TURN_STOP_CALLS] = "tool_calls",
        [TURN_STOP_FILTER] = "content_filter",
    };

    return reasons[c->stop];
}

static void put_text_or_null(
    const char *key, const struct buf *text, struct buf *out)
{
    buf_puts(out, key);
    if (text->len > 0)
        turn_string(out, (struct span){text->data, text->len});
    else
        buf_puts(out, "null");
}

static void put_calls(const struct chat_choice *c, struct buf *out)
{
    for (size_t i = 0; i < c->call_count; i++) {
        const struct chat_call *call = &c->calls[i];

        buf_puts(out, i > 0 ? ",{" : ",\"tool_calls\":[{");
        buf_put(out, call->head.data, call->head.len);
        buf_puts(out, ",\"arguments\":\"");
        turn_args_text(
            (struct span){call->args.data, call->args.len}, false, out);
        buf_puts(out, "\"}}");
    }
    buf_puts(out, c->call_count > 0 ? "]" : "");
}

static void put_message(const struct chat_choice *c, struct buf *out)
{
    bool silent = c->content.len + c->refusal.len + c->call_count == 0;

    buf_puts(out, "\"message\":{\"role\":\"assistant\",");
    if (silent)
        buf_puts(out, "\"content\":\"\"");
    else
        put_text_or_null("\"content\":", &c->content, out);
    put_text_or_null(",\"refusal\":", &c->refusal, out);
    if (c->reasoning.len > 0)
        put_text_or_null(",\"reasoning_content\":", &c->reasoning, out);
    put_calls(c, out);
    buf_puts(out, "}");
}

void chat_choice_body(
    const struct chat_choice *c, uint32_t index, struct buf *out)
{
    buf_printf(out, "{\"index\":%u,", (unsigned)index);
    put_message(c, out);
    if (c->logprobs.len > 0) {
        buf_puts(out, ",\"logprobs\":{\"content\":[");
        buf_put(out, c->logprobs.data, c->logprobs.len);
        buf_puts(out, "],\"refusal\":null}");
    } else {
        buf_puts(out, ",\"logprobs\":null");
    }
    buf_printf(out, ",\"finish_reason\":\"%s\"}", chat_choice_finish_reason(c));
}

/* ---- memory ---- */

bool chat_choice_failed(const struct chat_choice *c)
{
    return c->out_of_memory || c->content.failed || c->refusal.failed ||
           c->reasoning.failed || c->logprobs.failed;
}

void chat_choice_free(struct chat_choice *c)
{
    for (size_t i = 0; i < c->call_count; i++) {
        buf_free(&c->calls[i].args);
        buf_free(&c->calls[i].head);
    }
    free(c->calls);
    buf_free(&c->logprobs);
    buf_free(&c->reasoning);
    buf_free(&c->refusal);
    buf_free(&c->content);
}
