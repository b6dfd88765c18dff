#ifndef UPSTREAM_PRIVATE_H
#define UPSTREAM_PRIVATE_H

#include <curl/curl.h>

#include "upstream.h"

/* What the files of the upstream module share. */

enum { UPSTREAM_SPARE = 64 /* easy handles kept for calls to come */ };

enum upstream_phase { PHASE_WAITING, PHASE_BODY };

struct upstream_pool {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's */
    struct upstream_call *calls;
    CURL *spare[UPSTREAM_SPARE]; /* reset: they know nothing of any call */
    size_t n_spare;
    struct loop_task reaper; /* frees what was cancelled inside libcurl */
    unsigned inside;         /* depth of calls into libcurl */
};

struct upstream_call {
    struct upstream_pool *pool;
    struct upstream_call *next, **link;
    CURL *easy;
    struct curl_slist *headers;
    struct upstream_body *body;
    struct upstream_meter *meter;         /* NULL: none, or counted already */
    const struct upstream_events *events; /* NULL: nobody listens any more */
    void *cookie;
    struct loop_timer deadline;
    uint64_t started, active; /* loop_now() of the start, of the last byte */
    uint64_t paused_at;       /* 0: not paused */
    uint32_t first_byte_ms, idle_ms, total_ms;
    enum upstream_phase phase;
    bool doomed; /* the reaper frees it */
    size_t header_bytes;
    int status;
    uint32_t retry_after;
    char content_type[128];
};

struct upstream_body {
    struct buf bytes;
    unsigned holders;
};

/**
 * upstream_easy_get(pool), upstream_easy_put(pool, easy):
 * A handle without options, NULL when memory is out; and one that is in no
 * transfer and not needed any more. Making a handle costs libcurl more than
 * clearing one.
 */
CURL *upstream_easy_get(struct upstream_pool *pool);
void upstream_easy_put(struct upstream_pool *pool, CURL *easy);

/**
 * upstream_call_free(call):
 * Take ${call} out of libcurl and give its memory back; not from inside
 * libcurl.
 */
void upstream_call_free(struct upstream_call *call);

/**
 * upstream_call_ended(call, how):
 * End ${call} and tell its owner, if there is one.
 */
void upstream_call_ended(struct upstream_call *call, enum upstream_end how);

/**
 * upstream_call_count(call):
 * Tell the meter about the connection of ${call}; once.
 */
void upstream_call_count(struct upstream_call *call);

/**
 * upstream_call_arm(call):
 * Set the timer to the next of the call's deadlines.
 */
void upstream_call_arm(struct upstream_call *call);

/**
 * upstream_call_late(cookie):
 * The timer of the call ${cookie} fired.
 */
void upstream_call_late(void *cookie);

/**
 * upstream_ask_set(call, ask):
 * Tell libcurl what to send and how. Returns 0, or -1 when memory is out.
 */
int upstream_ask_set(
    struct upstream_call *call, const struct upstream_ask *ask);

/**
 * upstream_ask_wipe(call):
 * Free the header lines; one of them may hold the upstream's key.
 */
void upstream_ask_wipe(struct upstream_call *call);

/**
 * upstream_answer_set(call):
 * Tell libcurl who reads the answer.
 */
void upstream_answer_set(struct upstream_call *call);

#endif
