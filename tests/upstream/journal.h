#ifndef JOURNAL_H
#define JOURNAL_H

#include "http.h"

/* What every request looked like and how its answer ended. Bounded: the
 * oldest entries go when there are too many or they are too large. */

struct journal;

enum journal_end {
    JOURNAL_OPEN,
    JOURNAL_COMPLETE,
    JOURNAL_CLIENT_GONE,
    JOURNAL_FAULT /* the script ended it */
};

struct journal_entry {
    struct buf request; /* members of the JSON object that stay as they are */
    unsigned status;    /* 0: no status line went out */
    bool streamed;
    uint64_t frames, bytes, prompt, completion;
    enum journal_end end;
};

/**
 * journal_create(), journal_free(j):
 * An empty journal, or NULL. Freeing takes NULL.
 */
struct journal *journal_create(void);
void journal_free(struct journal *j);

/**
 * journal_add(j, request):
 * Write down ${request} and return its number, which journal_find() takes; 0
 * when memory is out.
 */
uint64_t journal_add(struct journal *j, const struct http_request *request);

/**
 * journal_find(j, number):
 * The entry of ${number}, or NULL when it is not kept any more.
 */
struct journal_entry *journal_find(struct journal *j, uint64_t number);

/**
 * journal_reset(j):
 * Forget all entries; the next one is shown as the first.
 */
void journal_reset(struct journal *j);

/**
 * journal_total(j):
 * How many requests there ever were.
 */
uint64_t journal_total(const struct journal *j);

/**
 * journal_write(j, out):
 * Append all entries to ${out} as a JSON array.
 */
void journal_write(const struct journal *j, struct buf *out);

#endif
