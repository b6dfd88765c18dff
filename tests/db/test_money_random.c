/* Whatever is done to the store in whatever order, every balance is what a
 * hundred lines of plain arithmetic say, and an audit finds nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fixture.h"

enum { ACCOUNTS = 5, CALLS = 64, STEPS = 20000, RATE = 500 };

/* ---- the oracle: the same money, without rows ---- */

enum call_state { CALL_NONE, CALL_OPEN, CALL_ENDED };

struct call {
    enum call_state state;
    unsigned request, account;
    int64_t held, paid;
    uint64_t est_in, progress;
    bool accepted;
    bool expired; /* billed by the reaper, to be corrected once */
    bool named;   /* under the request's number */
};

struct oracle {
    uint64_t seed;
    int64_t posted[ACCOUNTS], held[ACCOUNTS];
    struct call calls[CALLS];
    unsigned requests, grants;
    uint64_t worker; /* the living one */
};

static int64_t credits_of(uint64_t tokens)
{
    return tokens == 0 ? 1 : (int64_t)((tokens + RATE - 1) / RATE);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What a call that begins with ${tokens} is given; 0: refused. */
static int64_t oracle_hold(
    const struct oracle *o, unsigned account, uint64_t est_in, uint64_t tokens)
{
    int64_t hold =
        least(credits_of(tokens), o->posted[account] - o->held[account]);

    return hold < 1 || (uint64_t)hold * RATE <= est_in ? 0 : hold;
}

static void oracle_end(struct oracle *o, struct call *c, int64_t price)
{
    int64_t *posted = &o->posted[c->account], *held = &o->held[c->account];

    *held -= c->held;
    c->paid = least(price, *posted - *held);
    *posted -= c->paid;
    c->state = CALL_ENDED;
}

/* The call has ended, and the account has paid for it, before. */
static void oracle_correct(struct oracle *o, struct call *c, int64_t price)
{
    int64_t *posted = &o->posted[c->account];
    int64_t paid = least(price, c->paid + *posted - o->held[c->account]);

    *posted += c->paid - paid;
    c->paid = paid;
    c->expired = false;
}

static void oracle_grow(struct oracle *o, struct call *c, uint64_t want_out)
{
    int64_t free = o->posted[c->account] - o->held[c->account];
    int64_t hold = least(credits_of(c->est_in + want_out), c->held + free);

    if (hold <= c->held)
        return;
    o->held[c->account] += hold - c->held;
    c->held = hold;
}

/* ---- the steps ---- */

static uint32_t draw(struct oracle *o, uint32_t below)
{
    o->seed = o->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(o->seed >> 33) % below;
}

static void step_admit(struct trail *t, struct oracle *o, struct call *c)
{
    unsigned account = draw(o, ACCOUNTS);
    struct store_admit a = fixture_admit(account + 1, ++o->requests);
    uint64_t out;
    int64_t hold;

    a.has_idempotency = draw(o, 2) == 0;
    memcpy(a.idempotency_key, a.request, sizeof(a.request));
    a.ask.est_in = draw(o, 3000);
    a.ask.max_out = out = 1 + draw(o, 4000);
    if (draw(o, 2) == 0)
        a.ask.first = 500;
    if (a.ask.first != 0 && a.ask.first < out)
        out = a.ask.first;
    hold = oracle_hold(o, account, a.ask.est_in, a.ask.est_in + out);
    fake_trail_run(t, &a);
    assert_int_equal(
        a.refusal, hold > 0 ? REFUSE_NONE : REFUSE_INSUFFICIENT_CREDITS);
    if (hold == 0)
        return;
    assert_int_equal(a.grant.credits, hold);
    o->held[account] += hold;
    *c = (struct call){.state = CALL_OPEN,
        .request = o->requests,
        .account = account,
        .held = hold,
        .est_in = a.ask.est_in,
        .named = a.has_idempotency};
}

static void step_extend(struct trail *t, struct oracle *o, struct call *c)
{
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = draw(o, 2) == 0,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_id(c->request, e.request);
    if (draw(o, 3) != 0)
        e.want_out = draw(o, 6000);
    c->accepted = c->accepted || e.accepted;
    c->progress += draw(o, 1000);
    e.out_so_far = c->progress;
    oracle_grow(o, c, e.want_out);
    for (uint32_t runs = 1 + draw(o, 2); runs > 0; runs--)
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.held, c->held);
    assert_true(
        e.covers == 0 || credits_of(c->est_in + e.covers) == (int64_t)e.held);
}

