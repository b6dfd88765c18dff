#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Who has the store open, and what they must know of each other: the file
 * DIR/members, mapped by all. Each member keeps byte i of that file locked for
 * life, its life byte: the kernel drops the lock when the process dies, in
 * whatever way. The table is written only by whoever holds the gate, except
 * log_synced and reaped. RELIABILITY.md 1.3. */

enum {
    MEMBERS_MAX = 1024,
    MEMBERS_SYNCED = 16, /* generations of which log_synced is kept */
    MEMBERS_BOOT_ID = 40
};

/* Values of inside, beside 1 + slot. */
enum { MEMBERS_NOBODY = 0, MEMBERS_STRANGER = 0xffff };

struct members_slot {
    _Atomic uint32_t pid; /* 0: free */
    uint32_t spare;
    _Atomic uint64_t incarnation; /* never the same twice in this store */
};

struct members_table {
    _Atomic uint32_t layout;        /* of this struct; 0: a new file */
    _Atomic uint32_t inside;        /* who is in the library, 1 + slot */
    _Atomic uint64_t generation;    /* recoveries so far; 0: never opened */
    _Atomic uint64_t beat;          /* grows while somebody inside works */
    _Atomic uint32_t force_recover; /* the regions are not to be trusted */
    _Atomic uint32_t high;          /* no slot in use from here on */
    _Atomic uint64_t incarnation;   /* the newest given out */

    /* Log positions: file number << 32 | offset. What is surely on disk is
     * kept by generation, so that a process that publishes late, after a
     * recovery, can not make anybody believe in positions of its past. */
    _Atomic uint64_t log_synced[MEMBERS_SYNCED]; /* [generation % 16] */
    _Atomic uint64_t log_written;
    _Atomic uint64_t checkpointed;
    _Atomic int64_t checkpoint_time; /* CLOCK_MONOTONIC seconds */

    /* The first region file, as made by the newest recovery: whoever finds
     * another one by that name looks at a stale or a private directory. Zeros
     * while there is none. */
    uint32_t region_place;   /* enum place_region */
    _Atomic uint32_t reaped; /* the second of the newest reaping; 0: never */
    uint64_t region_dev;
    uint64_t region_ino;

    char boot_id[MEMBERS_BOOT_ID]; /* of which pids and regions tell */
    struct members_slot slot[MEMBERS_MAX];
};

struct members;

/**
 * members_open(dir):
 * Map the table of the store in ${dir}, made when it is missing. NULL with
 * errno on failure. A process opens it once: closing any descriptor of the
 * file would drop the life byte.
 */
struct members *members_open(const char *dir);

/**
 * members_table(m):
 * The table.
 */
struct members_table *members_table(const struct members *m);

/**
 * members_prepare(m):
 * The first time, make sure that the table has our layout, and ask for a
 * recovery if it is of another boot. In the gate. Returns -1 when processes of
 * another layout are members.
 */
int members_prepare(struct members *m);

/**
 * members_claim(m):
 * Take a slot, or keep the one we have. In the gate. Returns -1 when none is
 * free.
 */
int members_claim(struct members *m);

/**
 * members_next_incarnation(newest, now):
 * The incarnation after ${newest}, which is the microseconds since 1970 if
 * these are more: not a mere count, as a power cut may set the table back, and
 * holds noted under an incarnation must never find it alive again. A clock that
 * is wrong either way gives new ones all the same.
 */
uint64_t members_next_incarnation(uint64_t newest, int64_t now);

/**
 * members_self(m, slot, incarnation):
 * Who we are. Returns false while we have no slot.
 */
bool members_self(
    const struct members *m, uint32_t *slot, uint64_t *incarnation);

/**
 * members_alive(m, slot, incarnation):
 * Whether the process that claimed ${slot} as ${incarnation} still lives.
 */
bool members_alive(
    const struct members *m, uint32_t slot, uint64_t incarnation);

/**
 * members_found_dead(m):
 * Look at a few slots, going on where the last call ended. Whether one belongs
 * to a process that died. In the gate.
 */
bool members_found_dead(struct members *m);

/**
 * members_forget_dead(m):
 * Free the slots of all that died. In the gate.
 */
void members_forget_dead(struct members *m);

/**
 * members_others(m):
 * Whether any other process that lives is a member.
 */
bool members_others(const struct members *m);

/**
 * members_count(m):
 * How many slots are taken.
 */
uint32_t members_count(const struct members *m);

/**
 * members_first_in(m, second):
 * Whether no member has asked this in ${second} before; true for one of all
 * that ask. Needs no gate.
 */
bool members_first_in(struct members *m, uint32_t second);

/**
 * members_beat(m):
 * Show that whoever is inside works. In the gate alone, and once at least by
 * whoever comes in, so that who is there again can tell whether anybody was.
 */
void members_beat(struct members *m);

/**
 * members_release(m):
 * Give our slot back. In the gate.
 */
void members_release(struct members *m);

/**
 * members_close(m):
 * Unmap the table. Takes NULL.
 */
void members_close(struct members *m);

/**
 * members_boot_id(id):
 * The name of this boot of the machine. Returns 0 or -1.
 */
int members_boot_id(char id[MEMBERS_BOOT_ID]);

#endif
