#include "powercut.h"
#include "scratch.h"

static int before_check(enum syscall_kind kind)
{
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

static const struct syscalls no_syncs = {.before = before_check};

static bool is_there(struct store *store, const struct powercut_record *r)
{
    struct store_settle s = powercut_settle(r->file);
    struct store_grant g = powercut_grant(r->file, 100);

    if (r->kind == POWERCUT_SETTLED) {
        scratch_do(store, &s);
        return s.verb.status == STORE_OK && s.already &&
               s.charge.credits == (100 + r->file % 5000 + 499) / 500;
    }
    scratch_do(store, &g);
    return g.verb.status == STORE_OK && g.already;
}

static void check_acknowledged(struct store *store)
{
    for (uint32_t i = 0; i < powercut->cut; i++) {
        const struct powercut_record *r = powercut_record(i);

        if (r->kind == POWERCUT_SETTLED) {
            powercut->settles++;
            powercut->settles_lost += !is_there(store, r);
        } else if (r->kind == POWERCUT_GRANTED) {
            powercut->grants++;
            powercut->grants_lost += !is_there(store, r);
        }
    }
}

static int check_books(struct store *store)
{
    struct store_reap r = {
        .verb.kind = STORE_REAP, .most = 500, .now = scratch_now()};

    do {
        scratch_do(store, &r);
    } while (r.more);
    SCRATCH_CHECK(scratch_audit(store, 0, &powercut->breaches));
    return 0;
}

int powercut_check(void *none)
{
    struct store *store;

    (void)none;
    syscalls_hook(&no_syncs);
    store = powercut_store(powercut->image);
    powercut->opened++;
    SCRATCH_CHECK(check_books(store) == 0);
    check_acknowledged(store);
    store_close(store);
    return 0;
}
