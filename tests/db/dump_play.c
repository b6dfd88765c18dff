#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dump_play.h"

int dump_play_set_up(void **state)
{
    struct dump_play *p = calloc(1, sizeof(*p));

    p->from = fake_trail_new();
    p->to = fake_trail_new();
    *state = p;
    return 0;
}

int dump_play_tear_down(void **state)
{
    struct dump_play *p = *state;

    buf_free(&p->lines);
    fake_trail_free(p->from);
    fake_trail_free(p->to);
    free(p);
    return 0;
}

void dump_play_furnish(struct trail *t)
{
    for (unsigned n = 1; n <= DUMP_PLAY_ACCOUNTS; n++) {
        struct store_admit billed = fixture_admit(n, 10 * n);
        struct store_admit open = fixture_admit(n, 10 * n + 1);
        struct store_admit freed = fixture_admit(n, 10 * n + 2);
        struct store_settle settle = fixture_settle(10 * n, 100, 700);
        struct store_settle release = fixture_settle(10 * n + 2, 0, 0);

        release.free_of_charge = true;
        freed.caller = CALLER_ACCOUNT;
        memcpy(freed.account, fixture_key(n).account, STORE_ID);
        billed.has_idempotency = open.has_idempotency = true;
        memset(billed.idempotency_key, 7, MAC_SIZE);
        memset(open.idempotency_key, 8, MAC_SIZE);
        fixture_account(t, n, 100);
        assert_int_equal(fake_trail_run(t, &billed), STORE_OK);
        assert_int_equal(fake_trail_run(t, &open), STORE_OK);
        assert_int_equal(fake_trail_run(t, &freed), STORE_OK);
        assert_int_equal(fake_trail_run(t, &settle), STORE_OK);
        assert_int_equal(fake_trail_run(t, &release), STORE_OK);
    }
}

void dump_play_govern(struct trail *t)
{
    struct store_project_set set = fixture_project(t, 1, "bot");
    struct store_govern governed = {.project = "bot", .subject = {7}};
    struct store_event event = {.verb.kind = STORE_EVENT, .now = FIXTURE_NOW};
    struct store_cursor cursor = {.verb.kind = STORE_CURSOR,
        .act = CURSOR_SET,
        .owner.project = "bot",
        .consumer = "splunk",
        .seq = 1};

    set.set_user_quota = set.set_web_tools = true;
    set.to.user_quota.requests = 100;
    set.web_tools = (struct span){"{\"enabled\":true}", 16};
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct store_admit open = fixture_admit(1, 70 + i);
        struct store_settle settle = fixture_settle(70 + i, 100, 200);
        struct store_event_add told = fixture_event(70 + i, "{\"n\":\"x\"}");

        open.govern = &governed;
        strcpy(told.project, i == 0 ? "bot" : "");
        settle.event = &told;
        assert_int_equal(fake_trail_run(t, &open), STORE_OK);
        if (i < 2)
            assert_int_equal(fake_trail_run(t, &settle), STORE_OK);
    }
    fixture_id(1, event.account);
    event.event = fixture_event(80, "{}");
    strcpy(event.event.project, "bot");
    assert_int_equal(fake_trail_run(t, &event), STORE_OK);
    assert_int_equal(fake_trail_run(t, &cursor), STORE_OK);
}

void dump_play_use_device(struct trail *t)
{
    struct store_admit device = fixture_device(9, 99);

    device.free_days = 30;
    device.free_daily_cap = 10;
    assert_int_equal(fake_trail_run(t, &device), STORE_OK);
}

bool dump_play_slice(struct store_dump *d, struct trail *t, struct buf *out)
{
    assert_int_equal(fake_trail_run(t, d), STORE_OK);
    if (d->lines.len > 0)
        buf_put(out, d->lines.data, d->lines.len);
    buf_reset(&d->lines);
    return !d->done;
}

void dump_play_take(struct trail *t, uint32_t most, struct buf *out)
{
    struct store_dump d = {.verb.kind = STORE_DUMP, .now = 1, .most = most};

    while (dump_play_slice(&d, t, out))
        ;
    store_dump_free(&d);
}

struct store_load dump_play_load(struct trail *t, const struct buf *lines)
{
    struct store_load l = {.verb.kind = STORE_LOAD};
    const char *at = lines->data;
    const char *end = at + lines->len;

    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed != NULL ? feed + 1 : end;

        l.lines = (struct span){at, (size_t)(next - at)};
        if (fake_trail_run(t, &l) != STORE_OK)
            break;
        l.mark = l.next;
        at = next;
    }
    return l;
}

uint64_t dump_play_spoil(struct buf *lines, const char *old, const char *new)
{
    struct buf out = {0};
    const char *at = strstr(buf_terminate(lines), old);
    uint64_t line = 1;

    assert_non_null(at);
    for (const char *p = lines->data; p < at; p++)
        line += *p == '\n';
    buf_put(&out, lines->data, (size_t)(at - lines->data));
    buf_puts(&out, new);
    buf_puts(&out, at + strlen(old));
    buf_free(lines);
    *lines = out;
    return line;
}

void dump_play_assert_refused(
    struct dump_play *p, uint64_t line, const char *why)
{
    struct store_load l = dump_play_load(p->to, &p->lines);

    assert_int_equal(l.verb.status, STORE_REFUSED);
    assert_int_equal(l.next.lines, line);
    if (strstr(l.why, why) == NULL)
        fail_msg("refused because \"%s\"", l.why);
}
