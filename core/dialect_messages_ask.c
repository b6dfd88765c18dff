#include <stdlib.h>
#include <string.h>

#include "dialect_messages_private.h"
#include "turn.h"

/* A turn as a Messages request. Messages of one side that follow each other
 * become one. */

enum { INTEGER_DIGITS = 18 }; /* that surely fit into an integer of others */

struct ask {
    const struct turn *turn;
    struct buf *out;
    bool comma; /* a block stands before in this list */
};

static void next_block(struct ask *a)
{
    if (a->comma)
        buf_puts(a->out, ",");
    a->comma = true;
}

/* ---- blocks ---- */

static void put_text(struct ask *a, struct span text)
{
    next_block(a);
    buf_puts(a->out, "{\"type\":\"text\",\"text\":");
    turn_string(a->out, text);
    buf_puts(a->out, "}");
}

/* This dialect knows the types in small letters only. */
static void put_media_type(struct span type, struct buf *out)
{
    char c;

    buf_puts(out, "\"");
    for (size_t i = 0; i < type.n; i++) {
        c = type.p[i];
        c = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        buf_put(out, &c, 1);
    }
    buf_puts(out, "\"");
}

static void put_source(struct ask *a, const struct turn_part *p)
{
    if (p->data.p != NULL) {
        buf_puts(a->out, "\"source\":{\"type\":\"base64\",\"media_type\":");
        put_media_type(p->media_type, a->out);
        turn_member(a->out, "data", p->data);
    } else {
        buf_puts(a->out, "\"source\":{\"type\":\"url\",\"url\":");
        turn_string(a->out, p->url);
    }
    buf_puts(a->out, "}}");
}

static void put_call(struct ask *a, const struct turn_part *p)
{
    next_block(a);
    buf_puts(a->out, "{\"type\":\"tool_use\",\"id\":");
    turn_string(a->out, p->id);
    turn_member(a->out, "name", p->name);
    buf_puts(a->out, ",\"input\":");
    if (p->custom) {
        buf_puts(a->out, "{\"input\":");
        turn_string(a->out, p->args);
        buf_puts(a->out, "}");
    } else {
        turn_args_object(p->args, p->args_raw, a->out);
    }
    buf_puts(a->out, "}");
}

/* Reasoning is taken back only with its maker's signature. */
static void put_reasoning(struct ask *a, const struct turn_part *p)
{
    if (p->signature.n == 0)
        return;
    next_block(a);
    buf_puts(a->out, "{\"type\":\"thinking\",\"thinking\":");
    turn_string(a->out, p->text);
    turn_member(a->out, "signature", p->signature);
    buf_puts(a->out, "}");
}

static void put_part(struct ask *a, const struct turn_part *p)
{
    switch (p->kind) {
    case TURN_TEXT:
    case TURN_REFUSAL:
        put_text(a, p->text);
        break;
    case TURN_IMAGE:
    case TURN_FILE:
        next_block(a);
        buf_puts(a->out, p->kind == TURN_IMAGE ? "{\"type\":\"image\","
                                               : "{\"type\":\"document\",");
        put_source(a, p);
        break;
    case TURN_CALL:
        put_call(a, p);
        break;
    case TURN_REASONING:
        put_reasoning(a, p);
        break;
    case TURN_REDACTED:
        next_block(a);
        buf_puts(a->out, "{\"type\":\"redacted_thinking\",\"data\":");
        turn_string(a->out, p->data);
        buf_puts(a->out, "}");
        break;
    case TURN_RESULT:
        break;
    }
}

/* The result at index i with what is inside it; returns the index behind. */
static size_t put_result(struct ask *a, size_t i)
{
    const struct turn *t = a->turn;
    const struct turn_part *p = &t->parts[i];

    next_block(a);
    buf_puts(a->out, "{\"type\":\"tool_result\",\"tool_use_id\":");
    turn_string(a->out, p->id);
    buf_puts(a->out, ",\"content\":[");
    a->comma = false;
    for (i++; i < t->part_count && t->parts[i].inside; i++)
        put_part(a, &t->parts[i]);
    a->comma = true;
    buf_puts(a->out, p->failed ? "],\"is_error\":true}" : "]}");
    return i;
}

/* ---- messages ---- */

/* Where the system's words end: they have a field of their own. */
static size_t system_end(const struct turn *t)
{
    size_t i = 0;

    while (i < t->part_count && t->parts[i].role <= TURN_DEVELOPER)
        i++;
    return i;
}

static void put_system(struct ask *a, size_t end)
{
    if (end == 0)
        return;
    buf_puts(a->out, ",\"system\":[");
    for (size_t i = 0; i < end; i++)
        put_part(a, &a->turn->parts[i]);
    a->comma = false;
    buf_puts(a->out, "]");
}

static bool is_assistant(const struct turn_part *p)
{
    return p->role == TURN_ASSISTANT;
}

/* Nothing of these would be written. */
static bool is_silent(const struct turn_part *p)
{
    return p->kind == TURN_REASONING && p->signature.n == 0;
}

/* Where the message that begins at index i ends. */
static size_t message_end(const struct turn *t, size_t i)
{
    bool side = is_assistant(&t->parts[i]);

    while (i < t->part_count &&
           (is_assistant(&t->parts[i]) == side || is_silent(&t->parts[i])))
        i++;
    return i;
}

/* Results stand before all else in a message: servers ask for it. */
static void put_message(struct ask *a, size_t from, size_t to)
{
    const struct turn *t = a->turn;
    size_t i = from;

    buf_printf(a->out, "{\"role\":\"%s\",\"content\":[",
        is_assistant(&t->parts[from]) ? "assistant" : "user");
    a->comma = false;
    while (i < to)
        i = t->parts[i].kind == TURN_RESULT ? put_result(a, i) : i + 1;
    for (i = from; i < to; i++)
        if (!t->parts[i].inside)
            put_part(a, &t->parts[i]);
    buf_puts(a->out, "]}");
}

