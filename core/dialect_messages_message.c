#include <string.h>

#include "dialect_messages_private.h"
#include "estimate.h"
#include "image.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- blocks ---- */

static int check_text(struct field_reader *r, uint32_t block)
{
    return field_need_text(r, block, "text", ".text");
}

static int check_data(struct field_reader *r, uint32_t source)
{
    static const char *const types[] = {
        "image/png", "image/jpeg", "image/webp", "image/gif"};
    static const char wanted[] = "image/png, jpeg, webp or gif";
    uint32_t node = field_need(
        r, source, "media_type", JSON_STRING, ".source.media_type", wanted);
    const char *expect;

    if (node == JSON_NONE)
        return -1;
    if (json_which(r->doc, node, types, COUNT(types)) == COUNT(types))
        return field_fault(r, ".source.media_type", wanted);
    node =
        field_need(r, source, "data", JSON_STRING, ".source.data", "a string");
    if (node == JSON_NONE)
        return -1;
    expect = image_base64_check(json_view(r->doc, node, &r->scratch));
    return expect == NULL ? 0 : field_fault(r, ".source.data", expect);
}

static int check_image(struct field_reader *r, uint32_t block)
{
    static const char *const types[] = {"base64", "url"};
    uint32_t source =
        field_need(r, block, "source", JSON_OBJECT, ".source", "an object");
    uint32_t node;
    const char *expect;

    if (source == JSON_NONE)
        return -1;
    r->quarters += 4 * ESTIMATE_PER_IMAGE;
    node = field_need(
        r, source, "type", JSON_STRING, ".source.type", "base64 or url");
    if (node == JSON_NONE)
        return -1;
    switch (json_which(r->doc, node, types, COUNT(types))) {
    case 0:
        return check_data(r, source);
    case 1:
        node = field_need(
            r, source, "url", JSON_STRING, ".source.url", "a string");
        if (node == JSON_NONE)
            return -1;
        expect = image_check(json_view(r->doc, node, &r->scratch));
        return expect == NULL ? 0 : field_fault(r, ".source.url", expect);
    default:
        return field_fault(r, ".source.type", "base64 or url");
    }
}

static int check_content(
    struct field_reader *r, uint32_t content, const char *suffix);

/* A file in base64 or elsewhere; or a text, or blocks, which are here. */
static int check_document(struct field_reader *r, uint32_t block)
{
    uint32_t source =
        field_need(r, block, "source", JSON_OBJECT, ".source", "an object");
    struct span type;
    uint32_t node;

    if (source == JSON_NONE)
        return -1;
    type = json_text(r->doc, source, "type");
    node = json_present(r->doc, source, "content");
    if (span_is(type, "content") && node != JSON_NONE) {
        field_told_but(r, block, node);
        return check_content(r, node, ".source.content");
    }
    if (span_is(type, "text") &&
        json_has(r->doc, source, "data", JSON_STRING)) {
        node = json_member(r->doc, source, "data");
        field_told_but(r, block, node);
        field_text(r, node);
        return 0;
    }
    field_file(r, block, source, "data");
    return 0;
}

static int check_tool_use(struct field_reader *r, uint32_t block)
{
    uint32_t input;

    if (field_need(r, block, "id", JSON_STRING, ".id", "a string") ==
            JSON_NONE ||
        field_need_text(r, block, "name", ".name") != 0)
        return -1;
    input = field_need(r, block, "input", JSON_OBJECT, ".input", "an object");
    if (input == JSON_NONE)
        return -1;
    r->quarters += estimate_text(json_raw(r->doc, input));
    return 0;
}

static int check_tool_result(struct field_reader *r, uint32_t block)
{
    uint32_t content = json_present(r->doc, block, "content");

    if (field_need(r, block, "tool_use_id", JSON_STRING, ".tool_use_id",
            "a string") == JSON_NONE)
        return -1;
    return content == JSON_NONE ? 0 : check_content(r, content, ".content");
}

static int check_thinking(struct field_reader *r, uint32_t block)
{
    return field_need_text(r, block, "thinking", ".thinking");
}

/* Blocks of server tools and such are the upstream's business. */
static int check_other(struct field_reader *r, uint32_t block)
{
    r->quarters += estimate_text(json_raw(r->doc, block));
    return 0;
}

static int check_block(struct field_reader *r, uint32_t block)
{
    static const struct {
        const char *type;
        int (*check)(struct field_reader *r, uint32_t block);
    } blocks[] = {
        {"text", check_text},
        {"image", check_image},
        {"document", check_document},
        {"tool_use", check_tool_use},
        {"tool_result", check_tool_result},
        {"thinking", check_thinking},
    };
    uint32_t type;

    if (json_kind(r->doc, block) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    type = field_need(r, block, "type", JSON_STRING, ".type", "a string");
    if (type == JSON_NONE)
        return -1;
    for (size_t i = 0; i < COUNT(blocks); i++) {
        if (json_string_is(r->doc, type, blocks[i].type))
            return blocks[i].check(r, block);
    }
    return check_other(r, block);
}

/* The ${suffix} is a dot and what lists call it. */
static int check_content(
    struct field_reader *r, uint32_t content, const char *suffix)
{
    if (json_kind(r->doc, content) == JSON_STRING) {
        field_text(r, content);
        return 0;
    }
    if (json_kind(r->doc, content) != JSON_ARRAY)
        return field_fault(r, suffix, "a string or an array of blocks");
    if (r->depth == FIELD_DEPTH)
        return field_fault(r, suffix, "without results within results");
    return field_each(r, suffix + 1, content, check_block);
}

/* ---- messages ---- */

static int check_message(struct field_reader *r, uint32_t message)
{
    static const char *const roles[] = {"user", "assistant", "system"};
    uint32_t node;

    if (json_kind(r->doc, message) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    node = json_member(r->doc, message, "role");
    if (!json_is(r->doc, node, JSON_STRING) ||
        json_which(r->doc, node, roles, COUNT(roles)) == COUNT(roles))
        return field_fault(r, ".role", "user, assistant or system");
    r->quarters += 4 * ESTIMATE_PER_MESSAGE;
    node = json_present(r->doc, message, "content");
    if (node == JSON_NONE)
        return field_fault(r, ".content", "a string or an array of blocks");
    return check_content(r, node, ".content");
}

int messages_messages_check(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_message);
}

/* ---- what the system says ---- */

static int check_system_block(struct field_reader *r, uint32_t block)
{
    if (json_kind(r->doc, block) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    return check_text(r, block);
}

int messages_system_check(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    if (json_kind(r->doc, node) == JSON_STRING) {
        field_text(r, node);
        return 0;
    }
    return field_list(r, f, node, check_system_block);
}
