#include <string.h>

#include "dialect_chat_private.h"
#include "turn.h"

/* A turn as a chat request. One message of the turn may become several: the
 * results of tools come first, each in a message of its own. */

enum { STOPS = 4 };

struct ask {
    const struct turn *turn;
    struct buf *out;
    bool comma; /* a message stands before */
};

/* A run of parts of one message. */
struct run {
    size_t from, to;
};

static void begin_message(struct ask *a, const char *role)
{
    buf_puts(a->out, a->comma ? ",{\"role\":\"" : "{\"role\":\"");
    buf_puts(a->out, role);
    buf_puts(a->out, "\"");
    a->comma = true;
}

/* ---- contents ---- */

static bool is_words(const struct turn_part *p)
{
    return p->kind == TURN_TEXT || p->kind == TURN_REFUSAL;
}

/* The texts of the run, of a result's inside or not, as one string. */
static void put_words(
    struct ask *a, struct run run, bool inside, const char *head)
{
    const char *glue = head;

    buf_puts(a->out, "\"");
    for (size_t i = run.from; i < run.to; i++) {
        const struct turn_part *p = &a->turn->parts[i];

        if (!is_words(p) || p->inside != inside)
            continue;
        buf_puts(a->out, glue);
        buf_put(a->out, p->text.p, p->text.n);
        glue = "\\n\\n";
    }
    if (glue == head)
        buf_puts(a->out, head);
    buf_puts(a->out, "\"");
}

static void put_image(struct ask *a, const struct turn_part *p)
{
    buf_puts(a->out, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"");
    if (p->data.p != NULL) {
        buf_puts(a->out, "data:");
        buf_put(a->out, p->media_type.p, p->media_type.n);
        buf_puts(a->out, ";base64,");
        buf_put(a->out, p->data.p, p->data.n);
    } else {
        buf_put(a->out, p->url.p, p->url.n);
    }
    buf_puts(a->out, "\"");
    if (p->detail.n > 0)
        turn_member(a->out, "detail", p->detail);
    buf_puts(a->out, "}}");
}

static void put_part(struct ask *a, const struct turn_part *p)
{
    if (p->kind == TURN_IMAGE) {
        put_image(a, p);
        return;
    }
    buf_puts(a->out, "{\"type\":\"text\",\"text\":");
    turn_string(a->out, p->text);
    buf_puts(a->out, "}");
}

static size_t count_kind(
    const struct ask *a, struct run run, enum turn_part_kind kind, bool inside)
{
    size_t count = 0;

    for (size_t i = run.from; i < run.to; i++)
        count += a->turn->parts[i].kind == kind &&
                 a->turn->parts[i].inside == inside;
    return count;
}

/* ---- messages ---- */

static void put_result(struct ask *a, struct run run)
{
    const struct turn_part *p = &a->turn->parts[run.from];

    begin_message(a, "tool");
    turn_member(a->out, "tool_call_id", p->id);
    buf_puts(a->out, ",\"content\":");
    put_words(a, run, true, p->failed ? "Error: " : "");
    buf_puts(a->out, "}");
}

static void put_results(struct ask *a, struct run run)
{
    size_t i = run.from;
    size_t end;

    for (; i < run.to; i = end) {
        end = i + 1;
        if (a->turn->parts[i].kind != TURN_RESULT)
            continue;
        while (end < run.to && a->turn->parts[end].inside)
            end++;
        put_result(a, (struct run){i, end});
    }
}

/* What a user says beside results, and the images within these, which a tool
 * message cannot show. */
static void put_user(struct ask *a, struct run run)
{
    size_t inner = count_kind(a, run, TURN_IMAGE, true);
    size_t images = inner + count_kind(a, run, TURN_IMAGE, false);
    size_t words = count_kind(a, run, TURN_TEXT, false);
    const char *glue = "[";

    put_results(a, run);
    if (images + words == 0)
        return;
    begin_message(a, "user");
    buf_puts(a->out, ",\"content\":");
    if (images == 0) {
        put_words(a, run, false, "");
    } else {
        for (size_t i = run.from; i < run.to; i++) {
            const struct turn_part *p = &a->turn->parts[i];

            if (p->kind != TURN_IMAGE && (p->kind != TURN_TEXT || p->inside))
                continue;
            buf_puts(a->out, glue);
            put_part(a, p);
            glue = ",";
        }
        buf_puts(a->out, "]");
    }
    buf_puts(a->out, "}");
}

static void put_call(struct ask *a, const struct turn_part *p)
{
    buf_puts(a->out, "{\"id\":");
    turn_string(a->out, p->id);
    buf_puts(a->out, ",\"type\":\"function\",\"function\":{\"name\":");
    turn_string(a->out, p->name);
    buf_puts(a->out, ",\"arguments\":\"");
    turn_args(p, a->out);
    buf_puts(a->out, "\"}}");
}

