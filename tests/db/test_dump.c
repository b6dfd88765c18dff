/* What must hold: a dump that is loaded gives the same store, also when the
 * first one goes on working meanwhile; and a dump in which anything is odd is
 * refused at the line where it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

enum { ACCOUNTS = 3 };

struct play {
    struct trail *from, *to;
    struct buf lines;
};

static int set_up(void **state)
{
    struct play *p = calloc(1, sizeof(*p));

    p->from = fake_trail_new();
    p->to = fake_trail_new();
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct play *p = *state;

    buf_free(&p->lines);
    fake_trail_free(p->from);
    fake_trail_free(p->to);
    free(p);
    return 0;
}

/* ---- acting ---- */

/* Accounts with billed, released and open calls, and a device's. */
static void furnish(struct trail *t)
{
    for (unsigned n = 1; n <= ACCOUNTS; n++) {
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

/* A project with everything, and an open call in it. */
static void govern(struct trail *t)
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

static void use_device(struct trail *t)
{
    struct store_admit device = fixture_device(9, 99);

    device.free_days = 30;
    device.free_daily_cap = 10;
    assert_int_equal(fake_trail_run(t, &device), STORE_OK);
}

static bool dump_slice(struct store_dump *d, struct trail *t, struct buf *out)
{
    assert_int_equal(fake_trail_run(t, d), STORE_OK);
    if (d->lines.len > 0)
        buf_put(out, d->lines.data, d->lines.len);
    buf_reset(&d->lines);
    return !d->done;
}

static void dump(struct trail *t, uint32_t most, struct buf *out)
{
    struct store_dump d = {.verb.kind = STORE_DUMP, .now = 1, .most = most};

    while (dump_slice(&d, t, out))
        ;
    store_dump_free(&d);
}

/* Load line by line, as many slices as there can be. */
static struct store_load load(struct trail *t, const struct buf *lines)
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

/* Change the first ${old} in the dump to ${new}; the number of its line. */
static uint64_t spoil(struct buf *lines, const char *old, const char *new)
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

static void assert_refused(struct play *p, uint64_t line, const char *why)
{
    struct store_load l = load(p->to, &p->lines);

    assert_int_equal(l.verb.status, STORE_REFUSED);
    assert_int_equal(l.next.lines, line);
    if (strstr(l.why, why) == NULL)
        fail_msg("refused because \"%s\"", l.why);
}

static void assert_spoilt(
    void **state, const char *old, const char *new, const char *why)
{
    struct play *p = *state;

    furnish(p->from);
    use_device(p->from);
    govern(p->from);
    dump(p->from, 1000, &p->lines);
    assert_refused(p, spoil(&p->lines, old, new), why);
}

/* ---- dump and load ---- */

static void test_dump_that_is_loaded_dumps_the_same(void **state)
{
    struct play *p = *state;
    struct buf again = {0};
    struct store_load l;

    furnish(p->from);
    use_device(p->from);
    govern(p->from);
    dump(p->from, 1000, &p->lines);
    l = load(p->to, &p->lines);
    assert_int_equal(l.verb.status, STORE_OK);
    assert_true(l.mark.ended);
    dump(p->to, 1000, &again);
    assert_string_equal(buf_terminate(&again), buf_terminate(&p->lines));
    buf_free(&again);
}

static void test_store_that_was_loaded_is_sound(void **state)
{
    struct play *p = *state;

    furnish(p->from);
    govern(p->from);
    dump(p->from, 1000, &p->lines);
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_OK);
    assert_true(fixture_clean(p->to));
}

static void test_event_that_was_changed_is_refused(void **state)
{
    assert_spoilt(state, "\\\"x\\\"", "\\\"y\\\"", "MAC is wrong");
}

static void test_event_of_nobody_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"event\",\"project\":\"bot\"",
        "\"kind\":\"event\",\"project\":\"but\"", "owner does not exist");
}

static void test_document_that_was_changed_is_refused(void **state)
{
    assert_spoilt(state, "\"document\":\"{}\"", "\"document\":\"{ }\"",
        "not the one of the hash");
}

