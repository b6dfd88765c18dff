#include "spare.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <db.h>

enum {
    ROOM = 128 << 10,
    ALIGN = 16,
    PROBE = 32 << 10 /* what a system that has memory again can give */
};

/* Pieces lie one behind the other, each behind its size, and are taken back
 * when none is left. */
static struct spare {
    _Alignas(ALIGN) unsigned char room[ROOM];
    size_t used;
    size_t live; /* pieces */
} spare;

static bool spare_has(const void *p)
{
    uintptr_t at = (uintptr_t)p, begin = (uintptr_t)spare.room;

    return at >= begin && at < begin + ROOM;
}

static void *spare_take(size_t n)
{
    size_t size = (n + ALIGN - 1) / ALIGN * ALIGN;
    unsigned char *p = spare.room + spare.used + ALIGN;

    if (n > ROOM || size + ALIGN > ROOM - spare.used)
        return NULL;
    memcpy(p - ALIGN, &n, sizeof(n));
    spare.used += size + ALIGN;
    spare.live++;
    return p;
}

void *spare_malloc(size_t n)
{
    void *p = malloc(n);

    return p != NULL ? p : spare_take(n);
}

/* A piece is not made larger in its place: it moves, back to the system if that
 * will have it. */
static void *spare_move(void *old, size_t n)
{
    size_t had;
    void *p = spare_malloc(n);

    if (p == NULL)
        return NULL;
    memcpy(&had, (unsigned char *)old - ALIGN, sizeof(had));
    memcpy(p, old, had < n ? had : n);
    spare_free(old);
    return p;
}

/* What the system cannot make larger may be copied: its size is known. */
static void *spare_rescue(void *old, size_t n)
{
    size_t had = malloc_usable_size(old);
    void *p = spare_take(n);

    if (p == NULL)
        return NULL;
    memcpy(p, old, had < n ? had : n);
    free(old);
    return p;
}

void *spare_realloc(void *p, size_t n)
{
    void *moved;

    if (p == NULL)
        return spare_malloc(n);
    if (spare_has(p))
        return spare_move(p, n);
    moved = realloc(p, n);
    return moved != NULL ? moved : spare_rescue(p, n);
}

void spare_free(void *p)
{
    if (!spare_has(p)) {
        free(p);
        return;
    }
    if (--spare.live == 0)
        spare.used = 0;
}

bool spare_short(void)
{
    void *volatile probe; /* else the compiler does without it */

    if (spare.live == 0)
        return false;
    probe = malloc(PROBE);
    if (probe == NULL)
        return true;
    free(probe);
    return false;
}

void spare_install(void)
{
    memset(spare.room, 0, spare.live == 0 ? ROOM : 0); /* make it ours now */
    db_env_set_func_malloc(spare_malloc);
    db_env_set_func_realloc(spare_realloc);
    db_env_set_func_free(spare_free);
}
