#include "judge.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core/said.h"
#include "log.h"
#include "relay.h"
#include "reply.h"

/* The policy in force, and what it says of a request. */

static enum walk_next end_with(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    if (call->fault.code == REFUSE_NONE)
        call_fail(call, code);
    call->outcome = outcome;
    call->step = STEP_SETTLE;
    return WALK_ON;
}

/* ---- the policy ---- */

static int compile(
    struct call *call, struct policy_doc *doc, const uint8_t name[32])
{
    struct policy *policy = policy_make(doc, &call->fault);

    if (policy == NULL)
        return -1;
    call->judge->entry = policies_add(call->worker->policies, name, policy);
    if (call->judge->entry != NULL)
        return 0;
    return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
}

/* What the store has was readable when it was put there. */
static int compile_saved(struct call *call)
{
    struct judge *j = call->judge;
    struct policy_doc doc;
    struct json_doc json = {0};
    struct fault fault;
    uint8_t name[32];
    int rc = -1;

    policies_name(
        call->admit.account, j->get.id, j->get.revision.version, name);
    if (json_parse(&json, j->get.document.data, j->get.document.len) ==
            JSON_OK &&
        policy_doc_read(&doc, &json, 0, "", &fault) == 0)
        rc = compile(call, &doc, name);
    json_free(&json);
    buf_free(&j->get.document);
    if (rc != 0)
        log_event("policy_unreadable", "policy %s, version %llu", j->get.id,
            (unsigned long long)j->get.revision.version);
    return rc;
}

static void get_done(void *cookie)
{
    struct call *call = cookie;
    struct judge *j = call->judge;

    call->step = STEP_JUDGE;
    if (j->get.verb.status != STORE_OK || compile_saved(call) != 0) {
        call->fault.code = REFUSE_NONE;
        end_with(call, OUTCOME_REFUSED,
            j->get.verb.status == STORE_CLOSED ? REFUSE_STORE_CLOSED
                                               : REFUSE_INTERNAL);
    }
    walk_on(call);
}

static enum walk_next get_policy(struct call *call)
{
    struct judge *j = call->judge;

    j->get = (struct store_policy_get){
        .verb.kind = STORE_POLICY_GET, .version = j->govern.rule.version};
    memcpy(j->get.account, call->admit.account, STORE_ID);
    memcpy(j->get.id, j->govern.rule.policy, sizeof(j->get.id));
    call->job.verb = &j->get.verb;
    call->job.done = get_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

enum walk_next policy_run(struct call *call)
{
    struct judge *j = call->judge;
    uint8_t name[32];

    call->step = STEP_JUDGE;
    if (j->entry != NULL)
        return WALK_ON;
    if (j->inline_policy != JSON_NONE)
        return compile(call, &j->doc, j->inline_name) == 0
                   ? WALK_ON
                   : end_with(call, OUTCOME_REFUSED, REFUSE_INTERNAL);
    policies_name(call->admit.account, j->govern.rule.policy,
        j->govern.rule.version, name);
    j->entry = policies_find(call->worker->policies, name);
    return j->entry != NULL ? WALK_ON : get_policy(call);
}

/* ---- the verdict ---- */

static struct span target_of(const struct call *call)
{
    static const char *const surfaces[] = {
        [DIALECT_CHAT] = "chat.completions",
        [DIALECT_RESPONSES] = "responses",
        [DIALECT_MESSAGES] = "messages",
    };
    const char *target = call->judge->target;

    if (target[0] == '\0')
        target = surfaces[call->dialect];
    return (struct span){target, strlen(target)};
}

static void set_arm(struct call *call)
{
    struct judge *j = call->judge;
    const char *subject = j->user[0] != '\0' ? j->user : call->request_id;

    j->arm = policy_arm(&j->entry->policy->doc, target_of(call),
        (struct span){subject, strlen(subject)},
        call->admit.now < j->govern.rule.rolled_back_until);
}

/* The users' texts, decoded. Views of the request, or into room, which is as
 * large as all that have escapes. */
static int view_texts(const struct json_doc *doc, const struct said *said,
    struct policy_input *inputs, struct buf *room)
{
    size_t size = 1, begin;

    for (size_t i = 0; i < said->count; i++)
        size += json_raw(doc, said->of[i].node).n;
    if (buf_reserve(room, size) == NULL)
        return -1;
    for (size_t i = 0; i < said->count; i++) {
        inputs[i].same_turn = said->of[i].same_turn;
        inputs[i].text = json_inside(doc, said->of[i].node);
        if (!doc->nodes[said->of[i].node].escaped)
            continue;
        begin = room->len;
        json_string(doc, said->of[i].node, room);
        inputs[i].text = (struct span){room->data + begin, room->len - begin};
    }
    return 0;
}

static enum policy_quota_state quota_of(enum refusal spent)
{
    switch (spent) {
    case REFUSE_USER_QUOTA_EXCEEDED:
        return POLICY_USER_QUOTA_SPENT;
    case REFUSE_PROJECT_QUOTA_EXCEEDED:
        return POLICY_PROJECT_QUOTA_SPENT;
    default:
        return POLICY_QUOTA_LEFT;
    }
}

static int decide(
    struct call *call, const struct policy_input *inputs, size_t count)
{
    struct judge *j = call->judge;
    const struct policy_ask ask = {
        .inputs = inputs,
        .input_count = count,
        .quota = quota_of(j->spent),
        .target = target_of(call),
        .arm = j->arm,
    };

