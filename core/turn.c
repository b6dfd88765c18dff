#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "turn.h"

enum { USER_MAX = 64 };

/* Room for one element more in a list that may move. */
static void *grow(void *list, size_t count, size_t *cap, size_t size)
{
    size_t wanted = *cap > 0 ? *cap * 2 : 8;
    void *bigger;

    if (count < *cap)
        return list;
    bigger = reallocarray(list, wanted, size);
    if (bigger != NULL)
        *cap = wanted;
    return bigger;
}

struct turn_part *turn_part(struct turn *t)
{
    struct turn_part *parts =
        grow(t->parts, t->part_count, &t->part_cap, sizeof(*parts));

    if (parts == NULL) {
        t->out_of_memory = true;
        return &t->spare_part;
    }
    t->parts = parts;
    parts[t->part_count] = (struct turn_part){.at = -1};
    return &parts[t->part_count++];
}

struct turn_tool *turn_tool(struct turn *t)
{
    struct turn_tool *tools =
        grow(t->tools, t->tool_count, &t->tool_cap, sizeof(*tools));

    if (tools == NULL) {
        t->out_of_memory = true;
        return &t->spare_tool;
    }
    t->tools = tools;
    tools[t->tool_count] = (struct turn_tool){0};
    return &tools[t->tool_count++];
}

struct span turn_keep(struct turn *t, struct span text)
{
    char **kept = grow(t->kept, t->kept_count, &t->kept_cap, sizeof(*kept));
    char *copy = kept != NULL ? malloc(text.n + 1) : NULL;

    if (kept != NULL)
        t->kept = kept;
    if (copy == NULL) {
        t->out_of_memory = true;
        return (struct span){"", 0};
    }
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    t->kept[t->kept_count++] = copy;
    return (struct span){copy, text.n};
}

void turn_url(struct turn_part *part, struct span url)
{
    static const char head[] = "data:", tail[] = ";base64";
    const size_t h = strlen(head), t = strlen(tail);
    const char *comma = NULL;

    if (url.n > h && strncasecmp(url.p, head, h) == 0)
        comma = memchr(url.p, ',', url.n);
    if (comma == NULL || (size_t)(comma - url.p) < h + t ||
        strncasecmp(comma - t, tail, t) != 0) {
        part->url = url;
        return;
    }
    part->media_type =
        (struct span){url.p + h, (size_t)(comma - url.p) - h - t};
    part->data = (struct span){comma + 1, (size_t)(url.p + url.n - comma) - 1};
}

void turn_place(
    const struct turn *t, const struct turn_part *part, char path[128])
{
    const char *list = t->from == DIALECT_RESPONSES ? "input" : "messages";
    int n = snprintf(path, 128, "%s[%u]", list, (unsigned)part->item);

    if (part->at >= 0)
        snprintf(path + n, 128 - (size_t)n, ".content[%d]", (int)part->at);
}

int turn_silent(const struct turn *t, struct fault *fault)
{
    const char *list = t->from == DIALECT_RESPONSES ? "input" : "messages";

    return fault_set(fault, REFUSE_INVALID_REQUEST, list,
        "%s: there is nothing in it to answer", list);
}

int turn_check(const struct turn *t, struct fault *fault)
{
    const struct turn_part *p;
    bool said = false;
    char path[128];

    for (size_t i = 0; i < t->part_count; i++) {
        p = &t->parts[i];
        said = said || (p->kind != TURN_REASONING && p->kind != TURN_REDACTED);
        if (p->role > TURN_DEVELOPER || p->kind == TURN_TEXT ||
            p->kind == TURN_REFUSAL)
            continue;
        turn_place(t, p, path);
        return fault_set(fault, REFUSE_INVALID_REQUEST, path,
            "%s: a system message can only have text here", path);
    }
    return said ? 0 : turn_silent(t, fault);
}

void turn_free(struct turn *t)
{
    for (size_t i = 0; i < t->kept_count; i++)
        free(t->kept[i]);
    free(t->kept);
    free(t->tools);
    free(t->parts);
    *t = (struct turn){0};
}

/* ---- writing ---- */

enum turn_part_kind turn_refused(enum turn_role role)
{
    return role == TURN_ASSISTANT ? TURN_REFUSAL : TURN_TEXT;
}

void turn_string(struct buf *out, struct span text)
{
    buf_puts(out, "\"");
    buf_put(out, text.p, text.n);
    buf_puts(out, "\"");
}

void turn_member_raw(struct buf *out, const char *key, struct span raw)
{
    if (raw.p == NULL)
        return;
    buf_printf(out, ",\"%s\":", key);
    buf_put(out, raw.p, raw.n);
}

