#include <string.h>

#include "policy_field.h"

/* How a policy is rolled out and goes off by itself, as either published form
 * says it. API.md 7.4. */

enum { MINUTES_A_DAY = 24 * 60 };

struct rollback_numbers {
    int64_t min_requests;
    int64_t window;
    int64_t cooldown;
};

static void set_rollback(
    struct policy_rollback *to, const struct rollback_numbers *from)
{
    to->min_requests = (uint32_t)from->min_requests;
    to->window_minutes = (uint32_t)from->window;
    to->cooldown_minutes = (uint32_t)from->cooldown;
}

/* ---- the older form ---- */

/* "canary" or "shadow". */
static int read_sample(struct policy_reader *r, uint32_t rollout,
    const struct policy_place *places, struct policy_sample *sample)
{
    struct policy_place at[4];
    uint32_t node;

    memcpy(at, places, sizeof(at));
    at[0].object = rollout;
    if (policy_object(r, &at[0], &node) != 0)
        return -1;
    at[1].object = at[2].object = at[3].object = node;
    if (policy_boolean(r, &at[1], &sample->enabled) != 0 ||
        policy_share(r, &at[2], 100, &sample->share) != 0)
        return -1;
    return policy_texts(
        r, &at[3], POLICY_LABELS, POLICY_LABEL_BYTES, &sample->targets);
}

#define SAMPLE(name)                                                           \
    (const struct policy_place[])                                              \
    {                                                                          \
        {.key = name, .path = "rollout." name},                                \
            {.key = "enabled", .path = "rollout." name ".enabled"},            \
            {.key = "sample_percent",                                          \
                .path = "rollout." name ".sample_percent"},                    \
        {                                                                      \
            .key = "targets", .path = "rollout." name ".targets"               \
        }                                                                      \
    }

static int read_rollout(struct policy_reader *r, uint32_t root)
{
    struct policy_rollback *back = &r->to->rollback;
    struct rollback_numbers n = {
        back->min_requests, back->window_minutes, back->cooldown_minutes};
    uint32_t node;

    if (policy_object(r, TOP("rollout"), &node) != 0 ||
        read_sample(r, node, SAMPLE("shadow"), &r->to->shadow) != 0 ||
        read_sample(r, node, SAMPLE("canary"), &r->to->canary) != 0 ||
        policy_boolean(
            r, IN(node, "rollout", "rollback_on_spike"), &back->enabled) != 0 ||
        policy_share(r, IN(node, "rollout", "rollback_threshold"), 1,
            &back->threshold) != 0 ||
        policy_count(r, IN(node, "rollout", "rollback_min_requests"), 1,
            1000000, &n.min_requests) != 0 ||
        policy_count(r, IN(node, "rollout", "rollback_window_minutes"), 1,
            MINUTES_A_DAY, &n.window) != 0 ||
        policy_count(r, IN(node, "rollout", "rollback_cooldown_minutes"), 0,
            30 * MINUTES_A_DAY, &n.cooldown) != 0 ||
        policy_words(r, IN(node, "rollout", "rollback_decisions"),
            policy_decisions, &back->decisions) != 0)
        return -1;
    set_rollback(back, &n);
    return 0;
}

/* ---- the newer form ---- */

static int read_auto_rollback(struct policy_reader *r, uint32_t deployment)
{
    struct policy_rollback *back = &r->to->rollback;
    struct rollback_numbers n = {
        back->min_requests, back->window_minutes, back->cooldown_minutes};
    uint32_t node;

#define BACK(name) WITHIN(node, "deployment.auto_rollback", name)
    if (policy_object(
            r, WITHIN(deployment, "deployment", "auto_rollback"), &node) != 0 ||
        policy_boolean(r, BACK("enabled"), &back->enabled) != 0 ||
        policy_share(r, BACK("threshold_pct"), 100, &back->threshold) != 0 ||
        policy_count(r, BACK("min_requests"), 1, 1000000, &n.min_requests) !=
            0 ||
        policy_count(r, BACK("window_minutes"), 1, MINUTES_A_DAY, &n.window) !=
            0 ||
        policy_count(r, BACK("cooldown_minutes"), 0, 30 * MINUTES_A_DAY,
            &n.cooldown) != 0 ||
        policy_words(r, BACK("rollback_decisions"), policy_decisions,
            &back->decisions) != 0)
        return -1;
#undef BACK
    set_rollback(back, &n);
    return 0;
}

/* The newer form's one knob: off is shadow, a part is canary, all is enforced.
 * API.md 7.4. */
static int read_deployment(struct policy_reader *r, uint32_t body)
{
    struct policy_place at = {.object = body,
        .key = "deployment",
        .path = "deployment",
        .root = true,
        .within = true};
    uint32_t node, share = POLICY_ALL;
    bool enabled = false;

    if (policy_object(r, &at, &node) != 0 ||
        policy_boolean(r, WITHIN(node, "deployment", "enabled"), &enabled) !=
            0 ||
        policy_share(
            r, WITHIN(node, "deployment", "percentage"), 100, &share) != 0 ||
        read_auto_rollback(r, node) != 0)
        return -1;
    if (node == JSON_NONE)
        return 0;
    r->to->shadow.enabled = !enabled;
    r->to->shadow.share = POLICY_ALL;
    r->to->canary.enabled = enabled && share < POLICY_ALL;
    r->to->canary.share = share;
    return 0;
}

int policy_doc_rollout(struct policy_reader *r, uint32_t root, uint32_t body)
{
    if (read_rollout(r, root) != 0)
        return -1;
    return read_deployment(r, body);
}
