#include <string.h>

#include "dialect_responses_private.h"
#include "estimate.h"
#include "image.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- parts ---- */

static int check_image(struct field_reader *r, uint32_t part)
{
    uint32_t node = json_present(r->doc, part, "image_url");
    const char *expect;

    r->quarters += 4 * ESTIMATE_PER_IMAGE;
    if (node == JSON_NONE && json_has(r->doc, part, "file_id", JSON_STRING))
        return 0;
    if (!json_is(r->doc, node, JSON_STRING))
        return field_fault(r, ".image_url", "a string");
    expect = image_check(json_view(r->doc, node, &r->scratch));
    return expect == NULL ? 0 : field_fault(r, ".image_url", expect);
}

static int check_part(struct field_reader *r, uint32_t part)
{
    static const char *const texts[] = {
        "input_text", "output_text", "text", "summary_text", "reasoning_text"};
    uint32_t type;

    if (json_kind(r->doc, part) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    type = field_need(r, part, "type", JSON_STRING, ".type", "a string");
    if (type == JSON_NONE)
        return -1;
    if (json_which(r->doc, type, texts, COUNT(texts)) < COUNT(texts))
        return field_need_text(r, part, "text", ".text");
    if (json_string_is(r->doc, type, "refusal"))
        return field_need_text(r, part, "refusal", ".refusal");
    if (json_string_is(r->doc, type, "input_image"))
        return check_image(r, part);
    if (json_string_is(r->doc, type, "input_file"))
        field_file(r, part, part, "file_data");
    else if (json_string_is(r->doc, type, "input_audio"))
        field_audio(r, part);
    else
        field_told_but(r, part, JSON_NONE);
    return 0;
}

/* A string, or a list of parts. */
static int check_text_or_parts(
    struct field_reader *r, uint32_t item, const char *key, const char *suffix)
{
    uint32_t node = json_present(r->doc, item, key);

    if (json_is(r->doc, node, JSON_STRING)) {
        field_text(r, node);
        return 0;
    }
    if (json_is(r->doc, node, JSON_ARRAY))
        return field_each(r, key, node, check_part);
    return field_fault(r, suffix, "a string or an array of parts");
}

/* ---- items ---- */

static int check_message(struct field_reader *r, uint32_t item)
{
    static const char *const roles[] = {
        "user", "assistant", "system", "developer"};
    uint32_t role = json_member(r->doc, item, "role");

    if (!json_is(r->doc, role, JSON_STRING) ||
        json_which(r->doc, role, roles, COUNT(roles)) == COUNT(roles))
        return field_fault(r, ".role", "user, assistant, system or developer");
    return check_text_or_parts(r, item, "content", ".content");
}

static int check_call(struct field_reader *r, uint32_t item)
{
    if (field_need(r, item, "call_id", JSON_STRING, ".call_id", "a string") ==
        JSON_NONE)
        return -1;
    if (field_need_text(r, item, "name", ".name") != 0)
        return -1;
    return field_need_text(r, item, "arguments", ".arguments");
}

static int check_custom_call(struct field_reader *r, uint32_t item)
{
    if (field_need(r, item, "call_id", JSON_STRING, ".call_id", "a string") ==
        JSON_NONE)
        return -1;
    if (field_need_text(r, item, "name", ".name") != 0)
        return -1;
    return field_need_text(r, item, "input", ".input");
}

static int check_output(struct field_reader *r, uint32_t item)
{
    if (field_need(r, item, "call_id", JSON_STRING, ".call_id", "a string") ==
        JSON_NONE)
        return -1;
    return check_text_or_parts(r, item, "output", ".output");
}

static int check_screenshot(struct field_reader *r, uint32_t item)
{
    field_image(r, item, json_member(r->doc, item, "output"), "image_url");
    return 0;
}

static int check_drawing(struct field_reader *r, uint32_t item)
{
    field_image(r, item, item, "result");
    return 0;
}

static int check_other(struct field_reader *r, uint32_t item)
{
    r->quarters += estimate_text(json_raw(r->doc, item));
    return 0;
}

static int check_item(struct field_reader *r, uint32_t item)
{
    static const struct {
        const char *type;
        int (*check)(struct field_reader *r, uint32_t item);
    } items[] = {
        {"message", check_message},
        {"function_call", check_call},
        {"function_call_output", check_output},
        {"custom_tool_call", check_custom_call},
        {"custom_tool_call_output", check_output},
        {"computer_call_output", check_screenshot},
        {"image_generation_call", check_drawing},
    };
    uint32_t type;

    if (json_kind(r->doc, item) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    r->quarters += 4 * ESTIMATE_PER_MESSAGE;
    type = json_present(r->doc, item, "type");
    if (type == JSON_NONE)
        return check_message(r, item);
    if (json_kind(r->doc, type) != JSON_STRING)
        return field_fault(r, ".type", "a string");
    for (size_t i = 0; i < COUNT(items); i++) {
        if (json_string_is(r->doc, type, items[i].type))
            return items[i].check(r, item);
    }
    return check_other(r, item);
}

int responses_input_check(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    if (json_kind(r->doc, node) == JSON_STRING) {
        field_text(r, node);
        r->quarters += 4 * ESTIMATE_PER_MESSAGE;
        return 0;
    }
    return field_list(r, f, node, check_item);
}
