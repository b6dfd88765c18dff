#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/bdb/rec.h"
#include "db/bdb/row.h"
#include "fixture.h"

int fixture_set_up(void **state)
{
    *state = fake_trail_new();
    return 0;
}

int fixture_tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

void fixture_id(unsigned n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n * 37);
    for (int i = 0; i < 4; i++)
        id[12 + i] = (uint8_t)(n >> (24 - 8 * i));
}

static void fixture_digest(unsigned n, uint8_t digest[MAC_SIZE])
{
    memset(digest, 0x40, MAC_SIZE);
    fixture_id(n, digest);
}

struct store_key fixture_key(unsigned n)
{
    struct store_key key = {.created = FIXTURE_NOW};

    snprintf(key.id, sizeof(key.id), "key_%08u", n);
    snprintf(key.preview, sizeof(key.preview), "ak_...%04u", n % 10000);
    fixture_digest(n, key.digest);
    fixture_id(n, key.account);
    return key;
}

static void expect_ok(struct trail *t, void *verb)
{
    if (fake_trail_run(t, verb) != STORE_OK || trail_failed(t)) {
        fprintf(stderr, "a fixture was refused\n");
        abort();
    }
}

void fixture_account(struct trail *t, unsigned n, int64_t credits)
{
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
    struct store_key_add key = {
        .verb.kind = STORE_KEY_ADD, .key = fixture_key(n)};
    struct store_grant grant = fixture_grant(n, credits, "start");

    fixture_id(n, add.account.id);
    snprintf(add.account.email, sizeof(add.account.email), "%u@example.org", n);
    add.account.created = FIXTURE_NOW;
    expect_ok(t, &add);
    expect_ok(t, &key);
    if (credits > 0)
        expect_ok(t, &grant);
}

struct store_account fixture_look(struct trail *t, unsigned n)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};

    fixture_id(n, get.id);
    expect_ok(t, &get);
    return get.account;
}

struct store_grant fixture_grant(unsigned n, int64_t credits, const char *key)
{
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = credits,
        .note = "a gift",
        .now = FIXTURE_NOW};

    fixture_id(n, g.account);
    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%s", key);
    return g;
}

struct store_admit fixture_admit(unsigned n, unsigned request)
{
    struct store_admit a = {
        .verb.kind = STORE_ADMIT,
        .caller = CALLER_KEY,
        .depth = ADMIT_HOLD,
        .ask = {100, 900, 1, 0, {5000000, 500}},
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE,
    };

    fixture_id(request, a.request);
    memset(a.nonce, 1, sizeof(a.nonce));
    fixture_digest(n, a.digest);
    return a;
}

struct store_admit fixture_device(unsigned n, unsigned request)
{
    struct store_admit a = fixture_admit(n, request);

    a.caller = CALLER_DEVICE;
    a.free_days = 30;
    a.free_daily_cap = 2;
    return a;
}

struct store_settle fixture_settle(unsigned request, uint64_t in, uint64_t out)
{
    struct store_settle s = {
        .verb.kind = STORE_SETTLE,
        .usage = {true, in, out},
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
    };

    fixture_id(request, s.request);
    return s;
}

int64_t fixture_time(int day)
{
    return FIXTURE_NOW + (day * INT64_C(86400) + 3600) * 1000000;
}

void fixture_call(struct trail *t, unsigned n, unsigned request, int day)
{
    struct store_admit a = fixture_admit(n, request);
    struct store_settle s = fixture_settle(request, 100, 900);

    a.now = s.now = fixture_time(day);
    expect_ok(t, &a);
    expect_ok(t, &s);
}

int fixture_fold(struct trail *t, int before, uint32_t most)
{
    struct store_rollup r = {.verb.kind = STORE_ROLLUP,
        .now = FIXTURE_NOW,
        .before = fixture_time(before),
        .most = most};
    int slices = 0;

    for (;;) {
        r.fold = false;
        expect_ok(t, &r);
        if (r.next.last != 0) {
            slices++;
            r.fold = true;
            expect_ok(t, &r);
        }
        r.mark = r.next;
        if (r.done)
            break;
    }
    buf_free(&r.lines);
    return slices;
}

struct store_project_set fixture_project(
    struct trail *t, unsigned n, const char *id)
{
    struct store_account_set plan = {
        .verb.kind = STORE_ACCOUNT_SET, .set_plan = true, .plan = PLAN_POLICY};
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "rules",
        .document = {"{}", 2},
        .now = FIXTURE_NOW};
    struct store_project_add add = {.verb.kind = STORE_PROJECT_ADD,
        .project = {
            .label = "A project", .policy = "rules", .created = FIXTURE_NOW}};
    struct store_project_set set = {
        .verb.kind = STORE_PROJECT_SET, .now = FIXTURE_NOW};

    fixture_id(n, plan.id);
    fixture_id(n, put.account);
    fixture_id(n, add.project.account);
    snprintf(add.project.id, sizeof(add.project.id), "%s", id);
    snprintf(set.id, sizeof(set.id), "%s", id);
    expect_ok(t, &plan);
    expect_ok(t, &put);
    expect_ok(t, &add);
    return set;
}

struct store_event_add fixture_event(unsigned n, const char *text)
{
    struct store_event_add e = {.text = {text, strlen(text)}};

    fixture_id(n, e.id);
    return e;
}

struct store_audit fixture_audit(struct trail *t, uint32_t most)
{
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = most};

    while (!audit.done)
        expect_ok(t, &audit);
    buf_free(&audit.cursor);
    return audit;
}

bool fixture_clean(struct trail *t)
{
    struct store_audit audit = fixture_audit(t, 1000);

    if (audit.breaches > 0)
        fprintf(stderr, "%s", buf_terminate(&audit.report));
    buf_free(&audit.report);
    return audit.breaches == 0;
}

void fixture_make_older(
    struct trail *t, enum table table, uint8_t version, size_t n)
{
    struct span value, key = fake_trail_row(t, table, 0, &value);
    uint8_t place[256], row[REC_MAX];
    uint32_t crc;

    assert(key.n <= sizeof(place));
    memcpy(place, key.p, key.n);
    memcpy(row, value.p, value.n);
    value.n -= n;
    row[0] = version;
    crc = rec_crc32c(row, value.n - 4);
    for (int i = 0; i < 4; i++)
        row[value.n - 4 + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
    value.p = (const char *)row;
    trail_put(t, table, row_span(place, key.n), value);
}
