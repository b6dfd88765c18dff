#include "policy_event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mac.h"

/* What events of all types have. */
struct body {
    const char *type;
    struct span policy_id;
    const struct policy_doc *doc;   /* NULL: not known */
    const struct policy_verdict *v; /* NULL: nothing was judged */
    const char *reason, *mode;      /* without a verdict */
    struct span target;
};

/* What stands before a value; its length is known when this is compiled. */
#define NAME(key) ((struct span){",\"" key "\":", sizeof(",\"" key "\":") - 1})

static void put(struct buf *out, struct span text)
{
    buf_put(out, text.p, text.n);
}

static void text(struct buf *out, struct span name, struct span value)
{
    put(out, name);
    if (value.n > 0)
        json_quote(out, value);
    else
        buf_puts(out, "null");
}

static void word(struct buf *out, struct span name, const char *value)
{
    text(out, name, (struct span){value, value != NULL ? strlen(value) : 0});
}

static void time_of(struct buf *out, struct span name, uint64_t seconds)
{
    char words[32] = "\"\"";
    time_t t = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL)
        strftime(words, sizeof(words), "\"%Y-%m-%dT%H:%M:%SZ\"", &tm);
    put(out, name);
    buf_puts(out, words);
}

static void head(
    const struct policy_event *e, const struct body *b, struct buf *out)
{
    buf_puts(out, "{\"event_id\":");
    json_quote(out, e->event_id);
    word(out, NAME("event_type"), b->type);
    buf_puts(out, ",\"source\":\"policy_gateway\"");
    time_of(out, NAME("created_at"), e->created_at);
    text(out, NAME("user_id"), e->user_id);
    buf_puts(out, ",\"org_id\":null");
    text(out, NAME("policy_id"), b->policy_id);
    text(out, NAME("policy_name"),
        b->doc != NULL ? b->doc->name : (struct span){0});
    text(out, NAME("data_classification"),
        b->doc != NULL ? b->doc->classification : (struct span){0});
    text(out, NAME("history_id"), e->history_id);
}

static void judged(const struct policy_verdict *v, struct buf *out)
{
    policy_text_decisions(v, out);
    buf_puts(out, v->enforced ? ",\"enforced\":true" : ",\"enforced\":false");
    word(out, NAME("rollout_mode"), policy_mode_word(v->mode));
    word(out, NAME("reason_code"), v->reason);
    policy_text_hits(v, out);
}

static void not_judged(const struct body *b, struct buf *out)
{
    buf_puts(out, ",\"decision\":null,\"effective_decision\":null,"
                  "\"enforced\":null");
    word(out, NAME("rollout_mode"), b->mode);
    word(out, NAME("reason_code"), b->reason);
    buf_puts(out, ",\"triggered_categories\":[],\"allowlist_hits\":[],"
                  "\"denylist_hits\":[]");
}

/* All but the closing brace. */
static void write_body(
    const struct policy_event *e, const struct body *b, struct buf *out)
{
    head(e, b, out);
    if (b->v != NULL)
        judged(b->v, out);
    else
        not_judged(b, out);
    text(out, NAME("policy_target"), b->target);
    text(out, NAME("policy_user"), e->policy_user);
    text(out, NAME("quota_subject"),
        e->policy_user.n > 0 ? e->policy_user : e->user_id);
    text(out, NAME("project_id"), e->project_id);
    text(out, NAME("project_label"), e->project_label);
    text(out, NAME("model"), e->model);
    if (e->policy_version != 0) {
        put(out, NAME("policy_version"));
        buf_int(out, (long long)e->policy_version);
    }
}

static struct body body_of(const char *type, const struct policy_verdict *v)
{
    return (struct body){.type = type,
        .policy_id = v->policy->doc.id,
        .doc = &v->policy->doc,
        .v = v,
        .target = v->target};
}

void policy_event_write(const struct policy_event *e,
    const struct policy_verdict *v, struct buf *out)
{
    const struct body b = body_of("enforcement", v);

    write_body(e, &b, out);
    buf_puts(out, "}");
}

void policy_event_simulation(const struct policy_event *e,
    const struct policy_verdict *v, const struct policy_texts *categories,
    struct buf *out)
{
    const struct body b = body_of("simulation", v);

    write_body(e, &b, out);
    buf_puts(out, ",\"scenario_categories\":[");
    for (size_t i = 0; i < categories->count; i++) {
        buf_puts(out, i > 0 ? "," : "");
        json_quote(out, categories->of[i]);
    }
    buf_puts(out, "]}");
}

void policy_event_lost(const struct policy_event *e,
    const struct policy_lost *lost, struct buf *out)
{
    const struct body b = {.type = "enforcement",
        .policy_id = lost->policy_id,
        .reason = "WORKER_LOST",
        .target = lost->target};

    write_body(e, &b, out);
    buf_puts(out, "}");
}

void policy_event_revision(const struct policy_event *e,
    const struct policy_revision *r, struct buf *out)
{
    static const char *const words[] = {
        [POLICY_CREATED] = "create",
        [POLICY_UPDATED] = "update",
        [POLICY_RESTORED] = "restore",
        [POLICY_ROLLED_BACK_BY_ITSELF] = "rollback",
    };
    const bool spike = r->change == POLICY_ROLLED_BACK_BY_ITSELF;
    const struct body b = {.type = "revision",
        .policy_id = r->doc->id,
        .doc = r->doc,
        .reason = spike ? "ROLLBACK_ON_SPIKE" : NULL,
        .mode = spike ? policy_mode_word(POLICY_ROLLED_BACK) : NULL};
    struct policy_event of = *e;

    of.policy_version = r->version;
    write_body(&of, &b, out);
    word(out, NAME("change"), words[r->change]);
    if (r->change == POLICY_RESTORED) {
        put(out, NAME("restored_version"));
        buf_int(out, (long long)r->restored);
    }
    buf_puts(out, "}");
}

void policy_event_id(uint8_t id[16], char out[POLICY_EVENT_ID])
{
    size_t at = 0;

    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        mac_hex(id + i, 1, out + at);
        at += 2;
    }
}

void policy_event_user(const uint8_t id[16], char out[POLICY_EVENT_USER])
{
    memcpy(out, "user_", 5);
    mac_hex(id, 16, out + 5);
}
