/* Whatever is accepted as a policy is, once written, read as the same, and can
 * judge; what is not has a fault with words. */

#include <string.h>

#include "core/policy.h"
#include "fuzz.h"

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
    }
    json_free(&json);
    return 0;
}
