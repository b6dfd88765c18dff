/* Whatever the reader accepts, json-c accepts as well and understands in the
 * same way: every kind, text, number and member. So whatever json-c refuses is
 * refused. */

#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "core/json.h"
#include "core/utf8.h"
#include "fuzz.h"

/* The value as json-c reads it; false when it refuses. The text is handed over
 * with its NUL, which ends a number. */
static bool parse_other(const char *text, size_t n, struct json_object **value)
{
    struct json_tokener *tok = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
    bool good;

    FUZZ_CHECK(tok != NULL);
    json_tokener_set_flags(
        tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *value = json_tokener_parse_ex(tok, text, (int)n + 1);
    good = json_tokener_get_error(tok) == json_tokener_success;
    json_tokener_free(tok);
    return good;
}

/* json-c takes an escaped pair whose character ends like a surrogate, such as
 * U+1DA00, for half a pair. */
static bool replaced(const char *theirs)
{
    return strstr(theirs, "\xef\xbf\xbd") != NULL;
}

static bool replaced_keys(struct json_object *other)
{
    json_object_object_foreach(other, key, value)
    {
        (void)value;
        if (replaced(key))
            return true;
    }
    return false;
}

static void compare(
    const struct json_doc *doc, uint32_t node, struct json_object *other);

static void compare_number(
    const struct json_doc *doc, uint32_t node, struct json_object *other)
{
    int64_t integer;
    double number;

    FUZZ_CHECK(json_double(doc, node, &number) == 0);
    if (json_object_is_type(other, json_type_double)) {
        FUZZ_CHECK(number == json_object_get_double(other));
        return;
    }
    FUZZ_CHECK(json_object_is_type(other, json_type_int));
    if (json_int(doc, node, &integer) == 0)
        FUZZ_CHECK(integer == json_object_get_int64(other));
}

static void compare_string(
    const struct json_doc *doc, uint32_t node, struct json_object *other)
{
    struct buf text = {0};
    const char *theirs = json_object_get_string(other);

    FUZZ_CHECK(json_object_is_type(other, json_type_string));
    json_string(doc, node, &text);
    FUZZ_CHECK(buf_terminate(&text) != NULL);
    FUZZ_CHECK(utf8_valid((struct span){text.data, text.len}));
    FUZZ_CHECK(json_string_is(doc, node, text.data));

    if (!replaced(theirs)) {
        FUZZ_CHECK(text.len == (size_t)json_object_get_string_len(other));
        FUZZ_CHECK(strcmp(text.data, theirs) == 0);
    }
    buf_free(&text);
}

static void compare_array(
    const struct json_doc *doc, uint32_t node, struct json_object *other)
{
    uint32_t child;
    size_t i = 0;

    FUZZ_CHECK(json_object_is_type(other, json_type_array));
    for (child = json_first(doc, node); child != JSON_NONE;
         child = json_after(doc, node, child))
        compare(doc, child, json_object_array_get_idx(other, i++));
    FUZZ_CHECK(i == json_object_array_length(other));
    FUZZ_CHECK(i == json_size(doc, node));
}

static void compare_object(
    const struct json_doc *doc, uint32_t node, struct json_object *other)
{
    struct json_object *member;
    struct buf text = {0};
    uint32_t key, value;

    FUZZ_CHECK(json_object_is_type(other, json_type_object));
    if (replaced_keys(other))
        return;
    FUZZ_CHECK(
        json_size(doc, node) == (size_t)json_object_object_length(other));
    for (key = json_first(doc, node); key != JSON_NONE;
         key = json_after(doc, node, value)) {
        value = json_after(doc, node, key);
        buf_reset(&text);
        json_string(doc, key, &text);
        FUZZ_CHECK(buf_terminate(&text) != NULL);
        FUZZ_CHECK(json_object_object_get_ex(other, text.data, &member));
        FUZZ_CHECK(json_member(doc, node, text.data) == value);
        compare(doc, value, member);
    }
    buf_free(&text);
}

static void compare(
    const struct json_doc *doc, uint32_t node, struct json_object *other)
{
    FUZZ_CHECK(json_raw(doc, node).n > 0);
    switch (json_kind(doc, node)) {
    case JSON_NULL:
        FUZZ_CHECK(other == NULL);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        FUZZ_CHECK(json_object_is_type(other, json_type_boolean));
        FUZZ_CHECK(json_object_get_boolean(other) ==
                   (json_kind(doc, node) == JSON_TRUE));
        break;
    case JSON_NUMBER:
        compare_number(doc, node, other);
        break;
    case JSON_STRING:
        compare_string(doc, node, other);
        break;
    case JSON_ARRAY:
        compare_array(doc, node, other);
        break;
    case JSON_OBJECT:
        compare_object(doc, node, other);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *other = NULL;
    struct json_doc doc = {0};
    enum json_error error = json_parse(&doc, (const char *)data, size);
    char *text;

    if (error != JSON_OK) {
        FUZZ_CHECK(doc.fault_at <= size);
        FUZZ_CHECK(json_strerror(error) != NULL);
        json_free(&doc);
        return 0;
    }
    text = strndup((const char *)data, size);
    FUZZ_CHECK(text != NULL);
    FUZZ_CHECK(strlen(text) == size);
    FUZZ_CHECK(parse_other(text, size, &other));
    compare(&doc, 0, other);
    json_object_put(other);
    free(text);
    json_free(&doc);
    return 0;
}
