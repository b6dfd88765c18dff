#ifndef UPSTREAM_PRIVATE_H
#define UPSTREAM_PRIVATE_H

#include <curl/curl.h>

#include "upstream.h"

/* What the files of the upstream module share. A call is on one of two
 * transports: libcurl's (easy, socket, answer) or, to an origin in the clear,
 * ours (plain, wire, kept, connect, unpack). */

enum {
    UPSTREAM_SPARE = 64, /* easy handles kept for calls to come */
    UPSTREAM_KEPT = 256, /* connections of either transport kept */
    UPSTREAM_LINE = 96,  /* bytes of a header line of ours */
    UPSTREAM_READ = 16 << 10
};

enum upstream_phase { PHASE_WAITING, PHASE_BODY };

struct upstream_socket;
struct upstream_wire;

struct upstream_pool {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's */
    struct upstream_call *calls;
    struct upstream_easy *spare[UPSTREAM_SPARE]; /* the newest last */
    size_t n_spare;
    struct buf setup;                /* what a handle is wanted for */
    struct upstream_socket **socket; /* of libcurl's connections, by number */
    size_t sockets;
    struct upstream_wire *kept, *oldest; /* ours that serve no call */
    size_t n_kept;
    struct loop_task reaper; /* frees what was cancelled in the middle */
    unsigned inside;         /* depth of what may not lose a call */
    uint64_t runs;           /* of libcurl */
    char read[UPSTREAM_READ];
};

/* A handle of libcurl's that keeps its options from call to call: setting them
 * anew costs more than what libcurl does with them. */
struct upstream_easy {
    CURL *curl;
    CURLU *url;
    struct curl_slist *headers; /* that do not change from call to call */
    struct buf setup;           /* what the options were made from */
    struct curl_slist accept, id; /* headers of one call, before the others */
    char accept_line[UPSTREAM_LINE], id_line[UPSTREAM_LINE];
};

struct upstream_call {
    struct upstream_pool *pool;
    struct upstream_call *next, **link;
    struct upstream_easy *easy; /* on libcurl's transport; else NULL */
    struct upstream_body *body; /* NULL: will not be sent again */
    struct upstream_meter *meter;         /* NULL: none, or counted already */
    const struct upstream_events *events; /* NULL: nobody listens any more */
    void *cookie;
    struct loop_timer deadline;
    uint64_t started, active; /* loop_now() of the start, of the last byte */
    uint64_t paused_at;       /* 0: not paused */
    uint32_t first_byte_ms, idle_ms, total_ms;
    enum upstream_phase phase;
    bool doomed; /* the reaper frees it */

    /* Libcurl's transport. */
    uint64_t born; /* pool->runs then */
    size_t header_bytes;
    struct http_head head;

    /* Ours. */
    char *origin;               /* to connect to; NULL: connected */
    CURL *connecting;           /* what makes the connection; or NULL */
    struct upstream_wire *wire; /* the connection; or NULL */
    struct buf asked;           /* head of the request, until it is answered */
    uint32_t connect_ms;
    bool once; /* was sent again, or shall not be */
};

struct upstream_body {
    struct buf bytes;
    unsigned holders;
};

/* ---- calls ---- */

/**
 * upstream_call_free(call):
 * Take ${call} off its transport and give its memory back; not from inside
 * that.
 */
void upstream_call_free(struct upstream_call *call);

/**
 * upstream_call_head(call, head, sent):
 * The head of the answer has come; ${sent}: all of the request had left.
 * upstream_call_body(call, bytes): a piece of its body has.
 */
void upstream_call_head(
    struct upstream_call *call, const struct http_head *head, bool sent);
void upstream_call_body(struct upstream_call *call, struct span bytes);

/**
 * upstream_call_ended(call, how):
 * End ${call} and tell its owner, if there is one.
 */
void upstream_call_ended(struct upstream_call *call, enum upstream_end how);

/**
 * upstream_call_arm(call):
 * Set the timer to the next of the call's deadlines; none while it has none.
 */
void upstream_call_arm(struct upstream_call *call);

/**
 * upstream_call_late(cookie):
 * The timer of the call ${cookie} fired.
 */
void upstream_call_late(void *cookie);

/* ---- what is asked ---- */

/* Takes a field of the request's head: its value is ${before} and ${value}.
 * Values are ours or the operator's; conf has checked them. 0, or -1. */
typedef int upstream_field_fn(
    void *cookie, const char *name, const char *before, const char *value);

/**
 * upstream_ask_fields(ask, put, cookie):
 * Have ${put} take the fields that calls like ${ask} have in common. Returns
 * 0, or -1 when it did once.
 */
int upstream_ask_fields(
    const struct upstream_ask *ask, upstream_field_fn *put, void *cookie);

/**
 * upstream_ask_set(call, ask):
 * Tell libcurl what this call has of its own. Returns 0, or -1 when a line is
 * too long.
 */
int upstream_ask_set(
    struct upstream_call *call, const struct upstream_ask *ask);

/**
 * upstream_wipe(b):
 * Free ${b}, which may have an upstream's key in it.
 */
void upstream_wipe(struct buf *b);

/* ---- libcurl's transport ---- */

/**
 * upstream_easy_start(call, ask), upstream_easy_leave(call):
 * Have libcurl send ${ask}: 0, or -1 when memory is out. Or stop it.
 */
int upstream_easy_start(
    struct upstream_call *call, const struct upstream_ask *ask);
void upstream_easy_leave(struct upstream_call *call);

/**
 * upstream_easy_clear(pool):
 * Free the handles that are kept for calls to come.
 */
void upstream_easy_clear(struct upstream_pool *pool);

/**
 * upstream_easy_count(call):
 * Tell the meter about the connection of ${call}; once.
 */
void upstream_easy_count(struct upstream_call *call);

/**
 * upstream_socket_begin(pool), upstream_socket_end(pool):
 * Have the sockets of ${pool} watched by its loop; the end comes when libcurl
 * has closed them all.
 */
void upstream_socket_begin(struct upstream_pool *pool);
void upstream_socket_end(struct upstream_pool *pool);

/**
 * upstream_socket_set(pool, curl, protocol, connect_ms):
 * How connections are made for ${curl}: opened and closed by us, directly,
 * within that time, for ${protocol} alone. Returns 0, or -1 when memory is out.
 */
int upstream_socket_set(struct upstream_pool *pool, CURL *curl,
    const char *protocol, uint32_t connect_ms);

/**
 * upstream_socket_dup(pool, fd):
 * A descriptor of our own for libcurl's socket ${fd}, which is watched no
 * more; -1 with errno set.
 */
int upstream_socket_dup(struct upstream_pool *pool, curl_socket_t fd);

/**
 * upstream_pool_run(pool, fd, what):
 * Let libcurl act on what happened to ${fd}, or on the time that has passed
 * when that is CURL_SOCKET_TIMEOUT, and end the calls that are over by it.
 */
void upstream_pool_run(struct upstream_pool *pool, curl_socket_t fd, int what);

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
