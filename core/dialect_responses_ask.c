#include <string.h>

#include "dialect_responses_private.h"
#include "turn.h"

/* A turn as a Responses request: each message, call and result is an item. */

struct ask {
    const struct turn *turn;
    struct buf *out;
    bool comma; /* an item stands before */
};

static void begin_item(struct ask *a, const char *type)
{
    buf_puts(a->out, a->comma ? "," : "");
    buf_printf(a->out, "{\"type\":\"%s\"", type);
    a->comma = true;
}

/* ---- parts ---- */

static void put_data_url(const struct turn_part *p, struct buf *out)
{
    buf_puts(out, "\"data:");
    buf_put(out, p->media_type.p, p->media_type.n);
    buf_puts(out, ";base64,");
    buf_put(out, p->data.p, p->data.n);
    buf_puts(out, "\"");
}

static void put_image(const struct turn_part *p, struct buf *out)
{
    buf_puts(out, "{\"type\":\"input_image\",\"image_url\":");
    if (p->data.p != NULL)
        put_data_url(p, out);
    else
        turn_string(out, p->url);
    if (p->detail.n > 0)
        turn_member(out, "detail", p->detail);
    buf_puts(out, "}");
}

static void put_file(const struct turn_part *p, struct buf *out)
{
    buf_puts(out, "{\"type\":\"input_file\"");
    if (p->name.n > 0)
        turn_member(out, "filename", p->name);
    if (p->data.p != NULL) {
        buf_puts(out, ",\"file_data\":");
        put_data_url(p, out);
    } else {
        turn_member(out, "file_url", p->url);
    }
    buf_puts(out, "}");
}

static void put_text(const struct turn_part *p, struct buf *out)
{
    bool said = p->role == TURN_ASSISTANT;

    buf_puts(
        out, said ? "{\"type\":\"output_text\"" : "{\"type\":\"input_text\"");
    turn_member(out, "text", p->text);
    buf_puts(out, said ? ",\"annotations\":[]}" : "}");
}

static bool is_content(const struct turn_part *p)
{
    return p->kind == TURN_TEXT || p->kind == TURN_REFUSAL ||
           p->kind == TURN_IMAGE || p->kind == TURN_FILE;
}

/* The parts from index i on that make one list, behind a first one of its own
 * when there is one; returns the index behind. */
static size_t put_parts(struct ask *a, size_t i, const struct turn_part *head)
{
    const struct turn *t = a->turn;
    const struct turn_part *first = &t->parts[i];
    const char *glue = "";

    buf_puts(a->out, "[");
    if (head != NULL) {
        put_text(head, a->out);
        glue = ",";
    }
    for (; i < t->part_count; i++) {
        const struct turn_part *p = &t->parts[i];

        if (!is_content(p) || p->message != first->message ||
            p->inside != first->inside || p->role != first->role)
            break;
        buf_puts(a->out, glue);
        glue = ",";
        if (p->kind == TURN_IMAGE)
            put_image(p, a->out);
        else if (p->kind == TURN_FILE)
            put_file(p, a->out);
        else
            put_text(p, a->out);
    }
    buf_puts(a->out, "]");
    return i;
}

/* ---- items ---- */

static size_t put_message(struct ask *a, size_t i)
{
    static const char *const roles[] = {
        [TURN_SYSTEM] = "system",
        [TURN_DEVELOPER] = "developer",
        [TURN_USER] = "user",
        [TURN_ASSISTANT] = "assistant",
    };

    begin_item(a, "message");
    buf_printf(
        a->out, ",\"role\":\"%s\",\"content\":", roles[a->turn->parts[i].role]);
    i = put_parts(a, i, NULL);
    buf_puts(a->out, "}");
    return i;
}

static void put_call(struct ask *a, const struct turn_part *p)
{
    begin_item(a, "function_call");
    turn_member(a->out, "call_id", p->id);
    turn_member(a->out, "name", p->name);
    buf_puts(a->out, ",\"arguments\":\"");
    turn_args(p, a->out);
    buf_puts(a->out, "\"}");
}

static size_t put_result(struct ask *a, size_t i)
{
    const struct turn *t = a->turn;
    static const struct turn_part error = {
        .kind = TURN_TEXT, .role = TURN_USER, .text = {"Error:", 6}};
    const struct turn_part *p = &t->parts[i++];

    begin_item(a, "function_call_output");
    turn_member(a->out, "call_id", p->id);
    buf_puts(a->out, ",\"output\":");
    if (i == t->part_count || !t->parts[i].inside) {
        buf_puts(a->out, p->failed ? "\"Error\"}" : "\"\"}");
        return i;
    }
    if (t->parts[i].kind == TURN_TEXT &&
        (i + 1 == t->part_count || !t->parts[i + 1].inside)) {
        buf_puts(a->out, p->failed ? "\"Error: " : "\"");
        buf_put(a->out, t->parts[i].text.p, t->parts[i].text.n);
        buf_puts(a->out, "\"");
        i++;
    } else {
        i = put_parts(a, i, p->failed ? &error : NULL);
    }
    buf_puts(a->out, "}");
    return i;
}

