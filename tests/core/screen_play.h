#ifndef SCREEN_PLAY_H
#define SCREEN_PLAY_H

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "screen.h"

/* What the tests of screens share: a policy with what it said of a request
 * that is all right, and a screen under it. */
struct screening {
    struct policy *policy;
    struct policy_verdict verdict;
    struct screen *screen;
};

/* Terms are members of a JSON array. The screen looks into ${s}. */
static inline void screening_begin(struct screening *s, const char *terms,
    const char *action, bool enforced, bool joined)
{
    const struct policy_ask ask = {
        .arm = {enforced ? POLICY_ENFORCED : POLICY_SHADOW, enforced, true},
        .target = {"", 0}};
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct screen_rules rules;
    struct policy_doc read;
    char text[256];

    *s = (struct screening){0};
    snprintf(text, sizeof(text),
        "{\"name\":\"a\",\"rules\":{\"denylist\":[%s],"
        "\"enforcement_action\":\"%s\"}}",
        terms, action);
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(policy_doc_read(&read, &doc, 0, "", &fault), 0);
    json_free(&doc);
    s->policy = policy_make(&read, &fault);
    assert_non_null(s->policy);
    assert_int_equal(policy_judge(s->policy, &ask, &s->verdict), 0);
    rules = (struct screen_rules){.verdict = &s->verdict, .joined = joined};
    assert_true(screen_needed(&rules));
    s->screen = screen_make(&rules);
    assert_non_null(s->screen);
    assert_int_equal(screen_watches(s->screen), !enforced);
}

static inline void screening_end(struct screening *s)
{
    screen_free(s->screen);
    policy_verdict_free(&s->verdict);
    policy_free(s->policy);
}

#endif
