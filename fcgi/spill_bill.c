#include "spill_bill.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"

/* ---- writing ---- */

size_t spill_bill_plain(
    const struct store_settle *b, char line[SPILL_BILL_PLAIN])
{
    char id[2 * STORE_ID + 1];
    int n;

    mac_hex(b->request, STORE_ID, id);
    n = snprintf(line, SPILL_BILL_PLAIN, "%s %d %llu %llu %d %u %lld\n", id,
        b->usage.known, (unsigned long long)b->usage.tokens_in,
        (unsigned long long)b->usage.tokens_out, b->free_of_charge, b->flags,
        (long long)b->now);
    return (size_t)n;
}

static void write_text(struct buf *out, const char *key, struct span text)
{
    buf_printf(out, ",\"%s\":", key);
    json_quote(out, text);
}

static void write_word(struct buf *out, const char *key, const char *word)
{
    write_text(out, key, (struct span){word, strlen(word)});
}

static void write_id(
    struct buf *out, const char *key, const uint8_t id[STORE_ID])
{
    char hex[2 * STORE_ID + 1];

    mac_hex(id, STORE_ID, hex);
    write_word(out, key, hex);
}

static void write_event(const struct store_event_add *e, struct buf *out)
{
    buf_printf(out, "\"flagged\":%s", e->flagged ? "true" : "false");
    write_id(out, "id", e->id);
    write_word(out, "project", e->project);
    write_word(out, "target", e->target);
    write_word(out, "policy", e->policy);
    buf_printf(out,
        ",\"window\":%u,\"least\":%u,\"threshold\":%u,\"cooldown\":%u",
        e->rule.window_minutes, e->rule.min_requests, e->rule.threshold_ppm,
        e->rule.cooldown_minutes);
    write_text(out, "text", e->text);
    write_id(out, "rollback_id", e->rollback_id);
    write_text(out, "rollback", e->rollback);
}

/* More tokens than a signed number holds are as unknown as that many. */
static long long tokens(uint64_t n)
{
    return n > INT64_MAX ? INT64_MAX : (long long)n;
}

void spill_bill_full(const struct store_settle *settle, struct buf *out)
{
    const struct usage *u = &settle->usage;

    buf_printf(out, "{\"known\":%s,\"in\":%lld,\"out\":%lld",
        u->known ? "true" : "false", tokens(u->tokens_in),
        tokens(u->tokens_out));
    write_id(out, "request", settle->request);
    buf_printf(out, ",\"free\":%s,\"flags\":%u,\"now\":%lld,\"event\":{",
        settle->free_of_charge ? "true" : "false", settle->flags,
        (long long)settle->now);
    write_event(settle->event, out);
    buf_puts(out, "}}\n");
}

/* ---- reading ---- */

static int read_plain(struct span line, struct store_settle *b)
{
    char text[SPILL_BILL_PLAIN], id[2 * STORE_ID + 1], end;
    unsigned long long in, out;
    unsigned known, free_of_charge, flags;
    long long now;

    if (line.n >= sizeof(text))
        return -1;
    memcpy(text, line.p, line.n);
    text[line.n] = '\0';
    if (sscanf(text, "%32s %u %llu %llu %u %u %lld%c", id, &known, &in, &out,
            &free_of_charge, &flags, &now, &end) != 8 ||
        end != '\n' || mac_unhex(id, STORE_ID, b->request) != 0)
        return -1;
    b->usage = (struct usage){known != 0, in, out};
    b->free_of_charge = free_of_charge != 0;
    b->flags = (uint8_t)flags;
    b->now = now;
    return 0;
}

/* What is being read. What is wrong is latched. */
struct reader {
    struct json_doc doc;
    uint32_t object;
    bool bad, no_memory;
};

static int64_t number(struct reader *r, const char *key, int64_t most)
{
    int64_t value = 0;

    if (json_int(&r->doc, json_member(&r->doc, r->object, key), &value) != 0 ||
        value < 0 || value > most)
        r->bad = true;
    return value;
}

