#include "policy_doc.h"

const char *policy_decision_word(enum policy_decision d)
{
    static const char *const words[POLICY_DECISIONS] = {
        [POLICY_ALLOW] = "allow",
        [POLICY_REWRITE] = "rewrite",
        [POLICY_SUMMARY] = "summary",
        [POLICY_ESCALATE] = "escalate",
        [POLICY_REFUSE] = "refuse",
    };

    return words[d];
}

const char *policy_period_word(enum policy_period p)
{
    static const char *const words[] = {
        [POLICY_DAILY] = "daily",
        [POLICY_WEEKLY] = "weekly",
        [POLICY_MONTHLY] = "monthly",
    };

    return words[p];
}
