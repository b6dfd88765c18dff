#include "pii.h"
#include "policy_event.h"

/* ---- what the model gets ---- */

/* Bytes of a list of hits, be it for a model, callers or auditors. */
enum { LIST_BYTES = 4 << 10 };

static void topics(const struct policy_verdict *v, struct buf *out)
{
    const struct policy_doc *doc = &v->policy->doc;
    const size_t begin = out->len;
    const char *comma = "";

    for (size_t i = 0; i < v->categories.count; i++) {
        buf_puts(out, comma);
        json_quote(out, doc->categories.of[v->categories.of[i]]);
        comma = ", ";
    }
    for (size_t i = 0; i < v->deny.count && out->len - begin < LIST_BYTES;
         i++) {
        buf_puts(out, comma);
        json_quote(out, doc->deny.of[v->deny.of[i]]);
        comma = ", ";
    }
}

void policy_note(const struct policy_verdict *v, struct buf *out)
{
    if (v->effective == POLICY_REWRITE) {
        buf_puts(out, "Parts of the user's request were removed because they "
                      "touch on topics that are not allowed here: ");
        topics(v, out);
        buf_puts(out, ". Do not discuss these. Offer a safe alternative that "
                      "serves the rest of the request.");
    } else if (v->effective == POLICY_SUMMARY) {
        buf_puts(out, "Answer with a short, high-level summary and no "
                      "operational detail. Not allowed here: ");
        topics(v, out);
        buf_puts(out, ".");
    }
}

/* ---- what callers and auditors get ---- */

static void name(struct buf *out, const char *key)
{
    buf_puts(out, ",\"");
    buf_puts(out, key);
    buf_puts(out, "\":");
}

/* Of words that need no escape. */
static void member(struct buf *out, const char *key, const char *word)
{
    name(out, key);
    buf_puts(out, "\"");
    buf_puts(out, word);
    buf_puts(out, "\"");
}

/* Each frame of a stream repeats them, and an event has its limit. ${also}, if
 * it is not NULL, is told in any case. Returns how many were left out. */
static size_t list(struct buf *out, const char *key,
    const struct policy_texts *texts, const struct policy_hits *hits,
    const char *also)
{
    size_t begin, before, told = 0;

    name(out, key);
    buf_puts(out, "[");
    begin = out->len;
    for (; told < hits->count; told++) {
        before = out->len;
        buf_puts(out, told > 0 ? "," : "");
        json_quote(out, texts->of[hits->of[told]]);
        if (out->len - begin <= LIST_BYTES)
            continue;
        out->len = before;
        break;
    }
    if (also != NULL)
        buf_printf(out, "%s\"%s\"", told > 0 ? "," : "", also);
    buf_puts(out, "]");
    return hits->count - told;
}

/* What moderation has found, unless the policy's own hits tell of it. */
static const char *moderated(const struct policy_verdict *v)
{
    const struct policy_texts *listed = &v->policy->doc.categories;

    if (v->moderated == NULL)
        return NULL;
    for (size_t i = 0; i < v->categories.count; i++)
        if (span_is(listed->of[v->categories.of[i]], v->moderated))
            return NULL;
    return v->moderated;
}

void policy_text_decisions(const struct policy_verdict *v, struct buf *out)
{
    member(out, "decision", policy_decision_word(v->decision));
    member(out, "effective_decision", policy_decision_word(v->effective));
}

void policy_text_hits(const struct policy_verdict *v, struct buf *out)
{
    const struct policy_doc *doc = &v->policy->doc;
    size_t more = 0;

    more += list(out, "triggered_categories", &doc->categories, &v->categories,
        moderated(v));
    more += list(out, "allowlist_hits", &doc->allow, &v->allow, NULL);
    more += list(out, "denylist_hits", &doc->deny, &v->deny, NULL);
    if (more > 0)
        buf_printf(out, ",\"omitted_hits\":%zu", more);
}

/* Only where a policy looks for them. */
static void put_redacted(const struct policy_verdict *v, struct buf *out)
{
    const char *comma = "";

    if (!v->policy->doc.redact || !v->enforced)
        return;
    buf_puts(out, ",\"redacted_spans\":[");
    for (unsigned i = 0; i < PII_KINDS; i++) {
        if (!(v->redacted & PII_BIT(i)))
            continue;
        buf_printf(out, "%s\"%s\"", comma, pii_word(i));
        comma = ",";
    }
    buf_puts(out, "]");
}

void policy_metadata(const struct policy_verdict *v, struct buf *out)
{
    buf_puts(out, "{\"policy_id\":");
    json_quote(out, v->policy->doc.id);
    policy_text_decisions(v, out);
    member(out, "reason_code", v->reason);
    policy_text_hits(v, out);
    member(out, "rollout_mode", policy_mode_word(v->mode));
    buf_puts(out, v->enforced ? ",\"enforced\":true" : ",\"enforced\":false");
    buf_puts(out, ",\"policy_target\":");
    json_quote(out, v->target);
    put_redacted(v, out);
    buf_puts(out, "}");
}
