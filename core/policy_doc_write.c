#include "policy_doc.h"

#include <string.h>

/* A name with its colon, after a comma unless it is the first. */
static void name(struct buf *out, const char *key)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        buf_puts(out, ",");
    buf_printf(out, "\"%s\":", key);
}

static void text(struct buf *out, const char *key, struct span value)
{
    if (value.n == 0)
        return;
    name(out, key);
    json_quote(out, value);
}

static void boolean(struct buf *out, const char *key, bool value)
{
    name(out, key);
    buf_puts(out, value ? "true" : "false");
}

static void number(struct buf *out, const char *key, uint64_t value)
{
    name(out, key);
    buf_printf(out, "%llu", (unsigned long long)value);
}

/* So many parts of POLICY_ALL as a decimal number of which whole (1 or 100)
 * are all. */
static void share(
    struct buf *out, const char *key, uint32_t parts, uint32_t whole)
{
    uint32_t unit = POLICY_ALL / whole;
    uint32_t rest = parts % unit;

    name(out, key);
    buf_printf(out, "%u", parts / unit);
    if (rest > 0)
        buf_puts(out, ".");
    for (uint32_t place = unit / 10; rest > 0; place /= 10) {
        buf_printf(out, "%u", rest / place);
        rest %= place;
    }
}

static void texts(
    struct buf *out, const char *key, const struct policy_texts *list)
{
    name(out, key);
    buf_puts(out, "[");
    for (size_t i = 0; i < list->count; i++) {
        buf_puts(out, i > 0 ? "," : "");
        json_quote(out, list->of[i]);
    }
    buf_puts(out, "]");
}

static void rules(struct buf *out, const struct policy_doc *p)
{
    name(out, "rules");
    buf_puts(out, "{");
    texts(out, "allowlist", &p->allow);
    texts(out, "denylist", &p->deny);
    texts(out, "flagged_categories", &p->categories);
    boolean(out, "redact", p->redact);
    text(out, "response_pattern",
        (struct span){policy_decision_word(p->action),
            strlen(policy_decision_word(p->action))});
    if (p->reason_codes.count > 0)
        texts(out, "reason_codes", &p->reason_codes);
    buf_puts(out, "}");
}

static void quota(
    struct buf *out, const char *key, const struct policy_quota *q)
{
    name(out, key);
    buf_puts(out, "{");
    number(out, "requests", q->requests);
    number(out, "tokens", q->tokens);
    name(out, "window");
    buf_printf(out, "\"%s\"}", policy_period_word(q->period));
}

static void controls(struct buf *out, const struct policy_doc *p)
{
    name(out, "org_controls");
    buf_puts(out, "{");
    boolean(out, "project_keys", p->project_keys);
    boolean(out, "user_quotas", p->user_quotas);
    boolean(out, "audit_logs", p->audit);
    quota(out, "user_quota", &p->user_quota);
    quota(out, "project_quota", &p->project_quota);
    buf_puts(out, "}");
}

static void sample(
    struct buf *out, const char *key, const struct policy_sample *s)
{
    name(out, key);
    buf_puts(out, "{");
    boolean(out, "enabled", s->enabled);
    share(out, "sample_percent", s->share, 100);
    texts(out, "targets", &s->targets);
    buf_puts(out, "}");
}

static void rollout(struct buf *out, const struct policy_doc *p)
{
    const struct policy_rollback *back = &p->rollback;
    const char *comma = "";

    name(out, "rollout");
    buf_puts(out, "{");
    sample(out, "shadow", &p->shadow);
    sample(out, "canary", &p->canary);
    boolean(out, "rollback_on_spike", back->enabled);
    share(out, "rollback_threshold", back->threshold, 1);
    number(out, "rollback_min_requests", back->min_requests);
    number(out, "rollback_window_minutes", back->window_minutes);
    number(out, "rollback_cooldown_minutes", back->cooldown_minutes);
    name(out, "rollback_decisions");
    buf_puts(out, "[");
    for (int d = 0; d < POLICY_DECISIONS; d++)
        if ((back->decisions & 1u << d) != 0) {
            buf_printf(out, "%s\"%s\"", comma, policy_decision_word(d));
            comma = ",";
        }
    buf_puts(out, "]}");
}

void policy_doc_write(const struct policy_doc *p, struct buf *out)
{
    struct buf own = {0};

    buf_puts(&own, "{");
    text(&own, "policy_id", p->id);
    text(&own, "name", p->name);
    text(&own, "owner", p->owner);
    text(&own, "description", p->description);
    text(&own, "classification", p->classification);
    rules(&own, p);
    controls(&own, p);
    rollout(&own, p);
    if (p->escalation_path.n > 0) {
        name(&own, "refusal_replacement");
        buf_puts(&own, "{");
        text(&own, "escalation_path", p->escalation_path);
        buf_puts(&own, "}");
    }
    buf_puts(&own, "}");
    out->failed = out->failed || own.failed;
    buf_put(out, own.data, own.len);
    buf_free(&own);
}
