#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "portable.h"

/* An enumeration, a byte or four wide, is written by name: its index here. */
static const char *const plans[] = {"standard", "policy", NULL};
static const char *const callers[] = {"key", "device", NULL};
static const char *const endings[] = {
    "", "settled", "released", "expired", NULL};
static const char *const types[] = {
    "", "grant", "settle", "adjust", "expire", NULL};

enum type { HEX, TEXT, NUMBER, AMOUNT, TRUTH, NAMED };

struct field {
    const char *name; /* NULL: the end */
    enum type type;
    size_t offset;
    size_t size;
    const char *const *names;
};

#define FIELD(s, type, name, member)                                           \
    {                                                                          \
        name, type, offsetof(struct s, member),                                \
            sizeof(((struct s *)NULL)->member), NULL                           \
    }
#define ENUM(s, name, member, names)                                           \
    {                                                                          \
        name, NAMED, offsetof(struct s, member),                               \
            sizeof(((struct s *)NULL)->member), names                          \
    }
#define END                                                                    \
    {                                                                          \
        NULL, HEX, 0, 0, NULL                                                  \
    }

static const struct field account_fields[] = {
    FIELD(store_account, HEX, "id", id),
    FIELD(store_account, TEXT, "email", email),
    FIELD(store_account, TEXT, "password", password),
    ENUM(store_account, "plan", plan, plans),
    FIELD(store_account, TRUTH, "suspended", suspended),
    FIELD(store_account, NUMBER, "journal_seq", journal_seq),
    FIELD(store_account, AMOUNT, "created", created),
    FIELD(store_account, AMOUNT, "posted", balance.posted),
    FIELD(store_account, AMOUNT, "held", balance.held),
    END,
};

static const struct field hold_fields[] = {
    FIELD(portable_hold, HEX, "request", request),
    ENUM(portable_hold, "caller", row.caller, callers),
    FIELD(portable_hold, HEX, "account", row.account),
    FIELD(portable_hold, HEX, "device", row.device),
    FIELD(portable_hold, TEXT, "key_id", row.key_id),
    FIELD(portable_hold, HEX, "nonce", row.nonce),
    FIELD(portable_hold, AMOUNT, "amount", row.amount),
    FIELD(portable_hold, NUMBER, "max_out", row.max_out),
    FIELD(portable_hold, NUMBER, "est_in", row.est_in),
    FIELD(portable_hold, NUMBER, "out_so_far", row.out_so_far),
    FIELD(portable_hold, TRUTH, "accepted", row.accepted),
    FIELD(portable_hold, NUMBER, "n", row.n),
    FIELD(portable_hold, NUMBER, "usd_micro_per_mtok",
        row.price.usd_micro_per_mtok),
    FIELD(portable_hold, NUMBER, "tokens_per_credit",
        row.price.tokens_per_credit),
    FIELD(portable_hold, NUMBER, "slot", row.slot),
    FIELD(portable_hold, NUMBER, "incarnation", row.incarnation),
    FIELD(portable_hold, AMOUNT, "created", row.created),
    FIELD(portable_hold, AMOUNT, "boot", row.boot),
    FIELD(portable_hold, AMOUNT, "lease_until", row.lease_until),
    FIELD(portable_hold, TRUTH, "has_idempotency", row.has_idempotency),
    FIELD(portable_hold, HEX, "idempotency_key", row.idempotency_key),
    END,
};

static const struct field book_fields[] = {
    FIELD(portable_book, NUMBER, "part", part),
    FIELD(portable_book, AMOUNT, "grants", row.grants),
    FIELD(portable_book, AMOUNT, "revenue", row.revenue),
    FIELD(portable_book, AMOUNT, "uncollected", row.uncollected),
    END,
};

static const struct field entry_fields[] = {
    FIELD(ledger_entry, HEX, "account", account),
    FIELD(ledger_entry, NUMBER, "seq", seq),
    ENUM(ledger_entry, "type", type, types),
    FIELD(ledger_entry, NUMBER, "flags", flags),
    FIELD(ledger_entry, AMOUNT, "amount", amount),
    FIELD(ledger_entry, AMOUNT, "uncollected", uncollected),
    FIELD(ledger_entry, AMOUNT, "posted_after", posted_after),
    FIELD(ledger_entry, AMOUNT, "held_after", held_after),
    FIELD(ledger_entry, AMOUNT, "time", time),
    FIELD(ledger_entry, HEX, "request", request),
    FIELD(ledger_entry, NUMBER, "tokens_in", tokens_in),
    FIELD(ledger_entry, NUMBER, "tokens_out", tokens_out),
    FIELD(ledger_entry, HEX, "mac", mac),
    END,
};

