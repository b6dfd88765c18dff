#include <stdlib.h>
#include <string.h>

#include "policy_field.h"

enum {
    NAME_BYTES = 256,
    WORDS_BYTES = 4096, /* of a description */
    CODES = 32,
    CODE_BYTES = 64
};

static const struct policy_choice periods[] = {
    {"daily", POLICY_DAILY},
    {"weekly", POLICY_WEEKLY},
    {"monthly", POLICY_MONTHLY},
    {NULL, 0},
};

/* ---- rules ---- */

static int read_terms(struct policy_reader *r, const struct policy_place *at,
    struct policy_texts *texts)
{
    if (policy_texts(r, at, POLICY_TERMS, POLICY_TERM_BYTES, texts) != 0)
        return -1;
    r->terms += texts->count;
    for (size_t i = 0; i < texts->count; i++)
        r->term_bytes += texts->of[i].n;
    if (r->terms > POLICY_TERMS)
        return policy_fault(
            r, at, "shorter: both lists have at most %d terms", POLICY_TERMS);
    if (r->term_bytes > POLICY_TERMS_BYTES)
        return policy_fault(r, at,
            "shorter: the terms of both lists have at most %d bytes",
            POLICY_TERMS_BYTES);
    return 0;
}

/* The action is what the newest word for it says. API.md 7.4. */
static int read_action(
    struct policy_reader *r, uint32_t rules, uint32_t replacement)
{
    int action = POLICY_REFUSE;
    bool rewrite = false;

    if (policy_boolean(r, WITHIN(rules, "rules", "rewrite_instead_of_refuse"),
            &rewrite) != 0 ||
        policy_word(r, IN(replacement, "refusal_replacement", "mode"),
            policy_actions, &action) != 0 ||
        policy_word(r, WITHIN(rules, "rules", "response_pattern"),
            policy_actions, &action) != 0 ||
        policy_word(r, WITHIN(rules, "rules", "enforcement_action"),
            policy_actions, &action) != 0)
        return -1;
    if (action == POLICY_REFUSE && rewrite)
        action = POLICY_REWRITE;
    r->to->action = (enum policy_decision)action;
    return 0;
}

static int read_rules(struct policy_reader *r, uint32_t root, uint32_t body)
{
    struct policy_doc *p = r->to;
    uint32_t rules, replacement;
    struct policy_place at = {.object = body,
        .key = "rules",
        .path = "rules",
        .root = true,
        .within = true};

    if (policy_object(r, &at, &rules) != 0 ||
        policy_object(r, TOP("refusal_replacement"), &replacement) != 0 ||
        read_terms(r, WITHIN(rules, "rules", "allowlist"), &p->allow) != 0 ||
        read_terms(r, WITHIN(rules, "rules", "denylist"), &p->deny) != 0 ||
        policy_texts(r, WITHIN(rules, "rules", "flagged_categories"),
            POLICY_LABELS, POLICY_LABEL_BYTES, &p->categories) != 0 ||
        policy_texts(r, WITHIN(rules, "rules", "reason_codes"), CODES,
            CODE_BYTES, &p->reason_codes) != 0 ||
        policy_boolean(r, WITHIN(rules, "rules", "redact"), &p->redact) != 0 ||
        policy_boolean(r, WITHIN(rules, "rules", "redact_pii"), &p->redact) !=
            0 ||
        policy_text(r,
            IN(replacement, "refusal_replacement", "escalation_path"),
            WORDS_BYTES, &p->escalation_path) != 0 ||
        policy_text(r, WITHIN(rules, "rules", "escalation_path"), WORDS_BYTES,
            &p->escalation_path) != 0)
        return -1;
    return read_action(r, rules, replacement);
}

/* ---- the rest ---- */

/* What "requests" and "tokens" of a quota may be: a number that money can
 * still be counted in. */
#define QUOTA_MAX INT64_C(1000000000000)

static int read_quota(struct policy_reader *r,
    const struct policy_place *places, uint32_t controls,
    struct policy_quota *quota)
{
    struct policy_place at[4];
    int period = POLICY_DAILY;
    int64_t requests = 0, tokens = 0;
    uint32_t node;

