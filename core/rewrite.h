#ifndef REWRITE_H
#define REWRITE_H

#include <stdbool.h>

#include "buf.h"
#include "completion.h"
#include "json.h"

/* A request on its way to an upstream of its own dialect. */

enum { REWRITE_LIMITS = 2 };

struct rewrite_rules {
    /* Names of the limit of output tokens; the first is added when the caller
     * has used none. Where there is one name, it stands twice. */
    const char *limits[REWRITE_LIMITS];
    bool usage_option; /* stream_options.include_usage is to be set */
    bool no_limit;     /* a limit and "stream" have no place in it */
};

/**
 * rewrite_request(rules, doc, completion, rewrite, out):
 * Append the request byte for byte, but for the model, the limit, the option
 * and without the fields that are ours or dangerous: policy*, policyId,
 * flagged_categories, api_base, base_url, custom_host. DESIGN.md fixed point
 * 6.
 */
void rewrite_request(const struct rewrite_rules *rules,
    const struct json_doc *doc, const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);

#endif
