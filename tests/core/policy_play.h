#ifndef POLICY_PLAY_H
#define POLICY_PLAY_H

#include <stdio.h>
#include <string.h>

#include "core/screen.h"

/* A policy in force over a request that says nothing, for whoever needs a
 * screen. */
struct policy_play {
    struct policy *policy;
    struct policy_verdict verdict;
};

/* The policy that the document is; NULL: it is none. */
static inline struct policy *policy_play_make(const char *document)
{
    struct json_doc json = {0};
    struct policy_doc doc = {0};
    struct policy *p = NULL;
    struct fault fault = {0};

    if (json_parse(&json, document, strlen(document)) == JSON_OK &&
        policy_doc_read(&doc, &json, 0, "", &fault) == 0)
        p = policy_make(&doc, &fault);
    if (p == NULL)
        printf("# %s\n", fault.message);
    json_free(&json);
    return p;
}

/* Returns 0, or -1 when the document is no policy. */
static inline int policy_play_begin(
    struct policy_play *p, const char *document, bool enforced)
{
    static const struct policy_input none;
    const struct policy_ask ask = {.inputs = &none,
        .target = {"test", 4},
        .arm = {enforced ? POLICY_ENFORCED : POLICY_SHADOW, enforced, true}};
    int rc = -1;

    *p = (struct policy_play){.policy = policy_play_make(document)};
    if (p->policy != NULL)
        rc = policy_judge(p->policy, &ask, &p->verdict);
    return rc;
}

/* ${joined} as in screen.h. */
static inline struct screen *policy_play_screen(
    const struct policy_play *p, bool joined)
{
    return screen_make(
        &(struct screen_rules){.verdict = &p->verdict, .joined = joined});
}

static inline void policy_play_end(struct policy_play *p)
{
    policy_verdict_free(&p->verdict);
    policy_free(p->policy);
}

#endif
