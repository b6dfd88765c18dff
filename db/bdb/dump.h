#ifndef DUMP_H
#define DUMP_H

#include "db/store.h"
#include "portable.h"
#include "trail.h"

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
 * 4. Projects are remembered with their chains of events as accounts are with
 *    theirs; the events follow up to the remembered one. When one of them was
 *    forgotten meanwhile the dump must begin again. Quotas are as they are when
 *    it is their turn, but for what is reserved: that follows from the holds.
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
    DUMP_PROJECTS,
    DUMP_POLICIES,
    DUMP_QUOTAS,
    DUMP_EVENTS,
    DUMP_CURSORS,
    DUMP_END,
    DUMP_DONE
};

/* An account as its part's slice saw it. */
struct dump_account {
    uint8_t id[STORE_ID];
    uint64_t seq;
    uint64_t pruned, events; /* of its chain */
};

struct dump_project {
    char id[STORE_NAME_MAX + 1];
    uint64_t pruned, events;
};

enum { DUMP_KEY_MAX = 144 };

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
    struct buf projects; /* struct dump_project[], by id */
    struct buf holds;    /* ids of open holds; sorted behind DUMP_SORT */
};

/* A slice of it: verb_dump.c, and dump_governed.c, which has what belongs to
 * projects. */
struct dumping {
    struct trail *t;
    struct store_dump *verb;
    struct dump *dump;
    int64_t budget;
    bool pause; /* the slice is over, the table is not */
    bool moved; /* what is remembered can not be shown any more */
};

/**
 * dump_line(d, kind, row):
 * Append a line.
 */
void dump_line(
    struct dumping *d, enum portable kind, const union portable_row *row);

/**
 * dump_next(d, key):
 * Whether there is room for one more row, ${key}; remembers that it was looked
 * at.
 */
bool dump_next(struct dumping *d, struct span key);

/**
 * dump_table(d, table, row):
 * Walk ${table} with ${row} from behind the last key on, and move on to the
 * next phase at its end.
 */
void dump_table(struct dumping *d, enum table table, trail_row_fn *row);

/**
 * dump_account_of(d, id):
 * What is remembered of an account, or NULL.
 */
const struct dump_account *dump_account_of(
    const struct dump *d, const uint8_t id[STORE_ID]);

/**
 * dump_projects(d), dump_policies(d), dump_quotas(d), dump_events(d),
 * dump_cursors(d):
 * A piece of the phase of that name.
 */
void dump_projects(struct dumping *d);
void dump_policies(struct dumping *d);
void dump_quotas(struct dumping *d);
void dump_events(struct dumping *d);
void dump_cursors(struct dumping *d);

#endif
