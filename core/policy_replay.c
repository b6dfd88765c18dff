#include "policy_replay.h"

#include <stdlib.h>
#include <string.h>

#include "policy.h"

/* A list of the candidate, to be looked up, and how much of it was not in the
 * list before it. */
struct list {
    struct span *of; /* sorted */
    size_t count;
    size_t fresh;
};

struct policy_replay {
    const struct policy_doc *before, *candidate;
    struct list allow, deny;
    size_t categories; /* of the candidate's, that nobody looked for */
    struct buf scratch;
};

/* ---- lists ---- */

static int compare(const void *left, const void *right)
{
    const struct span *l = left, *r = right;
    size_t n = l->n < r->n ? l->n : r->n;
    int order = n > 0 ? memcmp(l->p, r->p, n) : 0;

    if (order != 0)
        return order;
    return l->n < r->n ? -1 : l->n > r->n;
}

static int sort(const struct policy_texts *texts, struct list *list)
{
    list->count = texts->count;
    list->of = calloc(texts->count + 1, sizeof(*list->of));
    if (list->of == NULL)
        return -1;
    for (size_t i = 0; i < texts->count; i++)
        list->of[i] = texts->of[i];
    qsort(list->of, list->count, sizeof(*list->of), compare);
    return 0;
}

static bool has(const struct list *list, struct span text)
{
    return bsearch(&text, list->of, list->count, sizeof(text), compare) != NULL;
}

/* The list of the candidate, against that of the policy before it. */
static int prepare(struct list *list, const struct policy_texts *candidate,
    const struct policy_texts *before)
{
    struct list old = {0};

    if (sort(candidate, list) != 0 || sort(before, &old) != 0)
        return -1; /* only the first has anything */
    for (size_t i = 0; i < list->count; i++)
        list->fresh += !has(&old, list->of[i]);
    free(old.of);
    return 0;
}

static bool was_listed(const struct policy_doc *doc, struct span category)
{
    for (size_t i = 0; i < doc->categories.count; i++)
        if (compare(&doc->categories.of[i], &category) == 0)
            return true;
    return false;
}

struct policy_replay *policy_replay_make(
    const struct policy_doc *before, const struct policy_doc *candidate)
{
    struct policy_replay *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return NULL;
    r->before = before;
    r->candidate = candidate;
    if (prepare(&r->allow, &candidate->allow, &before->allow) != 0 ||
        prepare(&r->deny, &candidate->deny, &before->deny) != 0) {
        policy_replay_free(r);
        return NULL;
    }
    for (size_t i = 0; i < candidate->categories.count; i++)
        r->categories += !was_listed(before, candidate->categories.of[i]);
    return r;
}

void policy_replay_free(struct policy_replay *r)
{
    if (r == NULL)
        return;
    free(r->allow.of);
    free(r->deny.of);
    buf_free(&r->scratch);
    free(r);
}

struct policy_unknown policy_replay_unknown(const struct policy_replay *r)
{
    return (struct policy_unknown){
        r->allow.fresh, r->deny.fresh, r->categories};
}

/* ---- events ---- */

/* Whether something was so, if that is known. */
enum known { NO, YES, UNKNOWN };

static struct span word_of(
    struct policy_replay *r, const struct json_doc *event, const char *key)
{
    uint32_t node = json_present(event, 0, key);

    if (!json_is(event, node, JSON_STRING))
        return (struct span){"", 0};
    return json_view(event, node, &r->scratch);
}

static bool word_is(
    const struct json_doc *event, const char *key, const char *word)
{
    uint32_t node = json_present(event, 0, key);

    return node != JSON_NONE && json_string_is(event, node, word);
}

typedef bool match_fn(const struct policy_replay *r, struct span hit);

static bool is_allowed(const struct policy_replay *r, struct span hit)
{
    return has(&r->allow, hit);
}

static bool is_denied(const struct policy_replay *r, struct span hit)
{
    return has(&r->deny, hit);
}

