#include <string.h>

#include "closing.h"
#include "db/rate.h"
#include "verb.h"

static void settle_answer(
    struct store_settle *s, const struct row_done *done, bool already)
{
    s->charge = done->charge;
    s->posted = done->posted;
    s->anonymous = done->caller == CALLER_DEVICE;
    s->already = already;
}

static void settle_count_tokens(
    struct trail *t, struct store_settle *s, const struct row_done *done)
{
    struct rate_key key = {
        .class = verb_rate_class(done->caller, CLASS_REQUEST)};
    struct window_state ignored;
    uint64_t tokens;

    if (s->counted || s->free_of_charge || done->caller == CALLER_DEVICE)
        return;
    if (__builtin_add_overflow(
            s->usage.tokens_in, s->usage.tokens_out, &tokens) ||
        tokens > USAGE_MAX)
        tokens = USAGE_MAX;
    memcpy(key.account, done->account, sizeof(key.account));
    rate_tokens(trail_rate(t), &key, s->boot, (uint32_t)tokens, 0, &ignored);
    s->counted = true;
}

enum store_status verb_settle(struct trail *t, struct store_verb *verb)
{
    struct store_settle *s = (struct store_settle *)verb;
    const struct closing closing = {ENDING_SETTLED, s->free_of_charge, s->usage,
        s->flags, s->now, s->event};
    struct row_hold hold;
    struct row_done done;

    if (row_hold_get(t, s->request, &hold) == TRAIL_FOUND) {
        closing_run(t, s->request, &hold, &closing, &done);
    } else {
        if (row_done_get(t, s->request, &done) != TRAIL_FOUND)
            return STORE_NOT_FOUND;
        if (!closing_is_due(&done)) {
            settle_answer(s, &done, true);
            return STORE_OK;
        }
        closing_correct(t, s->request, &closing, &done);
    }
    settle_count_tokens(t, s, &done);
    settle_answer(s, &done, false);
    return STORE_OK;
}