#define PART(name, i)                                                          \
    FIELD(rollup, NUMBER, name "_entries", part[i].entries),                   \
        FIELD(rollup, AMOUNT, name "_amount", part[i].amount),                 \
        FIELD(rollup, AMOUNT, name "_uncollected", part[i].uncollected),       \
        FIELD(rollup, NUMBER, name "_tokens_in", part[i].tokens_in),           \
        FIELD(rollup, NUMBER, name "_tokens_out", part[i].tokens_out)

static const struct field rollup_fields[] = {
    FIELD(rollup, HEX, "account", sum.account),
    FIELD(rollup, NUMBER, "first", sum.first),
    FIELD(rollup, NUMBER, "seq", sum.seq),
    FIELD(rollup, AMOUNT, "day", day),
    FIELD(rollup, AMOUNT, "posted_after", sum.posted_after),
    FIELD(rollup, AMOUNT, "held_after", sum.held_after),
    FIELD(rollup, AMOUNT, "time", sum.time),
    PART("grant", LEDGER_GRANT - 1),
    PART("settle", LEDGER_SETTLE - 1),
    PART("adjust", LEDGER_ADJUST - 1),
    PART("expire", LEDGER_EXPIRE - 1),
    FIELD(rollup, HEX, "before_mac", before),
    FIELD(rollup, HEX, "last_mac", sum.mac),
    FIELD(rollup, HEX, "mac", mac),
    END,
};

static const struct field done_fields[] = {
    FIELD(portable_done, HEX, "request", request),
    ENUM(portable_done, "ending", row.ending, endings),
    ENUM(portable_done, "caller", row.caller, callers),
    FIELD(portable_done, HEX, "account", row.account),
    FIELD(portable_done, NUMBER, "seq", row.seq),
    FIELD(portable_done, AMOUNT, "credits", row.charge.credits),
    FIELD(portable_done, AMOUNT, "collected", row.charge.collected),
    FIELD(portable_done, AMOUNT, "uncollected", row.charge.uncollected),
    FIELD(portable_done, TRUTH, "overrun", row.charge.overrun),
    FIELD(portable_done, AMOUNT, "posted", row.posted),
    FIELD(portable_done, NUMBER, "flags", row.flags),
    FIELD(portable_done, AMOUNT, "time", row.time),
    FIELD(portable_done, AMOUNT, "held", row.held),
    FIELD(portable_done, NUMBER, "usd_micro_per_mtok",
        row.price.usd_micro_per_mtok),
    FIELD(portable_done, NUMBER, "tokens_per_credit",
        row.price.tokens_per_credit),
    FIELD(portable_done, TRUTH, "corrected", row.corrected),
    FIELD(portable_done, NUMBER, "adjust_seq", row.adjust_seq),
    FIELD(portable_done, TRUTH, "has_idempotency", row.has_idempotency),
    FIELD(portable_done, HEX, "idempotency_key", row.idempotency_key),
    END,
};

static const struct field key_fields[] = {
    FIELD(store_key, TEXT, "id", id),
    FIELD(store_key, HEX, "digest", digest),
    FIELD(store_key, HEX, "account", account),
    FIELD(store_key, TEXT, "project", project),
    FIELD(store_key, TEXT, "label", label),
    FIELD(store_key, TEXT, "preview", preview),
    FIELD(store_key, AMOUNT, "created", created),
    FIELD(store_key, AMOUNT, "expires", expires),
    FIELD(store_key, TRUTH, "revoked", revoked),
    END,
};

static const struct field device_fields[] = {
    FIELD(portable_device, HEX, "device", device),
    FIELD(portable_device, AMOUNT, "time", row.time),
    FIELD(portable_device, HEX, "request", row.request),
    END,
};

static const struct field day_fields[] = {
    FIELD(portable_day, NUMBER, "day", day),
    FIELD(portable_day, NUMBER, "calls", calls),
    END,
};

