#ifndef DUMP_H
#define DUMP_H

#include "db/store.h"
#include "portable.h"

/* A dump of a store that goes on working, in slices. It shows each account as
 * it was at one moment, with the open holds and the journal of that moment:
 *
 * 1. A part of the book is dumped in one slice: its accounts, their open holds
 *    and its totals. These agree. What was seen is remembered: of each account
 *    its newest journal entry, of each hold that it was open.
 * 2. Journals follow, up to the remembered entry. Entries never change, so this
 *    may take any number of slices; when one that was dumped is folded with one
 *    that was not, the dump must begin again.
 * 3. The rest follows as far as it agrees with what is remembered: no end of a
 *    hold that was dumped as open, nothing that names a later entry.
 *
 * So a reader may check every line against those before it. */

enum dump_phase {
    DUMP_HEAD,
    DUMP_PARTS,
    DUMP_SORT,
    DUMP_ENTRIES,
    DUMP_ENDED,
    DUMP_KEYS,
    DUMP_DEVICES,
    DUMP_IDEMS,
    DUMP_END,
    DUMP_DONE
};

/* An account as its part's slice saw it. */
struct dump_account {
    uint8_t id[STORE_ID];
    uint64_t seq;
};

enum { DUMP_KEY_MAX = 96 };

/* What is kept from slice to slice. */
struct dump_mark {
    enum dump_phase phase;
    uint32_t part;
    size_t index;                /* of the account whose journal is dumped */
    uint64_t seq;                /* of its last entry dumped */
    uint8_t after[DUMP_KEY_MAX]; /* the last key dumped of a table */
    size_t after_n;
    uint64_t rows;
};

struct dump {
    struct dump_mark mark;
    struct buf accounts; /* struct dump_account[], by id */
    struct buf holds;    /* ids of open holds; sorted behind DUMP_SORT */
};

#endif
