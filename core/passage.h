#ifndef PASSAGE_H
#define PASSAGE_H

#include "completion.h"
#include "splice.h"

/* JSON of an upstream on its way to a caller of the same dialect: as it is, but
 * for the model's name and the members that are ours to write. DESIGN.md fixed
 * point 6. */

/**
 * passage_splice(s, names, object, inner):
 * Copy the members of ${object} but cut out those that are ours and rename the
 * model; so, too, within the root's member ${inner}. Returns whether any member
 * stayed; what is behind the last is still to be copied.
 */
bool passage_splice(struct splice *s, const struct completion_names *names,
    uint32_t object, const char *inner);

/**
 * passage_frame(doc, names, inner, out):
 * Append the frame ${doc}, edited as by passage_splice(), in one line.
 */
void passage_frame(const struct json_doc *doc,
    const struct completion_names *names, const char *inner, struct buf *out);

/**
 * passage_close(s, kept, credits):
 * End the copy of an object, of which some member was ${kept} or not, with the
 * metering fields.
 */
void passage_close(struct splice *s, bool kept, const struct credits *credits);

#endif