static const struct field grant_fields[] = {
    FIELD(portable_grant, HEX, "account", account),
    FIELD(portable_grant, HEX, "name", name),
    FIELD(portable_grant, AMOUNT, "credits", row.credits),
    FIELD(portable_grant, TEXT, "note", row.note),
    FIELD(portable_grant, NUMBER, "seq", row.seq),
    FIELD(portable_grant, AMOUNT, "posted", row.posted),
    FIELD(portable_grant, AMOUNT, "time", row.time),
    END,
};

static const struct field call_fields[] = {
    FIELD(portable_call, HEX, "account", account),
    FIELD(portable_call, HEX, "name", name),
    FIELD(portable_call, HEX, "body", row.body),
    FIELD(portable_call, HEX, "request", row.request),
    FIELD(portable_call, TRUTH, "ended", row.ended),
    FIELD(portable_call, AMOUNT, "credits", row.credits),
    FIELD(portable_call, AMOUNT, "time", row.time),
    END,
};

static const struct field purged_fields[] = {
    FIELD(portable_purged, AMOUNT, "time", time),
    END,
};

static const struct {
    const char *name;
    const struct field *fields;
} kinds[PORTABLE_COUNT] = {
    [PORTABLE_ACCOUNT] = {"account", account_fields},
    [PORTABLE_HOLD] = {"hold", hold_fields},
    [PORTABLE_BOOK] = {"book", book_fields},
    [PORTABLE_ENTRY] = {"entry", entry_fields},
    [PORTABLE_ROLLUP] = {"rollup", rollup_fields},
    [PORTABLE_DONE] = {"done", done_fields},
    [PORTABLE_KEY] = {"key", key_fields},
    [PORTABLE_DEVICE] = {"device", device_fields},
    [PORTABLE_DAY] = {"day", day_fields},
    [PORTABLE_GRANT] = {"grant", grant_fields},
    [PORTABLE_CALL] = {"call", call_fields},
    [PORTABLE_PURGED] = {"purged", purged_fields},
};

const char *portable_name(enum portable kind)
{
    return kinds[kind].name;
}

/* ---- numbers of any width ---- */

static uint64_t number_get(const void *p, size_t size)
{
    uint32_t word;
    uint64_t wide;

    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 4:
        memcpy(&word, p, 4);
        return word;
    default:
        assert(size == 8);
        memcpy(&wide, p, 8);
        return wide;
    }
}

static int number_set(void *p, size_t size, uint64_t value)
{
    const uint32_t word = (uint32_t)value;

    if (size < 8 && value >> (8 * size) != 0)
        return -1;
    if (size == 1)
        *(uint8_t *)p = (uint8_t)value;
    else if (size == 4)
        memcpy(p, &word, 4);
    else
        memcpy(p, &value, 8);
    return 0;
}

/* ---- writing ---- */

static const char *name_of(const struct field *f, uint64_t value)
{
    for (uint64_t i = 0; f->names[i] != NULL; i++)
        if (i == value)
            return f->names[i];
    return "";
}

static int write_text(struct span text, struct buf *out)
{
    if (!utf8_valid(text))
        return -1;
    json_quote(out, text);
    return 0;
}

static void write_hex(const uint8_t *p, size_t n, struct buf *out)
{
    char hex[2 * MAC_SIZE + 1];

    assert(n <= MAC_SIZE);
    mac_hex(p, n, hex);
    buf_printf(out, "\"%s\"", hex);
}

static int write_value(const struct field *f, const char *p, struct buf *out)
{
    const char *name;
    int64_t amount;

    switch (f->type) {
    case HEX:
        write_hex((const uint8_t *)p, f->size, out);
        break;
    case TEXT:
        return write_text((struct span){p, strnlen(p, f->size)}, out);
    case NUMBER:
        buf_printf(out, "%" PRIu64, number_get(p, f->size));
        break;
    case AMOUNT:
        memcpy(&amount, p, sizeof(amount));
        buf_printf(out, "%" PRId64, amount);
        break;
    case TRUTH:
        buf_puts(out, *(const bool *)p ? "true" : "false");
        break;
    case NAMED:
        name = name_of(f, number_get(p, f->size));
        buf_printf(out, "\"%s\"", name);
        return *name != 0 ? 0 : -1;
    }
    return 0;
}

int portable_write(
    enum portable kind, const union portable_row *row, struct buf *out)
{
    const size_t before = out->len;
    int rc = 0;

