/* What is replaced in JSON text is the same however it is cut; JSON stays
 * JSON; what a string says afterwards is what is left of what it said. The
 * first two bytes of the input choose the cuts. */

#include <string.h>

#include "core/json.h"
#include "core/policy_pii.h"
#include "core/policy_unescape.h"
#include "cuts.h"
#include "fuzz.h"

static const uint32_t kinds = PII_ALL;

static bool is_json(const struct buf *b)
{
    struct json_doc doc = {0};
    enum json_error error = json_parse(&doc, b->data, b->len);

    json_free(&doc);
    return error == JSON_OK || error == JSON_DUPLICATE_KEY ||
           error == JSON_LONG_KEY;
}

/* A text that is nothing but a string says what its text without escapes
 * becomes. */
static void check_string(const struct policy_detector *inner,
    const struct json_doc *doc, const struct buf *whole)
{
    struct cuts c = {inner, 1, 0, false, 0};
    struct buf said = {0}, left = {0}, expect = {0};
    struct json_doc after = {0};

    if (json_kind(doc, 0) != JSON_STRING || json_size(doc, 0) != 0)
        return;
    json_string(doc, 0, &said);
    if (said.len > 0)
        cuts_run(&c, (struct span){said.data, said.len}, said.len, 1, &expect);
    FUZZ_CHECK(json_parse(&after, whole->data, whole->len) == JSON_OK);
    json_string(&after, 0, &left);
    FUZZ_CHECK(left.len == expect.len);
    FUZZ_CHECK(left.len == 0 || memcmp(left.data, expect.data, left.len) == 0);
    json_free(&after);
    buf_free(&said);
    buf_free(&left);
    buf_free(&expect);
}

static void check(
    const struct policy_detector *inner, struct span text, const uint8_t *cut)
{
    struct policy_detector detector = policy_unescape(inner);
    struct cuts c = {&detector, 1, 0, false, 0};
    struct json_doc doc = {0};
    struct buf whole = {0};

    cuts_check(&c, text, cut[0], cut[1], &whole);
    if (json_parse(&doc, text.p, text.n) == JSON_OK) {
        FUZZ_CHECK(is_json(&whole));
        check_string(inner, &doc, &whole);
    }
    json_free(&doc);
    buf_free(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span list[] = {{"com", 3}, {"12", 2}, {"a b", 3},
        {"\xf0\x9f\x92\xa3", 4}, {"tru", 3}, {"\"x", 2}};
    struct policy_detector pii = policy_pii_replace(&kinds), replace;
    static struct terms *t; /* made once */
    struct span text;
    size_t bad;

    if (size < 3)
        return 0;
    text = (struct span){(const char *)data + 2, size - 2};
    check(&pii, text, data);
    if (t == NULL)
        t = terms_make(FOLD_SKELETON, list, 6, &bad);
    FUZZ_CHECK(t != NULL);
    replace = policy_terms_replace(t);
    check(&replace, text, data);
    return 0;
}
