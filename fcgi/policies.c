#include "policies.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* When more are in use there are more. A policy of many terms takes forty times
 * the bytes of its text. */
enum { KEPT = 64, KEPT_BYTES = 64 << 20 };

struct policies {
    struct policies_entry **of;
    size_t count, cap;
    size_t bytes; /* of all of them */
    uint64_t uses;
};

struct policies *policies_create(void)
{
    return calloc(1, sizeof(struct policies));
}

static void entry_free(struct policies_entry *entry)
{
    policy_free(entry->policy);
    free(entry);
}

void policies_destroy(struct policies *ps)
{
    if (ps == NULL)
        return;
    for (size_t i = 0; i < ps->count; i++)
        entry_free(ps->of[i]);
    free(ps->of);
    free(ps);
}

/* ---- names ---- */

void policies_name(const uint8_t account[STORE_ID], const char *id,
    uint64_t version, uint8_t name[32])
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)"saved", 6);
    crypto_hash_sha256_update(&state, account, STORE_ID);
    crypto_hash_sha256_update(
        &state, (const uint8_t *)&version, sizeof(version));
    crypto_hash_sha256_update(&state, (const uint8_t *)id, strlen(id));
    crypto_hash_sha256_final(&state, name);
}

void policies_name_inline(struct span text, uint8_t name[32])
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)"inline", 7);
    crypto_hash_sha256_update(&state, (const uint8_t *)text.p, text.n);
    crypto_hash_sha256_final(&state, name);
}

/* ---- entries ---- */

struct policies_entry *policies_find(
    struct policies *ps, const uint8_t name[32])
{
    for (size_t i = 0; i < ps->count; i++) {
        struct policies_entry *entry = ps->of[i];

        if (memcmp(entry->name, name, sizeof(entry->name)) != 0)
            continue;
        entry->used = ++ps->uses;
        entry->users++;
        return entry;
    }
    return NULL;
}

static size_t size_of(const struct policy *policy)
{
    return terms_size(policy->allow) + terms_size(policy->deny);
}

/* Forget the one that nobody uses and has used for longest. Returns whether
 * there was one. */
static bool forget_one(struct policies *ps)
{
    size_t oldest = ps->count;

    for (size_t i = 0; i < ps->count; i++)
        if (ps->of[i]->users == 0 &&
            (oldest == ps->count || ps->of[i]->used < ps->of[oldest]->used))
            oldest = i;
    if (oldest == ps->count)
        return false;
    ps->bytes -= size_of(ps->of[oldest]->policy);
    entry_free(ps->of[oldest]);
    ps->of[oldest] = ps->of[--ps->count];
    return true;
}

static void make_room(struct policies *ps, size_t most)
{
    while ((ps->count > most || ps->bytes > KEPT_BYTES) && forget_one(ps))
        ;
}

static int put(struct policies *ps, struct policies_entry *entry)
{
    struct policies_entry **of = ps->of;

    make_room(ps, KEPT - 1);
    if (ps->count == ps->cap) {
        of = reallocarray(of, ps->cap + KEPT, sizeof(*of));
        if (of == NULL)
            return -1;
        ps->of = of;
        ps->cap += KEPT;
    }
    of[ps->count++] = entry;
    ps->bytes += size_of(entry->policy);
    return 0;
}

struct policies_entry *policies_add(
    struct policies *ps, const uint8_t name[32], struct policy *policy)
{
    struct policies_entry *entry = calloc(1, sizeof(*entry));

    if (entry == NULL) {
        policy_free(policy);
        return NULL;
    }
    entry->policies = ps;
    entry->policy = policy;
    memcpy(entry->name, name, sizeof(entry->name));
    entry->used = ++ps->uses;
    entry->users = 1;
    if (put(ps, entry) == 0)
        return entry;
    entry_free(entry);
    return NULL;
}

void policies_release(struct policies_entry *entry)
{
    if (entry == NULL)
        return;
    entry->users--;
    make_room(entry->policies, KEPT);
}
