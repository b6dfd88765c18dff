#include "dialect_responses_private.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* {"space":[NAME,NAMESPACE,...],"custom":[NAME,"",...]} LF and the members that
 * the response repeats. Lists of pairs, as a name may stand twice; and the
 * members not within an object, which would be deeper than its request. */

enum { ECHO_MAX = 4096 /* bytes of a field that is repeated */ };

/* Fields that a response repeats, and what it says when the request had none.
 * Without tools where these are long: they would travel back three times. */
static const struct {
    const char *key;
    const char *absent;
} fields[] = {
    {"instructions", "null"},
    {"max_output_tokens", "null"},
    {"metadata", "{}"},
    {"parallel_tool_calls", "true"},
    {"previous_response_id", "null"},
    {"reasoning", "{\"effort\":null,\"summary\":null}"},
    {"service_tier", "\"default\""},
    {"temperature", "1"},
    {"text", "{\"format\":{\"type\":\"text\"}}"},
    {"tool_choice", "\"auto\""},
    {"tools", "[]"},
    {"top_p", "1"},
    {"truncation", "\"disabled\""},
    {"user", "null"},
};

static void put_echo(const struct json_doc *doc, struct buf *memo)
{
    struct span raw;

    for (size_t i = 0; i < COUNT(fields); i++) {
        raw = json_value(doc, 0, fields[i].key);
        buf_printf(memo, "%s\"%s\":", i > 0 ? "," : "", fields[i].key);
        if (raw.n > 0 && raw.n <= ECHO_MAX)
            buf_put(memo, raw.p, raw.n);
        else
            buf_puts(memo, fields[i].absent);
    }
    buf_puts(memo, ",\"store\":false,\"background\":false");
}

struct names {
    const struct json_doc *doc;
    struct buf *memo;
    bool comma;
};

static void put_name(struct names *n, struct span name, struct span value)
{
    if (n->comma)
        buf_puts(n->memo, ",");
    n->comma = true;
    turn_string(n->memo, name);
    buf_puts(n->memo, ",");
    turn_string(n->memo, value);
}

static void put_space(struct names *n, uint32_t space)
{
    uint32_t tools = json_present(n->doc, space, "tools");
    struct span name = json_text(n->doc, space, "name");
    uint32_t tool;

    if (tools == JSON_NONE)
        return;
    for (tool = json_first(n->doc, tools); tool != JSON_NONE;
         tool = json_after(n->doc, tools, tool))
        if (json_text(n->doc, tool, "name").n > 0)
            put_name(n, json_text(n->doc, tool, "name"), name);
}

static void put_tools(
    const struct json_doc *doc, const char *type, struct buf *memo)
{
    uint32_t tools = json_present(doc, 0, "tools");
    struct names names = {.doc = doc, .memo = memo};
    uint32_t tool;

    if (!json_is(doc, tools, JSON_ARRAY))
        return;
    for (tool = json_first(doc, tools); tool != JSON_NONE;
         tool = json_after(doc, tools, tool)) {
        if (!span_is(json_text(doc, tool, "type"), type))
            continue;
        if (span_is(json_text(doc, tool, "type"), "namespace"))
            put_space(&names, tool);
        else
            put_name(
                &names, json_text(doc, tool, "name"), (struct span){"", 0});
    }
}

void responses_memo(const struct json_doc *doc, struct buf *memo)
{
    buf_puts(memo, "{\"space\":[");
    put_tools(doc, "namespace", memo);
    buf_puts(memo, "],\"custom\":[");
    put_tools(doc, "custom", memo);
    buf_puts(memo, "]}\n");
    put_echo(doc, memo);
}