static void put_assistant(struct ask *a, struct run run)
{
    size_t words = count_kind(a, run, TURN_TEXT, false) +
                   count_kind(a, run, TURN_REFUSAL, false);
    size_t calls = count_kind(a, run, TURN_CALL, false);
    const char *glue = ",\"tool_calls\":[";

    if (words + calls == 0)
        return;
    begin_message(a, "assistant");
    buf_puts(a->out, ",\"content\":");
    if (words > 0)
        put_words(a, run, false, "");
    else
        buf_puts(a->out, "null");
    for (size_t i = run.from; i < run.to; i++) {
        if (a->turn->parts[i].kind != TURN_CALL)
            continue;
        buf_puts(a->out, glue);
        put_call(a, &a->turn->parts[i]);
        glue = ",";
    }
    buf_puts(a->out, calls > 0 ? "]}" : "}");
}

static void put_message(struct ask *a, struct run run)
{
    switch (a->turn->parts[run.from].role) {
    case TURN_ASSISTANT:
        put_assistant(a, run);
        break;
    case TURN_USER:
        put_user(a, run);
        break;
    default:
        begin_message(a, "system");
        buf_puts(a->out, ",\"content\":");
        put_words(a, run, false, "");
        buf_puts(a->out, "}");
        break;
    }
}

static void put_messages(struct ask *a)
{
    const struct turn *t = a->turn;
    struct run run = {0, 0};

    buf_puts(a->out, ",\"messages\":[");
    for (; run.from < t->part_count; run.from = run.to) {
        run.to = run.from + 1;
        while (run.to < t->part_count &&
               t->parts[run.to].message == t->parts[run.from].message &&
               t->parts[run.to].role == t->parts[run.from].role)
            run.to++;
        put_message(a, run);
    }
    buf_puts(a->out, "]");
}

/* ---- tools ---- */

static void put_tool(const struct turn_tool *tool, struct buf *out)
{
    buf_puts(out, "{\"type\":\"function\",\"function\":{\"name\":");
    turn_string(out, tool->name);
    if (tool->description.n > 0)
        turn_member(out, "description", tool->description);
    buf_puts(out, ",\"parameters\":");
    turn_schema(tool, out);
    if (span_is(tool->strict, "true"))
        buf_puts(out, ",\"strict\":true");
    buf_puts(out, "}}");
}

static void put_choice(const struct turn *t, struct buf *out)
{
    if (t->choice == TURN_CHOICE_ABSENT)
        return;
    buf_puts(out, ",\"tool_choice\":");
    if (t->choice == TURN_CHOICE_NAMED) {
        buf_puts(out, "{\"type\":\"function\",\"function\":{\"name\":");
        turn_string(out, t->choice_name);
        buf_puts(out, "}}");
    } else {
        buf_printf(out, "\"%s\"", turn_choice_word(t->choice));
    }
}

static void put_tools(const struct turn *t, struct buf *out)
{
    if (!turn_tools(t, put_tool, out))
        return;
    put_choice(t, out);
    turn_parallel(t, out);
}

/* ---- the other fields ---- */

static void put_format(const struct turn *t, struct buf *out)
{
    if (t->format == TURN_FORMAT_OBJECT)
        buf_puts(out, ",\"response_format\":{\"type\":\"json_object\"}");
    if (t->format != TURN_FORMAT_SCHEMA)
        return;
    buf_puts(out, ",\"response_format\":{\"type\":\"json_schema\","
                  "\"json_schema\":{");
    turn_format(t, out);
    buf_puts(out, "}}");
}

static void put_numbers(const struct turn *t, struct buf *out)
{
    turn_member_raw(out, "temperature", t->temperature);
    turn_member_raw(out, "top_p", t->top_p);
    turn_member_raw(out, "presence_penalty", t->presence_penalty);
    turn_member_raw(out, "frequency_penalty", t->frequency_penalty);
    turn_member_raw(out, "seed", t->seed);
    turn_member_raw(out, "logit_bias", t->logit_bias);
    if (!t->logprobs)
        return;
    buf_puts(out, ",\"logprobs\":true");
    turn_member_raw(out, "top_logprobs", t->top_logprobs);
}

int chat_turn_check(const struct turn *t, struct fault *fault)
{
    char path[128];

    for (size_t i = 0; i < t->part_count; i++) {
        if (t->parts[i].kind != TURN_FILE)
            continue;
        turn_place(t, &t->parts[i], path);
        return fault_set(fault, REFUSE_INVALID_REQUEST, path,
            "%s: this model does not read files", path);
    }
    if (t->stop_count > STOPS)
        return fault_set(fault, REFUSE_INVALID_REQUEST, "stop_sequences",
            "stop_sequences: this model takes at most %d", STOPS);
    return turn_check(t, fault);
}

void chat_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    struct ask a = {.turn = turn, .out = out};

    buf_puts(out, "{\"model\":");
    json_quote(out, (struct span){rewrite->model, strlen(rewrite->model)});
    put_messages(&a);
    buf_printf(
        out, ",\"max_tokens\":%llu", (unsigned long long)rewrite->max_tokens);
    if (completion->stream)
        buf_puts(out, ",\"stream\":true,"
                      "\"stream_options\":{\"include_usage\":true}");
    put_numbers(turn, out);
    turn_stops(turn, "stop", out);
    put_tools(turn, out);
    put_format(turn, out);
    turn_user(turn, out);
    buf_puts(out, "}");
}
