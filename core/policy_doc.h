#ifndef POLICY_DOC_H
#define POLICY_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"
#include "refusal.h"

/* A policy as it is written down. Two published forms and the inline one are
 * read into one struct (API.md 7.1 to 7.4), which is written in the older of
 * the published forms, as that can say everything. */

enum policy_decision {
    POLICY_ALLOW,
    POLICY_REWRITE,
    POLICY_SUMMARY,
    POLICY_ESCALATE,
    POLICY_REFUSE,
    POLICY_DECISIONS
};

enum policy_period { POLICY_DAILY, POLICY_WEEKLY, POLICY_MONTHLY };

enum {
    POLICY_TERMS = 10000,         /* of both lists */
    POLICY_TERM_BYTES = 1024,     /* of one */
    POLICY_TERMS_BYTES = 1 << 20, /* of all */
    POLICY_LABELS = 256,          /* categories, targets */
    POLICY_LABEL_BYTES = 256,
    POLICY_ALL = 10000 /* a share of one, in parts of which it is counted */
};

struct policy_texts {
    struct span *of;
    size_t count;
};

/* A part of the requests, those of some targets or all (no targets). */
struct policy_sample {
    bool enabled;
    uint32_t share; /* of POLICY_ALL */
    struct policy_texts targets;
};

/* When a policy goes off by itself. API.md 8.6. */
struct policy_rollback {
    bool enabled;
    uint32_t threshold; /* of POLICY_ALL */
    uint32_t min_requests;
    uint32_t window_minutes;
    uint32_t cooldown_minutes;
    uint32_t decisions; /* bits 1 << enum policy_decision */
};

/* 0: no limit. */
struct policy_quota {
    uint64_t requests;
    uint64_t tokens;
    enum policy_period period;
};

/* All texts are the document's own. */
struct policy_doc {
    struct span id; /* never empty */
    struct span name;
    struct span owner;
    struct span description;
    struct span classification;
    struct span escalation_path;
    struct policy_texts allow;
    struct policy_texts deny;
    struct policy_texts categories;
    struct policy_texts reason_codes;
    enum policy_decision action; /* never POLICY_ALLOW */
    bool redact;
    bool project_keys;
    bool user_quotas;
    bool audit;
    struct policy_quota user_quota;
    struct policy_quota project_quota;
    struct policy_sample canary;
    struct policy_sample shadow;
    struct policy_rollback rollback;

    const char *prefix; /* of paths in it, for faults */
    const char *within; /* "config." in the newer form, else "" */
    char *text;         /* memory of all texts */
    struct span *spans; /* memory of all lists */
};

/**
 * policy_doc_read(p, doc, node, prefix, fault):
 * Read the policy that is the object ${node} of ${doc} (0: the root) into
 * ${p}. ${prefix} is a constant that begins paths in faults: "" for a document
 * of its own, "policy." for one inside of a request, which may be without
 * policy_id and name and then is called "inline". Members that are not known
 * are ignored. Returns 0, or -1 with ${fault} set and ${p} empty.
 */
int policy_doc_read(struct policy_doc *p, const struct json_doc *doc,
    uint32_t node, const char *prefix, struct fault *fault);

/**
 * policy_doc_read_kept(p, doc, id, ignored, fault):
 * Read the policy that ${doc} is, bare or as the member "config" of an
 * object without a name, into ${p}, as one that is kept under ${id}. It need
 * not say what it is called, but nothing else. With an empty ${id} it must say.
 * Appends to ${ignored} the path of each member that is not known, such as
 * rules.denylst, with a newline behind each; they are ASCII without controls.
 * Returns 0, or -1 with ${fault} set and ${p} empty.
 */
int policy_doc_read_kept(struct policy_doc *p, const struct json_doc *doc,
    struct span id, struct buf *ignored, struct fault *fault);

/**
 * policy_doc_write(p, out):
 * Append ${p} as one JSON object, which policy_doc_read() reads as ${p} again.
 */
void policy_doc_write(const struct policy_doc *p, struct buf *out);

/**
 * policy_doc_free(p):
 * Give back the memory of ${p} and leave it empty.
 */
void policy_doc_free(struct policy_doc *p);

/**
 * policy_decision_word(d), policy_period_word(p):
 * As they are written in documents, answers and events.
 */
const char *policy_decision_word(enum policy_decision d);
const char *policy_period_word(enum policy_period p);

#endif