static void test_quota_of_no_project_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"quota\",\"project\":\"bot\"",
        "\"kind\":\"quota\",\"project\":\"but\"", "does not exist");
}

static void test_store_without_projects_dumps_as_before(void **state)
{
    struct play *p = *state;

    furnish(p->from);
    dump(p->from, 1000, &p->lines);
    assert_null(strstr(buf_terminate(&p->lines), "events_"));
    assert_null(strstr(p->lines.data, "reserved"));
}

static void test_voided_tokens_stay_void_when_loaded(void **state)
{
    struct play *p = *state;
    struct store_account_set set = {
        .verb.kind = STORE_ACCOUNT_SET, .void_tokens = true};

    furnish(p->from);
    fixture_id(2, set.id);
    assert_int_equal(fake_trail_run(p->from, &set), STORE_OK);
    dump(p->from, 1000, &p->lines);
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fixture_look(p->to, 1).token_version, 0);
    assert_int_equal(fixture_look(p->to, 2).token_version, 1);
}

static void test_size_of_slices_changes_nothing(void **state)
{
    struct play *p = *state;
    struct buf slow = {0};

    furnish(p->from);
    use_device(p->from);
    govern(p->from);
    dump(p->from, 1000, &p->lines);
    dump(p->from, 1, &slow);
    assert_string_equal(buf_terminate(&slow), buf_terminate(&p->lines));
    buf_free(&slow);
}

static void test_dump_of_an_empty_store_is_loaded(void **state)
{
    struct play *p = *state;

    dump(p->from, 10, &p->lines);
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fake_trail_rows(p->to, TABLE_ACCOUNT), 0);
}

static void test_dump_of_a_store_in_use_is_sound(void **state)
{
    struct play *p = *state;
    struct store_dump d = {.verb.kind = STORE_DUMP, .most = 1};
    unsigned request = 1000;
    bool more;

    furnish(p->from);
    do {
        unsigned n = 1 + request % ACCOUNTS;
        struct store_admit admit = fixture_admit(n, request);
        struct store_settle settle = fixture_settle(request, 10, 10);
        struct store_settle old = fixture_settle(10 * n + 1, 10, 10);

        more = dump_slice(&d, p->from, &p->lines);
        request++;
        if (request > 1080)
            continue; /* they have no more credits */
        fake_trail_run(p->from, &admit);
        fake_trail_run(p->from, &settle);
        if (request == 1040)
            fake_trail_run(p->from, &old);
    } while (more);
    store_dump_free(&d);
    assert_true(request > 1040);
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_OK);
    assert_true(fixture_clean(p->to));
}

static void test_slice_that_fails_is_dumped_again(void **state)
{
    struct play *p = *state;
    struct store_dump d = {.verb.kind = STORE_DUMP, .now = 1, .most = 1000};
    struct buf second = {0};

    furnish(p->from);
    dump(p->from, 1000, &p->lines);
    fake_trail_fail_after(p->from, 20);
    fake_trail_run(p->from, &d);
    assert_int_equal(d.lines.len, 0);
    while (dump_slice(&d, p->from, &second))
        ;
    assert_string_equal(buf_terminate(&second), buf_terminate(&p->lines));
    store_dump_free(&d);
    buf_free(&second);
}

/* ---- roll-ups ---- */

/* Account 4 with a grant and three calls long ago. */
static void furnish_old(struct trail *t)
{
    struct store_grant g = fixture_grant(4, 1000, "old");

    g.now = fixture_time(-500);
    fixture_account(t, 4, 0);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    for (unsigned i = 400; i < 403; i++)
        fixture_call(t, 4, i, -499);
}

/* The same, folded, and a call since. */
static void furnish_rolled(struct trail *t)
{
    furnish_old(t);
    fixture_fold(t, -400, 100);
    fixture_call(t, 4, 403, 0);
}

