#include "policies.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* When more are in use there are more. A policy of many terms takes twenty
 * times the bytes of its text. */
enum { KEPT = 64, KEPT_BYTES = 64 << 20 };

/* What is compiled at once: it takes less than half a millisecond. */
enum { AT_ONCE = 8192 };

struct policies {
    struct loop *loop;
    struct aside *aside; /* NULL: nothing was large yet */
    struct policies_entry **of;
    size_t count, cap;
    size_t bytes; /* of all of them */
    uint64_t uses;
};

/* A policy on its way: what of, and who waits for it. */
struct policies_making {
    struct policy_doc doc;
    struct buf text; /* instead, if it comes from the store */
    bool kept;
    struct policy *policy;
    struct fault fault;
    struct aside_job job;
    struct policies_wait *waiting, **waiting_end;
};

struct policies *policies_create(struct loop *loop)
{
    struct policies *ps = calloc(1, sizeof(*ps));

    if (ps != NULL)
        ps->loop = loop;
    return ps;
}

static void making_free(struct policies_making *m)
{
    if (m == NULL)
        return;
    policy_doc_free(&m->doc);
    policy_free(m->policy);
    buf_free(&m->text);
    free(m);
}

static void entry_free(struct policies_entry *entry)
{
    making_free(entry->making);
    policy_free(entry->policy);
    free(entry);
}

void policies_stop(struct policies *ps)
{
    if (ps == NULL)
        return;
    aside_stop(ps->aside);
    ps->aside = NULL;
}

void policies_destroy(struct policies *ps)
{
    if (ps == NULL)
        return;
    policies_stop(ps);
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
    if (policy == NULL)
        return 0;
    return terms_size(policy->allow) + terms_size(policy->deny);
}

static void unlist(struct policies *ps, size_t place)
{
    ps->bytes -= size_of(ps->of[place]->policy);
    ps->of[place] = ps->of[--ps->count];
}

/* Forget the one that nobody uses and has used for longest. Returns whether
 * there was one. */
static bool forget_one(struct policies *ps)
{
    struct policies_entry *oldest;
    size_t place = ps->count;

    for (size_t i = 0; i < ps->count; i++)
        if (ps->of[i]->users == 0 &&
            (place == ps->count || ps->of[i]->used < ps->of[place]->used))
            place = i;
    if (place == ps->count)
        return false;
    oldest = ps->of[place];
    unlist(ps, place);
    entry_free(oldest);
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
    return 0;
}

struct policies_entry *policies_add(struct policies *ps, const uint8_t name[32])
{
    struct policies_entry *entry = calloc(1, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    entry->policies = ps;
    memcpy(entry->name, name, sizeof(entry->name));
    entry->used = ++ps->uses;
    entry->users = 1;
    entry->making = calloc(1, sizeof(*entry->making));
    if (entry->making == NULL)
        goto err0;
    entry->making->waiting_end = &entry->making->waiting;
    if (put(ps, entry) != 0)
        goto err0;
    return entry;

err0:
    entry_free(entry);
    return NULL;
}

void policies_release(struct policies_entry *entry)
{
    if (entry == NULL)
        return;
    entry->users--;
    if (entry->users == 0 && entry->fault.code != REFUSE_NONE)
        entry_free(entry);
    else
        make_room(entry->policies, KEPT);
}

/* ---- making ---- */

/* Let it be no longer found. Its users still have it. */
static void drop(struct policies_entry *entry)
{
    struct policies *ps = entry->policies;
    size_t place = 0;

    while (ps->of[place] != entry)
        place++;
    unlist(ps, place);
}

/* It is made, or will never be: tell those who wait, who may release it. */
static void finish(struct policies_entry *entry)
{
    struct policies_making *m = entry->making;
    struct policies_wait *wait = m->waiting, *next;

    entry->making = NULL;
    entry->policy = m->policy;
    entry->fault = m->fault;
    m->policy = NULL;
    making_free(m);
    entry->policies->bytes += size_of(entry->policy);
    if (entry->policy == NULL)
        drop(entry);
    for (; wait != NULL; wait = next) {
        next = wait->next;
        wait->done(wait->cookie);
    }
}

/* From the thread: nobody else looks at what is compiled. */
static void compile(void *cookie)
{
    struct policies_making *m = ((struct policies_entry *)cookie)->making;
    struct json_doc json = {0};

    if (!m->kept || (json_parse(&json, m->text.data, m->text.len) == JSON_OK &&
                        policy_doc_read(&m->doc, &json, 0, "", &m->fault) == 0))
        m->policy = policy_make(&m->doc, &m->fault);
    json_free(&json);
    if (m->policy == NULL && m->kept)
        fault_set(&m->fault, REFUSE_INTERNAL, NULL, "%s", "");
}

static void compiled(void *cookie)
{
    finish(cookie);
}

/* Without a thread the loop has to wait. */
static void begin(struct policies_entry *entry, size_t size)
{
    struct policies *ps = entry->policies;

    if (size > AT_ONCE && ps->aside == NULL)
        ps->aside = aside_start(ps->loop);
    entry->making->job = (struct aside_job){compile, compiled, entry, NULL};
    if (size > AT_ONCE && ps->aside != NULL) {
        aside_submit(ps->aside, &entry->making->job);
        return;
    }
    compile(entry);
    finish(entry);
}

void policies_make(
    struct policies_entry *entry, struct policy_doc *doc, size_t size)
{
    entry->making->doc = *doc;
    *doc = (struct policy_doc){0};
    begin(entry, size);
}

void policies_make_kept(struct policies_entry *entry, struct buf *text)
{
    entry->making->text = *text;
    entry->making->kept = true;
    *text = (struct buf){0};
    begin(entry, entry->making->text.len);
}

void policies_fail(struct policies_entry *entry, enum refusal code)
{
    fault_set(&entry->making->fault, code, NULL, "%s", "");
    finish(entry);
}

void policies_wait(struct policies_entry *entry, struct policies_wait *wait)
{
    struct policies_making *m = entry->making;

    wait->next = NULL;
    *m->waiting_end = wait;
    m->waiting_end = &wait->next;
}