    buf_printf(out, "{\"kind\":\"%s\"", kinds[kind].name);
    for (const struct field *f = kinds[kind].fields; f->name && rc == 0; f++) {
        buf_printf(out, ",\"%s\":", f->name);
        rc = write_value(f, (const char *)row + f->offset, out);
    }
    buf_puts(out, "}\n");
    if (rc < 0 && !out->failed)
        out->len = before;
    return rc;
}

/* ---- reading ---- */

int portable_kind(const struct json_doc *doc, enum portable *kind)
{
    uint32_t node = json_member(doc, 0, "kind");

    for (int i = 0; node != JSON_NONE && i < PORTABLE_COUNT; i++) {
        if (json_string_is(doc, node, kinds[i].name)) {
            *kind = (enum portable)i;
            return 0;
        }
    }
    return -1;
}

static int read_text(
    const struct json_doc *doc, uint32_t node, char *out, size_t size)
{
    struct buf text = {0};
    int rc = -1;

    if (json_kind(doc, node) != JSON_STRING)
        return -1;
    json_string(doc, node, &text);
    if (!text.failed && text.len < size) {
        if (text.len > 0)
            memcpy(out, text.data, text.len);
        rc = 0;
    }
    buf_free(&text);
    return rc;
}

static int read_hex(
    const struct json_doc *doc, uint32_t node, uint8_t *out, size_t n)
{
    char text[2 * MAC_SIZE + 1] = "";

    if (read_text(doc, node, text, sizeof(text)) < 0 ||
        strspn(text, "0123456789abcdef") != strlen(text))
        return -1;
    return mac_unhex(text, n, out);
}

/* Up to UINT64_MAX, which is more than json_int() takes. */
static int read_number(
    const struct json_doc *doc, uint32_t node, void *out, size_t size)
{
    struct span raw = json_raw(doc, node);
    char text[24] = "";
    char *end;
    uint64_t value;

    if (json_kind(doc, node) != JSON_NUMBER || raw.n >= sizeof(text))
        return -1;
    memcpy(text, raw.p, raw.n);
    if (strspn(text, "0123456789") != raw.n)
        return -1;
    errno = 0;
    value = strtoull(text, &end, 10);
    return errno == 0 && *end == 0 ? number_set(out, size, value) : -1;
}

static int read_truth(const struct json_doc *doc, uint32_t node, bool *out)
{
    enum json_kind kind = json_kind(doc, node);

    *out = kind == JSON_TRUE;
    return kind == JSON_TRUE || kind == JSON_FALSE ? 0 : -1;
}

static int read_name(
    const struct json_doc *doc, uint32_t node, const struct field *f, void *out)
{
    for (uint64_t i = 0; f->names[i] != NULL; i++)
        if (f->names[i][0] != 0 && json_string_is(doc, node, f->names[i]))
            return number_set(out, f->size, i);
    return -1;
}

static int read_value(
    const struct json_doc *doc, uint32_t node, const struct field *f, char *p)
{
    int64_t amount;

    switch (f->type) {
    case HEX:
        return read_hex(doc, node, (uint8_t *)p, f->size);
    case TEXT:
        return read_text(doc, node, p, f->size);
    case NUMBER:
        return read_number(doc, node, p, f->size);
    case AMOUNT:
        if (json_int(doc, node, &amount) < 0)
            return -1;
        memcpy(p, &amount, sizeof(amount));
        return 0;
    case TRUTH:
        return read_truth(doc, node, (bool *)p);
    case NAMED:
        return read_name(doc, node, f, p);
    }
    return -1;
}

int portable_read(const struct json_doc *doc, enum portable kind,
    union portable_row *row, char why[160])
{
    size_t members = 1; /* the kind */

    memset(row, 0, sizeof(*row));
    for (const struct field *f = kinds[kind].fields; f->name; f++) {
        uint32_t node = json_member(doc, 0, f->name);

        members++;
        if (node != JSON_NONE &&
            read_value(doc, node, f, (char *)row + f->offset) == 0)
            continue;
        snprintf(why, 160, "\"%s\" of the %s is %s", f->name, kinds[kind].name,
            node == JSON_NONE ? "missing" : "not what it must be");
        return -1;
    }
    if (json_size(doc, 0) == members)
        return 0;
    snprintf(why, 160, "the %s has a member that is unknown", kinds[kind].name);
    return -1;
}
