#include "dialect_chat_private.h"
#include "frame.h"

enum stream_frame chat_frame_read(
    struct frame *f, struct span data, struct fault *fault)
{
    enum stream_frame rc;
    uint32_t error;

    if (span_is(frame_trim(data), "[DONE]"))
        return STREAM_DONE;
    rc = frame_read(f, data);
    if (rc != STREAM_TAKEN)
        return rc;
    error = json_member(&f->doc, 0, "error");
    if (!json_truthy(&f->doc, error))
        return STREAM_TAKEN;
    frame_fault(f, error, fault);
    return STREAM_ERROR;
}

void chat_frame_write(const struct json_doc *doc,
    const struct completion_names *names, bool roles, struct buf *out)
{
    struct splice splice;
    size_t from = out->len;

    splice_begin(&splice, doc, out);
    chat_splice_top(&splice, names, roles);
    splice_end(&splice);
    frame_join(out, from);
}
