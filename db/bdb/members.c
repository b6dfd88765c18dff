#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "db/file.h"
#include "db/mapped.h"
#include "members.h"

enum { LAYOUT = 0x74700001, LOOK = 4 };

struct members {
    int fd;
    struct members_table *table;
    int slot; /* -1: none */
    uint64_t incarnation;
    uint32_t next; /* slot to look at for a death */
    bool prepared;
};

static int members_lock(const struct members *m, int cmd, struct flock *f,
    short type, uint32_t slot)
{
    *f = (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1};
    return fcntl(m->fd, cmd, f);
}

/* A lock that cannot be asked for counts as held: nobody is buried alive. Our
 * own lock does not show. */
static bool members_life(const struct members *m, uint32_t slot)
{
    struct flock f;

    return members_lock(m, F_GETLK, &f, F_WRLCK, slot) < 0 ||
           f.l_type != F_UNLCK;
}

static bool members_is_dead(const struct members *m, uint32_t slot)
{
    return (int)slot != m->slot && m->table->slot[slot].pid != 0 &&
           !members_life(m, slot);
}

struct members *members_open(const char *dir)
{
    struct members *m = calloc(1, sizeof(*m));

    if (m == NULL)
        goto err0;
    m->slot = -1;
    m->fd = file_open(dir, "members");
    if (m->fd < 0)
        goto err1;
    m->table = mapped_table(m->fd, sizeof(*m->table));
    if (m->table == NULL)
        goto err2;
    return m;

err2:
    close(m->fd);
err1:
    free(m);
err0:
    return NULL;
}

struct members_table *members_table(const struct members *m)
{
    return m->table;
}

bool members_others(const struct members *m)
{
    struct flock f = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    /* Length 0: all bytes at once. */
    return fcntl(m->fd, F_GETLK, &f) < 0 || f.l_type != F_UNLCK;
}

int members_prepare(struct members *m)
{
    char boot_id[MEMBERS_BOOT_ID];

    if (m->prepared)
        return 0;
    if (members_boot_id(boot_id) < 0)
        return -1;
    if (m->table->layout != LAYOUT) {
        if (m->table->layout != 0 && members_others(m))
            return -1;
        memset(m->table, 0, sizeof(*m->table));
        m->table->layout = LAYOUT;
    }
    if (strncmp(m->table->boot_id, boot_id, sizeof(boot_id)) != 0) {
        m->table->force_recover = 1;
        m->table->region_place = 0;
    }
    m->prepared = true;
    return 0;
}

uint64_t members_next_incarnation(uint64_t newest, int64_t now)
{
    return now > 0 && (uint64_t)now > newest ? (uint64_t)now : newest + 1;
}

static uint64_t members_new_incarnation(struct members_table *table)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    table->incarnation = members_next_incarnation(
        table->incarnation, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    return table->incarnation;
}

static int members_take(struct members *m, uint32_t slot)
{
    struct flock f;

    if (members_lock(m, F_SETLK, &f, F_WRLCK, slot) < 0)
        return -1;
    m->slot = (int)slot;
    m->incarnation = members_new_incarnation(m->table);
    if (m->table->high <= slot)
        m->table->high = slot + 1;
    m->table->slot[slot].incarnation = m->incarnation;
    m->table->slot[slot].pid = (uint32_t)getpid();
    return 0;
}

int members_claim(struct members *m)
{
    if (m->slot >= 0 && m->table->slot[m->slot].incarnation == m->incarnation)
        return 0;
    members_release(m);
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        if (m->table->slot[i].pid == 0 && members_take(m, i) == 0)
            return 0;
    return -1;
}

bool members_self(
    const struct members *m, uint32_t *slot, uint64_t *incarnation)
{
    *slot = m->slot < 0 ? 0 : (uint32_t)m->slot;
    *incarnation = m->slot < 0 ? 0 : m->incarnation;
    return m->slot >= 0;
}

bool members_alive(const struct members *m, uint32_t slot, uint64_t incarnation)
{
    if (slot >= MEMBERS_MAX || m->table->slot[slot].pid == 0 ||
        m->table->slot[slot].incarnation != incarnation)
        return false;
    return (int)slot == m->slot || members_life(m, slot);
}

bool members_found_dead(struct members *m)
{
    uint32_t high = m->table->high;
    uint32_t looked = 0;

    if (high > MEMBERS_MAX)
        high = MEMBERS_MAX;
    for (uint32_t i = 0; i < high && looked < LOOK; i++) {
        m->next = m->next + 1 < high ? m->next + 1 : 0;
        if (m->table->slot[m->next].pid == 0 || (int)m->next == m->slot)
            continue;
        if (members_is_dead(m, m->next))
            return true;
        looked++;
    }
    return false;
}

static void members_clear(struct members_table *table, uint32_t slot)
{
    table->slot[slot].pid = 0;
    table->slot[slot].incarnation = 0;
    while (table->high > 0 && table->slot[table->high - 1].pid == 0)
        table->high--;
}

void members_forget_dead(struct members *m)
{
    if (m->table->high > MEMBERS_MAX)
        m->table->high = MEMBERS_MAX;
    for (uint32_t i = m->table->high; i-- > 0;)
        if (members_is_dead(m, i))
            members_clear(m->table, i);
}

uint32_t members_count(const struct members *m)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        n += m->table->slot[i].pid != 0;
    return n;
}

bool members_first_in(struct members *m, uint32_t second)
{
    return atomic_exchange(&m->table->reaped, second) != second;
}

void members_beat(struct members *m)
{
    uint64_t beat = atomic_load_explicit(&m->table->beat, memory_order_relaxed);

    atomic_store_explicit(&m->table->beat, beat + 1, memory_order_relaxed);
}

void members_release(struct members *m)
{
    struct flock f;

    if (m->slot < 0)
        return;
    if (m->table->slot[m->slot].incarnation == m->incarnation)
        members_clear(m->table, (uint32_t)m->slot);
    members_lock(m, F_SETLK, &f, F_UNLCK, (uint32_t)m->slot);
    m->slot = -1;
}

void members_close(struct members *m)
{
    if (m == NULL)
        return;
    munmap(m->table, sizeof(*m->table));
    close(m->fd);
    free(m);
}

int members_boot_id(char id[MEMBERS_BOOT_ID])
{
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    bool got;

    memset(id, 0, MEMBERS_BOOT_ID);
    if (f == NULL)
        return -1;
    got = fgets(id, MEMBERS_BOOT_ID, f) != NULL;
    fclose(f);
    if (!got)
        return -1;
    id[strcspn(id, "\n")] = 0;
    return 0;
}