static bool truth(struct reader *r, const char *key)
{
    const uint32_t node = json_member(&r->doc, r->object, key);
    const enum json_kind kind = json_kind(&r->doc, node);

    if (node == JSON_NONE || (kind != JSON_TRUE && kind != JSON_FALSE))
        r->bad = true;
    return kind == JSON_TRUE;
}

static void text(struct reader *r, const char *key, struct buf *out)
{
    const uint32_t node = json_member(&r->doc, r->object, key);

    if (node != JSON_NONE && json_kind(&r->doc, node) == JSON_STRING)
        json_string(&r->doc, node, out);
    else
        r->bad = true;
    if (out->failed)
        r->no_memory = true;
}

static void word(struct reader *r, const char *key, char *out, size_t size)
{
    struct buf b = {0};

    text(r, key, &b);
    if (b.len >= size)
        r->bad = true;
    else if (buf_terminate(&b) == NULL)
        r->no_memory = true;
    else
        memcpy(out, b.data, b.len + 1);
    buf_free(&b);
}

static void id(struct reader *r, const char *key, uint8_t out[STORE_ID])
{
    char hex[2 * STORE_ID + 1] = "";

    word(r, key, hex, sizeof(hex));
    if (!r->bad && !r->no_memory && mac_unhex(hex, STORE_ID, out) != 0)
        r->bad = true;
}

static void read_settle(struct reader *r, struct store_settle *b)
{
    id(r, "request", b->request);
    b->usage.known = truth(r, "known");
    b->usage.tokens_in = (uint64_t)number(r, "in", INT64_MAX);
    b->usage.tokens_out = (uint64_t)number(r, "out", INT64_MAX);
    b->free_of_charge = truth(r, "free");
    b->flags = (uint8_t)number(r, "flags", UINT8_MAX);
    b->now = number(r, "now", INT64_MAX);
}

static void read_event(struct reader *r, struct spill_bill *bill)
{
    struct store_event_add *e = &bill->event;

    id(r, "id", e->id);
    id(r, "rollback_id", e->rollback_id);
    word(r, "project", e->project, sizeof(e->project));
    word(r, "target", e->target, sizeof(e->target));
    word(r, "policy", e->policy, sizeof(e->policy));
    e->flagged = truth(r, "flagged");
    e->rule = (struct spike_rule){
        .window_minutes = (uint32_t)number(r, "window", UINT32_MAX),
        .min_requests = (uint32_t)number(r, "least", UINT32_MAX),
        .threshold_ppm = (uint32_t)number(r, "threshold", UINT32_MAX),
        .cooldown_minutes = (uint32_t)number(r, "cooldown", UINT32_MAX),
    };
    text(r, "text", &bill->text);
    text(r, "rollback", &bill->rollback);
    e->text = (struct span){bill->text.data, bill->text.len};
    e->rollback = (struct span){bill->rollback.data, bill->rollback.len};
    bill->settle.event = e;
}

static int read_object(struct span line, struct spill_bill *bill)
{
    struct reader r = {0};
    const enum json_error error = json_parse(&r.doc, line.p, line.n);
    int result = error == JSON_NO_MEMORY ? 1 : -1;

    if (error == JSON_OK && line.p[line.n - 1] == '\n') {
        read_settle(&r, &bill->settle);
        r.object = json_member(&r.doc, 0, "event");
        if (r.object == JSON_NONE)
            r.bad = true;
        else
            read_event(&r, bill);
        result = r.no_memory ? 1 : r.bad ? -1 : 0;
    }
    json_free(&r.doc);
    return result;
}

int spill_bill_read(struct span line, struct spill_bill *bill)
{
    int result;

    *bill = (struct spill_bill){.settle.verb.kind = STORE_SETTLE};
    if (line.n == 0)
        return -1;
    result = line.p[0] == '{' ? read_object(line, bill)
                              : read_plain(line, &bill->settle);
    if (result != 0)
        spill_bill_free(bill);
    return result;
}

void spill_bill_free(struct spill_bill *bill)
{
    buf_free(&bill->text);
    buf_free(&bill->rollback);
}
