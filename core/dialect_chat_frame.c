#include "dialect_chat_private.h"
#include "frame.h"

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
