/* Whatever is accepted as a policy is, once written, read as the same, and can
 * judge; a denied term is, also written with references; what is not accepted
 * has a fault with words. What is ignored is told in ASCII, and nothing of what
 * we wrote is. */

#include <string.h>

#include "core/policy.h"
#include "fuzz.h"

static bool is_free(uint8_t c)
{
    return c > 0 && c < 0x80 && c != '&' && c != '%';
}

/* Write a text with references: the salt says what of it as what. Only a sign
 * that may begin a reference never stands as it is. */
static void spell(struct span text, size_t salt, struct buf *out)
{
    static const char *const formats[] = {
        "%%%02x", "&#%u;", "%%%02X", "&#x%X;", "&#x%04x;", "%c"};
    const size_t count = sizeof(formats) / sizeof(formats[0]);
    uint8_t c;

    for (size_t i = 0; i < text.n; i++) {
        c = (uint8_t)text.p[i];
        salt = salt * 31 + c;
        buf_printf(out, formats[is_free(c) ? salt % count : 0], c);
    }
}

static bool denies(
    const struct policy *p, const struct policy_input *inputs, size_t count)
{
    struct policy_ask ask = {
        .inputs = inputs, .input_count = count, .arm = {.evaluated = true}};
    struct policy_verdict v;
    bool found = false;

    FUZZ_CHECK(policy_judge(p, &ask, &v) == 0);
    for (size_t i = 0; i < v.deny.count; i++)
        found = found || v.deny.of[i] == 0;
    policy_verdict_free(&v);
    return found;
}

/* The first term is found in references, in one text or two. */
static void check_spelt(const struct policy *p, size_t salt)
{
    struct policy_input inputs[2] = {0};
    struct buf text = {0};
    size_t cut;

    if (p->doc.deny.count == 0)
        return;
    spell(p->doc.deny.of[0], salt, &text);
    FUZZ_CHECK(!text.failed);
    cut = salt % text.len;
    inputs[0].text = (struct span){text.data, cut};
    inputs[1].text = (struct span){text.data + cut, text.len - cut};
    FUZZ_CHECK(denies(p, inputs, 2));
    inputs[0].text.n = text.len;
    FUZZ_CHECK(denies(p, inputs, 1));
    buf_free(&text);
}

static void judge(struct policy_doc *doc, struct span text)
{
    struct policy_input input = {text, false};
    struct policy_ask ask = {.inputs = &input, .input_count = 1};
    struct fault fault = {0};
    struct policy *p;
    struct policy_verdict v;
    struct buf out = {0};
    struct json_doc json = {0};

    ask.target = (struct span){"fuzz", 4};
    p = policy_make(doc, &fault);
    if (p == NULL) {
        FUZZ_CHECK(fault.param[0] != '\0' && fault.message[0] != '\0');
        return;
    }
    check_spelt(p, text.n);
    ask.arm = policy_arm(&p->doc, ask.target, text, false);
    FUZZ_CHECK(policy_judge(p, &ask, &v) == 0);
    policy_metadata(&v, &out);
    FUZZ_CHECK(!out.failed && json_parse(&json, out.data, out.len) == JSON_OK);
    json_free(&json);
    buf_free(&out);
    policy_verdict_free(&v);
    policy_free(p);
}

static void check_again(const struct policy_doc *p)
{
    struct buf first = {0}, second = {0};
    struct json_doc json = {0};
    struct fault fault = {0};
    struct policy_doc again;

    policy_doc_write(p, &first);
    FUZZ_CHECK(!first.failed);
    FUZZ_CHECK(json_parse(&json, first.data, first.len) == JSON_OK);
    FUZZ_CHECK(policy_doc_read(&again, &json, 0, "", &fault) == 0);
    policy_doc_write(&again, &second);
    FUZZ_CHECK(!second.failed && first.len == second.len &&
               memcmp(first.data, second.data, first.len) == 0);
    policy_doc_free(&again);
    json_free(&json);
    buf_free(&first);
    buf_free(&second);
}

static void check_ignored(const struct json_doc *json, bool own)
{
    const struct span id = {"a", 1};
    struct buf ignored = {0}, written = {0};
    struct json_doc again = {0};
    struct fault fault = {0};
    struct policy_doc p;

    if (policy_doc_read_kept(&p, json, id, &ignored, &fault) != 0) {
        FUZZ_CHECK(!own && fault.message[0] != '\0' && ignored.len == 0);
        return;
    }
    for (size_t i = 0; i < ignored.len; i++)
        FUZZ_CHECK(ignored.data[i] == '\n' ||
                   (ignored.data[i] >= ' ' && ignored.data[i] <= '~'));
    FUZZ_CHECK(!own || ignored.len == 0);
    policy_doc_write(&p, &written);
    policy_doc_free(&p);
    if (!own) {
        FUZZ_CHECK(json_parse(&again, written.data, written.len) == JSON_OK);
        check_ignored(&again, true);
    }
    json_free(&again);
    buf_free(&ignored);
    buf_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct json_doc json = {0};
    struct fault fault = {0};
    struct policy_doc p;

    if (json_parse(&json, text.p, text.n) == JSON_OK) {
        if (policy_doc_read(&p, &json, 0, "policy.", &fault) == 0) {
            check_again(&p);
            judge(&p, text);
        } else {
            FUZZ_CHECK(fault.message[0] != '\0' && p.text == NULL);
        }
        check_ignored(&json, false);
    }
    json_free(&json);
    return 0;
}
