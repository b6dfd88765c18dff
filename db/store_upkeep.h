#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/ledger.h"
#include "core/mac.h"
#include "store_verb.h"

/* What an operator has done to a whole store that goes on working: audit,
 * checkpoint, dump, load, rolling up. Long work comes in slices, between which
 * calls are admitted and settled. */

/* All invariants of RELIABILITY.md 2.7 that the store can check, in slices,
 * each of which ends after some milliseconds if not by ${most}. Zero the
 * struct, run it until done. */
struct store_audit {
    struct store_verb verb;
    int64_t boot;
    uint32_t most; /* rows in one slice, at most */
    bool done;
    uint64_t accounts, entries, holds, breaches;
    struct buf report; /* a line for each breach; caller frees */
    struct buf cursor; /* where to go on; caller frees */
};

struct store_checkpoint {
    struct store_verb verb;
};

enum { STORE_DUMP_FORMAT = 1 };

/* The whole store as lines of JSON, in slices: zero the struct, run it until
 * done, take the lines after each run. Accounts are shown as they were at one
 * moment each. */
struct store_dump {
    struct store_verb verb; /* REFUSED: a late bill or a roll-up came between;
                               dump again */
    int64_t now;
    uint32_t most; /* rows to look at in one slice */
    bool done;
    uint64_t rows;    /* so far */
    struct buf lines; /* appended; the caller takes and empties it */
    void *state;      /* private */
};

/* How far a load has come. */
struct store_load_mark {
    bool begun, ended;
    uint64_t lines;           /* read so far */
    uint64_t rows;            /* of them */
    struct ledger_entry last; /* of the journal that is being read */
};

/* Lines of a dump into a new store: zero the struct, and copy next to mark
 * between two runs. When a line is refused the store is worthless. */
struct store_load {
    struct store_verb verb; /* REFUSED: line next.lines is odd */
    struct span lines;      /* whole ones, each with its line feed */
    struct store_load_mark mark;

    struct store_load_mark next;
    char why[160];
};

/* ---- old entries ---- */

/* Younger ones are never folded, in days: how a hold ended is remembered for
 * seven, and a late settlement refers to it. */
enum { STORE_ROLLUP_LEAST = 8 };

/* Entries of one journal and one day. */
struct store_slice {
    uint8_t account[STORE_ID];
    uint64_t first, last;  /* 0: no entry */
    int64_t day;           /* of the roll-up that has or will have them */
    uint8_t mac[MAC_SIZE]; /* of the last one */
};

/* Fold entries of days long past into roll-ups, a slice at a time, in two runs:
 * the first reads a slice, of which the lines must be on disk elsewhere before
 * the second, with fold set, puts a roll-up in its place. Either may be
 * repeated. Zero the struct, and copy next to mark between two slices. Entries
 * are folded from the first one on: what is stamped later than it is, by a
 * clock that was wrong, keeps those behind it as they are until then. */
struct store_rollup {
    struct store_verb verb; /* REFUSED: the journal is not sound, or, folding,
                               not what was read: why says so */
    bool fold;
    int64_t now;
    int64_t before; /* only days that had ended then; microseconds since 1970 */
    uint32_t most;  /* entries in one slice */
    struct store_slice mark; /* after its last entry reading goes on */

    struct store_slice next; /* what was read, or is to be folded */
    bool done;               /* nothing is left to be read */
    struct buf lines;        /* of the slice; the caller frees */
    char why[160];
};

/**
 * store_entry_read(line, entry):
 * Read one of the ${lines} of a slice, without its line feed. Returns 0, or -1
 * when it is not byte for byte as it was written.
 */
int store_entry_read(struct span line, struct ledger_entry *entry);

/**
 * store_dump_free(dump):
 * Free what ${dump} has, done or not.
 */
void store_dump_free(struct store_dump *dump);

#endif
