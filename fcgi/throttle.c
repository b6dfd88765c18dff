#include "throttle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/gcra.h"
#include "db/file.h"
#include "db/mapped.h"

/* "turnlog" and the version of what follows it. */
#define MAGIC UINT64_C(0x7475726e6c6f6701)

/* Who shares one shares its fate: of so many that hardly anybody does. */
enum { SLOTS = 65536, PLACES = 2 };

/* Milliseconds. */
enum { SECOND = 1000, MINUTE = 60 * SECOND, LONGEST = 15 * MINUTE };

/* What lies in the file; a place is a byte behind it. What workers of before do
 * not know is at its end. */
struct table {
    uint64_t magic;
    uint64_t all;
    uint64_t addresses[SLOTS];
    uint64_t accounts[SLOTS];
    uint64_t key_all;
    uint64_t key_addresses[SLOTS];
    uint64_t key_floods[SLOTS];
    uint64_t refused[SLOTS];
};

struct throttle {
    int fd;
    struct table *table;
};

static struct table *map_file(int fd)
{
    struct table *table = mapped_table(fd, sizeof(*table));
    uint64_t none = 0;

    if (table == NULL)
        return NULL;
    if (__atomic_compare_exchange_n(&table->magic, &none, MAGIC, false,
            __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
        none == MAGIC)
        return table;
    munmap(table, sizeof(*table));
    errno = EINVAL; /* somebody else's */
    return NULL;
}

struct throttle *throttle_open(const char *dir)
{
    struct throttle *t = malloc(sizeof(*t));
    int error;

    if (t == NULL)
        goto err0;
    if ((t->fd = file_open(dir, "throttle")) < 0)
        goto err1;
    if ((t->table = map_file(t->fd)) == NULL)
        goto err2;
    return t;

err2:
    error = errno;
    close(t->fd);
    errno = error;
err1:
    free(t);
err0:
    return NULL;
}

void throttle_close(struct throttle *t)
{
    if (t == NULL)
        return;
    munmap(t->table, sizeof(*t->table));
    close(t->fd);
    free(t);
}

bool throttle_sound(const struct throttle *t)
{
    return mapped_sound(t->fd, sizeof(*t->table));
}

static uint64_t *slot_of(
    struct throttle *t, enum throttle_whom whom, uint64_t hash)
{
    switch (whom) {
    case THROTTLE_ADDRESS:
        return &t->table->addresses[hash % SLOTS];
    case THROTTLE_ACCOUNT:
        return &t->table->accounts[hash % SLOTS];
    case THROTTLE_KEY_ALL:
        return &t->table->key_all;
    case THROTTLE_KEY_ADDRESS:
        return &t->table->key_addresses[hash % SLOTS];
    case THROTTLE_KEY_FLOOD:
        return &t->table->key_floods[hash % SLOTS];
    case THROTTLE_REFUSED:
        return &t->table->refused[hash % SLOTS];
    default:
        return &t->table->all;
    }
}

static struct gcra_rules rules_of(enum throttle_whom whom, uint32_t limit)
{
    bool all = whom == THROTTLE_ALL || whom == THROTTLE_KEY_ALL;
    uint32_t interval = (all ? SECOND : MINUTE) / limit;

    if (whom == THROTTLE_ACCOUNT)
        return (struct gcra_rules){2 * limit, interval, LONGEST};
    return (struct gcra_rules){limit, interval, interval};
}

/* Whole ones, at least one. */
static uint32_t seconds_of(uint64_t milliseconds)
{
    return (uint32_t)((milliseconds + 999) / 1000);
}

uint32_t throttle_take(struct throttle *t, enum throttle_whom whom,
    uint32_t limit, uint64_t hash, uint64_t now)
{
    struct gcra_rules rules;
    uint64_t *slot = slot_of(t, whom, hash);
    uint64_t before = __atomic_load_n(slot, __ATOMIC_RELAXED), after, wait;

    if (limit == 0)
        return 0;
    rules = rules_of(whom, limit);
    do {
        after = gcra_take(&rules, before, now, &wait);
        if (wait > 0)
            return seconds_of(wait);
    } while (!__atomic_compare_exchange_n(
        slot, &before, after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return 0;
}

uint32_t throttle_wait(struct throttle *t, enum throttle_whom whom,
    uint32_t limit, uint64_t hash, uint64_t now)
{
    struct gcra_rules rules;
    uint64_t wait;

    if (limit == 0)
        return 0;
    rules = rules_of(whom, limit);
    gcra_take(&rules, __atomic_load_n(slot_of(t, whom, hash), __ATOMIC_RELAXED),
        now, &wait);
    return seconds_of(wait);
}

uint64_t throttle_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void throttle_forgive(
    struct throttle *t, enum throttle_whom whom, uint64_t hash)
{
    __atomic_store_n(slot_of(t, whom, hash), 0, __ATOMIC_RELAXED);
}

static int lock_place(const struct throttle *t, int place, short type)
{
    struct flock lock = {.l_type = type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)sizeof(struct table) + place,
        .l_len = 1};

    return fcntl(t->fd, F_OFD_SETLK, &lock);
}

int throttle_enter(struct throttle *t)
{
    for (int place = 0; place < PLACES; place++)
        if (lock_place(t, place, F_WRLCK) == 0)
            return place;
    if (errno == EACCES)
        errno = EAGAIN;
    return -1;
}

void throttle_leave(struct throttle *t, int place)
{
    lock_place(t, place, F_UNLCK);
}