static void assert_rolled_spoilt(
    void **state, const char *old, const char *new, const char *why)
{
    struct play *p = *state;

    furnish_rolled(p->from);
    dump(p->from, 1000, &p->lines);
    assert_refused(p, spoil(&p->lines, old, new), why);
}

static void test_rollups_are_dumped_and_loaded(void **state)
{
    struct play *p = *state;
    struct buf again = {0};

    furnish_rolled(p->from);
    dump(p->from, 1000, &p->lines);
    assert_non_null(strstr(buf_terminate(&p->lines), "\"rollup\""));
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_OK);
    assert_int_equal(fake_trail_rows(p->to, TABLE_LEDGER), 3);
    assert_true(fixture_clean(p->to));
    dump(p->to, 1000, &again);
    assert_string_equal(buf_terminate(&again), buf_terminate(&p->lines));
    buf_free(&again);
}

static void test_changed_sum_of_a_rollup_is_refused(void **state)
{
    assert_rolled_spoilt(
        state, "\"settle_tokens_in\":300", "\"settle_tokens_in\":301", "MAC");
}

static void test_changed_beginning_of_a_rollup_is_refused(void **state)
{
    assert_rolled_spoilt(
        state, "\"first\":2,", "\"first\":1,", "as many entries");
}

static void test_rollup_that_is_missing_is_refused(void **state)
{
    struct play *p = *state;
    char *line, *end;

    furnish_rolled(p->from);
    dump(p->from, 1000, &p->lines);
    line = strstr(buf_terminate(&p->lines), "{\"kind\":\"rollup\"");
    end = strchr(line, '\n') + 1;
    memmove(line, end, strlen(end) + 1);
    p->lines.len -= (size_t)(end - line);
    assert_int_equal(load(p->to, &p->lines).verb.status, STORE_REFUSED);
}

/* Fold while the dump stands at each of its slices: it is sound or refused. */
static bool dump_and_fold(struct play *p, int at, int *refused)
{
    struct store_dump d = {.verb.kind = STORE_DUMP, .most = 1};
    enum store_status status = STORE_OK;
    int slices = 0;

    furnish_old(p->from);
    while (!d.done && status == STORE_OK) {
        if (slices++ == at)
            fixture_fold(p->from, -400, 1);
        status = fake_trail_run(p->from, &d);
    }
    *refused += status == STORE_REFUSED;
    if (status == STORE_OK) {
        assert_int_equal(load(p->to, &d.lines).verb.status, STORE_OK);
        assert_true(fixture_clean(p->to));
    }
    store_dump_free(&d);
    return slices > at;
}

static void test_dump_while_entries_are_folded_is_sound_or_refused(void **state)
{
    int refused = 0;
    bool more = true;

    (void)state;
    for (int at = 0; more; at++) {
        struct play *p;

        set_up((void **)&p);
        more = dump_and_fold(p, at, &refused);
        tear_down((void **)&p);
    }
    assert_true(refused > 0);
}

/* ---- what is refused ---- */

static void test_changed_amount_is_refused(void **state)
{
    assert_spoilt(state, "\"amount\":100,", "\"amount\":101,", "MAC");
}

static void test_changed_balance_is_refused(void **state)
{
    assert_spoilt(
        state, "\"posted_after\":100,", "\"posted_after\":99,", "MAC");
}

static void test_missing_member_is_refused(void **state)
{
    assert_spoilt(state, "\"suspended\":false,", "", "missing");
}

static void test_unknown_member_is_refused(void **state)
{
    assert_spoilt(state, "\"suspended\":false,",
        "\"suspended\":false,\"more\":1,", "unknown");
}

static void test_wrong_type_is_refused(void **state)
{
    assert_spoilt(
        state, "\"suspended\":false", "\"suspended\":0", "not what it must");
}

static void test_number_that_does_not_fit_is_refused(void **state)
{
    assert_spoilt(state, "\"flags\":0", "\"flags\":256", "not what it must");
}

static void test_unknown_kind_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"account\"", "\"kind\":\"acount\"", "kind");
}

