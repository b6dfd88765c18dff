#ifndef POLICY_SAVE_H
#define POLICY_SAVE_H

#include "policy.h"

/* A policy on its way into the store. Whatever form it comes in, one form is
 * kept (API.md 7.4, 13.1 item 13), and none that could not be made ready when
 * a call asks for it. */

/**
 * policy_save_read(text, id, most, document, ignored, fault):
 * Read the JSON ${text} of a policy, in any of the published forms, that is to
 * be kept under ${id}, or, when that is empty, under what it calls itself; make
 * it ready, and append what is to be kept to ${document}, at most ${most}
 * bytes. Appends to ${ignored} what policy_doc_read_kept() does. Returns the
 * policy, which the caller frees, or NULL with ${fault} set: its param is the
 * path of what is wrong.
 */
struct policy *policy_save_read(struct span text, struct span id, size_t most,
    struct buf *document, struct buf *ignored, struct fault *fault);

#endif