/* The caller repeats a call under its name. */
static void step_repeat(struct trail *t, struct oracle *o, struct call *c)
{
    struct store_admit a = fixture_admit(c->account + 1, ++o->requests);
    enum refusal told = REFUSE_IDEMPOTENCY_RUNNING;

    a.has_idempotency = true;
    fixture_id(c->request, a.idempotency_key);
    if (c->state == CALL_ENDED)
        told = REFUSE_IDEMPOTENCY_REPLAYED;
    fake_trail_run(t, &a);
    assert_int_equal(a.refusal, told);
}

static void step_settle(struct trail *t, struct oracle *o, struct call *c)
{
    struct store_settle s =
        fixture_settle(c->request, draw(o, 3000), draw(o, 6000));
    int64_t price = credits_of(s.usage.tokens_in + s.usage.tokens_out);
    bool late = c->state == CALL_ENDED && c->expired;
    bool already = c->state == CALL_ENDED && !late;

    s.free_of_charge = draw(o, 4) == 0;
    s.usage.known = draw(o, 3) != 0;
    if (s.free_of_charge)
        price = 0;
    else if (!s.usage.known)
        price = least(price, c->held);
    if (late)
        oracle_correct(o, c, price);
    else if (!already)
        oracle_end(o, c, price);
    if (!already && price == 0)
        c->named = false;
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(s.already, already);
    assert_int_equal(s.charge.collected, c->paid);
}

static void step_grant(struct trail *t, struct oracle *o)
{
    unsigned account = draw(o, ACCOUNTS);
    char key[16];
    struct store_grant g;

    snprintf(key, sizeof(key), "%u", ++o->grants);
    g = fixture_grant(account + 1, 1 + draw(o, 40), key);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    if (draw(o, 2) == 0)
        assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    o->posted[account] += g.credits;
}

/* The worker dies, another takes its place and reaps what it left. */
static void step_reap(struct trail *t, struct oracle *o)
{
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 1 + draw(o, 5)};

    fake_trail_kill(t, o->worker);
    fake_trail_become(t, 1, ++o->worker);
    do {
        assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    } while (reap.more);
    for (int i = 0; i < CALLS; i++) {
        struct call *c = &o->calls[i];

        if (c->state != CALL_OPEN)
            continue;
        oracle_end(o, c,
            c->accepted ? least(credits_of(c->est_in + c->progress), c->held)
                        : 0);
        c->expired = c->accepted;
        c->named = c->named && c->accepted;
    }
}

static void step(struct trail *t, struct oracle *o)
{
    struct call *c = &o->calls[draw(o, CALLS)];
    uint32_t what = draw(o, 1000);

    if (what < 3)
        step_reap(t, o);
    else if (what < 150)
        step_grant(t, o);
    else if (c->state == CALL_NONE || (c->state == CALL_ENDED && what > 700))
        step_admit(t, o, c);
    else if (c->named && what < 200)
        step_repeat(t, o, c);
    else if (c->state == CALL_OPEN && what < 500)
        step_extend(t, o, c);
    else
        step_settle(t, o, c);
}

static void compare(struct trail *t, const struct oracle *o)
{
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        struct store_account account = fixture_look(t, i + 1);

        assert_int_equal(account.balance.posted, o->posted[i]);
        assert_int_equal(account.balance.held, o->held[i]);
    }
}

static void test_random_operations_agree_with_the_oracle(void **state)
{
    struct trail *t = fake_trail_new();
    struct oracle o = {.seed = 42, .worker = 1};

    (void)state;
    for (unsigned i = 0; i < ACCOUNTS; i++)
        fixture_account(t, i + 1, 0);
    for (int i = 0; i < STEPS; i++) {
        step(t, &o);
        compare(t, &o);
        if (i % 2000 == 0)
            assert_true(fixture_clean(t));
    }
    assert_true(fixture_clean(t));
    fake_trail_free(t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations_agree_with_the_oracle),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