void turn_member(struct buf *out, const char *key, struct span text)
{
    buf_printf(out, ",\"%s\":", key);
    turn_string(out, text);
}

void turn_stops(const struct turn *t, const char *key, struct buf *out)
{
    if (t->stop_count == 0)
        return;
    buf_printf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < t->stop_count; i++) {
        buf_puts(out, i > 0 ? "," : "");
        turn_string(out, t->stops[i]);
    }
    buf_puts(out, "]");
}

void turn_schema(const struct turn_tool *tool, struct buf *out)
{
    if (tool->custom)
        buf_puts(out, "{\"type\":\"object\",\"properties\":{\"input\":"
                      "{\"type\":\"string\"}},\"required\":[\"input\"]}");
    else if (tool->parameters.n > 0)
        buf_put(out, tool->parameters.p, tool->parameters.n);
    else
        buf_puts(out, "{\"type\":\"object\",\"properties\":{}}");
}

bool turn_tools(const struct turn *t,
    void (*write)(const struct turn_tool *tool, struct buf *out),
    struct buf *out)
{
    if (t->tool_count == 0)
        return false;
    buf_puts(out, ",\"tools\":[");
    for (size_t i = 0; i < t->tool_count; i++) {
        buf_puts(out, i > 0 ? "," : "");
        write(&t->tools[i], out);
    }
    buf_puts(out, "]");
    return true;
}

const char *turn_choice_word(enum turn_choice choice)
{
    static const char *const words[] = {
        [TURN_CHOICE_AUTO] = "auto",
        [TURN_CHOICE_NONE] = "none",
        [TURN_CHOICE_REQUIRED] = "required",
    };

    return words[choice];
}

void turn_parallel(const struct turn *t, struct buf *out)
{
    if (t->parallel >= 0)
        buf_printf(out, ",\"parallel_tool_calls\":%s",
            t->parallel > 0 ? "true" : "false");
}

void turn_format(const struct turn *t, struct buf *out)
{
    static const struct span unnamed = {"answer", 6};

    buf_puts(out, "\"name\":");
    turn_string(out, t->format_name.n > 0 ? t->format_name : unnamed);
    turn_member_raw(out, "strict", t->format_strict);
    turn_member_raw(out, "schema", t->format_schema);
}

void turn_user(const struct turn *t, struct buf *out)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(hash) + 1];

    if (t->user.n <= USER_MAX) {
        if (t->user.n > 0)
            turn_member(out, "user", t->user);
        return;
    }
    crypto_hash_sha256(hash, (const unsigned char *)t->user.p, t->user.n);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    turn_member(out, "user", (struct span){hex, USER_MAX});
}

/* Append without the quotes that json_quote() makes. */
static void encode(struct span plain, struct buf *out)
{
    struct buf quoted = {0};

    json_quote(&quoted, plain);
    if (!quoted.failed)
        buf_put(out, quoted.data + 1, quoted.len - 2);
    out->failed = out->failed || quoted.failed;
    buf_free(&quoted);
}

static bool is_object(struct span text)
{
    struct json_doc doc = {0};
    bool object = json_parse(&doc, text.p, text.n) == JSON_OK &&
                  json_kind(&doc, 0) == JSON_OBJECT;

    json_free(&doc);
    return object;
}

void turn_args_object(struct span args, bool raw, struct buf *out)
{
    struct buf plain = {0};

    if (raw) {
        buf_put(out, args.p, args.n);
        return;
    }
    if (args.n > 0)
        json_unescape(args, &plain);
    if (plain.len == 0) {
        buf_puts(out, "{}");
    } else if (is_object((struct span){plain.data, plain.len})) {
        buf_put(out, plain.data, plain.len);
    } else {
        buf_puts(out, "{\"arguments\":");
        turn_string(out, args);
        buf_puts(out, "}");
    }
    out->failed = out->failed || plain.failed;
    buf_free(&plain);
}

void turn_args_text(struct span args, bool raw, struct buf *out)
{
    if (raw)
        encode(args, out);
    else if (args.n > 0)
        buf_put(out, args.p, args.n);
    else
        buf_puts(out, "{}");
}

void turn_args(const struct turn_part *call, struct buf *out)
{
    struct buf object = {0};

    if (!call->custom) {
        turn_args_text(call->args, call->args_raw, out);
        return;
    }
    buf_puts(&object, "{\"input\":");
    turn_string(&object, call->args);
    buf_puts(&object, "}");
    turn_args_text((struct span){object.data, object.len}, true, out);
    out->failed = out->failed || object.failed;
    buf_free(&object);
}
