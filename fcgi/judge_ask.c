#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core/utf8.h"
#include "judge_private.h"

/* What a caller says of project, policy, target and user. Headers beat the
 * body, the first of two names in the body beats the second, and what is empty
 * is absent. API.md 3. */

struct word {
    const char *param; /* of the header; NULL: there is none */
    const char *header;
    const char *key[2]; /* in the body */
    size_t at;          /* in struct ruling */
    size_t size;
};

#define AT(member)                                                             \
    offsetof(struct ruling, member), sizeof(((struct ruling *)0)->member)

static const struct word words[] = {
    {"HTTP_X_POLICY_PROJECT", "X-Policy-Project", {"policy_project_id", NULL},
        AT(govern.project)},
    {"HTTP_X_POLICY_TARGET", "X-Policy-Target", {"policy_target", NULL},
        AT(target)},
    {"HTTP_X_POLICY_USER", "X-Policy-User", {"policy_user", "policy_user_id"},
        AT(user)},
    {NULL, NULL, {"policy_id", "policyId"}, AT(govern.policy)},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* The categories that are blocked for everybody. */
static uint16_t house(const struct conf *conf)
{
    uint16_t flags = FLAG_ALWAYS;

    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        if (conf->moderation_block[i])
            flags |= (uint16_t)(1u << i);
    return flags;
}

/* Make the judge, and with it the ruling where a policy governs. */
static int begin(struct call *call, bool ruled)
{
    struct judge *j = call->judge;

    if (j == NULL && (j = calloc(1, sizeof(*j))) != NULL) {
        j->blocked = house(call->settings->conf);
        call->judge = j;
    }
    if (j != NULL && ruled && j->ruling == NULL)
        j->ruling = calloc(1, sizeof(*j->ruling));
    if (j != NULL && (!ruled || j->ruling != NULL))
        return 0;
    return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
}

static bool legible(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 127)
            return false;
    return utf8_valid(text);
}

static int take(struct call *call, const struct word *word, const char *name,
    struct span text)
{
    char *to = (char *)call_ruling(call) + word->at;

    if (text.n >= word->size || !legible(text))
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, name,
            "%s must be at most %zu bytes of UTF-8 without control characters",
            name, word->size - 1);
    memcpy(to, text.p, text.n);
    to[text.n] = '\0';
    return 0;
}

static int read_headers(struct call *call)
{
    for (size_t i = 0; i < WORDS; i++) {
        const char *value = words[i].param != NULL
                                ? request_param(call->request, words[i].param)
                                : NULL;

        if (value != NULL && take(call, &words[i], words[i].header,
                                 (struct span){value, strlen(value)}) != 0)
            return -1;
    }
    return 0;
}

int judge_headers(struct call *call)
{
    if (!call->route->governed)
        return 0;
    if (begin(call, true) != 0)
        return -1;
    return read_headers(call);
}

static int read_key(struct call *call, const struct word *word, const char *key)
{
    uint32_t node = json_present(&call->doc, 0, key);
    struct buf text = {0};
    struct span said;
    int rc;

    if (node == JSON_NONE)
        return 0;
    if (json_kind(&call->doc, node) != JSON_STRING)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, key,
            "%s must be a string", key);
    said = json_view(&call->doc, node, &text);
    rc = text.failed
             ? fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "")
             : 0;
    if (rc == 0 && ((char *)call_ruling(call))[word->at] == '\0')
        rc = take(call, word, key, said);
    buf_free(&text);
    return rc;
}

static int read_keys(struct call *call)
{
    for (size_t i = 0; i < WORDS; i++)
        for (size_t k = 0; k < 2 && words[i].key[k] != NULL; k++)
            if (read_key(call, &words[i], words[i].key[k]) != 0)
                return -1;
    return 0;
}

/* A policy of that text may be known; else it is read, to be compiled when the
 * key has been accepted. */