    memcpy(at, places, sizeof(at));
    at[0].object = controls;
    if (policy_object(r, &at[0], &node) != 0)
        return -1;
    at[1].object = at[2].object = at[3].object = node;
    if (policy_count(r, &at[1], 0, QUOTA_MAX, &requests) != 0 ||
        policy_count(r, &at[2], 0, QUOTA_MAX, &tokens) != 0 ||
        policy_word(r, &at[3], periods, &period) != 0)
        return -1;
    quota->requests = (uint64_t)requests;
    quota->tokens = (uint64_t)tokens;
    quota->period = (enum policy_period)period;
    return 0;
}

#define QUOTA(name)                                                            \
    (const struct policy_place[])                                              \
    {                                                                          \
        {.key = name, .path = "org_controls." name},                           \
            {.key = "requests", .path = "org_controls." name ".requests"},     \
            {.key = "tokens", .path = "org_controls." name ".tokens"},         \
        {                                                                      \
            .key = "window", .path = "org_controls." name ".window"            \
        }                                                                      \
    }

static int read_controls(struct policy_reader *r, uint32_t root)
{
    struct policy_doc *p = r->to;
    uint32_t node;

    if (policy_object(r, TOP("org_controls"), &node) != 0 ||
        policy_boolean(r, IN(node, "org_controls", "project_keys"),
            &p->project_keys) != 0 ||
        policy_boolean(
            r, IN(node, "org_controls", "user_quotas"), &p->user_quotas) != 0 ||
        policy_boolean(r, IN(node, "org_controls", "audit_logs"), &p->audit) !=
            0 ||
        policy_text(r, IN(node, "org_controls", "data_classification"),
            NAME_BYTES, &p->classification) != 0 ||
        policy_text(r, TOP("classification"), NAME_BYTES, &p->classification) !=
            0 ||
        read_quota(r, QUOTA("user_quota"), node, &p->user_quota) != 0)
        return -1;
    return read_quota(r, QUOTA("project_quota"), node, &p->project_quota);
}

/* The name as an id: letters and digits, with a hyphen for all between. */
static struct span slug(struct policy_reader *r, struct span name)
{
    struct span id = {r->to->text + r->text_used, 0};
    char *to = r->to->text + r->text_used, c;