static bool is_flagged(const struct policy_replay *r, struct span hit)
{
    for (size_t i = 0; i < r->candidate->categories.count; i++)
        if (policy_category_matches(r->candidate->categories.of[i], hit))
            return true;
    return false;
}

/* Of many hits an event tells some and counts the others. */
static bool tells_all(const struct json_doc *event)
{
    return json_present(event, 0, "omitted_hits") == JSON_NONE;
}

/* Whether any of the event's hits under ${key} is one to the candidate. */
static enum known look(struct policy_replay *r, const struct json_doc *event,
    const char *key, match_fn *match, size_t fresh)
{
    uint32_t list = json_present(event, 0, key), hit;

    for (hit = json_first(event, list); list != JSON_NONE && hit != JSON_NONE;
         hit = json_after(event, list, hit))
        if (json_kind(event, hit) == JSON_STRING &&
            match(r, json_view(event, hit, &r->scratch)))
            return YES;
    return fresh > 0 || !tells_all(event) ? UNKNOWN : NO;
}

static enum known either(enum known left, enum known right)
{
    if (left == YES || right == YES)
        return YES;
    return left == UNKNOWN || right == UNKNOWN ? UNKNOWN : NO;
}

/* API.md 8.4: an allow list that is missed refuses; then what fired decides. */
static uint32_t decide(struct policy_replay *r, const struct json_doc *event)
{
    enum known allowed = r->allow.count == 0 ? YES
                                             : look(r, event, "allowlist_hits",
                                                   is_allowed, r->allow.fresh);
    enum known fired =
        either(look(r, event, "denylist_hits", is_denied, r->deny.fresh),
            look(r, event, "triggered_categories", is_flagged, r->categories));
    uint32_t to = 0;

    if (allowed != YES)
        to |= 1u << POLICY_REFUSE;
    if (allowed != NO && fired != NO)
        to |= 1u << r->candidate->action;
    if (allowed != NO && fired != YES)
        to |= 1u << POLICY_ALLOW;
    return to;
}

/* What is outside of a shadow's sample is allowed without a look. */
static bool is_unseen(struct policy_replay *r, const struct json_doc *event)
{
    const struct policy_sample *s = &r->before->shadow;
    struct span user;

    if (!word_is(event, "rollout_mode", "shadow") || s->share >= POLICY_ALL)
        return false;
    user = word_of(r, event, "policy_user");
    return user.n == 0 || policy_bucket(r->before->id, user) >= s->share;
}

static int read_decision(
    const struct json_doc *event, enum policy_decision *decision)
{
    for (int d = 0; d < POLICY_DECISIONS; d++)
        if (word_is(event, "decision", policy_decision_word(d))) {
            *decision = (enum policy_decision)d;
            return 0;
        }
    return -1;
}

static bool is_about_it(struct policy_replay *r, const struct json_doc *event)
{
    struct span id = word_of(r, event, "policy_id");

    return word_is(event, "event_type", "enforcement") &&
           compare(&id, &r->before->id) == 0;
}

static bool is_quota(const struct json_doc *event)
{
    return word_is(event, "reason_code", "USER_QUOTA_EXCEEDED") ||
           word_is(event, "reason_code", "PROJECT_QUOTA_EXCEEDED");
}

int policy_replay_event(struct policy_replay *r, const struct json_doc *event,
    struct policy_replayed *result)
{
    *result = (struct policy_replayed){.kind = POLICY_REPLAYED};
    if (!is_about_it(r, event))
        result->kind = POLICY_REPLAY_OTHER;
    else if (word_is(event, "reason_code", "WORKER_LOST"))
        result->kind = POLICY_REPLAY_LOST;
    else if (read_decision(event, &result->from) != 0)
        result->kind = POLICY_REPLAY_ILLEGIBLE;
    else if (is_quota(event))
        result->to = 1u << POLICY_REFUSE; /* no policy decides that */
    else if (is_unseen(r, event))
        result->kind = POLICY_REPLAY_UNSEEN;
    else
        result->to = decide(r, event);
    return r->scratch.failed ? -1 : 0;
}
