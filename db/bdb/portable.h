#ifndef PORTABLE_H
#define PORTABLE_H

#include "core/json.h"
#include "db/store.h"
#include "row_book.h"
#include "row_call.h"
#include "row_device.h"
#include "row_hold.h"
#include "row_idem.h"
#include "row_quota.h"

/* Rows as lines of JSON, the one form that outlives the library and its files.
 * A line is an object with a "kind" and every field of that kind of row by its
 * name; ids, digests and MACs are hexadecimal. One list of fields writes and
 * reads a kind. Indexes have no lines: they are made anew. RELIABILITY.md 1.7.
 */

enum portable {
    PORTABLE_ACCOUNT,
    PORTABLE_HOLD,
    PORTABLE_BOOK,
    PORTABLE_ENTRY,
    PORTABLE_ROLLUP,
    PORTABLE_DONE,
    PORTABLE_KEY,
    PORTABLE_DEVICE,
    PORTABLE_DAY,
    PORTABLE_GRANT,
    PORTABLE_CALL,
    PORTABLE_PURGED,
    PORTABLE_PROJECT,
    PORTABLE_POLICY,
    PORTABLE_REVISION,
    PORTABLE_QUOTA,
    PORTABLE_EVENT,
    PORTABLE_CURSOR,
    PORTABLE_COUNT
};

struct portable_hold {
    uint8_t request[STORE_ID];
    struct row_hold row;
};

struct portable_done {
    uint8_t request[STORE_ID];
    struct row_done row;
};

struct portable_device {
    uint8_t device[STORE_ID];
    struct row_device row;
};

struct portable_day {
    uint32_t day; /* since 1970, UTC */
    uint32_t calls;
};

struct portable_grant {
    uint8_t account[STORE_ID];
    uint8_t name[MAC_SIZE];
    struct row_idem row;
};

struct portable_call {
    uint8_t account[STORE_ID];
    uint8_t name[MAC_SIZE];
    struct row_call row;
};

struct portable_purged {
    int64_t time; /* ended holds from before may have been forgotten */
};

struct portable_book {
    uint8_t part;
    struct row_book row;
};

struct portable_project {
    struct store_project row;
    struct buf web_tools;
};

struct portable_revision {
    uint8_t account[STORE_ID];
    char policy[STORE_NAME_MAX + 1];
    struct store_revision row;
    struct buf document;
};

/* What is reserved follows from the open holds. */
struct portable_quota {
    struct row_quota key;
    struct quota_use row;
};

struct portable_event {
    struct store_owner owner;
    struct store_event_row row;
    struct buf text;
};

struct portable_cursor {
    struct store_owner owner;
    char consumer[STORE_LABEL_MAX + 1];
    uint64_t seq;
};

union portable_row {
    struct store_account account;
    struct portable_hold hold;
    struct portable_book book;
    struct ledger_entry entry;
    struct rollup rollup; /* when read, rollup_total() is yet to be called */
    struct portable_done done;
    struct store_key key;
    struct portable_device device;
    struct portable_day day;
    struct portable_grant grant;
    struct portable_call call;
    struct portable_purged purged;
    struct portable_project project;
    struct store_policy policy;
    struct portable_revision revision;
    struct portable_quota quota;
    struct portable_event event;
    struct portable_cursor cursor;
};

/**
 * portable_write(kind, row, out):
 * Append the line of ${row} to ${out}. Returns 0, or -1 with nothing appended
 * when a text of it is not UTF-8 or a value has no name.
 */
int portable_write(
    enum portable kind, const union portable_row *row, struct buf *out);

/**
 * portable_kind(doc, kind):
 * Find the ${kind} of the object that ${doc} is. Returns 0 or -1.
 */
int portable_kind(const struct json_doc *doc, enum portable *kind);

/**
 * portable_read(doc, kind, row, why):
 * Fill ${row} from the object that ${doc} is. Returns 0, or -1 with a phrase
 * in ${why} when a member is missing, unknown or not what it must be. Either
 * way follow with portable_free().
 */
int portable_read(const struct json_doc *doc, enum portable kind,
    union portable_row *row, char why[160]);

/**
 * portable_free(kind, row):
 * Free the long texts of ${row}, which was read.
 */
void portable_free(enum portable kind, union portable_row *row);

#endif
