#include <sodium.h>

#include "policy.h"

const char *policy_mode_word(enum policy_mode mode)
{
    static const char *const words[] = {
        [POLICY_ENFORCED] = "enforced",
        [POLICY_SHADOW] = "shadow",
        [POLICY_CANARY] = "canary",
        [POLICY_ROLLED_BACK] = "rollback",
    };

    return words[mode];
}

static void update(crypto_hash_sha256_state *state, struct span text)
{
    crypto_hash_sha256_update(state, (const uint8_t *)text.p, text.n);
}

uint32_t policy_bucket(struct span id, struct span subject)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    uint32_t rest = 0;

    crypto_hash_sha256_init(&state);
    update(&state, id);
    update(&state, (struct span){"", 1});
    update(&state, subject);
    crypto_hash_sha256_final(&state, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        rest = (rest << 8 | digest[i]) % POLICY_ALL;
    return rest;
}

static bool same(struct span left, struct span right)
{
    if (left.n != right.n)
        return false;
    for (size_t i = 0; i < left.n; i++)
        if (left.p[i] != right.p[i])
            return false;
    return true;
}

/* Whether a sample is about a target. */
static bool concerns(const struct policy_sample *s, struct span target)
{
    if (!s->enabled || s->targets.count == 0)
        return s->enabled;
    for (size_t i = 0; i < s->targets.count; i++)
        if (same(s->targets.of[i], target))
            return true;
    return false;
}

struct policy_arm policy_arm(const struct policy_doc *doc, struct span target,
    struct span subject, bool rolled_back)
{
    uint32_t bucket = policy_bucket(doc->id, subject);

    if (rolled_back)
        return (struct policy_arm){POLICY_ROLLED_BACK, false, true};
    if (concerns(&doc->canary, target))
        return (struct policy_arm){
            POLICY_CANARY, bucket < doc->canary.share, true};
    if (concerns(&doc->shadow, target))
        return (struct policy_arm){
            POLICY_SHADOW, false, bucket < doc->shadow.share};
    return (struct policy_arm){POLICY_ENFORCED, true, true};
}
