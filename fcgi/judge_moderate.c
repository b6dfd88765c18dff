#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core/picture.h"
#include "judge_private.h"

/* The classifier over what users say. Some categories are blocked for
 * everybody, further ones for who asks for it; those of a policy are the
 * policy's to judge. API.md 7.5. */

struct flag_rules judge_flags(const struct call *call)
{
    const struct conf *conf = call->settings->conf;

    return (struct flag_rules){
        .model = conf->moderation ? &call->worker->weights.model : NULL,
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

/* ---- images ---- */

static int refuse_picture(struct call *call, uint32_t picture, const char *why)
{
    char path[PICTURE_PATH];

    picture_path(&call->doc, picture, path);
    return fault_set(&call->fault, REFUSE_INVALID_REQUEST, path,
        "%s is an image, and %s", path, why);
}

int judge_pictures(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    uint32_t picture = JSON_NONE;

    if (!conf->moderation || conf->moderation_images == IMAGES_PASS)
        return 0;
    while ((picture = picture_next(&call->doc, call->dialect, picture)) !=
           JSON_NONE) {
        if (conf->moderation_images == IMAGES_REFUSE)
            return refuse_picture(
                call, picture, "images are not accepted here");
        if (!picture_has_url(&call->doc, picture))
            return refuse_picture(
                call, picture, "one that is not sent along cannot be judged");
    }
    return 0;
}

/* ---- texts ---- */

void judge_list(struct judge *j)
{
    const struct policy_texts *listed;

    if (j->ruling == NULL)
        return;
    listed = &j->ruling->entry->policy->doc.categories;
    for (size_t i = 0; i < listed->count; i++)
        j->categories |= flag_meant(listed->of[i]);
}

/* The endpoint is asked about what the classifier is not sure of, in a category
 * that is of consequence. */
static bool is_doubtful(const struct call *call, const struct moderation *m)
{
    const struct conf *conf = call->settings->conf;
    const struct judge *j = call->judge;
    uint16_t matters = j->blocked | (judge_minded(call) & j->categories);

    return (flag_between(m, conf->second_low, conf->second_high) & matters) !=
           0;
}

bool judge_is_short(const struct call *call)
{
    return json_raw(&call->doc, 0).n < RECALL_LEAST;
}

/* The classifier behind all that was said; NULL when memory is out. What
 * somebody has said is known of him alone, and that he is it the store may not
 * have told yet when the request is too short for anything to be known. */
static struct moderation *hear(
    const struct call *call, const struct moderation_model *model)
{
    const struct judge *j = call->judge;
    uint8_t who[sizeof(call->admit.account) + sizeof(call->admit.digest)];
    struct recall *recall = NULL;
    size_t known;

    if (call->settings->conf->moderation_recall && !judge_is_short(call)) {
        recall = call->worker->recall;
        memcpy(who, call->admit.account, sizeof(call->admit.account));
        memcpy(who + sizeof(call->admit.account), call->admit.digest,
            sizeof(call->admit.digest));
    }
    return recall_read(recall, (struct span){(char *)who, sizeof(who)}, model,
        j->inputs, j->said.count, &known);
}

static int score(struct call *call, const struct flag_rules *rules)
{
    struct judge *j = call->judge;
    struct moderation *m = hear(call, rules->model);

    if (m == NULL)
        return -1;
    j->moderate.own = flag_reached(rules, m);
    if (j->moderate.asks_texts &&
        call->settings->conf->moderation_provider == MODERATOR_BOTH)
        j->moderate.asks_texts = is_doubtful(call, m);
    moderation_free(m);
    return 0;
}

int judge_score(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    const struct flag_rules rules = judge_flags(call);
    struct judge *j = call->judge;

    j->moderate.asks_texts =
        conf->moderation && j->said.count > 0 && conf->moderator.origin != NULL;
    if (rules.model != NULL && score(call, &rules) != 0)
        return -1;
    if (!j->moderate.asks_texts || conf->moderation_provider == MODERATOR_BOTH)
        j->flags = j->moderate.own;
    return 0;
}
