#include "policy_save.h"

static int parse(struct json_doc *doc, struct span text, struct fault *fault)
{
    enum json_error error = json_parse(doc, text.p, text.n);

    if (error == JSON_OK)
        return 0;
    if (error == JSON_NO_MEMORY)
        return fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
    return fault_set(fault, REFUSE_INVALID_REQUEST, NULL, "invalid JSON: %s",
        json_strerror(error));
}

static int write_document(const struct policy *p, size_t most,
    struct buf *document, struct fault *fault)
{
    const size_t before = document->len;

    policy_doc_write(&p->doc, document);
    if (document->failed)
        return fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
    if (document->len - before > most) {
        document->len = before;
        return fault_set(fault, REFUSE_INVALID_REQUEST, NULL,
            "the policy has more than %zu bytes when it is written out", most);
    }
    return 0;
}

struct policy *policy_save_read(struct span text, struct span id, size_t most,
    struct buf *document, struct buf *ignored, struct fault *fault)
{
    struct json_doc doc = {0};
    struct policy_doc read;
    struct policy *p = NULL;

    if (parse(&doc, text, fault) == 0 &&
        policy_doc_read_kept(&read, &doc, id, ignored, fault) == 0)
        p = policy_make(&read, fault);
    json_free(&doc);
    if (p == NULL || write_document(p, most, document, fault) == 0)
        return p;
    policy_free(p);
    return NULL;
}
