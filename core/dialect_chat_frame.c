#include "dialect_chat_private.h"
#include "frame.h"

enum stream_frame chat_frame_read(
    struct frame *f, uint32_t *at, struct span data, struct fault *fault)
{
    enum stream_frame rc;

    if (span_is(frame_trim(data), "[DONE]"))
        return STREAM_DONE;
    rc = frame_read(f, data);
    if (rc != STREAM_TAKEN)
        return rc;
    chat_top_read(&f->doc, at);
    if (!json_truthy(&f->doc, at[CHAT_TOP_ERROR]))
        return STREAM_TAKEN;
    frame_fault(f, at[CHAT_TOP_ERROR], fault);
    return STREAM_ERROR;
}

/* Whether chat_splice_top() has something to do. */
static bool is_edited(const struct json_doc *doc, const uint32_t *at,
    const struct completion_names *names)
{
    for (enum chat_top i = CHAT_TOP_OURS; i < CHAT_TOP_COUNT; i++)
        if (at[i] != JSON_NONE)
            return true;
    return at[CHAT_TOP_MODEL] != JSON_NONE &&
           completion_names_apply(names, doc, at[CHAT_TOP_MODEL]);
}

void chat_frame_write(const struct json_doc *doc, const uint32_t *at,
    const struct completion_names *names, bool roles, struct buf *out)
{
    struct splice splice;
    size_t from = out->len;

    splice_begin(&splice, doc, out);
    if (roles || is_edited(doc, at, names))
        chat_splice_top(&splice, names, roles);
    splice_end(&splice);
    frame_join(out, from);
}