    if (policy_judge(j->entry->policy, &ask, &j->verdict) != 0)
        return -1;
    j->judged = true;
    return 0;
}

/* ---- what the model gets ---- */

/* Read the amended request in place of the one that came. */
static int replace_request(struct call *call)
{
    struct judge *j = call->judge;

    json_free(&call->doc);
    exchange_free(&call->exchange);
    if (j->request.failed ||
        json_parse(&call->doc, j->request.data, j->request.len) != JSON_OK)
        return -1;
    return exchange_begin(&call->exchange, call->dialect, relay_dialect(call),
        &call->doc, &call->fault);
}

struct amending {
    struct said_edit *edits;
    size_t count;
    struct buf room; /* of the new texts */
};

/* The texts without the terms that they may not have. */
static int take_out(const struct policy *policy, const struct said *said,
    const struct policy_input *inputs, struct amending *a)
{
    size_t *ends = calloc(said->count + 1, sizeof(*ends));
    size_t begin = 0;

    if (ends == NULL)
        return -1;
    policy_rewrite(policy, inputs, said->count, &a->room, ends);
    for (size_t i = 0; !a->room.failed && i < said->count;
         i++, begin = ends[i - 1]) {
        if (ends[i] - begin == inputs[i].text.n &&
            memcmp(a->room.data + begin, inputs[i].text.p, inputs[i].text.n) ==
                0)
            continue;
        a->edits[a->count].node = said->of[i].node;
        a->edits[a->count++].text =
            (struct span){a->room.data + begin, ends[i] - begin};
    }
    free(ends);
    return a->room.failed ? -1 : 0;
}

static int amend(struct call *call, const struct said *said,
    const struct policy_input *inputs)
{
    struct judge *j = call->judge;
    struct amending a = {.edits = calloc(said->count + 1, sizeof(*a.edits))};
    struct buf note = {0};
    int rc;

    policy_note(&j->verdict, &note);
    rc = a.edits != NULL && !note.failed ? 0 : -1;
    if (rc == 0 && j->verdict.effective == POLICY_REWRITE)
        rc = take_out(j->entry->policy, said, inputs, &a);
    if (rc == 0) {
        said_amend(&call->doc, call->dialect, a.edits, a.count,
            (struct span){note.data, note.len}, &j->request);
        rc = replace_request(call);
    }
    buf_free(&note);
    buf_free(&a.room);
    free(a.edits);
    return rc;
}

/* ---- the step ---- */

static enum walk_next refuse(struct call *call)
{
    struct judge *j = call->judge;

    if (j->spent != REFUSE_NONE)
        return end_with(call, OUTCOME_REFUSED, j->spent);
    return end_with(call, OUTCOME_POLICY, REFUSE_POLICY);
}

static enum walk_next act(struct call *call)
{
    struct judge *j = call->judge;

    switch (j->verdict.effective) {
    case POLICY_REFUSE:
        return refuse(call);
    case POLICY_ESCALATE:
        exchange_remember(&call->exchange, &call->doc);
        call->outcome = OUTCOME_ESCALATED;
        call->step = STEP_SETTLE;
        return WALK_ON;
    default:
        call->step = STEP_RELAY;
        return WALK_ON;
    }
}

static bool amends(enum policy_decision effective)
{
    return effective == POLICY_REWRITE || effective == POLICY_SUMMARY;
}

/* Whatever the arm, the request is looked at in one way. */
static int look(struct call *call, struct said *said)
{
    struct judge *j = call->judge;
    struct policy_input *inputs = calloc(said->count + 1, sizeof(*inputs));
    struct buf room = {0};
    int rc = -1;

    if (inputs == NULL)
        return -1;
    if (view_texts(&call->doc, said, inputs, &room) == 0 &&
        decide(call, inputs, said->count) == 0)
        rc = amends(j->verdict.effective) ? amend(call, said, inputs) : 0;
    buf_free(&room);
    free(inputs);
    return rc;
}

/* Where an answer is written anew its choices are kept apart. */
static int check_choices(struct call *call)
{
    const struct judge *j = call->judge;

    if (j->screen == NULL || screen_watches(j->screen) ||
        call->completion.n <= CHOICES_MAX)
        return 0;
    return fault_set(&call->fault, REFUSE_INVALID_REQUEST, "n",
        "n: at most %d where a policy looks at the answer", CHOICES_MAX);
}

enum walk_next judge_run(struct call *call)
{
    struct judge *j = call->judge;
    struct said said;
    int rc = -1;

    set_arm(call);
    if (said_read(&said, &call->doc, call->dialect) == 0)
        rc = look(call, &said);
    said_free(&said);
    if (rc == 0)
        policy_metadata(&j->verdict, &j->metadata);
    if (rc == 0 && !j->metadata.failed && judge_screen(call, &j->screen) == 0) {
        if (j->screen != NULL && !screen_watches(j->screen))
            exchange_remember(&call->exchange, &call->doc);
        if (check_choices(call) == 0)
            return act(call);
    }
    return end_with(call, OUTCOME_REFUSED, REFUSE_OVERLOADED);
}
