#include "call.h"
#include "judge_private.h"

/* The classifier over what users say. Some categories are blocked for
 * everybody, further ones for who asks for it; those of a policy are the
 * policy's to judge. API.md 7.5. */

struct flag_rules judge_flags(const struct call *call)
{
    const struct conf *conf = call->settings->conf;
    const struct weights *weights = &call->worker->weights;

    return (struct flag_rules){
        .model = conf->moderation && weights->model.head != NULL
                     ? &weights->model
                     : NULL,
        .thresholds = conf->moderation_threshold,
    };
}

uint16_t judge_minded(const struct call *call)
{
    return call->dialect != DIALECT_RESPONSES ||
                   call->settings->conf->moderation_responses
               ? UINT16_MAX
               : 0;
}

static int block(struct call *call, uint16_t flags)
{
    return fault_set(&call->fault, REFUSE_MODERATION, NULL,
        "Moderation blocked: text flagged as '%s'.", flag_word(flags));
}

int judge_moderate(
    struct call *call, const struct policy_input *inputs, size_t count)
{
    struct judge *j = call->judge;
    const struct flag_rules rules = judge_flags(call);
    struct moderation *m;

    if (rules.model == NULL)
        return 0;
    m = moderation_begin(rules.model);
    if (m == NULL)
        return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    for (size_t i = 0; i < count; i++) {
        moderation_feed(m, inputs[i].text);
        moderation_feed(m, (struct span){"\n", 1});
    }
    j->flags = flag_reached(&rules, m);
    moderation_free(m);
    return j->flags & j->blocked ? block(call, j->flags & j->blocked) : 0;
}