    for (size_t i = 0; i < name.n && id.n < POLICY_LABEL_BYTES; i++) {
        c = name.p[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            to[id.n++] = c;
        else if (id.n > 0 && to[id.n - 1] != '-')
            to[id.n++] = '-';
    }
    while (id.n > 0 && to[id.n - 1] == '-')
        id.n--;
    r->text_used += id.n;
    return id;
}

static int read_id(struct policy_reader *r, uint32_t root)
{
    struct policy_doc *p = r->to;
    const struct span id = r->id;

    if (id.n > 0 && p->id.n > 0 &&
        (p->id.n != id.n || memcmp(p->id.p, id.p, id.n) != 0))
        return policy_fault(
            r, TOP("policy_id"), "%.*s, or left out", (int)id.n, id.p);
    if (id.n > 0)
        p->id = policy_keep(r, id);
    if (p->id.n == 0)
        p->id = slug(r, p->name);
    if (p->id.n == 0 && p->prefix[0] != '\0' && !r->kept)
        p->id = policy_keep(r, (struct span){"inline", 6});
    if (p->id.n == 0)
        return policy_fault(r, TOP("policy_id"), "given, or a name");
    for (size_t i = 0; i < p->id.n; i++)
        if ((unsigned char)p->id.p[i] < 0x20 || p->id.p[i] == 0x7f)
            return policy_fault(
                r, TOP("policy_id"), "without control characters");
    return 0;
}

static int read_names(struct policy_reader *r, uint32_t root)
{
    struct policy_doc *p = r->to;

    if (policy_text(r, TOP("policy_id"), POLICY_LABEL_BYTES, &p->id) != 0 ||
        policy_text(r, TOP("name"), NAME_BYTES, &p->name) != 0 ||
        policy_text(r, TOP("owner"), NAME_BYTES, &p->owner) != 0 ||
        policy_text(r, TOP("description"), WORDS_BYTES, &p->description) != 0)
        return -1;
    return read_id(r, root);
}

/* The two published forms do not mix: what stands where the form has no place
 * for it would be lost, and with it what it forbids. */
static int check_form(struct policy_reader *r, uint32_t root, uint32_t config)
{
#define INSIDE(name)                                                           \
    {                                                                          \
        .object = config, .key = name, .path = name, .within = true            \
    }
    const struct policy_place outside[] = {*TOP("rules"), *TOP("deployment")};
    const struct policy_place inside[] = {INSIDE("org_controls"),
        INSIDE("rollout"), INSIDE("refusal_replacement")};
#undef INSIDE

    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        if (policy_look_up(r, &outside[i]) != JSON_NONE)
            return policy_fault(r, &outside[i], "in config, if there is one");
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        if (policy_look_up(r, &inside[i]) != JSON_NONE)
            return policy_fault(r, &inside[i], "outside of config");
    return 0;
}

static int read_all(struct policy_reader *r, uint32_t root)
{
    struct policy_doc *p = r->to;
    uint32_t body;

    if (json_kind(r->doc, root) != JSON_OBJECT)
        return fault_set(r->fault, REFUSE_INVALID_REQUEST,
            p->prefix[0] != '\0' ? "policy" : NULL,
            "a policy must be an object");
    if (policy_object(r, TOP("config"), &body) != 0)
        return -1;
    p->within = body != JSON_NONE ? "config." : "";
    if (body != JSON_NONE && check_form(r, root, body) != 0)
        return -1;
    body = body != JSON_NONE ? body : root;
    if (read_names(r, root) != 0 || read_rules(r, root, body) != 0 ||
        read_controls(r, root) != 0)
        return -1;
    return policy_doc_rollout(r, root, body);
}

/* As much memory as all texts and lists can take: a decoded text is never
 * longer than it was in JSON; a name may be there a second time as the id. */
static int make_room(const struct policy_reader *r, uint32_t node)
{
    const struct json_doc *doc = r->doc;
    struct policy_doc *p = r->to;

    p->text =
        malloc(json_raw(doc, node).n + NAME_BYTES + sizeof("inline") + r->id.n);
    p->spans = calloc(doc->nodes[node].next - node + 1, sizeof(*p->spans));
    return p->text != NULL && p->spans != NULL ? 0 : -1;
}

int policy_doc_at(struct policy_reader *r, uint32_t node, const char *prefix)
{
    struct policy_doc *p = r->to;
    int rc = -1;

    *p = (struct policy_doc){
        .project_keys = true,
        .user_quotas = true,
        .audit = true,
        .canary.share = POLICY_ALL,
        .shadow.share = POLICY_ALL,
        .rollback = {.threshold = POLICY_ALL / 4,
            .min_requests = 20,
            .window_minutes = 15,
            .cooldown_minutes = 30,
            .decisions = 1u << POLICY_REFUSE | 1u << POLICY_ESCALATE},
        .prefix = prefix,
        .within = "",
    };
    if (make_room(r, node) == 0)
        rc = read_all(r, node);
    else
        fault_set(r->fault, REFUSE_INTERNAL, NULL, "%s", "");
    if (rc == 0 && r->scratch.failed)
        rc = fault_set(r->fault, REFUSE_INTERNAL, NULL, "%s", "");
    buf_free(&r->scratch);
    if (rc != 0)
        policy_doc_free(p);
    return rc;
}

int policy_doc_read(struct policy_doc *p, const struct json_doc *doc,
    uint32_t node, const char *prefix, struct fault *fault)
{
    struct policy_reader r = {.doc = doc, .to = p, .fault = fault};

    return policy_doc_at(&r, node, prefix);
}

void policy_doc_free(struct policy_doc *p)
{
    free(p->text);
    free(p->spans);
    *p = (struct policy_doc){0};
}
