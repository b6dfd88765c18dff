#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "mapped.h"
#include "rate.h"

enum {
    RATE_VERSION = 1,
    RATE_PROBES = 16,     /* slots that a caller's windows may lie in */
    RATE_LOCAL_SHARE = 4, /* of the limit, when each counts for itself */
    RATE_BOOT_MAX = 64
};

static const char rate_magic[8] = "turnrate";

struct rate_header {
    char magic[8];
    uint32_t version;
    uint32_t slots;
    char boot_id[RATE_BOOT_MAX];
};

struct rate_slot {
    uint8_t account[16];
    uint8_t class; /* 0: free */
    uint8_t spare[7];
    struct window requests;
    struct window tokens;
};

/* What lies in the file. */
struct rate_table {
    struct rate_header header;
    struct rate_slot slots[RATE_SLOTS];
};

struct rate {
    int fd;                    /* -1: broken */
    struct rate_header header; /* what the file must begin with */
    struct rate_table *table;
    struct rate_table *local; /* of this process, for when table breaks */
};

/* ---- the file ---- */

static struct rate_table *map_memory(void)
{
    void *p = mmap(NULL, sizeof(struct rate_table), PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p != MAP_FAILED ? p : NULL;
}

static bool same_header(const struct rate *r)
{
    return memcmp(&r->table->header, &r->header, sizeof(r->header)) == 0;
}

/* Count in r->local from now on. */
static void go_local(struct rate *r)
{
    if (r->table != NULL && r->table != r->local)
        munmap(r->table, sizeof(*r->table));
    r->table = r->local;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}

struct rate *rate_open(const char *dir, const char *boot_id)
{
    struct rate *r = calloc(1, sizeof(*r));

    if (r == NULL)
        goto err0;
    r->local = map_memory();
    if (r->local == NULL)
        goto err1;
    memcpy(r->header.magic, rate_magic, sizeof(rate_magic));
    r->header.version = RATE_VERSION;
    r->header.slots = RATE_SLOTS;
    memcpy(r->header.boot_id, boot_id, strnlen(boot_id, RATE_BOOT_MAX - 1));
    r->fd = file_open(dir, "rate");
    if (r->fd >= 0)
        r->table = mapped_table(r->fd, sizeof(*r->table));
    if (r->table == NULL) {
        go_local(r);
    } else if (!same_header(r)) {
        memset(r->table, 0, sizeof(*r->table));
        r->table->header = r->header;
    }
    return r;

err1:
    free(r);
err0:
    return NULL;
}

void rate_close(struct rate *r)
{
    if (r == NULL)
        return;
    go_local(r);
    munmap(r->local, sizeof(*r->local));
    free(r);
}

void rate_check(struct rate *r)
{
    if (rate_broken(r))
        return;
    if (!mapped_sound(r->fd, sizeof(*r->table)) || !same_header(r))
        go_local(r);
}

bool rate_broken(const struct rate *r)
{
    return r->fd < 0;
}

/* ---- the windows ---- */

static size_t first_slot(const struct rate_key *key)
{
    uint64_t hash;

    memcpy(&hash, key->account, sizeof(hash)); /* random already */
    return (size_t)((hash + key->class) % RATE_SLOTS);
}

static bool is_slot_of(const struct rate_slot *s, const struct rate_key *key)
{
    return s->class == key->class &&
           memcmp(s->account, key->account, sizeof(s->account)) == 0;
}

static bool is_idle(const struct rate_slot *s, int64_t now)
{
    return s->class == 0 || (now - s->requests.newest > WINDOW_BUCKETS &&
                                now - s->tokens.newest > WINDOW_BUCKETS);
}

static struct rate_slot *find_slot(
    const struct rate *r, const struct rate_key *key)
{
    size_t first = first_slot(key);

    assert(key->class != 0);
    for (size_t i = 0; i < RATE_PROBES; i++) {
        struct rate_slot *s = &r->table->slots[(first + i) % RATE_SLOTS];

        if (is_slot_of(s, key))
            return s;
    }
    return NULL;
}

/* Take a free or idle slot, or NULL when the neighbourhood is full. */
static struct rate_slot *claim_slot(
    struct rate *r, const struct rate_key *key, int64_t now)
{
    size_t first = first_slot(key);

    for (size_t i = 0; i < RATE_PROBES; i++) {
        struct rate_slot *s = &r->table->slots[(first + i) % RATE_SLOTS];

        if (!is_idle(s, now))
            continue;
        memset(s, 0, sizeof(*s));
        memcpy(s->account, key->account, sizeof(s->account));
        s->class = key->class;
        return s;
    }
    return NULL;
}

static uint64_t own_limit(const struct rate *r, uint64_t limit)
{
    if (!rate_broken(r) || limit == 0)
        return limit;
    return limit >= RATE_LOCAL_SHARE ? limit / RATE_LOCAL_SHARE : 1;
}

bool rate_take(struct rate *r, const struct rate_key *key, int64_t now,
    uint64_t limit, struct window_state *state, uint32_t *wait)
{
    struct rate_slot *s = find_slot(r, key);
    struct window nobody = {0};
    struct window *w;

    if (s == NULL)
        s = claim_slot(r, key, now);
    w = s != NULL ? &s->requests : &nobody;
    limit = own_limit(r, limit);
    *wait = limit > 0 ? window_wait(w, now, limit, 1) : 0;
    if (*wait == 0)
        window_add(w, now, 1);
    window_look(w, now, limit, state);
    return *wait == 0;
}

void rate_give_back(struct rate *r, const struct rate_key *key, int64_t at)
{
    struct rate_slot *s = find_slot(r, key);

    if (s != NULL)
        window_take_back(&s->requests, at, 1);
}

void rate_look(struct rate *r, const struct rate_key *key, int64_t now,
    uint64_t limit, struct window_state *state)
{
    const struct rate_slot *s = find_slot(r, key);
    const struct window nobody = {0};

    window_look(
        s != NULL ? &s->requests : &nobody, now, own_limit(r, limit), state);
}

void rate_tokens(struct rate *r, const struct rate_key *key, int64_t now,
    uint32_t tokens, uint64_t limit, struct window_state *state)
{
    struct rate_slot *s = find_slot(r, key);
    struct window nobody = {0};
    struct window *w;

    if (s == NULL && tokens > 0)
        s = claim_slot(r, key, now);
    w = s != NULL ? &s->tokens : &nobody;
    if (tokens > 0)
        window_add(w, now, tokens);
    window_look(w, now, own_limit(r, limit), state);
}