static void test_broken_json_is_refused(void **state)
{
    assert_spoilt(state, "\"kind\":\"book\"", "\"kind\":", "JSON");
}

static void test_format_of_a_newer_program_is_refused(void **state)
{
    assert_spoilt(state, "\"format\":1", "\"format\":2", "format 2");
}

static void test_wrong_count_at_the_end_is_refused(void **state)
{
    assert_spoilt(state, "\"rows\":", "\"rows\":1", "otherwise");
}

static void test_line_that_is_there_twice_is_refused(void **state)
{
    struct play *p = *state;
    struct buf twice = {0};
    const char *account, *end;

    furnish(p->from);
    dump(p->from, 1000, &p->lines);
    account = strchr(buf_terminate(&p->lines), '\n') + 1;
    end = strchr(account, '\n') + 1;
    buf_put(&twice, p->lines.data, (size_t)(end - p->lines.data));
    buf_puts(&twice, account);
    buf_free(&p->lines);
    p->lines = twice;
    assert_refused(p, 3, "twice");
}

static void test_journal_that_ends_early_is_refused(void **state)
{
    struct play *p = *state;
    struct buf cut = {0};
    const char *last, *next;
    uint64_t line = 1;

    furnish(p->from);
    dump(p->from, 1000, &p->lines);
    last = strstr(buf_terminate(&p->lines), "\"seq\":2,\"type\"");
    assert_non_null(last);
    while (last[-1] != '\n')
        last--;
    next = strchr(last, '\n') + 1;
    for (const char *c = p->lines.data; c < last; c++)
        line += *c == '\n';
    buf_put(&cut, p->lines.data, (size_t)(last - p->lines.data));
    buf_puts(&cut, next);
    buf_free(&p->lines);
    p->lines = cut;
    assert_refused(p, line, "too early");
}

static void test_line_behind_the_end_is_refused(void **state)
{
    struct play *p = *state;

    dump(p->from, 10, &p->lines);
    buf_puts(&p->lines, "{}\n");
    assert_refused(p, 3, "behind the end");
}

static void test_line_without_its_feed_is_refused(void **state)
{
    struct play *p = *state;

    dump(p->from, 10, &p->lines);
    p->lines.len--;
    assert_refused(p, 2, "cut off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_dump_that_is_loaded_dumps_the_same),
        TEST(test_store_that_was_loaded_is_sound),
        TEST(test_event_that_was_changed_is_refused),
        TEST(test_event_of_nobody_is_refused),
        TEST(test_document_that_was_changed_is_refused),
        TEST(test_quota_of_no_project_is_refused),
        TEST(test_store_without_projects_dumps_as_before),
        TEST(test_voided_tokens_stay_void_when_loaded),
        TEST(test_size_of_slices_changes_nothing),
        TEST(test_dump_of_an_empty_store_is_loaded),
        TEST(test_dump_of_a_store_in_use_is_sound),
        TEST(test_slice_that_fails_is_dumped_again),
        TEST(test_changed_amount_is_refused),
        TEST(test_changed_balance_is_refused),
        TEST(test_missing_member_is_refused),
        TEST(test_unknown_member_is_refused),
        TEST(test_wrong_type_is_refused),
        TEST(test_number_that_does_not_fit_is_refused),
        TEST(test_unknown_kind_is_refused),
        TEST(test_broken_json_is_refused),
        TEST(test_format_of_a_newer_program_is_refused),
        TEST(test_wrong_count_at_the_end_is_refused),
        TEST(test_line_that_is_there_twice_is_refused),
        TEST(test_journal_that_ends_early_is_refused),
        TEST(test_line_behind_the_end_is_refused),
        TEST(test_line_without_its_feed_is_refused),
        cmocka_unit_test_setup_teardown(
            test_rollups_are_dumped_and_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_changed_sum_of_a_rollup_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_changed_beginning_of_a_rollup_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_rollup_that_is_missing_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_dump_while_entries_are_folded_is_sound_or_refused, set_up,
            tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
