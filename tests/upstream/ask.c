#include <string.h>

#include "ask.h"
#include "core/json.h"
#include "sample.h"

enum { ECHO_WORD = 80 }; /* bytes of one word that are echoed */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t count_words(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        if (!is_blank(s.p[i]) && (i == 0 || is_blank(s.p[i - 1])))
            n++;
    return n;
}

static bool has_word(struct span s, const char *word)
{
    return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

static void get_text(
    const struct json_doc *doc, uint32_t node, struct buf *text)
{
    if (node == JSON_NONE || json_kind(doc, node) != JSON_STRING)
        return;
    if (text->len > 0)
        buf_puts(text, "\n");
    json_string(doc, node, text);
}

/* The texts of a content: a string, parts, or parts within a tool result. */
static void get_content(
    const struct json_doc *doc, uint32_t content, struct buf *text, int depth)
{
    if (content == JSON_NONE)
        return;
    get_text(doc, content, text);
    if (json_kind(doc, content) != JSON_ARRAY || depth > 2)
        return;
    for (uint32_t part = json_first(doc, content); part != JSON_NONE;
         part = json_after(doc, content, part)) {
        get_text(doc, json_member(doc, part, "text"), text);
        get_content(doc, json_member(doc, part, "content"), text, depth + 1);
    }
}

static bool is_type(const struct json_doc *doc, uint32_t node, const char *type)
{
    uint32_t t = json_member(doc, node, "type");

    return t != JSON_NONE && json_string_is(doc, t, type);
}

/* Whether a message brings what a tool returned. */
static bool is_result(const struct json_doc *doc, uint32_t message)
{
    uint32_t role = json_member(doc, message, "role");
    uint32_t content = json_member(doc, message, "content");

    if (role != JSON_NONE && json_string_is(doc, role, "tool"))
        return true;
    if (is_type(doc, message, "function_call_output") ||
        is_type(doc, message, "custom_tool_call_output"))
        return true;
    for (uint32_t part = content != JSON_NONE ? json_first(doc, content) : 0;
         part != JSON_NONE; part = json_after(doc, content, part))
        if (is_type(doc, part, "tool_result"))
            return true;
    return false;
}

/* Whether a message or item is what the model said before. */
static bool is_own(const struct json_doc *doc, uint32_t message)
{
    uint32_t role = json_member(doc, message, "role");

    if (role != JSON_NONE)
        return json_string_is(doc, role, "assistant");
    return is_type(doc, message, "function_call") ||
           is_type(doc, message, "custom_tool_call");
}

static void read_message(struct ask *a, const struct json_doc *doc,
    uint32_t message, struct buf *last)
{
    struct buf text = {0};
    uint32_t role = json_member(doc, message, "role");
    bool result;

    get_content(doc, json_member(doc, message, "content"), &text, 0);
    get_text(doc, json_member(doc, message, "output"), &text);
    a->prompt_tokens += count_words((struct span){text.data, text.len});
    result = is_result(doc, message);
    a->tool_results = result || (a->tool_results && !is_own(doc, message));
    if (role != JSON_NONE && json_string_is(doc, role, "user") && !result) {
        buf_reset(last);
        buf_put(last, text.data, text.len);
    }
    buf_free(&text);
}

static void count_text(struct ask *a, const struct json_doc *doc, uint32_t node)
{
    struct buf text = {0};

    get_content(doc, node, &text, 0);
    a->prompt_tokens += count_words((struct span){text.data, text.len});
    buf_free(&text);
}

static void read_messages(struct ask *a, const struct json_doc *doc,
    uint32_t messages, struct buf *last)
{
    if (json_kind(doc, messages) == JSON_STRING) {
        get_text(doc, messages, last);
        count_text(a, doc, messages);
        return;
    }
    for (uint32_t m = json_first(doc, messages); m != JSON_NONE;
         m = json_after(doc, messages, m))
        read_message(a, doc, m, last);
}

/* Chat keeps a function's name in "function", the other two beside "type". */
static void read_tools(struct ask *a, const struct json_doc *doc)
{
    uint32_t tools = json_member(doc, 0, "tools");

    if (tools == JSON_NONE || json_kind(doc, tools) != JSON_ARRAY)
        return;
    for (uint32_t t = json_first(doc, tools);
         t != JSON_NONE && a->n_tools < ASK_TOOLS;
         t = json_after(doc, tools, t)) {
        uint32_t function = json_member(doc, t, "function");
        uint32_t name =
            json_member(doc, function != JSON_NONE ? function : t, "name");

        if (name != JSON_NONE && json_kind(doc, name) == JSON_STRING)
            json_string(doc, name, &a->tools[a->n_tools++]);
    }
}

/* Whether tool_choice demands a call: "required", "any" or an object. */
static bool is_forced(const struct json_doc *doc)
{
    uint32_t choice = json_member(doc, 0, "tool_choice");

    if (choice == JSON_NONE)
        return false;
    if (json_kind(doc, choice) == JSON_STRING)
        return json_string_is(doc, choice, "required");
    return json_kind(doc, choice) == JSON_OBJECT &&
           !is_type(doc, choice, "auto") && !is_type(doc, choice, "none");
}

static void read_stops(struct ask *a, const struct json_doc *doc, uint32_t stop)
{
    if (stop == JSON_NONE)
        return;
    if (json_kind(doc, stop) == JSON_STRING) {
        json_string(doc, stop, &a->stops);
        buf_put(&a->stops, "", 1);
    } else if (json_kind(doc, stop) == JSON_ARRAY) {
        for (uint32_t s = json_first(doc, stop); s != JSON_NONE;
             s = json_after(doc, stop, s))
            if (json_kind(doc, s) == JSON_STRING)
                read_stops(a, doc, s);
    }
}

static int64_t get_count(const struct json_doc *doc, uint32_t object,
    const char *key, int64_t absent)
{
    uint32_t node = json_member(doc, object, key);
    int64_t n;

    return node != JSON_NONE && json_int(doc, node, &n) == 0 && n > 0 ? n
                                                                      : absent;
}

static bool get_flag(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    uint32_t node = json_member(doc, object, key);

    return node != JSON_NONE && json_kind(doc, node) == JSON_TRUE;
}

static void read_options(struct ask *a, const struct json_doc *doc)
{
    uint32_t options = json_member(doc, 0, "stream_options");

    a->stream = get_flag(doc, 0, "stream");
    a->include_usage =
        options != JSON_NONE && get_flag(doc, options, "include_usage");
    a->limit = get_count(doc, 0, "max_tokens", -1);
    a->limit = get_count(doc, 0, "max_completion_tokens", a->limit);
    a->limit = get_count(doc, 0, "max_output_tokens", a->limit);
    a->n = (unsigned)get_count(doc, 0, "n", 1);
    if (a->n > 128)
        a->n = 128;
    read_stops(a, doc, json_member(doc, 0, "stop"));
    read_stops(a, doc, json_member(doc, 0, "stop_sequences"));
    read_tools(a, doc);
}

/* Chat has response_format, Responses text.format, Messages
 * output_config.format. */
static void read_format(struct ask *a, const struct json_doc *doc)
{
    uint32_t format = json_member(doc, 0, "response_format");
    uint32_t text = json_member(doc, 0, "text");
    uint32_t nested, schema;

    if (text == JSON_NONE)
        text = json_member(doc, 0, "output_config");
    if (format == JSON_NONE && text != JSON_NONE)
        format = json_member(doc, text, "format");
    if (format == JSON_NONE || json_kind(doc, format) != JSON_OBJECT)
        return;
    nested = json_member(doc, format, "json_schema");
    schema = json_member(doc, nested != JSON_NONE ? nested : format, "schema");
    if (schema != JSON_NONE)
        sample_write(doc, schema, &a->sample);
    else if (is_type(doc, format, "json_object"))
        buf_puts(&a->sample, "{\"answer\":\"yes\",\"count\":1}");
}

static struct span without_script(struct span text)
{
    const char *mark = text.n > 0 ? memmem(text.p, text.n, "script:", 7) : NULL;

    if (mark != NULL)
        text.n = (size_t)(mark - text.p);
    return text;
}

static void take_echo(struct ask *a, struct span text)
{
    size_t words = 0;

    for (size_t i = 0, n; i < text.n && words < ASK_ECHO; i += n + 1) {
        size_t kept;

        for (n = 0; i + n < text.n && !is_blank(text.p[i + n]); n++)
            ;
        kept = n < ECHO_WORD ? n : ECHO_WORD;
        while (kept < n && kept > 0 && (text.p[i + kept] & 0xc0) == 0x80)
            kept--;
        if (kept == 0)
            continue;
        if (a->echo.len > 0)
            buf_puts(&a->echo, " ");
        buf_put(&a->echo, text.p + i, kept);
        words++;
    }
}

static int read_script(struct ask *a, struct span script, struct buf *message)
{
    struct span model = {a->model.data, a->model.len};
    struct span bad;

    script_init(&a->script);
    if (script_read(&a->script, script_in_model(model), &bad) == 0 &&
        script_read(&a->script, script, &bad) == 0)
        return 0;
    buf_puts(message, "script: what is ");
    buf_put(message, bad.p, bad.n);
    buf_puts(message, "?");
    return -1;
}

/* What a moderator is asked about: a text, or parts that are texts or images.
 */
static void read_judged(
    const struct json_doc *doc, uint32_t input, struct buf *all)
{
    uint32_t part, url;

    get_text(doc, input, all);
    if (json_kind(doc, input) != JSON_ARRAY)
        return;
    for (part = json_first(doc, input); part != JSON_NONE;
         part = json_after(doc, input, part)) {
        get_text(doc, json_member(doc, part, "text"), all);
        url = json_member(doc, part, "image_url");
        if (url != JSON_NONE)
            get_text(doc, json_member(doc, url, "url"), all);
    }
}

static int read_all(struct ask *a, enum ask_dialect dialect,
    const struct json_doc *doc, struct buf *message, const char **param)
{
    bool chats = dialect == ASK_CHAT || dialect == ASK_MESSAGES;
    const char *key = chats ? "messages" : "input";
    uint32_t model = json_member(doc, 0, "model");
    uint32_t messages = json_member(doc, 0, key);
    struct buf last = {0};
    struct span text;
    int rc;

    *param = "model";
    if (model == JSON_NONE || json_kind(doc, model) != JSON_STRING)
        goto err0;
    *param = key;
    if (messages == JSON_NONE ||
        (json_kind(doc, messages) != JSON_ARRAY && chats))
        goto err0;
    *param = NULL;
    json_string(doc, model, &a->model);
    read_options(a, doc);
    read_format(a, doc);
    count_text(a, doc, json_member(doc, 0, "system"));
    count_text(a, doc, json_member(doc, 0, "instructions"));
    if (dialect == ASK_MODERATIONS)
        read_judged(doc, messages, &last);
    else
        read_messages(a, doc, messages, &last);
    if (a->prompt_tokens == 0)
        a->prompt_tokens = 1;
    text = (struct span){last.data, last.len};
    rc = read_script(a,
        dialect == ASK_MODERATIONS ? script_for_moderator(text)
                                   : script_in_message(text),
        message);
    text = without_script(text);
    a->tool_wanted = is_forced(doc) || has_word(text, "tool");
    take_echo(a, text);
    buf_free(&last);
    return rc;

err0:
    buf_printf(message, "%s: is required", *param);
    return -1;
}

int ask_read(struct ask *a, enum ask_dialect dialect, struct span body,
    struct buf *message, const char **param)
{
    struct json_doc doc = {0};
    enum json_error fault = json_parse(&doc, body.n > 0 ? body.p : "", body.n);
    int rc = -1;

    *param = NULL;
    if (fault != JSON_OK)
        buf_printf(message, "invalid JSON: %s", json_strerror(fault));
    else if (json_kind(&doc, 0) != JSON_OBJECT)
        buf_puts(message, "the body must be a JSON object");
    else
        rc = read_all(a, dialect, &doc, message, param);
    json_free(&doc);
    return rc;
}

void ask_free(struct ask *a)
{
    buf_free(&a->model);
    buf_free(&a->echo);
    buf_free(&a->stops);
    buf_free(&a->sample);
    for (size_t i = 0; i < ASK_TOOLS; i++)
        buf_free(&a->tools[i]);
}