/* Reasoning is taken back only with its maker's seal. */
static void put_reasoning(struct ask *a, const struct turn_part *p)
{
    if (p->signature.n == 0)
        return;
    begin_item(a, "reasoning");
    buf_puts(a->out, ",\"summary\":[");
    if (p->text.n > 0) {
        buf_puts(a->out, "{\"type\":\"summary_text\"");
        turn_member(a->out, "text", p->text);
        buf_puts(a->out, "}");
    }
    buf_puts(a->out, "]");
    turn_member(a->out, "encrypted_content", p->signature);
    buf_puts(a->out, "}");
}

static void put_input(struct ask *a)
{
    const struct turn *t = a->turn;
    size_t i = 0;

    buf_puts(a->out, ",\"input\":[");
    while (i < t->part_count) {
        const struct turn_part *p = &t->parts[i];

        if (is_content(p)) {
            i = put_message(a, i);
            continue;
        }
        if (p->kind == TURN_RESULT) {
            i = put_result(a, i);
            continue;
        }
        if (p->kind == TURN_CALL)
            put_call(a, p);
        else if (p->kind == TURN_REASONING)
            put_reasoning(a, p);
        i++;
    }
    buf_puts(a->out, "]");
}

/* ---- tools ---- */

static void put_tool(const struct turn_tool *tool, struct buf *out)
{
    buf_puts(out, "{\"type\":\"function\"");
    turn_member(out, "name", tool->name);
    if (tool->description.n > 0)
        turn_member(out, "description", tool->description);
    buf_puts(out, ",\"parameters\":");
    turn_schema(tool, out);
    buf_puts(out, ",\"strict\":");
    buf_puts(out, span_is(tool->strict, "true") ? "true}" : "false}");
}

static void put_tools(const struct turn *t, struct buf *out)
{
    if (!turn_tools(t, put_tool, out))
        return;
    if (t->choice == TURN_CHOICE_NAMED) {
        buf_puts(out, ",\"tool_choice\":{\"type\":\"function\"");
        turn_member(out, "name", t->choice_name);
        buf_puts(out, "}");
    } else if (t->choice != TURN_CHOICE_ABSENT) {
        buf_printf(out, ",\"tool_choice\":\"%s\"", turn_choice_word(t->choice));
    }
    turn_parallel(t, out);
}

/* ---- the other fields ---- */

static void put_format(const struct turn *t, struct buf *out)
{
    if (t->format == TURN_FORMAT_OBJECT)
        buf_puts(out, ",\"text\":{\"format\":{\"type\":\"json_object\"}}");
    if (t->format != TURN_FORMAT_SCHEMA)
        return;
    buf_puts(out, ",\"text\":{\"format\":{\"type\":\"json_schema\",");
    turn_format(t, out);
    buf_puts(out, "}}");
}

/* A Messages caller who wants to see the thinking gets it as a summary, and
 * its seal, without which it could not be sent back. */
static bool wants_thoughts(const struct turn *t)
{
    return t->from == DIALECT_MESSAGES && t->thinking;
}

static void put_include(const struct turn *t, struct buf *out)
{
    const char *glue = ",\"include\":[";
    bool any = t->logprobs || wants_thoughts(t);

    if (t->logprobs) {
        buf_printf(out, "%s\"message.output_text.logprobs\"", glue);
        glue = ",";
    }
    if (wants_thoughts(t))
        buf_printf(out, "%s\"reasoning.encrypted_content\"", glue);
    if (any)
        buf_puts(out, "]");
}

static void put_reasoning_options(const struct turn *t, struct buf *out)
{
    const char *glue = "";

    if (t->effort.n == 0 && !wants_thoughts(t))
        return;
    buf_puts(out, ",\"reasoning\":{");
    if (t->effort.n > 0) {
        buf_puts(out, "\"effort\":");
        turn_string(out, t->effort);
        glue = ",";
    }
    if (wants_thoughts(t))
        buf_printf(out, "%s\"summary\":\"auto\"", glue);
    buf_puts(out, "}");
}

int responses_turn_check(const struct turn *t, struct fault *fault)
{
    const char *stop = t->from == DIALECT_CHAT ? "stop" : "stop_sequences";

    if (t->n > 1)
        return fault_set(fault, REFUSE_INVALID_REQUEST, "n",
            "n: this model gives one answer");
    if (t->stop_count > 0)
        return fault_set(fault, REFUSE_INVALID_REQUEST, stop,
            "%s: this model does not take stop sequences", stop);
    return turn_check(t, fault);
}

void responses_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    struct ask a = {.turn = turn, .out = out};

    buf_puts(out, "{\"model\":");
    json_quote(out, (struct span){rewrite->model, strlen(rewrite->model)});
    put_input(&a);
    buf_printf(out, ",\"max_output_tokens\":%llu,\"store\":false",
        (unsigned long long)rewrite->max_tokens);
    if (completion->stream)
        buf_puts(out, ",\"stream\":true");
    turn_member_raw(out, "temperature", turn->temperature);
    turn_member_raw(out, "top_p", turn->top_p);
    if (turn->logprobs)
        turn_member_raw(out, "top_logprobs", turn->top_logprobs);
    put_include(turn, out);
    put_tools(turn, out);
    put_format(turn, out);
    put_reasoning_options(turn, out);
    turn_user(turn, out);
    buf_puts(out, "}");
}