int judge_inline(struct call *call, uint32_t node, const char *prefix)
{
    struct ruling *r = call_ruling(call);

    r->inline_policy = node;
    r->govern.brings_policy = true;
    policies_name_inline(json_raw(&call->doc, node), r->inline_name);
    r->entry = policies_find(call->worker->policies, r->inline_name);
    if (r->entry != NULL)
        return 0;
    return policy_doc_read(&r->doc, &call->doc, node, prefix, &call->fault);
}

/* Categories that the caller wants to be blocked, too. Others than those that
 * are known are nobody's concern. */
static int read_flagged(struct call *call)
{
    uint32_t list = json_present(&call->doc, 0, "flagged_categories"), name;
    struct buf text = {0};
    int rc = 0;

    for (name = list == JSON_NONE ? JSON_NONE : json_first(&call->doc, list);
         name != JSON_NONE; name = json_after(&call->doc, list, name))
        call->judge->blocked |= flag_meant(json_view(&call->doc, name, &text));
    if (text.failed)
        rc = fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    buf_free(&text);
    return rc;
}

/* On a surface that is not governed only a policy that comes along counts. */
static int read_policy(struct call *call, uint32_t node)
{
    if (node == JSON_NONE && !call->route->governed)
        return 0;
    if (!call->route->governed && read_headers(call) != 0)
        return -1;
    if (read_keys(call) != 0)
        return -1;
    return node != JSON_NONE ? judge_inline(call, node, "policy.") : 0;
}

int judge_body(struct call *call)
{
    uint32_t node = json_present(&call->doc, 0, "policy");

    if (node != JSON_NONE && json_kind(&call->doc, node) != JSON_OBJECT)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, "policy",
            "policy must be an object");
    if (judge_pictures(call) != 0)
        return -1;
    if (node == JSON_NONE && !call->route->governed &&
        !call->settings->conf->moderation)
        return 0;
    if (begin(call, call->route->governed || node != JSON_NONE) != 0 ||
        read_flagged(call) != 0)
        return -1;
    return read_policy(call, node);
}

/* Lists and counts are for whoever may be governed; no policy looks at them. */
static bool is_judged(const struct call *call)
{
    return call->route->work == ROUTE_COMPLETION ||
           call->route->work == ROUTE_SIMULATION;
}

struct store_govern *judge_govern(struct call *call)
{
    struct ruling *r = call_ruling(call);
    uint8_t digest[crypto_hash_sha256_BYTES] = {0};
    struct span target;

    if (r == NULL || !call->route->governed)
        return NULL;
    r->govern.brings_policy = r->govern.brings_policy || !is_judged(call);
    target = judge_target(call);
    memcpy(r->govern.target, target.p, target.n);
    if (r->user[0] != '\0')
        crypto_hash_sha256(
            digest, (const unsigned char *)r->user, strlen(r->user));
    memcpy(r->govern.subject, digest, sizeof(r->govern.subject));
    r->govern.strict = call->settings->conf->policy_strict_keys;
    r->govern.has_web_tools = call->completion.web_tools &&
                              call->route->work == ROUTE_COMPLETION &&
                              call->fault.code == REFUSE_NONE;
    return &r->govern;
}

static void free_ruling(struct ruling *r)
{
    if (r == NULL)
        return;
    if (r->judged)
        policy_verdict_free(&r->verdict);
    policies_release(r->entry);
    policy_doc_free(&r->doc);
    buf_free(&r->get.document);
    buf_free(&r->govern.web_tools);
    buf_free(&r->confined);
    buf_free(&r->request);
    buf_free(&r->metadata);
    buf_free(&r->event_text);
    buf_free(&r->rollback_text);
    free(r);
}

void judge_free(struct call *call)
{
    struct judge *j = call->judge;

    if (j == NULL)
        return;
    judge_unread(j);
    moderate_free(&j->moderate);
    screen_free(j->screen);
    free_ruling(j->ruling);
    free(j);
    call->judge = NULL;
}
