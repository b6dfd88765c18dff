#ifndef POLICY_JUDGE_PLAY_H
#define POLICY_JUDGE_PLAY_H

/* What the tests of policies share: a policy that must be one, and what it
 * says of a text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"
#include "policy_play.h"

static const struct policy_arm enforced = {POLICY_ENFORCED, true, true};

static inline struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Give it to policy_free(). */
static inline struct policy *make(const char *text)
{
    struct policy *p = policy_play_make(text);

    assert_non_null(p);
    return p;
}

/* Judge one text of a user. Give the verdict to policy_verdict_free(). */
static inline struct policy_verdict judge(
    const struct policy *p, const char *text, struct policy_arm arm)
{
    struct policy_input input = {text_of(text), false};
    struct policy_ask ask = {.inputs = &input,
        .input_count = 1,
        .target = text_of("chat.completions"),
        .arm = arm};
    struct policy_verdict v;

    assert_int_equal(policy_judge(p, &ask, &v), 0);
    return v;
}

#endif
