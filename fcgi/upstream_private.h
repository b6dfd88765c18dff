#ifndef UPSTREAM_PRIVATE_H
#define UPSTREAM_PRIVATE_H

#include <curl/curl.h>

#include "upstream.h"

/* What the files of the upstream module share. */

enum {
    UPSTREAM_SPARE = 64, /* easy handles kept for calls to come */
    UPSTREAM_LINE = 96   /* bytes of a header line of ours */
};

enum upstream_phase { PHASE_WAITING, PHASE_BODY };

struct upstream_socket;

struct upstream_pool {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's */
    struct upstream_call *calls;
    struct upstream_easy *spare[UPSTREAM_SPARE]; /* the newest last */
    size_t n_spare;
    struct buf setup;                /* what a handle is wanted for */
    struct upstream_socket **socket; /* of connections, by descriptor */
    size_t sockets;
    struct loop_task reaper; /* frees what was cancelled inside libcurl */
    unsigned inside;         /* depth of calls into libcurl */
    uint64_t runs;           /* of libcurl */
};

/* A handle of libcurl's that keeps its options from call to call: setting them
 * anew costs more than what libcurl does with them. */
struct upstream_easy {
    CURL *curl;
    CURLU *url;
    struct curl_slist *headers; /* that do not change from call to call */
    struct buf setup;           /* what the options were made from */
};

struct upstream_call {
    struct upstream_pool *pool;
    struct upstream_call *next, **link;
    struct upstream_easy *easy;
    struct curl_slist accept, id; /* headers of this call, before easy's */
    char accept_line[UPSTREAM_LINE], id_line[UPSTREAM_LINE];
    struct upstream_body *body;
    struct upstream_meter *meter;         /* NULL: none, or counted already */
    const struct upstream_events *events; /* NULL: nobody listens any more */
    void *cookie;
    struct loop_timer deadline;
    uint64_t started, active; /* loop_now() of the start, of the last byte */
    uint64_t paused_at;       /* 0: not paused */
    uint32_t first_byte_ms, idle_ms, total_ms;
    enum upstream_phase phase;
    bool doomed;   /* the reaper frees it */
    uint64_t born; /* pool->runs then */
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
 * upstream_easy_get(pool, ask):
 * A handle with the options that calls like ${ask} have in common, NULL when
 * memory is out.
 */
struct upstream_easy *upstream_easy_get(
    struct upstream_pool *pool, const struct upstream_ask *ask);

/**
 * upstream_easy_put(pool, easy):
 * Keep ${easy}, which is in no transfer any more, for a call alike.
 */
void upstream_easy_put(struct upstream_pool *pool, struct upstream_easy *easy);

/**
 * upstream_easy_free(easy):
 * The end of a handle that is in no transfer. Takes NULL.
 */
void upstream_easy_free(struct upstream_easy *easy);

/**
 * upstream_socket_begin(pool), upstream_socket_end(pool):
 * Have the sockets of ${pool} watched by its loop; the end comes when libcurl
 * has closed them all.
 */
void upstream_socket_begin(struct upstream_pool *pool);
void upstream_socket_end(struct upstream_pool *pool);

/**
 * upstream_socket_set(pool, curl):
 * Have the connections that are made for ${curl} opened and closed by us.
 */
void upstream_socket_set(struct upstream_pool *pool, CURL *curl);

/**
 * upstream_pool_run(pool, fd, what):
 * Let libcurl act on what happened to ${fd}, or on the time that has passed
 * when that is CURL_SOCKET_TIMEOUT, and end the calls that are over by it.
 */
void upstream_pool_run(struct upstream_pool *pool, curl_socket_t fd, int what);

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
 * Tell libcurl what this call has of its own. Returns 0, or -1 when a line is
 * too long.
 */
int upstream_ask_set(
    struct upstream_call *call, const struct upstream_ask *ask);

/**
 * upstream_answer_begin(curl):
 * Have the answers to ${curl} read by us.
 */
void upstream_answer_begin(CURL *curl);

/**
 * upstream_answer_set(call):
 * Tell libcurl which call the answer is for.
 */
void upstream_answer_set(struct upstream_call *call);

#endif