static void put_messages(struct ask *a, size_t from)
{
    const struct turn *t = a->turn;
    bool comma = false;
    size_t i = from;
    size_t end;

    buf_puts(a->out, ",\"messages\":[");
    while (i < t->part_count) {
        if (is_silent(&t->parts[i])) {
            i++;
            continue;
        }
        end = message_end(t, i);
        buf_puts(a->out, comma ? "," : "");
        put_message(a, i, end);
        comma = true;
        i = end;
    }
    buf_puts(a->out, "]");
}

/* ---- tools ---- */

static void put_tool(const struct turn_tool *tool, struct buf *out)
{
    buf_puts(out, "{\"name\":");
    turn_string(out, tool->name);
    if (tool->description.n > 0)
        turn_member(out, "description", tool->description);
    buf_puts(out, ",\"input_schema\":");
    turn_schema(tool, out);
    buf_puts(out, "}");
}

static void put_choice(const struct turn *t, struct buf *out)
{
    static const char *const types[] = {
        [TURN_CHOICE_ABSENT] = "auto",
        [TURN_CHOICE_AUTO] = "auto",
        [TURN_CHOICE_NONE] = "none",
        [TURN_CHOICE_REQUIRED] = "any",
        [TURN_CHOICE_NAMED] = "tool",
    };

    if (t->choice == TURN_CHOICE_ABSENT && t->parallel != 0)
        return;
    buf_printf(out, ",\"tool_choice\":{\"type\":\"%s\"", types[t->choice]);
    if (t->choice == TURN_CHOICE_NAMED)
        turn_member(out, "name", t->choice_name);
    if (t->parallel == 0 && t->choice != TURN_CHOICE_NONE)
        buf_puts(out, ",\"disable_parallel_tool_use\":true");
    buf_puts(out, "}");
}

static void put_tools(const struct turn *t, struct buf *out)
{
    if (!turn_tools(t, put_tool, out))
        return;
    put_choice(t, out);
}

/* ---- the other fields ---- */

/* This dialect's temperatures end at 1, the others' at 2. */
static void put_temperature(const struct turn *t, struct buf *out)
{
    char text[JSON_MAX_NUMBER + 1] = "";

    if (t->temperature.p == NULL)
        return;
    memcpy(text, t->temperature.p, t->temperature.n);
    if (strtod(text, NULL) > 1)
        buf_puts(out, ",\"temperature\":1");
    else
        turn_member_raw(out, "temperature", t->temperature);
}

/* Other servers take -1 for no such limit, which is the absence of one here. */
static void put_top_k(const struct turn *t, struct buf *out)
{
    size_t i = 0;

    while (i < t->top_k.n && t->top_k.p[i] >= '0' && t->top_k.p[i] <= '9')
        i++;
    if (i > 0 && i == t->top_k.n && i <= INTEGER_DIGITS)
        turn_member_raw(out, "top_k", t->top_k);
}

static void put_output(const struct turn *t, struct buf *out)
{
    static const char head[] = ",\"output_config\":{";
    const char *glue = head;

    if (t->effort.n > 0 && !span_is(t->effort, "none")) {
        buf_printf(out, "%s\"effort\":", glue);
        if (span_is(t->effort, "minimal"))
            buf_puts(out, "\"low\"");
        else
            turn_string(out, t->effort);
        glue = ",";
    }
    if (t->format != TURN_FORMAT_TEXT) {
        buf_printf(
            out, "%s\"format\":{\"type\":\"json_schema\",\"schema\":", glue);
        if (t->format_schema.p != NULL)
            buf_put(out, t->format_schema.p, t->format_schema.n);
        else
            buf_puts(out, "{\"type\":\"object\"}");
        buf_puts(out, "}");
        glue = ",";
    }
    if (glue != head)
        buf_puts(out, "}");
}

int messages_turn_check(const struct turn *t, struct fault *fault)
{
    size_t i;

    if (t->n > 1)
        return fault_set(fault, REFUSE_INVALID_REQUEST, "n",
            "n: this model gives one answer");
    if (t->logprobs)
        return fault_set(fault, REFUSE_INVALID_REQUEST,
            t->from == DIALECT_CHAT ? "logprobs" : "include",
            "logprobs: this model does not give them");
    for (i = system_end(t); i < t->part_count && is_silent(&t->parts[i]);)
        i++;
    if (i == t->part_count)
        return turn_silent(t, fault);
    return turn_check(t, fault);
}

void messages_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    struct ask a = {.turn = turn, .out = out};
    size_t end = system_end(turn);

    buf_puts(out, "{\"model\":");
    json_quote(out, (struct span){rewrite->model, strlen(rewrite->model)});
    buf_printf(
        out, ",\"max_tokens\":%llu", (unsigned long long)rewrite->max_tokens);
    if (completion->stream)
        buf_puts(out, ",\"stream\":true");
    put_system(&a, end);
    put_messages(&a, end);
    put_temperature(turn, out);
    turn_member_raw(out, "top_p", turn->top_p);
    put_top_k(turn, out);
    turn_stops(turn, "stop_sequences", out);
    put_tools(turn, out);
    put_output(turn, out);
    if (turn->user.n > 0) {
        buf_puts(out, ",\"metadata\":{\"user_id\":");
        turn_string(out, turn->user);
        buf_puts(out, "}");
    }
    buf_puts(out, "}");
}
